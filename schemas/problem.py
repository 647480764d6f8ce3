"""One shape for everything that goes wrong (RFC 9457), also inside resources."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct


class Retry(Struct, frozen=True):
    """Whether trying again helps: never, after_action, at a time, or by itself."""

    kind: str
    at: datetime | None = None


class Step(Struct, frozen=True):
    """One thing to do, under an id that is the same in every language."""

    id: str
    text: str


class BankWords(Struct, frozen=True):
    """Which bank said what, for support; never shown to an end user."""

    id: str
    status: int | None = None
    code: str | None = None


class Problem(Struct, frozen=True, kw_only=True):
    """A problem as it leaves: code, cause, who acts, what to do."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    code: str
    number: str
    category: str
    actor: str
    retry: Retry
    language: str
    steps: tuple[Step, ...]
    evidence: dict[str, Any] = {}
    bank: BankWords | None = None
    request_id: str | None = None
