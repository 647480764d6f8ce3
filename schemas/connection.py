"""A customer's permission to read at a bank, and the steps that lead to it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct


class ConnectionStatus(StrEnum):
    """Where a connection stands; who must act is said by its problem."""

    AWAITING_CUSTOMER = "awaiting_customer"
    CONFIRMING = "confirming"
    ACTIVE = "active"
    ACTION_REQUIRED = "action_required"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CLOSED = "closed"


NextKind = Literal["redirect", "sign_offer", "confirm_email", "wait", "none"]
Schedule = Literal["5m", "15m", "hourly", "daily", "manual"]


class NextStep(Struct, frozen=True):
    """What has to happen now for the connection to go on."""

    kind: NextKind
    url: str | None = None
    expires_at: datetime | None = None


class Consent(Struct, frozen=True):
    """What the customer granted, and until when."""

    granted_at: datetime | None = None
    expires_at: datetime | None = None
    permissions: tuple[str, ...] = ()


class Freshness(Struct, frozen=True):
    """How old what we show is, and when it will be younger."""

    as_of: datetime | None = None
    last_success_at: datetime | None = None
    next_expected_at: datetime | None = None
