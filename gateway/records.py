"""What the product remembers of connections and accounts, beyond what it must search by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from msgspec import Struct

from providers.contract import Expected
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.connection import ConnectionStatus, Consent, Freshness, NextStep, Schedule

Walk = Literal["connect", "renew", "reconnect"]


class Trouble(Struct, frozen=True, kw_only=True):
    """A problem at rest: the code and the facts; its texts are chosen when somebody reads it."""

    code: Code
    at: datetime
    evidence: dict[str, Any] = {}
    bank_status: int | None = None
    bank_words: str | None = None
    bank_body: str | None = None
    retry_at: datetime | None = None


class Organisation(Struct, frozen=True, kw_only=True):
    """Whose banks are connected."""

    id: str
    name: str
    inn: str | None = None
    kpp: str | None = None
    ico: str | None = None


class Connection(Struct, frozen=True, kw_only=True):
    """One connection; `status`, `bank` and the like also stand in columns, to be searched by."""

    id: str
    tenant_id: str
    bank: str
    status: ConnectionStatus
    organisation: Organisation
    return_url: str
    history_from: date
    schedule: Schedule
    expected: tuple[Expected, ...] = ()
    notify_email: str | None = None
    login_email: str | None = None
    next: NextStep = NextStep("none")
    walk: Walk | None = None
    """The walk that is going on at the bank, if one is."""
    consent: Consent = Consent()
    consent_id: str | None = None
    trouble: Trouble | None = None
    freshness: Freshness = Freshness()
    confirm_by: datetime | None = None
    """When waiting for the bank's confirmation stops being right (seed 000: 15-30 minutes)."""
    created_at: datetime
    closed_at: datetime | None = None


class Anchor(Struct, frozen=True):
    """A balance that the user fixed at the end of a day; a signed decimal string."""

    date: date
    balance: str


class Account(Struct, frozen=True, kw_only=True):
    """One account as we know it; `found` is what the bank said last."""

    id: str
    tenant_id: str
    connection_id: str
    bank: str
    identity: str
    selected: bool
    found: FoundAccount
    trouble: Trouble | None = None
    freshness: Freshness = Freshness()
    anchor: Anchor | None = None
    read_on: date | None = None
    """The bank day on which the recent days were last read anew as a whole."""
    changes_since: datetime | None = None
    """From when the next question for today's changes must ask."""
    history_from: date | None = None
    """The oldest day wanted of this account so far."""

    @property
    def eligible(self) -> bool:
        """Whether the account can be read at all."""
        return self.found.unfit is None

    @property
    def ending(self) -> str:
        """The account in a form that may be shown anywhere: its last four characters."""
        return "…" + (self.found.number or self.found.iban or "")[-4:]


class Load(Struct, frozen=True, kw_only=True):
    """A wish for a period of one account."""

    id: str
    tenant_id: str
    account_id: str
    first: date
    last: date
    state: Literal["running", "complete", "failed", "cancelled"]
    started_at: datetime
    finished_at: datetime | None = None


WindowState = Literal["waiting", "ordered", "preparing", "received", "failed"]
WindowKind = Literal["history", "recent", "changes", "mend"]


class WindowRow(Struct, frozen=True, kw_only=True):
    """One window of work: what is asked of the bank, and how far that has come."""

    id: str
    tenant_id: str
    account_id: str
    connection_id: str
    bank: str
    load_id: str | None
    kind: WindowKind
    first: date
    last: date
    state: WindowState
    attempts: int
    due_at: datetime | None
    fence: int
    mark: str | None
    trouble: Trouble | None
    received_at: datetime | None
    arrival: int | None
    count: int
    duplicates: int
    still: int
    mends: int
