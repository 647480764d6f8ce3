"""Rung 9: the same row twice, and two rows that look the same.

A bank tells a row twice on two pages, in two answers, or when periods overlap: that is one
movement. A customer pays the same coffee twice in a morning: those are two, and every field that
you can see may be alike. Who knows the difference is the bank, by the id that it gives; that is why
`Entry.key` is the bank's own stable id, or empty if it has none, and never something that you put
together from the fields.
"""

from __future__ import annotations

from typing import Any

import pytest

from schemas.window import DAY, Window
from tests.ladder.climber import CLIMBERS, Climber, named, needs
from tests.ladder.reader import Reader, of_truth, rows

pytestmark = pytest.mark.parametrize("climber", CLIMBERS, ids=named)

ROWS = 12


async def lately(reader: Reader, **habits: Any) -> Window:
    """An account at a bank with such habits, and some closed days on it."""
    await reader.open_account()
    await reader.turn(**habits)
    return Window(reader.today - 3 * DAY, reader.today - DAY)


async def test_a_row_told_twice_is_one_row(reader: Reader) -> None:
    """Every row stands twice in the answer; the repeats are counted and not handed on."""
    window = await lately(reader, delivery={"duplicate_share": 1.0})
    await reader.generate(window, ROWS)
    account = await reader.let_in()
    pieces = await reader.pieces(account, window)
    entries = [entry for piece in pieces for entry in piece.entries]

    assert rows(entries) == sorted(map(of_truth, await reader.truth(window)))
    assert sum(piece.repeats for piece in pieces) == len(entries) > 0


async def test_a_row_told_again_on_another_page_is_one_row(reader: Reader) -> None:
    """Pages that are cut anew while they are read repeat rows at the seam."""
    window = await lately(reader, delivery={"duplicate_share": 0.5}, page_rows=3)
    await reader.generate(window, ROWS)
    entries = await reader.entries(await reader.let_in(), window)

    assert rows(entries) == sorted(map(of_truth, await reader.truth(window)))


async def test_two_payments_that_look_alike_are_two(climber: Climber, reader: Reader) -> None:
    """The same coffee twice in a morning: only the bank's id tells them apart, and it does."""
    needs(climber, "stable_ids")
    window = await lately(reader)
    at = f"{window.first}T08:15:00Z"
    coffee = {"direction": "debit", "amount": "2.40", "purpose": "Coffee", "at": at}
    await reader.pay(coffee, coffee)
    entries = await reader.entries(await reader.let_in(), window)
    keys = {entry.key for entry in entries}

    assert len(entries) == len(keys) == 2
    assert "" not in keys


async def test_windows_that_overlap_tell_the_same_rows(climber: Climber, reader: Reader) -> None:
    """What both windows hold has the same ids and the same content in both."""
    needs(climber, "stable_ids")
    window = await lately(reader)
    await reader.generate(window, ROWS)
    account = await reader.let_in()
    early = await reader.entries(account, Window(window.first, window.last - DAY))
    late = await reader.entries(account, Window(window.first + DAY, window.last))
    middle = window.first + DAY

    assert {entry.key: entry for entry in early if entry.booking_date == middle} == {
        entry.key: entry for entry in late if entry.booking_date == middle
    }
