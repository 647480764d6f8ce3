"""Tatra's words, with each of its oddities told once.

- `amount` is a signed JSON number, debit negative; a few clients saw text, so both are read, from
  the literal and never through a binary float.
- `transactions` is a flat list; the Berlin shape `{"booked": [], "pending": []}` is read as well.
- `_links.next.href` may carry `&&` and a trailing quote, and may stand beside an empty page.
- dates may be empty text, and days may come as instants: they stay text until translated.
- rows of linked banks lack most fields; own rows have nearly all of them.
- `balances` come in any order and with any words; without `withBalance=true` they are missing.
- `accountId` belongs to the consent and changes with it; the IBAN is the identity.
- refusals are `errorCode` + `errorDescription`; the Berlin and OAuth shapes occur too, and the
  gateway in front answers with nothing or HTML.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field


class Amount(Struct, frozen=True, gc=False):
    """Money, signed from the owner's view."""

    amount: Decimal
    currency: str


class Reference(Struct, frozen=True, gc=False):
    """An account as it is named by others."""

    iban: str | None = None
    bban: str | None = None
    currency: str | None = None


class Agent(Struct, frozen=True, gc=False):
    """The bank of a far side."""

    bic: str | None = None
    name: str | None = None


class Link(Struct, frozen=True, gc=False):
    """An address, possibly malformed."""

    href: str | None = None


class Links(Struct, frozen=True):
    """Where the list goes on."""

    next: Link | str | None = None


class Balance(Struct, frozen=True, rename="camel"):
    """One figure; preferred by type, never by place."""

    balance_amount: Amount
    balance_type: str = ""
    reference_date: str | None = None
    last_change_date_time: str | None = None


class Account(Struct, frozen=True, rename="camel"):
    """One account under the consent, of Tatra or of a linked bank."""

    account_id: str
    account_reference: Reference = Reference()
    bank_code: str | None = None
    bank_name: str | None = None
    bic: str | None = None
    name: str | None = None
    display_name: str | None = None
    product: str | None = None
    cash_account_type: str | None = None
    status: str | None = None
    consent_expiration_date: str | None = None
    date_updated: str | None = None
    balances: list[Balance] | None = None


class Accounts(Struct, frozen=True):
    """All accounts that the customer chose."""

    accounts: list[Account]


class Transaction(Struct, frozen=True, rename="camel", gc=False):
    """One row, of which only the amount is always there."""

    transaction_amount: Amount
    transaction_id: str | int | None = None
    entry_reference: str | int | None = None
    original_transaction_id: str | int | None = None
    transaction_state: str | None = None
    is_reversal: bool | None = None
    end_to_end_id: str | None = None
    variable_symbol: str | None = None
    specific_symbol: str | None = None
    constant_symbol: str | None = None
    booking_date: str | None = None
    value_date: str | None = None
    authorization_date: str | None = None
    debtor_name: str | None = None
    debtor_account: Reference | None = None
    debtor_agent: Agent | str | None = None
    creditor_name: str | None = None
    creditor_account: Reference | None = None
    creditor_agent: Agent | str | None = None
    remittance_information_unstructured: str | None = None
    additional_information: str | None = None
    bank_transaction_code: str | None = None
    card_number: str | None = None
    trading_party_identification: str | None = None
    payment_reference: str | None = None


class Split(Struct, frozen=True):
    """The Berlin shape of a list."""

    booked: list[Transaction] | None = None
    pending: list[Transaction] | None = None
    links: Links | None = field(name="_links", default=None)


class Page(Struct, frozen=True):
    """One answer of the list of transactions."""

    transactions: list[Transaction] | Split
    links: Links | None = field(name="_links", default=None)

    @property
    def booked(self) -> list[Transaction]:
        """The rows whose own state decides."""
        rows = self.transactions
        return rows if isinstance(rows, list) else rows.booked or []

    @property
    def pending(self) -> list[Transaction]:
        """The rows that the shape itself calls pending."""
        rows = self.transactions
        return [] if isinstance(rows, list) else rows.pending or []

    @property
    def href(self) -> str:
        """The next page's address as it came, "" on the last page."""
        links = self.links
        if (links is None or not links.next) and isinstance(self.transactions, Split):
            links = self.transactions.links
        following = links.next if links else None
        return (following.href if isinstance(following, Link) else following) or ""


class Consent(Struct, frozen=True, rename="camel"):
    """A consent; Premium tells no access and no validity, a date is read where one comes."""

    consent_id: str | None = None
    consent_status: str = ""
    valid_until: str | None = None


class Order(Struct, frozen=True, rename="camel"):
    """What an ordered statement or refresh is asked after by."""

    task_id: str


class Listed(Struct, frozen=True, rename="camel"):
    """One file that a task made."""

    statement_id: str
    date_from: str | None = None
    date_to: str | None = None


class Task(Struct, frozen=True):
    """How far an order is; a word we do not know means: ask again."""

    state: str
    statements: list[Listed] | None = None


class Message(Struct, frozen=True):
    """A Berlin refusal."""

    code: str = ""
    text: str | None = None


class Trouble(Struct, frozen=True):
    """A refusal in whichever of the shapes."""

    error_code: str | int | None = field(name="errorCode", default=None)
    error_description: str | None = field(name="errorDescription", default=None)
    tpp_messages: list[Message] | None = field(name="tppMessages", default=None)
    error: str | None = None
    described: str | None = field(name="error_description", default=None)
    code: str | int | None = None
    detail: str | None = None


class Notice(Struct, frozen=True, rename="camel"):
    """A push; the bank has published no format, so nothing is demanded of it."""

    notification_id: str | int | None = None
    consent_id: str | None = None
    account_id: str | None = None
    resource_id: str | None = None
    iban: str | None = None
    account_reference: Reference | None = None
    event: str | None = None
