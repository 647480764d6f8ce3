"""What can be said of a database from outside: whether it answers, and which state it is in."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal

from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from gateway.store import schema

try:
    from asyncpg import InterfaceError, PostgresError
except ImportError:  # the driver of PostgreSQL is an extra
    _POSTGRES: tuple[type[Exception], ...] = (ImportError,)
else:
    _POSTGRES = (PostgresError, InterfaceError)

UNREACHABLE: tuple[type[Exception], ...] = (OSError, SQLAlchemyError, sqlite3.Error, *_POSTGRES)
"""What is raised when a database cannot be reached or refuses."""


class Standing(Struct, frozen=True):
    """Whether the tables are there and of this code's version, or why nobody can say."""

    state: Literal["ready", "absent", "other", "unreachable"]
    told: str | None
    """The version of the tables, or the database's own words."""


def look(url: str) -> Standing:
    """Look at a database without making or changing anything."""
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return Standing("absent", None)
    try:
        version = schema.state(url)
    except UNREACHABLE as trouble:
        return Standing("unreachable", str(trouble).partition("\n")[0] or type(trouble).__name__)
    if version is None:
        return Standing("absent", None)
    return Standing("ready" if version == schema.HEAD else "other", version)
