"""A day is proven only by equations that hold, and nothing that sums can show escapes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from random import Random
from typing import Final, Literal

import pytest
from msgspec import Struct

from gateway.ledger.proof import Point, Proof, Sums, Turnover, prove
from schemas.coverage import DayState
from schemas.window import DAY, Window
from tests.statements import day, days

INJECTIONS: Final = 500
"""For each kind of figures and each kind of fault: more than 10,000 in all."""
SPAN = days(0, 9)
OPENING = 1_000_00

Given = Literal["balances", "turnovers", "counts", "statement", "statement and turnovers"]


class Movement(Struct, frozen=True):
    """A booked row as far as sums see it; minor units, negative when it went."""

    on: date
    minor: int


Fault = Callable[[list[Movement], Random], list[Movement]]


def omitted(rows: list[Movement], random: Random) -> list[Movement]:
    """Without one row."""
    left = list(rows)
    left.pop(random.randrange(len(rows)))
    return left


def doubled(rows: list[Movement], random: Random) -> list[Movement]:
    """With one row twice."""
    return [*rows, random.choice(rows)]


def other_amount(rows: list[Movement], random: Random) -> list[Movement]:
    """With one row of another amount, down to a kopeck."""
    left = list(rows)
    row = left.pop(random.randrange(len(rows)))
    by = random.choice([1, 10, 100, random.randrange(1, 10**9)])
    return [*left, Movement(row.on, row.minor + (by if row.minor > 0 else -by))]


def other_sign(rows: list[Movement], random: Random) -> list[Movement]:
    """With one row the wrong way."""
    left = list(rows)
    row = left.pop(random.randrange(len(rows)))
    return [*left, Movement(row.on, -row.minor)]


def other_day(rows: list[Movement], random: Random) -> list[Movement]:
    """With one row on another day of the span."""
    left = list(rows)
    row = left.pop(random.randrange(len(rows)))
    on = random.choice([day for day in SPAN if day != row.on])
    return [*left, Movement(on, row.minor)]


def zero_sum_pair(rows: list[Movement]) -> list[Movement]:
    """With one more on the first row's day and one less: together nothing."""
    on, minor = rows[0].on, abs(rows[0].minor) + 7
    return [*rows, Movement(on, minor), Movement(on, -minor)]


def history(random: Random) -> list[Movement]:
    """Some movements over the span, at least one."""
    return [
        Movement(
            day(random.randrange(SPAN.days)), random.choice([-1, 1]) * random.randrange(1, 10**9)
        )
        for _ in range(random.randrange(1, 30))
    ]


def sums(rows: Iterable[Movement]) -> dict[date, Sums]:
    """What the rows of each day add up to."""
    found: dict[date, Sums] = defaultdict(Sums)
    for row in rows:
        came = row.minor > 0
        found[row.on] += Sums(
            row.minor if came else 0, 0 if came else -row.minor, int(came), int(not came)
        )
    return found


def judged(truth: list[Movement], ours: list[Movement], given: Given) -> list[Proof]:
    """Every day of the span by the bank's figures of the truth and by our rows."""
    theirs = sums(truth)
    points = [Point(SPAN.first - DAY, None, OPENING)]
    closing = OPENING
    for on in SPAN:
        closing += theirs[on].credits - theirs[on].debits
        if not given.startswith("statement") or on == SPAN.last:
            points.append(Point(on, closing, None))
    turnovers: list[Turnover] = []
    spans = [SPAN] if given.startswith("statement") else [Window(on, on) for on in SPAN]
    for span in spans:
        total = sum((theirs[on] for on in span), Sums())
        stated = {
            "turnovers": (total.credits, total.debits, None, None),
            "statement and turnovers": (total.credits, total.debits, None, None),
            "counts": (None, None, total.credit_count, total.debit_count),
        }.get(given)
        if stated:
            turnovers.append(Turnover(span.first, span.last, *stated))
    return prove(SPAN, points, turnovers, sums(ours), set(SPAN))


def proven(proofs: Iterable[Proof]) -> set[date]:
    """The days that are called proven."""
    return {proof.day for proof in proofs if proof.state is DayState.PROVEN}


EVERY_KIND: tuple[Given, ...] = (
    "balances", "turnovers", "counts", "statement", "statement and turnovers",
)  # fmt: skip


@pytest.mark.parametrize("given", EVERY_KIND)
def test_the_truth_is_proven_by_whatever_figures(given: Given) -> None:
    """A proof that fails on good rows would be switched off within a week."""
    random = Random(1)
    for _ in range(INJECTIONS):
        rows = history(random)

        assert proven(judged(rows, rows, given)) == set(SPAN)


FAULTS = (omitted, doubled, other_amount, other_sign, other_day)
SEEN = [
    (given, fault)
    for given in EVERY_KIND
    for fault in FAULTS
    # A statement of many days says nothing of each: its blind spot has a test of its own.
    if fault is not other_day or not given.startswith("statement")
]


@pytest.mark.parametrize(("given", "fault"), SEEN)
def test_a_single_fault_is_found_every_time(given: Given, fault: Fault) -> None:
    """Every omission, repetition, amount, sign and day (B1); on the very days where it is."""
    random = Random(2)
    for _ in range(INJECTIONS):
        truth = history(random)
        ours = fault(truth, random)
        wrong = {row.on for row in set(truth) ^ set(ours)} or {
            on for on in SPAN if sums(truth)[on] != sums(ours)[on]
        }
        found = judged(truth, ours, given)

        assert proven(found).isdisjoint(wrong)
        for proof in found:
            assert (proof.reason is not None) == (proof.state is DayState.CONFLICT)


@pytest.mark.parametrize("given", EVERY_KIND)
def test_two_faults_of_zero_sum_are_found_wherever_turnovers_or_counts_are_stated(
    given: Given,
) -> None:
    """B2; balances alone cannot see them, which is why turnovers are asked for where they exist."""
    random = Random(3)
    blind = given in {"balances", "statement"}
    for _ in range(INJECTIONS):
        truth = history(random)
        ours = zero_sum_pair(truth)
        on = truth[0].on

        assert (on in proven(judged(truth, ours, given))) == blind
        assert (on in proven(judged(ours, truth, given))) == blind


@pytest.mark.parametrize("given", EVERY_KIND)
def test_a_swap_of_equal_amounts_is_the_blind_spot_that_stays(given: Given) -> None:
    """Stated, not hidden: no figure of a bank tells two payments of one amount and way apart."""
    rows = [Movement(day(3), 500), Movement(day(4), -200)]

    assert proven(judged(rows, list(reversed(rows)), given)) == set(SPAN)


@pytest.mark.parametrize("given", ["statement", "statement and turnovers"])
def test_within_a_statement_of_many_days_a_shift_between_them_stays_unseen(given: Given) -> None:
    """Its balances hold for the whole; whoever gives each day's balance is proven by day."""
    truth = [Movement(day(3), 500)]
    ours = [Movement(day(4), 500)]

    assert proven(judged(truth, ours, given)) == set(SPAN)


def test_a_day_that_was_not_read_proves_nothing_and_nothing_is_carried_over_it() -> None:
    """A balance behind a gap says nothing of the days before it."""
    points = [Point(day(-1), None, 100), Point(day(3), 100, None), Point(day(4), 100, None)]
    read = {day(0), day(1), day(3), day(4)}
    found = prove(days(0, 4), points, [], {}, read)

    assert [proof.state.value for proof in found] == [
        "received", "received", "missing", "received", "proven",
    ]  # fmt: skip
    assert [proof.opening for proof in found] == [100, 100, 100, None, 100]


def test_one_figure_said_in_two_ways_is_a_conflict_on_both_sides() -> None:
    """Closing and next opening are the same money; nothing is ever plugged."""
    points = [Point(day(-1), None, 0), Point(day(0), 10, 11), Point(day(1), 11, None)]
    found = prove(days(0, 1), points, [], {day(0): Sums(10, 0, 1, 0)}, {day(0), day(1)})

    assert [proof.state for proof in found] == [DayState.CONFLICT, DayState.CONFLICT]
    assert "not the next day's opening" in (found[0].reason or "")


def test_without_any_figure_days_are_received_and_no_more() -> None:
    """Some banks state no balance at all."""
    found = prove(days(0, 2), [], [], {}, {day(0), day(2)})

    assert [proof.state.value for proof in found] == ["received", "missing", "received"]
    assert {proof.closing for proof in found} == {None}


def test_from_one_balance_the_days_before_it_are_reckoned_but_not_proven() -> None:
    """A closing balance alone proves nothing, and still says what the opening was."""
    rows = {day(0): Sums(30, 0, 1, 0), day(1): Sums(0, 5, 0, 1)}
    found = prove(days(0, 1), [Point(day(1), 125, None)], [], rows, {day(0), day(1)})

    assert [(proof.state.value, proof.opening, proof.closing) for proof in found] == [
        ("received", 100, 130),
        ("received", 130, 125),
    ]


def test_a_turnover_of_many_days_does_not_condemn_days_that_stand_on_their_own_balances() -> None:
    """Where an equation within it has failed, that day is found and the others are left alone."""
    points = [Point(day(number), 0, None) for number in range(-1, 3)]
    turnover = Turnover(day(0), day(2), 0, 0, None, None)
    found = prove(
        days(0, 2), points, [turnover], {day(1): Sums(7, 0, 1, 0)}, {day(0), day(1), day(2)}
    )

    assert [proof.state.value for proof in found] == ["proven", "conflict", "proven"]
