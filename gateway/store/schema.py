"""Which state the tables are in, and how they are brought to the one that this code speaks.

Alembic takes most of a second to import, so it is loaded only when there is something to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection as SqlConnection
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from gateway.store.database import PAGE_BYTES

HEAD = "0001"
"""The newest state of the tables that this code knows."""

FOLDER = Path(__file__).with_name("migrations")


class SchemaNewer(Exception):  # noqa: N818 - said of a database
    """The database was migrated by newer code; this one must not touch it."""


def run(url: str, work: Callable[[SqlConnection], Any]) -> Any:
    """Do something on one SQLAlchemy connection to either engine, outside the event loop."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{path}")
        try:
            with engine.begin() as connection:
                # said before the file has its first page, or never
                connection.exec_driver_sql(f"PRAGMA page_size={PAGE_BYTES}")
                return work(connection)
        finally:
            engine.dispose()
    return asyncio.run(_run_async(url, work))


async def _run_async(url: str, work: Callable[[SqlConnection], Any]) -> Any:
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - PostgreSQL only

    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def state(url: str) -> str | None:
    """The state that the tables are in; None when there are none."""

    def look(connection: SqlConnection) -> str | None:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return None
        row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
        return row[0] if row else None

    found: str | None = run(url, look)
    return found


def migrate(url: str) -> str:
    """Bring the tables to the newest state; the state they are in then.

    Raises:
        SchemaNewer: when newer code was here before.
        DatabaseError: when the database refuses.
    """
    before = state(url)
    if before == HEAD:
        return HEAD
    from alembic import command  # noqa: PLC0415 - see the module's docstring
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if before is not None and before not in known:
        sentence = f"the database is at {before}, which this version does not know"
        raise SchemaNewer(sentence)

    def upgrade(connection: SqlConnection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    run(url, upgrade)
    return HEAD


__all__ = ["HEAD", "DatabaseError", "SchemaNewer", "migrate", "run", "state"]
