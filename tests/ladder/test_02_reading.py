"""Rungs 2 to 5, 7 and 8: reading one account, and believing what we read.

You are in. Now the work for which the product is bought: what the bank has in its books must come
out of your adapter, every row of it and nothing else. The yardstick is the fake bank's own ledger,
which the control plane tells and which your adapter never sees.

We climb slowly. First one payment on one day. Then amounts, to the cent and to twelve digits, for
whoever lets a float near money is found out here. Then the direction, which is the owner's, and the
far side, which is never the owner. Then the same days again, since all that we know of a movement
hangs on finding it again. And then the edges, where readers break: no row at all, a single one, a
page that is exactly full, and one row more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.statement import Piece
from schemas.window import DAY, Window
from tests.ladder.climber import CLIMBERS, Climber, named, needs
from tests.ladder.reader import Reader, of_truth, rows

pytestmark = pytest.mark.parametrize("climber", CLIMBERS, ids=named)

FULL_PAGE = 4
AMOUNTS = ("0.01", "0.10", "0.99", "1", "33.33", "100", "1000000.07", "1234567890.12")
"""From the smallest coin to more digits than a double holds exactly when it adds them up."""

FAR = {
    "RU": {
        "name": "ООО «Дальняя сторона»",
        "inn": "7707083893",
        "account": "40702810900000000017",
        "bic": "044525225",
    },
    "SK": {"name": "Druhá strana, s.r.o.", "iban": "SK3112000000198742637541"},
}
"""A far side in the words of the country, for payments of our own invention."""


def lately(reader: Reader, days: int = 3) -> Window:
    """Some closed days that every bank still tells."""
    return Window(reader.today - days * DAY, reader.today - DAY)


def payment(reader: Reader, window: Window, **more: Any) -> dict[str, Any]:
    """A payment on the first day of a window."""
    usual = {
        "direction": "credit",
        "amount": "100.00",
        "purpose": "Invoice 17 of 2026",
        "counterparty": FAR[reader.climber.fake.country],
    }
    return {**usual, "date": str(window.first), **more}


async def opened(reader: Reader, *items: dict[str, Any]) -> Window:
    """An account with these payments, and the days on which they are."""
    await reader.open_account()
    window = lately(reader)
    if items:
        await reader.pay(*(payment(reader, window, **item) for item in items))
    return window


async def same_as_the_books(reader: Reader, window: Window) -> list[Piece]:
    """Read a window and hold it against the bank's own ledger; the pieces for a closer look."""
    account = await reader.let_in()
    pieces = await reader.pieces(account, window)
    told = rows([entry for piece in pieces for entry in piece.entries])

    assert sorted(map(of_truth, await reader.truth(window))) == told
    return pieces


async def test_one_payment_on_one_day_is_read(reader: Reader) -> None:
    """The simplest thing that can be in an account."""
    window = await opened(reader, {})
    pieces = await same_as_the_books(reader, Window(window.first, window.first))

    assert [len(piece.entries) for piece in pieces] == [1]
    assert Window(window.first, window.first) == pieces[0].covers


async def test_money_is_exact_to_the_smallest_coin(reader: Reader) -> None:
    """Amounts are positive and Decimal; what went through a float would differ somewhere here."""
    window = await opened(
        reader, *({"amount": amount, "purpose": f"No {n}"} for n, amount in enumerate(AMOUNTS))
    )
    pieces = await same_as_the_books(reader, window)
    read = [entry.amount for piece in pieces for entry in piece.entries]

    assert sorted(map(Decimal, AMOUNTS)) == sorted(read)
    assert all(type(amount) is Decimal for amount in read)


async def test_direction_is_the_owners(reader: Reader) -> None:
    """What came in is a credit and what went out a debit, whatever the bank calls them."""
    window = await opened(
        reader,
        {"direction": "credit", "amount": "500.00", "purpose": "in"},
        {"direction": "debit", "amount": "20.00", "purpose": "out"},
    )
    pieces = await same_as_the_books(reader, window)
    read = {entry.amount: entry.direction for piece in pieces for entry in piece.entries}

    assert {Decimal(500): "credit", Decimal(20): "debit"} == read


async def test_the_far_side_is_never_the_owner(reader: Reader) -> None:
    """Both parties stand in the bank's answer; which of them is the other one, direction says."""
    await reader.open_account()
    window = lately(reader)
    await reader.generate(window, 12)
    account = await reader.let_in()
    entries = await reader.entries(account, window)
    ours = {reader.key, account.number, account.iban} - {None}

    assert entries
    assert not ours & {entry.counterparty.account for entry in entries}
    assert not ours & {entry.counterparty.iban for entry in entries}


async def test_invented_business_is_read_as_it_is_in_the_books(reader: Reader) -> None:
    """Taxes, salaries, fees, cards, currencies, purposes with quotes and line ends: all of it."""
    await reader.open_account()
    window = lately(reader, 20)
    await reader.generate(window, 60, twins=True, corrections=True)

    await same_as_the_books(reader, window)


async def test_reading_again_gives_the_same_ids(climber: Climber, reader: Reader) -> None:
    """What makes a movement findable is its id; it depends on neither the hour nor the window."""
    needs(climber, "stable_ids")
    await reader.open_account()
    window = lately(reader)
    await reader.generate(window, 9)
    account = await reader.let_in()
    whole = {entry.key: entry for entry in await reader.entries(account, window)}
    by_day = [entry for day in window for entry in await reader.entries(account, Window(day, day))]
    reader.sandbox.clock.advance(timedelta(minutes=10))
    later = {entry.key: entry for entry in await reader.entries(account, window)}

    assert "" not in whole
    assert whole == later
    assert whole == {entry.key: entry for entry in by_day}


async def test_nothing_comes_from_outside_the_window(reader: Reader) -> None:
    """Some banks tell neighbouring days as well; those rows belong to another piece."""
    await reader.open_account()
    window = lately(reader, 6)
    await reader.generate(window, 30)
    await reader.turn(delivery={"overlap_days": 2})
    account = await reader.let_in()
    inner = Window(window.first + 2 * DAY, window.last - 2 * DAY)

    for piece in await reader.pieces(account, inner):
        assert piece.covers is not None
        assert inner.holds(piece.covers)
        assert all(entry.booking_date in piece.covers for entry in piece.entries)


@pytest.mark.parametrize("count", [0, 1, FULL_PAGE, FULL_PAGE + 1, 2 * FULL_PAGE, 10])
async def test_no_row_is_lost_at_the_edge_of_a_page(reader: Reader, count: int) -> None:
    """A page that is exactly full may be the last one, and an empty one is no fault."""
    await reader.open_account()
    window = Window(reader.today - DAY, reader.today - DAY)
    await reader.turn(page_rows=FULL_PAGE)
    if count:
        await reader.pay(*(payment(reader, window, purpose=f"No {n}") for n in range(count)))
    pieces = await same_as_the_books(reader, window)

    assert count == sum(len(piece.entries) for piece in pieces)
    assert covered(pieces) == list(window)


def covered(pieces: Sequence[Piece]) -> list[Any]:
    """The days that pieces say are whole."""
    return [day for piece in pieces if piece.covers for day in piece.covers]


async def test_figures_are_the_books_own(climber: Climber, reader: Reader) -> None:
    """A figure that proves a day must be the bank's figure; that of another day proves nothing."""
    needs(climber, "daily_balances")
    await reader.open_account()
    window = lately(reader, 5)
    await reader.generate(window, 15)
    account = await reader.let_in()
    if not account.provable:
        pytest.skip(f"{climber}: the bank gives no figures for this account")

    figures = [figure for piece in await reader.pieces(account, window) for figure in piece.figures]
    assert figures
    for figure in figures:
        moved = sum(
            (of_truth(row).amount * (1 if row["direction"] == "credit" else -1))
            for row in await reader.truth(Window(figure.first, figure.last))
        )
        if figure.opening is not None and figure.closing is not None:
            assert moved == figure.closing - figure.opening
        if figure.credits is not None and figure.debits is not None:
            assert moved == figure.credits - figure.debits
