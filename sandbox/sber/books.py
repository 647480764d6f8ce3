"""Sber's own books: clients, offers, codes, tokens, and what is being formed."""

from datetime import date, datetime

from msgspec import Struct, field

REHEARSAL_CLIENT = "mostik"
SERVICES = ("GET_CLIENT_ACCOUNTS", "GET_STATEMENT_ACCOUNT", "GET_STATEMENT_TRANSACTION")


class Client(Struct, kw_only=True):
    """A partner's application; no `redirect_uris` means that any will do."""

    secret: str
    services: list[str] = field(default_factory=lambda: list(SERVICES))
    redirect_uris: list[str] = field(default_factory=list)
    secret_since: datetime | None = None  # set at its first use: the books know no clock
    perpetual: bool = False


class Offer(Struct, kw_only=True):
    """What an organisation signed for one client: these accounts, until then."""

    login: str
    accounts: list[str]
    signed_at: datetime
    effective_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    calls: int = 0


class Walk(Struct, kw_only=True):
    """One customer on the way from authorize to the redirect back."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str
    nonce: str = ""
    code_challenge: str = ""
    login: str = ""
    company: str = ""


class Code(Struct, kw_only=True):
    """An authorisation code: good once, for minutes."""

    walk: Walk
    made_at: datetime
    expires_at: datetime


class Pair(Struct, kw_only=True):
    """An access and a refresh token; `successor` is the access token of the next pair."""

    access: str
    refresh: str
    client_id: str
    login: str
    company: str
    scope: str
    nonce: str
    signed_in_at: datetime
    issued_at: datetime
    access_until: datetime
    refresh_until: datetime
    used_at: datetime | None = None
    successor: str = ""

    def operations(self) -> set[str]:
        """The words of the scope: claims and operations."""
        return set(self.scope.split())


class Forming(Struct, kw_only=True):
    """A statement of one account and day on its way: how often 202 was said, and since when."""

    since: datetime
    answers: int = 0


class Seen(Struct, kw_only=True):
    """An operation of today as increment last saw it."""

    uuid: str
    changed_at: datetime
    deleted: bool = False


class Today(Struct, kw_only=True):
    """What increment has told of one account's current day, by operation id."""

    day: date
    seen: dict[str, Seen] = field(default_factory=dict)


class Bucket(Struct, kw_only=True):
    """Calls that a client may still make at an instant."""

    left: float
    at: datetime


def _first_clients() -> dict[str, Client]:
    return {REHEARSAL_CLIENT: Client(secret="rehearsal")}  # noqa: S106 - the well-known one


class Books(Struct, kw_only=True):
    """Everything the fake Sber remembers."""

    clients: dict[str, Client] = field(default_factory=_first_clients)
    offers: dict[str, Offer] = field(default_factory=dict)  # by client and company
    walks: dict[str, Walk] = field(default_factory=dict)
    cabinets: dict[str, str] = field(default_factory=dict)  # ticket -> login
    codes: dict[str, Code] = field(default_factory=dict)
    pairs: dict[str, Pair] = field(default_factory=dict)  # by access token
    refreshes: dict[str, str] = field(default_factory=dict)  # refresh token -> access token
    forming: dict[str, dict[str, Forming]] = field(default_factory=dict)  # by account, by day
    todays: dict[str, Today] = field(default_factory=dict)  # by account
    buckets: dict[str, Bucket] = field(default_factory=dict)  # by client
    forced: dict[str, str] = field(default_factory=dict)  # company or account -> situation
    neighbours: list[str] = field(default_factory=list)  # accounts opened to stand in a list
    struck_by: dict[str, str] = field(default_factory=dict)  # company -> account whose call it was

    def offer(self, client_id: str, company: str) -> Offer | None:
        """The last offer an organisation signed for a client, dead ones included."""
        return self.offers.get(f"{client_id}|{company}")

    def keep_offer(self, client_id: str, company: str, offer: Offer) -> None:
        """Put the newly signed offer in the place of the old one."""
        self.offers[f"{client_id}|{company}"] = offer
