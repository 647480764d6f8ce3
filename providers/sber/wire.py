"""Sber's own words: only the fields that we read.

Oddities, told once:
- A body with an error's shape comes with 202 as well and then means that the statement is being
  formed; it may also be empty.
- Amounts are strings on one contour and numbers on another; `Decimal` takes both from the raw
  literal. The rouble is RUR or RUB there and 810 in the list of accounts.
- Instants carry no zone and are Moscow's; a zone or a bare date may come all the same.
- Nulls are sent or left out, texts may be empty, an INN may be all zeros. So dates are texts here.
- The pages' links are called `_links` or `links`, and their addresses are relative.
- user-info and id_token are compact JWS whose algorithm, gost34.10-2012, no usual library knows.
- The increment's list of deleted operations has no documented name: it is looked for, not named.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field


class Fault(Struct, frozen=True):
    """A refusal of the data host, or of the token host (`error`, `error_description`)."""

    cause: str | None = None
    message: str | None = None
    reference_id: str | None = field(name="referenceId", default=None)
    field_names: list[str] | None = field(name="fieldNames", default=None)
    error: str | None = None
    error_description: str | None = None


class IdToken(Struct, frozen=True):
    """Claims of the id_token that we check; `aud` is a text or a list of texts."""

    iss: str = ""
    aud: str | list[str] = ""
    azp: str | None = None
    exp: int = 0
    nonce: str | None = None


class OfferedAccount(Struct, frozen=True, rename="camel"):
    """An account that the customer ticked when signing the offer."""

    account_number: str
    bic: str | None = None


class UserInfo(Struct, frozen=True):
    """Who signed; a claim that was not asked for, or not allowed, is absent."""

    sub: str  # the one claim that is always there: without it this is no user-info
    iss: str | None = None
    aud: str | list[str] | None = None
    inn: str | None = None
    kpp: str | None = field(name="orgKpp", default=None)
    name: str | None = field(name="OrgName", default=None)
    organisation: str | None = field(name="HashOrgId", default=None)
    accounts: list[OfferedAccount] | None = None
    offer_ends: str | None = field(name="offerExpirationDate", default=None)


class Account(Struct, frozen=True, rename="camel"):
    """One line of client-info; there is no balance in it."""

    number: str
    currency_code: str = ""
    bic: str | None = None
    name: str | None = None
    type: str | None = None
    state: str | None = None
    open_date: str | None = None
    close_date: str | None = None


class ClientInfo(Struct, frozen=True, rename="camel"):
    """The organisation and the accounts that we may know of."""

    short_name: str | None = None
    full_name: str | None = None
    inn: str | None = None
    kpps: list[str] | None = None
    accounts: list[Account] | None = None


class Amount(Struct, frozen=True, gc=False):
    """Money; the sign of a turnover or an operation is never in the amount."""

    amount: Decimal
    currency: str = field(name="currencyName", default="")


class Summary(Struct, frozen=True, rename="camel"):
    """The bank's own figures of one account and day."""

    composed_date_time: str | None = None
    opening_balance: Amount | None = None
    closing_balance: Amount | None = None
    debit_turnover: Amount | None = None
    credit_turnover: Amount | None = None
    debit_transactions_number: int | None = None
    credit_transactions_number: int | None = None


class RurTransfer(Struct, frozen=True, rename="camel", gc=False):
    """Both sides of a payment in roubles."""

    payer_account: str | None = None
    payer_name: str | None = None
    payer_inn: str | None = None
    payer_kpp: str | None = None
    payer_bank_name: str | None = None
    payer_bank_bic: str | None = None
    payee_account: str | None = None
    payee_name: str | None = None
    payee_inn: str | None = None
    payee_kpp: str | None = None
    payee_bank_name: str | None = None
    payee_bank_bic: str | None = None
    value_date: str | None = None


class CurTransfer(Struct, frozen=True, rename="camel", gc=False):
    """A payment in foreign currency: fields of SWIFT and of a payment order, whichever is filled.

    The bank's class is known and its fields are not; this is what its neighbours' models hold.
    """

    ordering_customer_account: str | None = None
    ordering_customer_name: str | None = None
    ordering_institution_name: str | None = None
    beneficiary_customer_account: str | None = None
    beneficiary_customer_name: str | None = None
    beneficiary_bank_name: str | None = None
    remittance_information: str | None = None
    payer_account: str | None = None
    payer_name: str | None = None
    payer_inn: str | None = None
    payer_kpp: str | None = None
    payer_bank_name: str | None = None
    payer_bank_bic: str | None = None
    payee_account: str | None = None
    payee_name: str | None = None
    payee_inn: str | None = None
    payee_kpp: str | None = None
    payee_bank_name: str | None = None
    payee_bank_bic: str | None = None


class Operation(Struct, frozen=True, rename="camel", gc=False):
    """One movement; `direction` is seen from the owner, CREDIT being money in."""

    amount: Amount
    direction: str
    operation_id: str | None = None
    uuid: str | None = None
    transaction_id: int | str | None = None
    operation_date: str | None = None
    document_date: str | None = None
    number: str | None = None
    operation_code: str | None = None
    payment_purpose: str | None = None
    corresponding_account: str | None = None
    rur_transfer: RurTransfer | None = None
    cur_transfer: CurTransfer | None = None
    swift_transfer: CurTransfer | None = None


class Link(Struct, frozen=True):
    """A way to another page; only its name is believed, never its address."""

    rel: str = ""


class Page(Struct, frozen=True):
    """One page of a day's operations, or of what changed today."""

    transactions: list[Operation] | None  # an empty day says so: without it this is no page
    links: list[Link] | None = None
    underscored_links: list[Link] | None = field(name="_links", default=None)
    reload_time: str | int | None = field(name="reloadTime", default=None)

    @property
    def more(self) -> bool:
        """Whether the bank announces another page."""
        return any(link.rel == "next" for link in (self.underscored_links or self.links or ()))


class Gone(Struct, frozen=True, rename="camel"):
    """One element of the increment's list of deleted operations."""

    operation_id: str | None = None
    uuid: str | None = None


class SecretLife(Struct, frozen=True, rename="camel"):
    """Answer to a rotation: how many days the new secret has."""

    client_secret_expiration: int
