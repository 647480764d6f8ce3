"""What a bank is and can do, stated as data with the source of each limit."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct, field


class Flow(StrEnum):
    """How a customer lets us in."""

    OFFER = "offer"
    OAUTH = "oauth"
    CONSENT = "consent"
    KEY = "key"


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a bank can do, which chooses the ladder's rungs; the unstated is false or unlimited."""

    push: bool = False
    """The bank calls us when something happened."""
    pending: bool = False
    """Rows are shown before they are booked, and change when they are."""
    daily_balances: bool = False
    """The bank's own figures prove each day or each statement."""
    daily_turnovers: bool = False
    """The bank also states turnovers and counts, so that two omissions of zero sum show."""
    stable_ids: bool = True
    """An operation keeps its id on every reading."""
    increment: bool = False
    """The bank tells what changed today since an instant."""
    withdrawals: bool = False
    """Rows that were told may be taken back."""
    ordered_statements: bool = False
    """A statement is ordered first and collected later."""
    renewable: bool = True
    """A living connection can be given a new consent."""
    refresh_rotates: bool = False
    """Refreshing the access token also replaces the refresh token."""
    max_history_days: int | None = None
    window_days: int = 1
    """The longest period asked for in one call."""
    overlap_days: int = 3
    """How many days back every visit reads again, since rows come late or change."""
    consent_days: int | None = None
    min_poll_seconds: int = 300
    unattended_reads_per_day: int | None = None
    calls_per_second: float | None = None
    """Pacing over all our processes; a rate, not money."""
    preparing_at_once: int = 8
    """How many windows of one account may be in the bank's hands at the same time."""
    day_opens_at: str = "00:00"
    """Local time from which the bank answers for the day that began at midnight."""


class LinkedBank(Struct, frozen=True):
    """A bank that is reached through another bank's interface."""

    id: str
    name: str
    bic: str
    code: str


class Bank(Struct, frozen=True, kw_only=True):
    """The descriptor of one bank: what `/v1/banks` shows and what the planner obeys."""

    id: str
    name: str
    country: str
    countries: tuple[str, ...]
    currencies: tuple[str, ...]
    flow: Flow
    flows: tuple[Flow, ...] = ()
    zone: str
    bics: tuple[str, ...] = ()
    """BICs whose accounts this bank keeps; empty when any may be connected."""
    reaches: tuple[LinkedBank, ...] = ()
    documentation: str
    capabilities: Capabilities
    sources: dict[str, str] = field(default_factory=dict)
    """Limit or habit -> where the figure comes from."""
