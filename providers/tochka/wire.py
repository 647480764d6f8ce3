"""Tochka's own words, only those we use.

Oddities, each told once:
- An `accountId` is the account's 20 digits, a slash and the BIC. In balances before 2023-02, and
  in pushes always, it comes without the BIC: compare the first 20 digits.
- `startDateTime` and `endDateTime` of a statement are dates. An order is answered by an object
  `Statement`, a collection by an array of the same name.
- A statement may be `Ready` without `Transaction`: then it has no rows.
- Amounts of rows are positive JSON numbers. Amounts of balances carry their own sign, and their
  `creditDebitIndicator` is the same for debts and for riches: it is not read.
- `Amount.amount` is in the account's currency; `amountNat`, in roubles, is not read.
- Only the far side stands in a row: `Debtor…` when we were paid, `Creditor…` when we paid.
- The scheme `RU.CBR.PAN` stands beside plain account numbers: it does not mean a card.
- `kpp` of somebody without one is "0".
- A new consent is answered flat, in a list or in an object, depending on the path and the year.
- `isValid` of a consent stands only in lists; nothing says "expired" but its being false.
- A refusal's reason is `Errors[0].message`; the top-level text never varies. Such a body was also
  seen under a good status while a statement was being prepared.
- Everything in a push is text, amounts too; a test push may lack any of it.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct, field

T = TypeVar("T")

AccountId = Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{1,30}(/[0-9A-Za-z]{1,12})?$")]
StatementId = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.:;-]{0,79}$")]
"""Both go into paths, so their shape is held to what was seen and what cannot climb."""


class Reply(Struct, Generic[T], frozen=True):
    """The envelope; `Links` and `Meta` carry nothing, since nothing here has pages."""

    data: T = field(name="Data")


class Fault(Struct, frozen=True, rename="camel"):
    """One reason of a refusal."""

    error_code: str | None = None
    message: str | None = None


class Faults(Struct, frozen=True):
    """A refusal in any of the forms that the interface, its OAuth server and its proxy use."""

    errors: list[Fault] | None = field(name="Errors", default=None)
    code: str | int | None = None
    message: str | None = None
    error: str | None = None
    error_description: str | None = None


class Consent(Struct, frozen=True, rename="camel"):
    """What a customer allowed us, or a key; absent and null mean the same throughout."""

    consent_id: str | None = None
    permissions: list[str] | None = None
    status: str | None = None
    creation_date_time: datetime | None = None
    expiration_date_time: datetime | None = None
    customer_code: str | None = None
    client_id: str | None = None
    is_valid: bool | None = None


class Consents(Struct, frozen=True):
    """The list of consents, or of one in the form that some paths answer a new one with."""

    consent: list[Consent] | Consent = field(name="Consent")


class NewConsent(Struct, frozen=True, rename="camel"):
    """A consent just made, in each of its three forms."""

    consent_id: str | None = None
    consent: list[Consent] | Consent | None = field(name="Consent", default=None)


class Customer(Struct, frozen=True, rename="camel"):
    """A company, or the person who signed in."""

    customer_code: str
    customer_type: str | None = None
    full_name: str | None = None
    short_name: str | None = None
    tax_code: str | None = None
    kpp: str | None = None


class Customers(Struct, frozen=True):
    """All companies that the permission reaches."""

    customer: list[Customer] = field(name="Customer")


class Account(Struct, frozen=True, rename="camel"):
    """An account of any kind and state."""

    account_id: AccountId
    currency: str
    customer_code: str | None = None
    status: str | None = None
    status_update_date_time: datetime | None = None
    account_type: str | None = None
    account_sub_type: str | None = None
    registration_date: date | None = None


class Accounts(Struct, frozen=True):
    """All accounts that the permission reaches."""

    account: list[Account] = field(name="Account")


class Amount(Struct, frozen=True, gc=False):
    """Money as a JSON number, read as Decimal from its digits."""

    amount: Decimal
    currency: str


class Balance(Struct, frozen=True, rename="camel"):
    """One figure of an account; its sign is the amount's."""

    account_id: str
    type: str
    date_time: datetime
    amount: Amount = field(name="Amount")


class Balances(Struct, frozen=True):
    """A row for each account and type."""

    balance: list[Balance] = field(name="Balance")


class Party(Struct, frozen=True, gc=False):
    """Who is on the far side."""

    inn: str | None = None
    name: str | None = None
    kpp: str | None = None


class FarAccount(Struct, frozen=True, gc=False, rename="camel"):
    """The far side's account; may be empty in currency payments."""

    identification: str | None = None
    scheme_name: str | None = None


class Agent(Struct, frozen=True, gc=False):
    """The far side's bank: `identification` is a Russian BIC or a SWIFT code."""

    identification: str | None = None
    name: str | None = None


class Transaction(Struct, frozen=True, gc=False, rename="camel"):
    """One row of a statement."""

    credit_debit_indicator: str
    document_process_date: date
    amount: Amount = field(name="Amount")
    transaction_id: str | None = None
    payment_id: str | None = None
    status: str | None = None
    document_number: str | None = None
    transaction_type_code: str | None = None
    description: str | None = None
    debtor_party: Party | None = field(name="DebtorParty", default=None)
    debtor_account: FarAccount | None = field(name="DebtorAccount", default=None)
    debtor_agent: Agent | None = field(name="DebtorAgent", default=None)
    creditor_party: Party | None = field(name="CreditorParty", default=None)
    creditor_account: FarAccount | None = field(name="CreditorAccount", default=None)
    creditor_agent: Agent | None = field(name="CreditorAgent", default=None)


class Ordered(Struct, frozen=True, rename="camel"):
    """A statement that was just ordered."""

    statement_id: StatementId
    status: str | None = None


class Order(Struct, frozen=True):
    """The answer to an order: one object."""

    statement: Ordered = field(name="Statement")


class Statement(Struct, frozen=True, rename="camel"):
    """A statement being prepared or ready; a status we do not know means that it is not ready."""

    account_id: str
    start_date_time: date
    end_date_time: date
    creation_date_time: datetime | None = None
    statement_id: str | None = None
    status: str | None = None
    start_date_balance: Decimal | None = None
    end_date_balance: Decimal | None = None
    transaction: list[Transaction] | None = field(name="Transaction", default=None)


class Statements(Struct, frozen=True):
    """The answer to a collection: an array."""

    statement: list[Statement] = field(name="Statement")


class Hook(Struct, frozen=True, rename="camel"):
    """The one address that the bank calls for an application or a key."""

    webhooks_list: list[str] | None = None
    url: str | None = None


class PublicKey(Struct, frozen=True):
    """A bare JWK without id, use or algorithm; whatever else might stand in it is not taken."""

    kty: str
    n: str
    e: str


class Side(Struct, frozen=True):
    """Payer or recipient of a pushed payment; the account comes without BIC."""

    account: str | None = None


class Notice(Struct, frozen=True, rename="camel"):
    """The claims of a push."""

    webhook_type: str
    customer_code: str | None = None
    payment_id: str | None = None
    payer: Side | None = field(name="SidePayer", default=None)
    recipient: Side | None = field(name="SideRecipient", default=None)


class Claims(Struct, frozen=True):
    """What we read of a cabinet key without being able to verify it."""

    iss: str | None = None
    exp: int | float | None = None
