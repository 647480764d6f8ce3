"""Which days are proven: opening + credits - debits = closing, by the bank's own figures, chained.

The bank's figures are points: the balance at the end of a day, said as that day's closing, as the
next day's opening, or both. Between two neighbouring points one equation must hold; it proves all
days between them when all of them were read. A point that is said twice differently, an equation
that fails, or a turnover or count that differs makes a conflict. Nothing is ever plugged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from msgspec import Struct

from schemas.coverage import DayState
from schemas.window import DAY, Window


class Sums(Struct, frozen=True):
    """What our booked rows of one day, or of a span, add up to, in minor units."""

    credits: int = 0
    debits: int = 0
    credit_count: int = 0
    debit_count: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.credits + other.credits,
            self.debits + other.debits,
            self.credit_count + other.credit_count,
            self.debit_count + other.debit_count,
        )


NOTHING = Sums()


class Point(Struct, frozen=True):
    """The balance at the end of a day, as the bank said it in one or two ways; minor units."""

    day: date
    closing: int | None
    next_opening: int | None

    @property
    def broken(self) -> bool:
        """Whether the bank said one figure in two ways."""
        both = self.closing is not None and self.next_opening is not None
        return both and self.closing != self.next_opening

    @property
    def before(self) -> int:
        """The figure to end with: what was said of this day itself comes first."""
        said = self.closing if self.closing is not None else self.next_opening
        assert said is not None
        return said

    @property
    def after(self) -> int:
        """The figure to begin the next day with."""
        said = self.next_opening if self.next_opening is not None else self.closing
        assert said is not None
        return said


class Turnover(Struct, frozen=True):
    """The bank's turnovers and counts of a span of days, each where it gives one."""

    first: date
    last: date
    credits: int | None
    debits: int | None
    credit_count: int | None
    debit_count: int | None

    @property
    def span(self) -> Window:
        """The days together."""
        return Window(self.first, self.last)


class Proof(Struct, frozen=True):
    """What is known of one day; amounts in minor units, balances signed."""

    day: date
    state: DayState
    opening: int | None
    credits: int
    debits: int
    closing: int | None
    credit_count: int
    debit_count: int
    reason: str | None


def prove(
    span: Window,
    points: Sequence[Point],
    turnovers: Sequence[Turnover],
    sums: Mapping[date, Sums],
    read: frozenset[date] | set[date],
) -> list[Proof]:
    """Judge every day of a span that begins after one point and ends at another, or is open.

    `points` lie in [span.first - 1, span.last], oldest first; `read` are the days of which a
    complete reading has landed.
    """
    stretches: list[tuple[Window, Point | None, Point | None]] = []
    for left, right in pairwise([None, *points, None]):
        first = span.first if left is None else max(span.first, left.day + DAY)
        last = span.last if right is None else min(span.last, right.day)
        if first <= last:
            stretches.append((Window(first, last), left, right))
    broken = {
        day: reason
        for days, left, right in stretches
        if (reason := _broken(days, left, right, sums, read)) is not None
        for day in days
    }
    reasons = {**_turnover_conflicts(turnovers, sums, read, broken), **broken}
    proofs: list[Proof] = []
    for days, left, right in stretches:
        proofs += _between(days, (left, right), sums=sums, read=read, reasons=reasons)
    return proofs


def _broken(
    stretch: Window,
    left: Point | None,
    right: Point | None,
    sums: Mapping[date, Sums],
    read: frozenset[date] | set[date],
) -> str | None:
    """The equation that fails between two points, where all days between them were read."""
    if left is None or right is None or any(day not in read for day in stretch):
        return None
    total = sum((sums.get(day, NOTHING) for day in stretch), NOTHING)
    return _equation(stretch, left, right, total)


def _between(
    stretch: Window,
    bounds: tuple[Point | None, Point | None],
    *,
    sums: Mapping[date, Sums],
    read: frozenset[date] | set[date],
    reasons: Mapping[date, str],
) -> list[Proof]:
    left, right = bounds
    whole = all(day in read for day in stretch)
    proven = left is not None and right is not None and whole
    if left is None and right is not None and whole:
        total = sum((sums.get(day, NOTHING) for day in stretch), NOTHING)
        opening: int | None = right.before - total.credits + total.debits
    else:
        opening = None if left is None else left.after
    made: list[Proof] = []
    for day in stretch:
        of_day = sums.get(day, NOTHING)
        closing = None if opening is None else opening + of_day.credits - of_day.debits
        why = reasons.get(day)
        state = DayState.RECEIVED
        if day not in read:
            state, why = DayState.MISSING, None
        elif why:
            state = DayState.CONFLICT
        elif proven:
            state = DayState.PROVEN
        at_edge = state is not DayState.CONFLICT or right is None or day != stretch.last
        made.append(
            Proof(
                day,
                state,
                opening,
                of_day.credits,
                of_day.debits,
                closing if at_edge or right is None else right.before,
                of_day.credit_count,
                of_day.debit_count,
                why,
            )
        )
        # Beyond a day that was not read, no figure can be carried on.
        opening = closing if day in read else None
    return made


def _equation(stretch: Window, left: Point, right: Point, total: Sums) -> str | None:
    days = str(stretch.first) if stretch.days == 1 else f"{stretch.first}..{stretch.last}"
    for point in (left, right):
        if point.broken:
            return (
                f"closing of {point.day} {point.closing} is not "
                f"the next day's opening {point.next_opening}"
            )
    ours = left.after + total.credits - total.debits
    if ours == right.before:
        return None
    return (
        f"{days}: opening {left.after} + credits {total.credits} - debits {total.debits} = {ours}, "
        f"the bank closes with {right.before}"
    )


def _turnover_conflicts(
    turnovers: Sequence[Turnover],
    sums: Mapping[date, Sums],
    read: frozenset[date] | set[date],
    broken: Mapping[date, str],
) -> dict[date, str]:
    """The days whose turnovers or counts are not the bank's, each with what differs.

    A turnover of many days says only that one of them is wrong: where an equation within the span
    has failed already, that one is found, and the others stand on their own balances.
    """
    found: dict[date, str] = {}
    for turnover in turnovers:
        days = turnover.span
        if not all(day in read for day in days) or any(day in broken for day in days):
            continue
        ours = sum((sums.get(day, NOTHING) for day in days), NOTHING)
        for word in ("credits", "debits", "credit_count", "debit_count"):
            theirs, mine = getattr(turnover, word), getattr(ours, word)
            if theirs is not None and theirs != mine:
                sentence = f"{word.replace('_', ' ')} {mine}, the bank counts {theirs}"
                found.update(dict.fromkeys(days, sentence))
    return found
