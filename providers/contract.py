"""The seam between a bank and the product: ten verbs, and two ways to fail.

    Exception
    ├── Refused       the bank answered, and the answer means a code of the catalogue
    └── Unreachable   no answer that can be read: connection, time, size

A provider keeps no clock, no storage and no retries, and never sleeps: instants come in as
arguments, and what must be remembered goes out as a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from msgspec import Struct

from providers.transport import Unreachable, Wire
from schemas.account import FoundAccount, Owner
from schemas.bank import Bank
from schemas.codes import Code
from schemas.connection import NextKind
from schemas.statement import Piece
from schemas.window import Window

__all__ = [
    "Answered",
    "Ask",
    "Bank",
    "Code",
    "Entrance",
    "Expected",
    "Finding",
    "Grant",
    "Granted",
    "Hint",
    "Next",
    "Piece",
    "Provider",
    "Push",
    "Refused",
    "Unreachable",
    "Wire",
]


class Refused(Exception):  # noqa: N818 - a bank's refusal is the trade's word
    """The bank said no, and we know what that means.

    `status` and `words` are the bank's own (HTTP status and error code), `body` a redacted excerpt
    for support. `retry_after` is what the bank asked for; whether to retry is the case's business.
    """

    def __init__(
        self,
        code: Code,
        *,
        status: int | None = None,
        words: str | None = None,
        body: str | None = None,
        evidence: Mapping[str, Any] | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.status = status
        self.words = words
        self.body = body
        self.evidence = dict(evidence or {})
        self.retry_after = retry_after


class Expected(Struct, frozen=True):
    """An account that the customer says must be among those granted."""

    number: str | None = None
    bic: str | None = None
    iban: str | None = None


class Ask(Struct, frozen=True, kw_only=True):
    """What an integrator wants connected, with what our side has chosen for this one attempt."""

    state: str
    """One-time value that comes back with the customer; at least 36 characters."""
    redirect_uri: str
    owner: Owner = Owner()
    expected: tuple[Expected, ...] = ()
    credentials: dict[str, str] = {}
    previous: Grant | None = None
    """The grant that goes on working until the new one is confirmed."""


class Grant(Struct, frozen=True, kw_only=True):
    """What a bank gave us to read with; encrypted wherever it rests.

    Instants are absolute and aware. `notes` are the provider's own, text to text.
    """

    access: str
    access_expires_at: datetime | None = None
    access_seconds: int | None = None
    """The life that the access token had when it was given."""
    refresh: str | None = None
    refresh_expires_at: datetime | None = None
    consent_id: str | None = None
    consent_expires_at: datetime | None = None
    permissions: tuple[str, ...] = ()
    notes: dict[str, str] = {}


class Next(Struct, frozen=True, kw_only=True):
    """Somebody has to do something first; `memo` comes back to `resume` as it is, kept secret."""

    kind: NextKind
    url: str | None = None
    expires_in: timedelta | None = None
    memo: dict[str, str] = {}


class Granted(Struct, frozen=True, kw_only=True):
    """The way is open; `owner` is whom the bank says the grant belongs to, where it says so."""

    grant: Grant
    owner: Owner = Owner()


class Answered(Struct, frozen=True):
    """What the customer's browser brought back: the query of the redirect, as it came."""

    params: dict[str, str]


class Finding(Struct, frozen=True):
    """What asking the bank why has shown; no code means that all is well."""

    code: Code | None = None
    evidence: dict[str, Any] = {}


class Push(Struct, frozen=True):
    """A call from a bank, untrusted until `notices` has verified it."""

    headers: dict[str, str]
    body: bytes


class Hint(Struct, frozen=True):
    """Where to look anew; never itself a booking.

    `number`, `iban` or `reference` name the account, `consent_id` or `customer` the connection;
    `key` is what repeats of the same push have in common.
    """

    key: str
    number: str | None = None
    iban: str | None = None
    reference: str | None = None
    consent_id: str | None = None
    customer: str | None = None
    event: Literal["transactions", "consent", "test"] = "transactions"


class Provider(Protocol):
    """One bank's way of being read. Raises only `Refused` and `Unreachable`."""

    async def begin(self, ask: Ask, now: datetime) -> Next | Granted:
        """Start the walk that lets us in, or finish it at once where a key was handed over."""
        ...

    async def resume(
        self, ask: Ask, memo: Mapping[str, str], answer: Answered, now: datetime
    ) -> Next | Granted:
        """Go on when the customer is back from the bank."""
        ...

    async def accounts(self, grant: Grant, now: datetime) -> tuple[FoundAccount, ...]:
        """Everything that the grant lets us see, also what cannot be read, with the reason."""
        ...

    async def pull(
        self, grant: Grant, account: FoundAccount, want: Window, mark: str | None, now: datetime
    ) -> Piece:
        """One step towards the rows of a window: order, collect, or say when to come again.

        `covers` lies within `want` and no entry outside `covers`.
        """
        ...

    async def changes(
        self, grant: Grant, account: FoundAccount, since: datetime, now: datetime
    ) -> Piece:
        """What today's operations gained or lost since an instant (capability `increment`)."""
        ...

    async def probe(self, grant: Grant, account: FoundAccount | None, now: datetime) -> Finding:
        """Ask the bank why: settles a refusal that can have several causes."""
        ...

    async def renew(self, grant: Grant, now: datetime) -> Grant:
        """Exchange the refresh token for a living access token."""
        ...

    async def revoke(self, grant: Grant, now: datetime) -> None:
        """Give the permission back at the bank."""
        ...

    async def subscribe(self, grant: Grant, url: str, now: datetime) -> Grant:
        """Have the bank call `url` on news; the grant unchanged where that is set up by hand."""
        ...

    async def notices(self, push: Push, now: datetime) -> tuple[Hint, ...]:
        """What a push says, after its signature is verified where the bank signs."""
        ...


def _nothing_to_warn_of(settings: Any, today: date) -> tuple[str, ...]:
    del settings, today
    return ()


class Entrance(Struct, frozen=True, kw_only=True):
    """One line of `BANKS`: the descriptor, the settings it needs, and how to open it.

    `settings` is a Struct whose fields become `MOSTIK_<BANK>_<FIELD>`; `hosts_at` fills its host
    fields from one address under which all of the bank's hosts are reached.
    """

    bank: Bank
    settings: type[Struct]
    hosts_at: Callable[[str], dict[str, str]]
    open: Callable[[Any, Wire], Provider]
    warnings: Callable[[Any, date], tuple[str, ...]] = _nothing_to_warn_of
    """Sentences about settings that are about to run out, for `mostik doctor`."""
