"""This installation's settings and its database, for commands that need no running server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.cli import endings
from gateway.settings import Settings, SettingWrong, read
from gateway.store import schema
from gateway.store.database import Tx, open_database
from gateway.store.standing import UNREACHABLE

T = TypeVar("T")


def settings() -> Settings:
    """The settings that the environment gives; a wrong one ends the command with code 2."""
    try:
        return read(os.environ)
    except SettingWrong as wrong:
        endings.wrong_setting(str(wrong))


def migrate(url: str) -> tuple[str | None, str]:
    """Bring the tables to the state of this code; the states before and after."""
    try:
        return schema.state(url), schema.migrate(url)
    except schema.SchemaNewer as newer:
        endings.failed(f"MOSTIK_DATABASE_URL: {newer}; install the version that migrated it")
    except UNREACHABLE as trouble:
        endings.failed(_unreachable(trouble))


def change(url: str, work: Callable[[Tx], Awaitable[T]]) -> T:
    """Run one unit of work; an embedded database is brought to the state of this code first."""
    if url.startswith("sqlite:///"):
        migrate(url)
    try:
        if schema.state(url) != schema.HEAD:
            endings.failed("MOSTIK_DATABASE_URL: its tables are of another version; mostik migrate")
        return asyncio.run(_change(url, work))
    except UNREACHABLE as trouble:
        endings.failed(_unreachable(trouble))


async def _change(url: str, work: Callable[[Tx], Awaitable[T]]) -> T:
    database = await open_database(url)
    try:
        return await database.write(work)
    finally:
        await database.close()


def _unreachable(trouble: Exception) -> str:
    return f"MOSTIK_DATABASE_URL: the database cannot be used: {trouble}"
