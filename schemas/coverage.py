"""What is known of each day of an account, and by which equation."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct


class DayState(StrEnum):
    """How much a day's rows are worth."""

    PROVEN = "proven"
    RECEIVED = "received"
    MISSING = "missing"
    CONFLICT = "conflict"


class Day(Struct, frozen=True):
    """One bank day in decimal strings, balances signed; `reason` names a broken equation."""

    date: date
    state: DayState
    opening: str | None
    credits: str
    debits: str
    closing: str | None
    count: int
    reason: str | None = None
