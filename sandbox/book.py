"""The books of one account: payments by day, and balances that always add up."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from msgspec import Struct

from sandbox.clock import bank_day
from sandbox.entry import Entry, told

NOTHING = Decimal(0)


class Turnovers(Struct, frozen=True, kw_only=True):
    """Booked figures of a stretch of days: opening + credits - debits = closing, always."""

    opening: Decimal
    credits: Decimal
    debits: Decimal
    credit_count: int
    debit_count: int
    closing: Decimal


class Book:
    """All that ever happens on one account, the future included; ask it as of an instant."""

    def __init__(self, country: str, opening: Decimal) -> None:
        self._country = country
        self._opening = opening
        self._entries: dict[str, Entry] = {}
        self._days: list[date] = []
        self._plain: dict[date, list[Entry]] = {}
        self._restless: list[Entry] = []
        self._sums: list[Decimal] | None = None
        # what is told of the restless changes only at known instants, so it is kept between them
        self._turns: list[datetime] | None = None
        self._moving: tuple[int, list[Entry]] = (-1, [])

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, bank_id: str) -> bool:
        return bank_id in self._entries

    def everything(self) -> list[Entry]:
        """Every stored entry in the order of its operation, whatever the instant."""
        return sorted(self._entries.values(), key=_order)

    def entry(self, bank_id: str) -> Entry | None:
        """The stored entry under the bank's id."""
        return self._entries.get(bank_id)

    def add(self, entries: Iterable[Entry]) -> None:
        """Put entries in, replacing those of the same bank id."""
        touched: set[date] = set()
        for entry in entries:
            if entry.bank_id in self._entries:
                self._drop(self._entries[entry.bank_id])
            self._entries[entry.bank_id] = entry
            # what is booked on another day than it happened is known by the instant, not the day
            if entry.restless or bank_day(entry.at, self._country) != entry.date:
                self._restless.append(entry)
            else:
                self._plain.setdefault(entry.date, []).append(entry)
                touched.add(entry.date)
        for day in touched:
            self._plain[day].sort(key=_order)
        self._days = sorted(self._plain)
        self._sums = None
        self._turns = None
        self._moving = (-1, [])

    def told(self, first: date, last: date, at: datetime) -> list[Entry]:
        """The truth as of an instant, both days included, in the order of the operations."""
        found: list[Entry] = []
        today = bank_day(at, self._country)
        for day in self._days[bisect_left(self._days, first) : bisect_right(self._days, last)]:
            rows = self._plain[day]
            found += rows if day < today else [row for row in rows if row.at <= at]
        moving = [row for row in self._restless_told(at) if first <= row.date <= last]
        return sorted(found + moving, key=_order) if moving else found

    def balance(self, day: date, at: datetime) -> Decimal:
        """The booked balance at the end of a day, as the books stand at an instant."""
        today = bank_day(at, self._country)
        whole = bisect_right(self._days, min(day, today - timedelta(days=1)))
        balance = self._opening + self._running()[whole]
        for known in self._days[whole : bisect_right(self._days, day)]:
            balance += sum((row.signed for row in self._plain[known] if row.at <= at), NOTHING)
        moving = (
            row.signed
            for row in self._restless_told(at)
            if row.status == "booked" and row.date <= day
        )
        return balance + sum(moving, NOTHING)

    def turnovers(self, first: date, last: date, at: datetime) -> Turnovers:
        """The booked figures of first..last, both included."""
        rows = [row for row in self.told(first, last, at) if row.status == "booked"]
        opening = self.balance(first - timedelta(days=1), at)
        came = [row.amount for row in rows if row.direction == "credit"]
        went = [row.amount for row in rows if row.direction == "debit"]
        return Turnovers(
            opening=opening,
            credits=sum(came, NOTHING),
            debits=sum(went, NOTHING),
            credit_count=len(came),
            debit_count=len(went),
            closing=opening + sum(came, NOTHING) - sum(went, NOTHING),
        )

    def pending(self, at: datetime) -> list[Entry]:
        """What is told but not booked at an instant: it lowers what is free to spend."""
        return [row for row in self._restless_told(at) if row.status == "pending"]

    def last_movement(self, day: date, at: datetime) -> date | None:
        """The last day up to `day` with a booked entry, None when there is none."""
        days = self._days[: bisect_right(self._days, day)]
        plain = next((d for d in reversed(days) if any(r.at <= at for r in self._plain[d])), None)
        moving = [
            row.date
            for row in self._restless_told(at)
            if row.status == "booked" and row.date <= day
        ]
        return max([*moving, *([plain] if plain else [])], default=None)

    def _restless_told(self, at: datetime) -> Sequence[Entry]:
        if self._turns is None:
            self._turns = sorted({turn for row in self._restless for turn in _turns(row)})
        passed = bisect_right(self._turns, at)
        if self._moving[0] != passed:
            shown = (told(row, at, bank_day(row.at, self._country)) for row in self._restless)
            self._moving = (passed, [row for row in shown if row is not None])
        return self._moving[1]

    def _running(self) -> list[Decimal]:
        """Sums of the plain entries before each known day, and after the last."""
        if self._sums is None:
            by_day = (sum((row.signed for row in self._plain[day]), NOTHING) for day in self._days)
            self._sums = list(accumulate(by_day, initial=NOTHING))
        return self._sums

    def _drop(self, entry: Entry) -> None:
        if entry in self._restless:
            self._restless.remove(entry)
            return
        rows = self._plain[entry.date]
        rows.remove(entry)
        if not rows:
            del self._plain[entry.date]


def _order(entry: Entry) -> tuple[datetime, str]:
    return entry.at, entry.bank_id


def _turns(entry: Entry) -> list[datetime]:
    """The instants at which what is told of an entry becomes something else."""
    instants = [entry.known_from, entry.booked_at, entry.withdrawn_at]
    return [turn for turn in (*instants, *(r.at for r in entry.revisions)) if turn is not None]
