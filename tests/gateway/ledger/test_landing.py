"""What a piece changes: identity for ever, twins kept, nothing believed gone too early."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.landing import Known, Plan, Told, compare, tell, tell_all
from gateway.ledger.proof import Sums
from schemas.statement import Piece
from schemas.transaction import Entry
from tests.statements import day, days, entry, reading

A, B = entry("a", 0), entry("b", 1, "20.00", "debit")


def known(row: Entry, **changes: object) -> Known:
    """A row as it rests once it has landed."""
    told = tell_all([row])[0][0]
    resting = Known(
        id=f"txn_{told.key}",
        key=told.key,
        day=told.day,
        content=told.content,
        status=told.status,
        direction=told.direction,
        amount_minor=told.amount_minor,
        review="new",
        gone=0,
        missed=0,
        version=1,
        likeness=told.likeness,
    )
    return msgspec.structs.replace(resting, **changes)


def plan(
    ledger: list[Known],
    piece: Piece,
    *,
    pending: list[Known] | None = None,
    misses_to_remove: int = 1,
) -> Plan:
    """What a piece would change in a ledger."""
    told, duplicates = tell_all(piece.entries)
    return compare(
        {row.key: row for row in ledger},
        told,
        piece,
        duplicates=duplicates,
        pending=pending or [],
        misses_to_remove=misses_to_remove,
    )


def summary(found: Plan) -> tuple[int, int, int, int, int]:
    """Added, changed, removed, missed, found again."""
    return (
        len(found.added),
        len(found.changed),
        len(found.removed),
        len(found.missed),
        len(found.found_again),
    )


def test_a_row_told_twice_counts_once() -> None:
    """Chunks overlap and pages repeat; the booked word wins over the pending one."""
    pending = entry("a", 0, status="pending")
    told, duplicates = tell_all([A, B, A, pending])

    assert (len(told), duplicates) == (2, 2)
    assert [row.status for row in told if row.key == "a"] == ["booked"]


@given(st.integers(1, 5), st.integers(1, 5), st.randoms(use_true_random=False))
def test_equal_rows_without_ids_are_told_apart_by_their_place_whatever_their_order(
    fares: int, rents: int, random: object
) -> None:
    """Two truly identical payments are two, and shuffled they are the same two."""
    rows = [entry("", 0, purpose="fare")] * fares + [entry("", 0, purpose="rent")] * rents
    first = {row.key for row in tell_all(rows)[0]}
    random.shuffle(rows)  # type: ignore[attr-defined]  # a Random

    assert len(first) == fares + rents
    assert {row.key for row in tell_all(rows)[0]} == first


def test_every_field_that_a_bank_tells_makes_another_content() -> None:
    """A change that the hash does not see would never reach an integrator."""
    base = tell(A).content
    others = [
        msgspec.structs.replace(A, **{name: value})
        for name, value in {
            "status": "pending",
            "direction": "debit",
            "amount": B.amount,
            "currency": "USD",
            "booking_date": day(1),
            "value_date": day(1),
            "document_number": "7",
            "document_date": day(1),
            "kind": "fee",
            "purpose": "other",
            "counterparty": msgspec.structs.replace(A.counterparty, name="X"),
            "symbols": msgspec.structs.replace(A.symbols, variable="1"),
            "end_to_end_id": "e",
            "bank_ids": {"x": "1"},
        }.items()
    ]

    assert base not in {tell(row).content for row in others}
    assert len({tell(row).content for row in others}) == len(others)


def test_an_amount_finer_than_its_currency_is_refused() -> None:
    """Rounding would be inventing money."""
    with pytest.raises(ValueError, match=r".+"):
        tell(entry("a", 0, "1.005"))


def test_the_same_again_changes_nothing() -> None:
    """Duplicates are the normal case."""
    found = plan([known(A)], reading(days(0), [A]))

    assert summary(found) == (0, 0, 0, 0, 0)


def test_a_row_that_a_complete_reading_lacks_goes_at_once_or_after_some_misses() -> None:
    """By what the account's figures allow; 0 keeps it whatever is missing."""
    lacking = reading(days(0), [])

    assert summary(plan([known(A)], lacking)) == (0, 0, 1, 0, 0)
    assert summary(plan([known(A)], lacking, misses_to_remove=2)) == (0, 0, 0, 1, 0)
    assert summary(plan([known(A, missed=1)], lacking, misses_to_remove=2)) == (0, 0, 1, 0, 0)
    assert summary(plan([known(A)], lacking, misses_to_remove=0)) == (0, 0, 0, 0, 0)


def test_a_row_outside_the_days_of_a_reading_is_not_missed() -> None:
    """A window says nothing of its neighbours."""
    assert summary(plan([known(B)], reading(days(0), []))) == (0, 0, 0, 0, 0)


def test_a_row_found_again_starts_to_count_anew() -> None:
    """Only misses in a row count."""
    assert summary(plan([known(A, missed=1)], reading(days(0), [A]))) == (0, 0, 0, 0, 1)


def test_a_row_named_as_withdrawn_goes_without_any_reading() -> None:
    """Also where rows are otherwise believed to stay."""
    found = plan([known(A)], Piece(withdrawn=("a",)), misses_to_remove=0)

    assert summary(found) == (0, 0, 1, 0, 0)


def test_a_row_that_is_told_again_rises_from_its_tombstone() -> None:
    """Under its old id, also with its old content."""
    found = plan([known(A, gone=1)], reading(days(0), [A]))

    assert summary(found) == (0, 1, 0, 0, 0)


def test_a_booking_takes_up_the_oldest_pending_row_of_its_amount_and_far_side() -> None:
    """Each pending row is used once; a later day can not announce an earlier booking."""
    waiting = [
        known(entry("p2", 1, status="pending")),
        known(entry("p1", 0, status="pending")),
        known(entry("p3", 2, status="pending")),
    ]
    booked = [entry("b1", 1), entry("b2", 1), entry("b3", 1)]
    found = plan([], reading(days(1), booked), pending=waiting)

    assert [(before.key, row.key) for before, row in found.changed] == [("p1", "b1"), ("p2", "b2")]
    assert [row.key for row in found.added] == ["b3"]


@pytest.mark.parametrize(
    "booked",
    [
        entry("b", 0, "10.01"),
        entry("b", 0, direction="debit"),
        entry("b", 0, account="40702810000000000002"),
        entry("b", 0, status="pending"),
    ],
    ids=["amount", "direction", "far side", "still pending"],
)
def test_another_payment_does_not_take_the_pending_rows_place(booked: Entry) -> None:
    """Whom money comes from is told both times, or it is not known to be the same."""
    waiting = known(entry("p", 0, status="pending"))
    found = plan([], reading(days(0), [booked]), pending=[waiting])

    assert found.changed == ()


def test_a_pending_row_that_is_told_no_more_goes_at_once() -> None:
    """It was booked under another id or has lapsed: it never lingers beside its booking."""
    waiting = known(entry("p", 0, status="pending"))
    found = plan([waiting], reading(days(0), []), pending=[waiting], misses_to_remove=3)

    assert summary(found) == (0, 0, 1, 0, 0)


def test_sums_move_with_every_kind_of_change() -> None:
    """Only booked rows count; a move takes from one day and gives to the other."""
    moved = known(A), tell_all([entry("a", 2)])[0][0]
    risen = known(A, gone=1), tell_all([A])[0][0]
    waiting = known(entry("a", 0, status="pending")), tell_all([A])[0][0]
    new: Told = tell_all([B])[0][0]

    def deltas(**parts: object) -> dict[str, Sums]:
        empty = Plan(added=(), changed=(), removed=(), missed=(), found_again=(), duplicates=0)
        return msgspec.structs.replace(empty, **parts).deltas()

    first, second, third = (day(number).isoformat() for number in range(3))
    assert deltas(added=(new,)) == {second: Sums(0, 2000, 0, 1)}
    assert deltas(changed=(moved,)) == {first: Sums(-1000, 0, -1, 0), third: Sums(1000, 0, 1, 0)}
    assert deltas(changed=(risen,)) == {first: Sums(1000, 0, 1, 0)}
    assert deltas(changed=(waiting,)) == {first: Sums(1000, 0, 1, 0)}
    assert deltas(removed=(known(A),)) == {first: Sums(-1000, 0, -1, 0)}
    assert deltas(removed=(known(entry("a", 0, status="pending")),)) == {}


def test_rows_that_turn_out_to_be_known_are_changed_and_not_added() -> None:
    """The insert tells of rows that rest under another day, where nobody looked them up before."""
    found = plan([], reading(days(0, 1), [A, B]))
    corrected = found.with_moved([(known(entry("a", 5)), found.added[0])])

    assert [row.key for row in corrected.added] == ["b"]
    assert [row.key for _, row in corrected.changed] == ["a"]
    assert found.with_moved([]) is found
