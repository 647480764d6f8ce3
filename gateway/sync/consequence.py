"""What a code means for the work at hand: whom it stops, and when to try again. Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from schemas.codes import Code
from schemas.connection import ConnectionStatus


class Scope(StrEnum):
    """How far a refusal reaches: one failing account never stops the others."""

    WINDOW = "window"
    ACCOUNT = "account"
    CONNECTION = "connection"


class Pace(Struct, frozen=True):
    """How the wait grows from one try to the next."""

    first: timedelta
    most: timedelta

    def wait(self, attempts: int, chance: float) -> timedelta:
        """The wait after so many tries; `chance` in 0..1 spreads callers apart (full jitter)."""
        grown: timedelta = min(self.most, self.first * (1 << min(attempts, 20)))
        return grown * (0.5 + chance / 2)


SOON = Pace(timedelta(seconds=5), timedelta(minutes=15))
SLOW = Pace(timedelta(minutes=5), timedelta(hours=6))
MEND = Pace(timedelta(minutes=2), timedelta(minutes=90))
HEAL = timedelta(minutes=15)
"""A repaired bank side is noticed within this time."""


class Consequence(Struct, frozen=True):
    """What follows from a code."""

    scope: Scope
    status: ConnectionStatus | None = None
    """The connection's standing afterwards, where the code reaches it."""
    pace: Pace = SOON
    anew: bool = False
    """The bank's mark is worth nothing any more: order again."""
    final: bool = False
    """Trying this very window again cannot help."""


_REQUIRED = Consequence(Scope.CONNECTION, ConnectionStatus.ACTION_REQUIRED)
_EXPIRED = Consequence(Scope.CONNECTION, ConnectionStatus.EXPIRED)
_REVOKED = Consequence(Scope.CONNECTION, ConnectionStatus.REVOKED)
_ACCOUNT = Consequence(Scope.ACCOUNT)
_AGAIN = Consequence(Scope.WINDOW)

_BY_CODE: dict[Code, Consequence] = {
    Code.BANK_NOT_SUPPORTED: _REQUIRED,
    Code.TARIFF_WITHOUT_INTEGRATION: _REQUIRED,
    Code.BANK_CONDITIONS_NOT_MET: _REQUIRED,
    Code.BANK_CONFIRMATION_PENDING: Consequence(Scope.CONNECTION, ConnectionStatus.CONFIRMING),
    Code.EMAIL_NOT_CONFIRMED: _REQUIRED,
    Code.REGISTRATION_INCOMPLETE: _REQUIRED,
    Code.VERIFICATION_CODE_REJECTED: _REQUIRED,
    Code.AUTHORISATION_DECLINED: _REQUIRED,
    Code.AUTHORISATION_TIMED_OUT: _REQUIRED,
    Code.OFFER_NOT_SIGNED: _REVOKED,
    Code.OFFER_EXPIRED: _EXPIRED,
    Code.NO_SIGNING_RIGHT: _REQUIRED,
    Code.ORGANISATION_DETAILS_MISMATCH: _REQUIRED,
    Code.CONSENT_EXPIRED: _EXPIRED,
    Code.CONSENT_REVOKED: _REVOKED,
    Code.CREDENTIALS_CHANGED: _REQUIRED,
    Code.USER_RIGHTS_INSUFFICIENT: _REQUIRED,
    Code.PERMISSIONS_REDUCED: _REQUIRED,
    Code.USER_BLOCKED: _REQUIRED,
    Code.ACCESS_TOKEN_REJECTED: _REQUIRED,
    Code.ACCESS_UNCLEAR: Consequence(Scope.WINDOW, pace=SLOW),
    Code.BANK_CERTIFICATE_REJECTED: _REQUIRED,
    Code.BANK_SECRET_EXPIRED: _REQUIRED,
    Code.BANK_CONTRACT_MISSING: _REQUIRED,
    Code.ACCOUNT_NOT_IN_OFFER: _ACCOUNT,
    Code.ACCOUNT_KIND_NOT_SUPPORTED: _ACCOUNT,
    Code.ACCOUNT_OF_OTHER_ORGANISATION: _ACCOUNT,
    Code.ACCOUNT_CLOSED: _ACCOUNT,
    Code.ACCOUNT_NOT_FOUND: _ACCOUNT,
    Code.ACCOUNT_DETAILS_INVALID: _ACCOUNT,
    Code.CORRESPONDENT_ACCOUNT_GIVEN: _ACCOUNT,
    Code.HISTORY_LIMIT_EXCEEDED: Consequence(Scope.WINDOW, final=True),
    Code.PERIOD_INVALID: Consequence(Scope.WINDOW, final=True),
    Code.STATEMENT_LOST: Consequence(Scope.WINDOW, anew=True),
    Code.STATEMENT_FAILED: Consequence(Scope.WINDOW, anew=True),
    Code.STATEMENT_INCOMPLETE: Consequence(Scope.WINDOW, anew=True, pace=MEND),
    Code.BANK_FORMAT_CHANGED: Consequence(Scope.WINDOW, anew=True, pace=SLOW),
    Code.BANK_REFUSAL_UNRECOGNISED: Consequence(Scope.WINDOW, anew=True, pace=SLOW),
}


def of(code: Code) -> Consequence:
    """What follows from a code; one that names no lasting cause is tried again."""
    return _BY_CODE.get(code, _AGAIN)
