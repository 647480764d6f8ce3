"""Decoding and translating a page of 500 rows, against decoding alone of the same bytes.

The limit is msgspec's decoding into the same structs: what nobody can do without who reads the page
at all. Decoding into plain objects is measured beside it, as the usual other way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from statistics import median
from time import process_time
from typing import Any

import msgspec

from providers.sber import translate as sber
from providers.sber import wire as sber_wire
from providers.tatra import translate as tatra
from providers.tatra import wire as tatra_wire
from providers.tochka import translate as tochka
from providers.tochka import wire as tochka_wire
from schemas.transaction import Entry
from schemas.window import Window
from tests.measures.pages import NOW, books
from tests.measures.telling import option, sizes, tell

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
PAGES_AT_ONCE = 4

Translated = Callable[[Any, Window], Sequence[Entry]]


def _sber(page: sber_wire.Page, days: Window) -> Sequence[Entry]:
    return sber.entries(page.transactions or [], days.first, TODAY)


def _tochka(page: tochka_wire.Reply[tochka_wire.Statements], days: Window) -> Sequence[Entry]:
    return tochka.entries(page.data.statement[0].transaction or [], days)


def _tatra(page: tatra_wire.Page, days: Window) -> Sequence[Entry]:
    return tatra.entries(page.booked, days, today=TODAY, seen=set())


BANKS: dict[str, tuple[Any, int, Translated]] = {
    "sber": (sber_wire.Page, 1, _sber),
    "tochka": (tochka_wire.Reply[tochka_wire.Statements], 10, _tochka),
    "tatra": (tatra_wire.Page, 10, _tatra),
}
"""The page's shape, how many days it holds, and how its rows become ours."""


def measure(bank: str, rows: int, rounds: int) -> dict[str, Any]:
    """Rows a second of processor time; the two are taken in turn, and the medians compared."""
    shape, count, translated = BANKS[bank]
    account = books(bank, count, rows + rows // 10)
    days = account.days(count)
    told = account.rows(days)[:rows]
    body = account.page(told, days)
    decode = msgspec.json.decode

    def bare() -> None:
        decode(body, type=shape)

    def ours() -> None:
        made = translated(decode(body, type=shape), days)
        assert len(made) == len(told)

    def plain() -> None:
        decode(body)

    ways = (bare, ours, plain)
    spent: dict[str, list[float]] = {way.__name__: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            spent[way.__name__].append(_seconds(way) / len(told))
    typed, both = spent["bare"], spent["ours"]
    return {
        "ours": 1 / median(both),
        "limit": 1 / median(typed),
        "ratio": median(each / mine for each, mine in zip(typed, both, strict=True)),
        "unit": "rows/s",
        "parts_us_a_row": {
            "decode": median(typed) * 1e6,
            "translate": (median(both) - median(typed)) * 1e6,
            "decode into plain objects": median(spent["plain"]) * 1e6,
        },
        "bytes_a_row": len(body) / len(told),
    }


def _seconds(way: Callable[[], None]) -> float:
    began = process_time()
    for _ in range(PAGES_AT_ONCE):
        way()
    return (process_time() - began) / PAGES_AT_ONCE


if __name__ == "__main__":
    chosen = option("bank", *BANKS)
    tell(measure(chosen, *sizes(rows=500, rounds=200)))
