"""Instants as the tables keep them: whole microseconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """The stored form of an aware instant."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware instant behind a stored number."""
    return _EPOCH + micros * _MICROSECOND


def maybe_to(instant: datetime | None) -> int | None:
    """The stored form, or None."""
    return None if instant is None else to_micros(instant)


def maybe_from(micros: int | None) -> datetime | None:
    """The instant, or None."""
    return None if micros is None else from_micros(micros)
