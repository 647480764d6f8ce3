"""What landing does to the tables: one row for each payment for ever, whatever is told of it."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from gateway.ledger.landing import tell_all
from gateway.store import coverage, feed, transactions
from gateway.store.database import Database, Tx
from gateway.store.landing import Place, land
from schemas.statement import Piece
from tests.statements import NOW, days, entry, figures, landed, place, reading

A, B, C = entry("a", 0), entry("b", 0, "20.00", "debit"), entry("c", 1, "5.00")


@pytest.fixture
def where(tenant_id: str, account_id: str) -> Place:
    """Where these tests land: an account whose figures prove."""
    return place(tenant_id, account_id)


async def ledger(database: Database, where: Place) -> dict[str, dict[str, Any]]:
    """The account's visible rows by their id."""
    wanted = transactions.Filter(account_id=where.account_id)
    rows = await database.read(
        lambda tx: transactions.page(tx, where.tenant_id, wanted, transactions.NEWEST, 1000)
    )
    found = [msgspec.json.decode(row[0]) for row in rows]
    return {row["id"]: row for row in found}


async def changes(database: Database, where: Place, after: int = 0) -> list[dict[str, Any]]:
    """The account's changes after a number."""
    lines, _, _ = await database.read(
        lambda tx: feed.changes_after(tx, where.tenant_id, after, 1000, where.account_id)
    )
    return [msgspec.json.decode(line) for line in lines.splitlines()]


async def states(database: Database, where: Place, first: int, last: int) -> list[str]:
    """What each known day of a span is worth."""
    proofs = await database.read(
        lambda tx: coverage.proofs(tx, where.account_id, days(first, last))
    )
    return [proof.state.value for proof in proofs]


async def by_purpose(database: Database, where: Place) -> dict[str, dict[str, Any]]:
    """The account's visible rows by their purpose."""
    return {row["purpose"]: row for row in (await ledger(database, where)).values()}


async def test_the_same_piece_twice_lands_once(database: Database, where: Place) -> None:
    """Whatever is delivered again says nothing new."""
    piece = reading(days(0, 1), [A, B, C], figures(days(0, 1), [A, B, C]))
    first = await landed(database, where, piece)
    second = await landed(database, where, piece)

    assert (first.added, first.still) == (3, False)
    assert (second.added, second.changed, second.removed, second.still) == (0, 0, 0, True)
    assert len(await ledger(database, where)) == 3
    assert [each["type"] for each in await changes(database, where)] == ["added"] * 3
    assert await states(database, where, 0, 1) == ["proven", "proven"]


async def test_a_row_told_otherwise_keeps_its_id(database: Database, where: Place) -> None:
    """A bank edits purposes and kinds; an integrator must find his row again."""
    await landed(database, where, reading(days(0), [A], figures(days(0), [A])))
    (before,) = (await ledger(database, where)).values()
    edited = msgspec.structs.replace(A, purpose="rent for May")
    done = await landed(database, where, reading(days(0), [edited], figures(days(0), [A])))
    (after,) = (await ledger(database, where)).values()

    assert (done.added, done.changed, done.removed) == (0, 1, 0)
    assert (after["id"], after["version"]) == (before["id"], before["version"] + 1)
    assert after["purpose"] == "rent for May"
    assert after["received_at"] == before["received_at"]


@pytest.mark.parametrize("read_before", [False, True], ids=["fresh day", "day read before"])
async def test_a_row_that_moves_to_another_day_keeps_its_id(
    database: Database, where: Place, *, read_before: bool
) -> None:
    """Card rows change their day when they are booked; both days' sums must follow."""
    await landed(database, where, reading(days(0), [A], figures(days(0), [A])))
    if read_before:
        await landed(database, where, reading(days(1), [C], figures(days(1), [C], "10")))
    (row_id,) = [
        key for key, row in (await ledger(database, where)).items() if row["amount"] == "10.00"
    ]
    moved = entry("a", 1)
    rows = [moved, C] if read_before else [moved]
    done = await landed(database, where, reading(days(1), rows, figures(days(1), rows)))
    found = await ledger(database, where)
    proofs = await database.read(lambda tx: coverage.proofs(tx, where.account_id, days(0, 1)))

    assert (done.added, done.changed) == (0, 1)
    assert found[row_id]["booking_date"] == moved.booking_date.isoformat()
    assert [proof.credits for proof in proofs] == [0, sum(int(row.amount) for row in rows) * 100]


async def test_a_withdrawn_row_leaves_a_tombstone_and_comes_back_under_its_id(
    database: Database, where: Place
) -> None:
    """Taken back and told again is one payment, not two."""
    await landed(database, where, reading(days(0), [A, B], figures(days(0), [A, B])))
    ids = {
        row["purpose"] + row["amount"]: key for key, row in (await ledger(database, where)).items()
    }
    gone = await landed(database, where, reading(days(0), [A], figures(days(0), [A])))
    left = await ledger(database, where)
    again = await landed(database, where, reading(days(0), [A, B], figures(days(0), [A, B])))
    told = [
        (each["type"], each["transaction"]["version"]) for each in await changes(database, where)
    ]

    assert (gone.removed, list(left)) == (1, [ids["rent10.00"]])
    assert again.changed == 1
    assert {
        row["purpose"] + row["amount"]: key for key, row in (await ledger(database, where)).items()
    } == ids
    assert told == [("added", 1), ("added", 1), ("removed", 2), ("added", 3)]
    assert await states(database, where, 0, 0) == ["proven"]


async def test_a_row_may_be_withdrawn_by_its_key_alone(database: Database, where: Place) -> None:
    """An increment names what went without covering any day."""
    await landed(database, where, reading(days(0), [A, B]))
    done = await landed(database, where, Piece(withdrawn=("b", "never seen")))

    assert (done.removed, len(await ledger(database, where))) == (1, 1)


async def test_a_reading_that_lacks_rows_which_the_figures_count_takes_nothing_away(
    database: Database, where: Place
) -> None:
    """A page cut silently must not delete what was proven; the day says that it contradicts."""
    whole = figures(days(0), [A, B])
    await landed(database, where, reading(days(0), [A, B], whole))
    cut = await landed(database, where, reading(days(0), [A], whole))

    assert cut.removed == 0
    assert len(await ledger(database, where)) == 2
    assert await states(database, where, 0, 0) == ["proven"]


async def test_a_balance_said_before_a_late_row_does_not_stand_against_a_newer_statement(
    database: Database, where: Place
) -> None:
    """Today's closing at noon is not today's closing; the statement of the week says so."""
    await landed(database, where, reading(days(0, 1), [A], figures(days(0, 1), [A])))
    late = entry("late", 1, "7.00")
    newer = figures(days(0, 3), [A, late], turnovers=False)
    await landed(database, where, reading(days(0, 3), [A, late], newer))
    proofs = await database.read(lambda tx: coverage.proofs(tx, where.account_id, days(0, 3)))

    assert [proof.state.value for proof in proofs] == ["proven"] * 4
    assert [proof.closing for proof in proofs] == [1000, 1700, 1700, 1700]


async def test_a_balance_that_still_holds_is_kept_and_finds_what_a_longer_one_cannot(
    database: Database, where: Place
) -> None:
    """Each day's own balance proves that day; a statement of many days says less of each."""
    rows = [A, C]
    await landed(database, where, reading(days(0), rows, figures(days(0), rows, turnovers=False)))
    whole = figures(days(0, 3), rows, turnovers=False)
    await landed(database, where, reading(days(0, 3), rows, whole))
    shifted = [A, entry("c", 2, "5.00")]
    await landed(database, where, reading(days(0, 3), shifted, whole))
    proofs = await database.read(lambda tx: coverage.proofs(tx, where.account_id, days(0, 0)))

    assert [(proof.state.value, proof.closing) for proof in proofs] == [("proven", 1000)]


async def test_where_nothing_proves_a_row_goes_only_when_missed_again_and_again(
    database: Database, tenant_id: str, account_id: str
) -> None:
    """Without figures a cut page and a withdrawal look alike, but a cut is drawn anew."""
    where = place(tenant_id, account_id, misses_to_remove=3)
    await landed(database, where, reading(days(0), [A, B]))
    removed = [(await landed(database, where, reading(days(0), [A]))).removed for _ in range(2)]
    await landed(database, where, reading(days(0), [A, B]))
    removed += [(await landed(database, where, reading(days(0), [A]))).removed for _ in range(3)]

    assert removed == [0, 0, 0, 0, 1]


async def test_identical_payments_without_ids_are_all_there(
    database: Database, where: Place
) -> None:
    """Two equal fares on one day are two payments; told again they are still two."""
    twins = [entry("", 0), entry("", 0)]
    await landed(database, where, reading(days(0), twins, figures(days(0), twins)))
    again = await landed(database, where, reading(days(0), twins, figures(days(0), twins)))
    three = [*twins, entry("", 0)]
    third = await landed(database, where, reading(days(0), three, figures(days(0), three)))

    assert (again.still, third.added) == (True, 1)
    assert len(await ledger(database, where)) == 3


async def test_a_booking_takes_the_place_of_the_pending_row_that_announced_it(
    database: Database, tenant_id: str, account_id: str
) -> None:
    """The bank gives the booking another id; for the customer it is one payment."""
    where = place(tenant_id, account_id, pending=True)
    await landed(database, where, reading(days(0), [entry("p1", 0, status="pending")]))
    (pending,) = (await ledger(database, where)).values()
    done = await landed(database, where, reading(days(0, 1), [entry("b1", 1)]))
    (booked,) = (await ledger(database, where)).values()

    assert (done.added, done.changed, done.removed) == (0, 1, 0)
    assert (pending["id"], pending["status"]) == (booked["id"], "pending")
    assert booked["status"] == "booked"


@pytest.mark.parametrize("first", ["original", "reversal"])
async def test_a_reversal_points_at_its_original_in_whichever_order_they_come(
    database: Database, where: Place, first: str
) -> None:
    """History comes in shuffled windows: what takes back often lands before what is taken back."""
    original = entry("a", 0, purpose="sale")
    reversal = entry("r", 2, direction="debit", purpose="refund", reverses="a")
    order = [(days(0), original), (days(2), reversal)]
    for span, row in order if first == "original" else reversed(order):
        await landed(database, where, reading(span, [row]))
    rows = await by_purpose(database, where)
    last = {
        each["transaction"]["id"]: each["transaction"] for each in await changes(database, where)
    }

    assert rows["refund"]["reversal_of"] == rows["sale"]["id"]
    assert rows["sale"]["reversal_of"] is None
    assert last == {row["id"]: row for row in rows.values()}


async def test_a_reversal_that_has_gone_is_linked_without_a_word(
    database: Database, where: Place
) -> None:
    """A reader of the feed who has removed it must not hear that it was modified."""
    reversal = entry("r", 2, direction="debit", purpose="refund", reverses="a")
    await landed(database, where, reading(days(2), [reversal]))
    await landed(database, where, reading(days(2), []))
    await landed(database, where, reading(days(0), [A]))
    told = [each["type"] for each in await changes(database, where)]
    await landed(database, where, reading(days(2), [reversal]))
    rows = await by_purpose(database, where)

    assert told == ["added", "removed", "added"]
    assert rows["refund"]["reversal_of"] == rows["rent"]["id"]


@pytest.mark.parametrize("pending", ["original", "reversal"])
async def test_a_booking_is_linked_like_any_other_row(
    database: Database, tenant_id: str, account_id: str, pending: str
) -> None:
    """Its bank id is new although its row is not."""
    where = place(tenant_id, account_id, pending=True)
    original = entry("a", 0, purpose="sale")
    reversal = entry("r", 2, "7.00", "debit", purpose="refund", reverses="a")
    first, second = (original, reversal) if pending == "original" else (reversal, original)
    on = 0 if pending == "original" else 2
    waiting = msgspec.structs.replace(first, key="p", status="pending", reverses=None)
    await landed(database, where, reading(days(on), [waiting]))
    await landed(database, where, reading(days(2 - on), [second]))
    await landed(database, where, reading(days(on), [first]))
    rows = await by_purpose(database, where)

    assert len(rows) == 2
    assert rows["refund"]["reversal_of"] == rows["sale"]["id"]


async def test_a_transaction_that_fails_leaves_nothing(database: Database, where: Place) -> None:
    """Rows, figures and feed stand or fall together."""

    class Power(Exception):  # noqa: N818 - it fails
        """The machine goes dark before the commit."""

    piece = reading(days(0), [A, B], figures(days(0), [A, B]))

    async def work(tx: Tx) -> None:
        await land(tx, where, piece, tell_all(piece.entries), NOW)
        raise Power

    with pytest.raises(Power):
        await database.write(work)
    empty = (await ledger(database, where), await changes(database, where))
    days_known = await states(database, where, 0, 0)
    await landed(database, where, reading(days(0), [A], figures(days(0), [A])))
    (line,) = await changes(database, where)

    assert (*empty, days_known) == ({}, [], [])
    assert line["seq"] == 1


async def test_neighbouring_windows_may_land_at_the_same_time(
    database: Database, where: Place
) -> None:
    """Several workers read one account; the day's sums must not depend on who was first."""
    rows = [entry(f"k{number}", number) for number in range(12)]
    pieces = [
        reading(days(number), rows, figures(days(number), rows, str(10 * number)))
        for number in range(12)
    ]
    await asyncio.gather(*(landed(database, where, piece) for piece in pieces))

    assert len(await ledger(database, where)) == 12
    assert await states(database, where, 0, 11) == ["proven"] * 12
