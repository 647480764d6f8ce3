"""Transactions on SQLite and PostgreSQL, written once.

A unit of work is a coroutine function that gets a `Tx` and awaits nothing but it. On PostgreSQL it
runs on the event loop over asyncpg. On SQLite it is driven to its end inside the one thread that
owns the writing connection: one hop for a whole transaction instead of one for each statement.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from gateway.failpoints import failpoint

T = TypeVar("T")
Row = Sequence[Any]

BUSY_MILLISECONDS = 10_000
DEADLOCKS_MAX = 3
PAGE_BYTES = 8_192
"""A row of the ledger has about 1,200 bytes, and a page of 4 KB spills all above 1,002 of them.

So every row would have a page of its own beside it: twice the file, and a quarter of the speed.
Known to SQLite only when a file is made; an older one keeps its size and works as before.
"""

_SQLITE = sqlite.dialect(paramstyle="qmark")
_POSTGRES = asyncpg_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


class Compiled:
    """A statement's text in one dialect with the order of its parameters; made once and kept."""

    __slots__ = ("defaults", "names", "text")

    def __init__(self, statement: ClauseElement, dialect: Any) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.text: str = str(compiled)
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self.defaults: dict[str, Any] = dict(compiled.params)

    def values(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """The parameters in the statement's order."""
        try:
            return tuple([given[name] for name in self.names])
        except KeyError:
            return tuple({**self.defaults, **given}[name] for name in self.names)


@lru_cache(maxsize=1024)
def _for_sqlite(statement: ClauseElement) -> Compiled:
    return Compiled(statement, _SQLITE)


@lru_cache(maxsize=1024)
def _for_postgres(statement: ClauseElement) -> Compiled:
    return Compiled(statement, _POSTGRES)


class Tx(Protocol):
    """What a unit of work may do."""

    counts: bool
    """Whether `bulk` tells how many rows it really touched."""

    async def rows(self, statement: ClauseElement, /, **values: Any) -> Sequence[Row]:
        """All rows that a statement gives."""
        ...

    async def row(self, statement: ClauseElement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        ...

    async def run(self, statement: ClauseElement, /, **values: Any) -> int:
        """Carry out a statement; the number of rows it touched."""
        ...

    async def many(self, statement: ClauseElement, values: Iterable[Mapping[str, Any]]) -> int:
        """Carry out a statement once for each set of values; the number of rows touched."""
        ...

    async def bulk(self, statement: ClauseElement, values: Sequence[tuple[Any, ...]]) -> int:
        """Like `many` for tuples that already stand in the statement's order."""
        ...


Work = Callable[[Tx], Awaitable[T]]


class Database(Protocol):
    """A place to keep the truth."""

    dialect: str

    async def write(self, work: Work[T]) -> T:
        """Run a unit of work; all of it is durable when this returns, none if it raises."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Run a unit of work that changes nothing, on one consistent view."""
        ...

    async def glance(self, work: Work[T]) -> T:
        """Run reading work whose statements need not show one and the same moment.

        Without a transaction around them, which costs as much as the reading of a row.
        """
        ...

    async def study(self, work: Work[T]) -> T:
        """Like `read` for work that grows with the ledger: it must hold nobody else up."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


class SqliteTx:
    """A unit of work on a sqlite3 connection; nothing here ever suspends."""

    counts = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def rows(self, statement: ClauseElement, /, **values: Any) -> Sequence[Row]:
        """All rows that a statement gives."""
        sql = _for_sqlite(statement)
        return self._connection.execute(sql.text, sql.values(values)).fetchall()

    async def row(self, statement: ClauseElement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        sql = _for_sqlite(statement)
        found: Row | None = self._connection.execute(sql.text, sql.values(values)).fetchone()
        return found

    async def run(self, statement: ClauseElement, /, **values: Any) -> int:
        """Carry out a statement; the number of rows it touched."""
        sql = _for_sqlite(statement)
        return self._connection.execute(sql.text, sql.values(values)).rowcount

    async def many(self, statement: ClauseElement, values: Iterable[Mapping[str, Any]]) -> int:
        """Carry out a statement once for each set of values."""
        sql = _for_sqlite(statement)
        return self._connection.executemany(
            sql.text, [sql.values(each) for each in values]
        ).rowcount

    async def bulk(self, statement: ClauseElement, values: Sequence[tuple[Any, ...]]) -> int:
        """Carry out a statement for tuples in its own order."""
        return self._connection.executemany(_for_sqlite(statement).text, values).rowcount


class SqliteDatabase:
    """One file: a writing connection in its own thread, a reading one on the event loop.

    Reads of a page take well under a millisecond, less than the hop to a thread would.
    """

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._writing = _open_sqlite(path)
        self._reading = _open_sqlite(path)
        self._reading.execute("PRAGMA query_only=ON")
        self._studies = ThreadPoolExecutor(1, thread_name_prefix="study")
        self._studying = _open_sqlite(path)
        self._studying.execute("PRAGMA query_only=ON")

    async def write(self, work: Work[T]) -> T:
        """Run a unit of work in the writing thread, in one immediate transaction."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._write, work)

    def _write(self, work: Work[T]) -> T:
        connection = self._writing
        connection.execute("BEGIN IMMEDIATE")
        try:
            done = _drive(work(SqliteTx(connection)))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        failpoint("before_commit")
        connection.execute("COMMIT")
        failpoint("after_commit")
        return done

    async def read(self, work: Work[T]) -> T:
        """Run a reading unit of work at once, on the loop."""
        return self._read(self._reading, work)

    async def study(self, work: Work[T]) -> T:
        """Run a long reading unit of work in a thread of its own."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._studies, self._read, self._studying, work)

    def _read(self, connection: sqlite3.Connection, work: Work[T]) -> T:
        connection.execute("BEGIN")
        try:
            return _drive(work(SqliteTx(connection)))
        finally:
            connection.execute("COMMIT")

    async def glance(self, work: Work[T]) -> T:
        """Run reading work at once, each of its statements by itself."""
        return _drive(work(SqliteTx(self._reading)))

    async def close(self) -> None:
        """Finish what is being written and close the file."""
        self._thread.shutdown(wait=True)
        self._studies.shutdown(wait=True)
        self._studying.close()
        self._reading.close()
        self._writing.close()


def _open_sqlite(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_MILLISECONDS / 1000,
        cached_statements=512,
    )
    # FULL: a commit that was answered survives a power cut, not only a kill.
    for pragma in (
        f"page_size={PAGE_BYTES}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MILLISECONDS}",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _drive(work: Awaitable[T]) -> T:
    """Run a coroutine that never waits for anything outside itself."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as done:
        result: T = done.value
        return result
    sentence = "a unit of work waited for something that is not its transaction"
    raise RuntimeError(sentence)


class PostgresTx:
    """A unit of work on an asyncpg connection."""

    counts = False

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def rows(self, statement: ClauseElement, /, **values: Any) -> Sequence[Row]:
        """All rows that a statement gives."""
        sql = _for_postgres(statement)
        found: Sequence[Row] = await self._connection.fetch(sql.text, *sql.values(values))
        return found

    async def row(self, statement: ClauseElement, /, **values: Any) -> Row | None:
        """The first row, or None."""
        sql = _for_postgres(statement)
        found: Row | None = await self._connection.fetchrow(sql.text, *sql.values(values))
        return found

    async def run(self, statement: ClauseElement, /, **values: Any) -> int:
        """Carry out a statement; the number of rows it touched."""
        sql = _for_postgres(statement)
        return _touched(await self._connection.execute(sql.text, *sql.values(values)))

    async def many(self, statement: ClauseElement, values: Iterable[Mapping[str, Any]]) -> int:
        """Carry out a statement once for each set of values."""
        sql = _for_postgres(statement)
        return await self._many(sql, [sql.values(each) for each in values])

    async def bulk(self, statement: ClauseElement, values: Sequence[tuple[Any, ...]]) -> int:
        """Carry out a statement for tuples in its own order."""
        return await self._many(_for_postgres(statement), values)

    async def _many(self, sql: Compiled, values: Sequence[tuple[Any, ...]]) -> int:
        await self._connection.executemany(sql.text, values)
        return len(values)


def _touched(status: str) -> int:
    """The number in a command tag such as `UPDATE 3`."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdecimal() else 0


class PostgresDatabase:
    """A pool of connections to PostgreSQL."""

    dialect = "postgresql"

    def __init__(self, pool: Any, deadlock: type[Exception]) -> None:
        self._pool = pool
        self._deadlock = deadlock

    @classmethod
    async def open(cls, url: str) -> PostgresDatabase:
        """Connect; the driver is loaded only where it is wanted."""
        import asyncpg  # noqa: PLC0415 - an extra, needed at scale only

        pool = await asyncpg.create_pool(url, min_size=1, max_size=10)
        return cls(pool, asyncpg.DeadlockDetectedError)

    async def write(self, work: Work[T]) -> T:
        """Run a unit of work in one transaction; one that the engine ended to free another, again.

        Nothing of an ended one is left, and a unit of work touches nothing but its transaction.
        """
        for _ in range(DEADLOCKS_MAX):
            try:
                return await self._write(work)
            except self._deadlock:
                continue
        return await self._write(work)

    async def _write(self, work: Work[T]) -> T:
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                done = await work(PostgresTx(connection))
                failpoint("before_commit")
            failpoint("after_commit")
            return done

    async def read(self, work: Work[T]) -> T:
        """Run a reading unit of work on one snapshot."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await work(PostgresTx(connection))

    async def glance(self, work: Work[T]) -> T:
        """Run reading work on one connection, each of its statements by itself."""
        async with self._pool.acquire() as connection:
            return await work(PostgresTx(connection))

    async def study(self, work: Work[T]) -> T:
        """Run a long reading unit of work; the server does it, the loop only waits."""
        return await self.read(work)

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.close()


async def open_database(url: str) -> Database:
    """The database behind a URL: `sqlite:///path` or `postgresql://…`.

    Raises:
        ValueError: for any other scheme.
    """
    if url.startswith("sqlite:///"):
        return SqliteDatabase(Path(url.removeprefix("sqlite:///")))
    if url.startswith("postgresql://"):
        return await PostgresDatabase.open(url)
    sentence = "DATABASE_URL must begin with sqlite:/// or postgresql://"
    raise ValueError(sentence)
