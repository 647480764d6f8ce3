"""Days and instants as Tatra writes them, which its papers leave open: with and without a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from providers.tatra.bank import ZONE
from schemas.window import DAY

_DATE_CHARACTERS = 10


def bank_day(now: datetime) -> date:
    """The day that an instant falls on in Bratislava."""
    return now.astimezone(ZONE).date()


def instant(told: str) -> datetime:
    """An instant in UTC; without a zone it is Bratislava's, and a bare day means its beginning.

    Raises:
        ValueError: for what is neither a day nor an instant.
        OverflowError: for an instant at the edge of the calendar.
    """
    read = datetime.fromisoformat(told)
    return (read if read.tzinfo else read.replace(tzinfo=ZONE)).astimezone(UTC)


def expiry(told: str) -> datetime:
    """When a right ends: a bare day is still good until it is over (validity is inclusive).

    Raises:
        ValueError: for what is neither a day nor an instant.
        OverflowError: for an instant at the edge of the calendar.
    """
    if len(told) > _DATE_CHARACTERS:
        return instant(told)
    return datetime.combine(date.fromisoformat(told) + DAY, time(), ZONE).astimezone(UTC)
