"""Tochka's own books: clients, consents, tokens, keys, ordered statements and webhooks."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from sandbox.entry import Entry

BANK_ID = "tochka"
ConsentStatus = Literal["AwaitingAuthorisation", "Authorised", "Rejected", "Revoked"]
StatementStatus = Literal["Created", "Processing", "Error", "Ready"]


class Client(Struct, kw_only=True):
    """An application registered in the cabinet."""

    id: str
    secret: str
    name: str


class Consent(Struct, kw_only=True):
    """What a customer lets an application do; a cabinet key is a consent as well."""

    id: str
    client_id: str
    application: str
    permissions: list[str]
    created_at: datetime
    updated_at: datetime
    status: ConsentStatus = "AwaitingAuthorisation"
    expires_at: datetime | None = None  # None is endless
    works_from: datetime | None = None  # agreed, but not in force before
    login: str = ""  # empty for a cabinet key
    companies: list[str] = []
    accounts: list[str] | None = None  # numbers; None is all accounts of the companies
    children: dict[str, str] = {}  # company -> id of its child consent
    data_calls: int = 0


class AccessToken(Struct, kw_only=True):
    """An opaque token of 32 characters; without a consent it is the client's own."""

    client_id: str
    expires_at: datetime
    consent_id: str | None = None


class RefreshToken(Struct, kw_only=True):
    """Good for one new pair; `used_at` remembers when that was taken."""

    client_id: str
    consent_id: str
    expires_at: datetime
    used_at: datetime | None = None


class AuthorisationCode(Struct, kw_only=True):
    """What the customer's browser carries back to the application."""

    client_id: str
    consent_id: str
    redirect_uri: str
    state: str | None
    expires_at: datetime


class Key(Struct, kw_only=True):
    """A JWT made in the cabinet."""

    client_id: str
    consent_id: str
    expires_at: datetime | None = None
    deleted: bool = False


class Order(Struct, kw_only=True):
    """An ordered statement; rows and balances are those of the instant it became ready."""

    id: str
    account: str
    first: date
    last: date
    created_at: datetime
    status: StatementStatus = "Created"
    will_fail: bool = False
    errors_told: int = 0
    polls: int = 0
    ready_at: datetime | None = None
    rows: list[Entry] = []
    opening: Decimal = Decimal(0)
    closing: Decimal = Decimal(0)


class Hook(Struct, kw_only=True):
    """The one webhook of a client."""

    url: str
    events: list[str]


class Walk(Struct, kw_only=True):
    """One customer on the way through the pages."""

    id: str
    client_id: str
    consent_id: str
    redirect_uri: str
    state: str | None
    with_token_id: bool = False  # the older response_type "code id_token"
    login: str = ""


class Tally(Struct, kw_only=True):
    """Requests of one token within one real second."""

    second: int = 0
    count: int = 0


def _rehearsal() -> dict[str, Client]:
    known = Client(id="mostik", secret="rehearsal", name="Mostik")  # noqa: S106 - an open secret
    return {known.id: known}


class Books(Struct, kw_only=True):
    """All of it; access, refresh, codes and keys are kept under their own values."""

    clients: dict[str, Client] = field(default_factory=_rehearsal)
    consents: dict[str, Consent] = {}
    consents_of: dict[str, list[str]] = {}  # company -> consent ids
    access: dict[str, AccessToken] = {}
    refresh: dict[str, RefreshToken] = {}
    codes: dict[str, AuthorisationCode] = {}
    keys: dict[str, Key] = {}
    orders: dict[str, Order] = {}
    orders_of: dict[str, list[str]] = {}  # account -> order ids, oldest first
    hooks: dict[str, Hook] = {}
    walks: dict[str, Walk] = {}
    lingering: dict[str, str] = {}  # account or company -> code its last data answer was
    tallies: dict[str, Tally] = {}
    outages: int = 0
