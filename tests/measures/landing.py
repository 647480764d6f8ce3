"""Landing rows: a bank's page decoded, translated, told and made durable, against a bare insert.

The bare insert writes the very same rows, column by column as the product wrote them, into the same
table with the same indexes, and commits as often. Both go piece by piece in turn, each on a fresh
file, so that whatever slows the machine slows both.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import msgspec

from gateway.ledger.landing import tell_all
from gateway.store import keys, schema
from gateway.store.database import SqliteDatabase
from gateway.store.landing import Place, land
from gateway.store.tables import transactions
from providers.tochka import translate, wire
from schemas.statement import Piece
from schemas.window import Window, cut
from tests.measures.pages import NOW, Books, books
from tests.measures.telling import sizes, tell

WINDOW_DAYS = 10
ACCOUNT = "acc_1k0p5w0y900h9cnn6hnfntm0"
COLUMNS = tuple(column.name for column in transactions.c)
READ = f"SELECT {', '.join(COLUMNS)} FROM transactions WHERE booking_date BETWEEN ? AND ?"  # noqa: S608 - names of our own columns
WRITE = f"INSERT INTO transactions VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - names of our own columns

Rows = Sequence[tuple[Any, ...]]


def pages(account: Books, days: int) -> list[tuple[Window, bytes]]:
    """The account's history as the bank answers it, a page for each window."""
    whole = account.days(days)
    windows = cut(whole, WINDOW_DAYS)
    return [(window, account.page(account.rows(window), window)) for window in windows]


def read(body: bytes, window: Window) -> Piece:
    """What the provider makes of the page."""
    found = msgspec.json.decode(body, type=wire.Reply[wire.Statements]).data.statement[0]
    return Piece(
        covers=window,
        entries=translate.entries(found.transaction or (), window),
        figures=translate.figures(found, window, "RUB"),
        as_of=NOW,
    )


class Ours:
    """A fresh installation with one tenant."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "ours.db"
        schema.migrate(f"sqlite:///{self.file}")
        self.database = SqliteDatabase(self.file)
        self.tenant_id = ""

    async def begin(self) -> None:
        """Make the tenant whom the rows will belong to."""
        made = await self.database.write(lambda tx: keys.create(tx, "acme", keys.SCOPES, NOW))
        caller = await self.database.read(lambda tx: keys.caller(tx, made.key))
        assert caller is not None
        self.tenant_id = caller.tenant_id

    async def land(self, body: bytes, window: Window) -> int:
        """One page from its bytes to its durable rows."""
        place = Place(self.tenant_id, ACCOUNT, "RUB", misses_to_remove=1, pending=False)
        piece = read(body, window)
        told = tell_all(piece.entries)
        landed = await self.database.write(lambda tx: land(tx, place, piece, told, NOW))
        assert landed.added == len(piece.entries)
        return landed.added

    def written(self, window: Window) -> Rows:
        """The rows of some days as they stand in the file."""
        with sqlite3.connect(self.file) as connection:
            days = (str(window.first), str(window.last))
            return connection.execute(READ, days).fetchall()


class Bare:
    """The same tables, and nothing but executemany."""

    def __init__(self, folder: Path) -> None:
        file = folder / "bare.db"
        schema.migrate(f"sqlite:///{file}")
        self._connection = sqlite3.connect(file, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-16000"):
            self._connection.execute(f"PRAGMA {pragma}")

    def insert(self, rows: Rows) -> None:
        """All rows in one durable transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(WRITE, rows)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


async def round_of(told: Sequence[tuple[Window, bytes]]) -> dict[str, float]:
    """One history landed both ways; seconds on the wall and on the processor for each."""
    spent = {"ours": 0.0, "ours_cpu": 0.0, "limit": 0.0, "limit_cpu": 0.0, "rows": 0.0}
    with TemporaryDirectory() as folder:
        ours, bare = Ours(Path(folder)), Bare(Path(folder))
        await ours.begin()
        for window, body in told:
            wall, cpu = perf_counter(), process_time()
            spent["rows"] += await ours.land(body, window)
            spent["ours"] += perf_counter() - wall
            spent["ours_cpu"] += process_time() - cpu
            rows = ours.written(window)
            wall, cpu = perf_counter(), process_time()
            bare.insert(rows)
            spent["limit"] += perf_counter() - wall
            spent["limit_cpu"] += process_time() - cpu
        bare.close()
        await ours.database.close()
    return spent


def parts(told: Sequence[tuple[Window, bytes]], rounds: int) -> dict[str, float]:
    """Microseconds a row of each step that ends before the database."""
    spent: dict[str, list[float]] = {"decode": [], "translate": [], "tell": []}
    for _ in range(rounds):
        for window, body in told:
            marks = [process_time()]
            found = msgspec.json.decode(body, type=wire.Reply[wire.Statements]).data.statement[0]
            marks.append(process_time())
            made = translate.entries(found.transaction or (), window)
            marks.append(process_time())
            tell_all(made)
            marks.append(process_time())
            for name, begin, end in zip(spent, marks, marks[1:], strict=False):
                spent[name].append((end - begin) * 1e6 / len(made))
    return {name: median(each) for name, each in spent.items()}


def measure(rows: int, rounds: int) -> dict[str, Any]:
    """Rows a second, ours and the limit."""
    days = max(WINDOW_DAYS, rows // 50)
    told = pages(books("tochka", days, rows), days)
    asyncio.run(round_of(told[:2]))
    found = [asyncio.run(round_of(told)) for _ in range(rounds)]
    return {
        "ours": median(each["rows"] / each["ours"] for each in found),
        "limit": median(each["rows"] / each["limit"] for each in found),
        "ratio": median(each["limit"] / each["ours"] for each in found),
        "cpu_ratio": median(each["limit_cpu"] / each["ours_cpu"] for each in found),
        "unit": "rows/s",
        "parts_us_a_row": {
            **parts(told, 1),
            "all": median(each["ours_cpu"] * 1e6 / each["rows"] for each in found),
            "bare": median(each["limit_cpu"] * 1e6 / each["rows"] for each in found),
        },
    }


if __name__ == "__main__":
    tell(measure(*sizes(rows=10_000, rounds=5)))
