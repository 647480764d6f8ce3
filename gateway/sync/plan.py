"""Which windows are wanted: pure functions of period, coverage, descriptor and instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.records import Account, WindowRow
from schemas.account import FoundAccount
from schemas.bank import Bank, Capabilities
from schemas.connection import Schedule
from schemas.window import DAY, Window, cut, gaps

PERIODS: dict[Schedule, timedelta | None] = {
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "manual": None,
}

DEFAULT_HISTORY = timedelta(days=90)
"""How far back a first load goes when nobody said: the depth that PSD2 grants at any time."""


def bank_day(bank: Bank, now: datetime) -> date:
    """The date in the bank's own zone."""
    return now.astimezone(ZoneInfo(bank.zone)).date()


def opening_of(bank: Bank, day: date) -> datetime:
    """The instant from which the bank answers for a day."""
    hours, minutes = bank.capabilities.day_opens_at.split(":")
    at = time(int(hours), int(minutes), tzinfo=ZoneInfo(bank.zone))
    return datetime.combine(day, at).astimezone(UTC)


def last_open_day(bank: Bank, now: datetime) -> date:
    """The newest bank day for which the bank answers already."""
    day = bank_day(bank, now)
    return day if opening_of(bank, day) <= now else day - DAY


def oldest_day(bank: Bank, found: FoundAccount, now: datetime) -> date:
    """The oldest day that makes sense to ask for: depth, opening of the account, told limits."""
    limits = [date.min]
    if bank.capabilities.max_history_days is not None:
        limits.append(bank_day(bank, now) - timedelta(days=bank.capabilities.max_history_days))
    if found.opened_on:
        limits.append(found.opened_on)
    if found.earliest:
        limits.append(found.earliest)
    return max(limits)


def history(bank: Bank, found: FoundAccount, wanted: Window, now: datetime) -> list[Window]:
    """A wanted period cut into the windows that the bank takes, oldest first."""
    first = max(wanted.first, oldest_day(bank, found, now))
    last = min(wanted.last, last_open_day(bank, now))
    if found.closed_on:
        last = min(last, found.closed_on)
    if first > last:
        return []
    return cut(Window(first, last), bank.capabilities.window_days)


def recent(
    bank: Bank,
    history_from: date,
    read: Sequence[Window],
    busy: Iterable[Window],
    now: datetime,
) -> list[Window]:
    """The days that a visit must read: the overlap again, and every gap up to today.

    `read` are the runs of days that have landed, `busy` the windows already being worked on.
    """
    today = last_open_day(bank, now)
    if history_from > today:
        return []
    overlap = Window(
        max(history_from, today - timedelta(days=bank.capabilities.overlap_days)), today
    )
    wanted = [*gaps(Window(history_from, today), [*read, overlap]), overlap]
    busy = list(busy)
    free = [part for span in wanted for part in gaps(span, busy)]
    return [window for span in free for window in cut(span, bank.capabilities.window_days)]


def next_visit(
    schedule: Schedule, capabilities: Capabilities, now: datetime, expires_at: datetime | None
) -> datetime | None:
    """When a living connection is looked at again, at the latest when its consent ends."""
    period = PERIODS[schedule]
    times = [] if expires_at is None or expires_at <= now else [expires_at]
    if period is not None:
        times.append(now + max(period, timedelta(seconds=capabilities.min_poll_seconds)))
    return min(times, default=None)


def reading_gap(found: FoundAccount) -> timedelta | None:
    """The least time between two unattended readings of an account that is counted."""
    return timedelta(days=1) / found.reads_per_day if found.reads_per_day else None


def readable(row: WindowRow, account: Account, bank: Bank, now: datetime) -> Window:
    """A window's days, and for a history that is read until it is still the days since as well.

    Its readings are the only ones that the bank allows meanwhile: without this the newest days
    would stay unread until the history is whole.
    """
    last = row.last
    if row.kind == "history" and row.received_at is not None and not account.found.settles:
        last = max(last, last_open_day(bank, now))
    return Window(row.first, last)
