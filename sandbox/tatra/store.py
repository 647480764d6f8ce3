"""Tatra's own books: clients, consents, links to other banks, tokens, tasks, unfinished pages."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from sandbox.state import Sandbox
from sandbox.world import Account

TATRA = "tatra"
COVERS = ("tatra", "csob", "raiffeisen", "slsp", "fio", "vub")
NAMES = {
    "tatra": "Tatra banka",
    "csob": "ČSOB",
    "raiffeisen": "Raiffeisen banka",
    "slsp": "Slovenská sporiteľňa",
    "fio": "Fio banka",
    "vub": "VÚB banka",
}
BANK_CODES = {
    "tatra": "1100",
    "csob": "7500",
    "raiffeisen": "1100",
    "slsp": "0900",
    "fio": "8330",
    "vub": "0200",
}

Usage = Literal["TPP", "FAC", "FAC_BBTB"]
Status = Literal["received", "rejected", "valid", "revokedByPsu", "expired", "terminatedByTpp"]
Step = Literal["start", "login", "email", "code", "registration", "hub", "bank", "link", "done"]


class Client(Struct, kw_only=True):
    """An application of the developer portal."""

    id: str
    secret: str
    usage: Usage
    company: str | None = None
    redirect_uris: list[str] = []
    secret_expires_at: datetime | None = None
    consent: str | None = None  # FAC_BBTB: the consent given inside Business banking


class Consent(Struct, kw_only=True):
    """What a customer allowed; its account ids are its own."""

    id: str
    client: str
    created_at: datetime
    status: Status = "received"
    combined: bool = False
    login: str = ""
    company: str = ""
    accounts: dict[str, str] = {}  # accountId -> IBAN
    works_from: datetime | None = None
    expires_at: datetime | None = None
    calls: int = 0
    list_failed: bool = False

    def standing(self, now: datetime) -> Status:
        """The status as it is told at an instant."""
        if self.status == "valid" and self.works_from is not None and now < self.works_from:
            return "received"
        if self.status == "valid" and self.expires_at is not None and now >= self.expires_at:
            return "expired"
        return self.status


class Link(Struct, kw_only=True):
    """A customer's link to one bank, 180 days from its creation whatever the consent does."""

    created_at: datetime
    expires_at: datetime


class Access(Struct, kw_only=True):
    """An access token; without a consent it is a service token."""

    client: str
    expires_at: datetime
    consent: str | None = None


class Renewal(Struct, kw_only=True):
    """A refresh token."""

    client: str
    consent: str
    expires_at: datetime


class Code(Struct, kw_only=True):
    """An authorisation code and what its exchange must bring."""

    client: str
    consent: str
    redirect_uri: str
    challenge: str
    expires_at: datetime
    used: bool = False


class Walk(Struct, kw_only=True):
    """One customer on the pages between /authorize and the way back."""

    id: str
    client: str
    consent: str
    redirect_uri: str
    oauth_state: str
    challenge: str
    expires_at: datetime
    step: Step = "start"
    problem: str = ""
    login: str = ""
    at_tatra: bool = False
    code: str = ""
    code_expires_at: datetime | None = None
    tries: int = 0
    bank: str = ""
    offered: list[str] = []  # IBANs that the customer may tick


class Statement(Struct, kw_only=True):
    """One file of a statement task; the days are ISO dates."""

    account: str
    first: str
    last: str
    kind: str
    number: int


class Task(Struct, kw_only=True):
    """A statement being made."""

    account: str
    consent: str
    state: Literal["PROCESSING", "SUCCEEDED", "FAILED"]
    polls_left: int
    ready_at: datetime
    polled_at: datetime | None = None
    statements: dict[str, Statement] = {}


class Spell(Struct, kw_only=True):
    """A forced situation that is the truth until the one who met it asks again, or authorises."""

    code: str
    met_by: str  # IBAN of the call that met it first, empty for the list of accounts


class Books(Struct, kw_only=True):
    """Everything Tatra remembers."""

    clients: dict[str, Client] = {}
    consents: dict[str, Consent] = {}
    links: dict[str, Link] = {}
    access: dict[str, Access] = {}
    renewals: dict[str, Renewal] = {}
    codes: dict[str, Code] = {}
    walks: dict[str, Walk] = {}
    registered: list[str] = []
    tasks: dict[str, Task] = {}
    spells: dict[str, Spell] = {}
    pulls: dict[str, list[datetime]] = {}  # IBAN -> when Tatra read the other bank
    refresh_asked: dict[str, datetime] = {}
    reads: dict[str, int] = {}  # day and IBAN -> unattended reads
    request_ids: list[str] = []
    tokens_left: float = 0.0
    bucket_at: float | None = None


WELL_KNOWN = "mostik"


def client_named(sandbox: Sandbox, client_id: str) -> Client | None:
    """A registered client; the rehearsal one is always there, of the usage the habits say."""
    books = sandbox.store(Books)
    habits = sandbox.behaviour(TATRA).tatra
    if client_id == WELL_KNOWN:
        known = books.clients.get(client_id)
        if known is None:
            known = Client(id=client_id, secret="rehearsal", usage=habits.usage_type)  # noqa: S106 - well known
            books.clients[client_id] = known
        known.usage = habits.usage_type
        known.redirect_uris = list(habits.registered_redirect_uris)
        return known
    return books.clients.get(client_id)


def accounts_of(sandbox: Sandbox, consent: Consent) -> dict[str, Account]:
    """The accounts under a consent, by the ids that this consent gives them."""
    found = {key: sandbox.world.account(iban) for key, iban in consent.accounts.items()}
    return {key: account for key, account in found.items() if account is not None}


def link_of(sandbox: Sandbox, account: Account) -> Link | None:
    """The link of the account's owner to the account's bank."""
    return sandbox.store(Books).links.get(f"{account.company}/{account.bank}")
