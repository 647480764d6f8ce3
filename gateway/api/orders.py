"""What an integrator orders when connecting, checked as far as that goes without a bank."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from gateway import records
from gateway.api.asking import Id, invalid, unknown
from gateway.api.checks import findings, opened
from gateway.checks import Details
from gateway.ids import new_id
from gateway.problems import ProblemError
from gateway.product import Product
from gateway.store import connections
from gateway.store.database import Tx
from gateway.sync.plan import bank_day
from gateway.walk import Order
from providers.contract import Expected
from schemas.codes import Code
from schemas.connection import Schedule

Name = Annotated[str, Meta(min_length=1, max_length=300)]
Number = Annotated[str, Meta(min_length=1, max_length=64)]
Inn = Annotated[str, Meta(pattern=r"^[0-9]{10}([0-9]{2})?$", max_length=12)]
Kpp = Annotated[str, Meta(pattern=r"^[0-9]{4}[0-9A-Z]{2}[0-9]{3}$", max_length=9)]
Ico = Annotated[str, Meta(pattern=r"^[0-9]{8}$", max_length=8)]
Address = Annotated[str, Meta(min_length=1, max_length=2_000)]
Mail = Annotated[str, Meta(pattern=r"^[^\s@]+@[^\s@]+$", max_length=254)]

ACCOUNTS_MAX = 100


class WantedOrganisation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new organisation."""

    name: Name
    inn: Inn | None = None
    kpp: Kpp | None = None
    ico: Ico | None = None


class WantedAccount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account that must be among the granted ones, by number and BIC or by IBAN."""

    number: Number | None = None
    bic: Number | None = None
    iban: Number | None = None


class Credentials(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key that the customer made at the bank; kept encrypted, never shown again."""

    token: Annotated[str, Meta(min_length=1, max_length=2_000)]


class WantedConnection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A connection to be made; the organisation is new, or one that is known by its id."""

    bank: Number
    return_url: Address
    organisation: WantedOrganisation | None = None
    organisation_id: Id | None = None
    history_from: date | None = None
    schedule: Schedule = "15m"
    expected_accounts: Annotated[list[WantedAccount], Meta(max_length=ACCOUNTS_MAX)] = []
    credentials: Credentials | None = None
    notify_email: Mail | None = None
    login_email: Mail | None = None


async def order(
    product: Product, tenant_id: str, wanted: WantedConnection, connection_id: str
) -> Order:
    """The order behind a body.

    Raises:
        ProblemError: for whatever can be seen to be wrong from here.
    """
    bank = opened(product, wanted.bank)
    _refuse_address(wanted.return_url)
    now = product.clock.now()
    if wanted.history_from and wanted.history_from > bank_day(bank.bank, now):
        latest = str(bank_day(bank.bank, now))
        raise ProblemError(Code.PERIOD_INVALID, field="history_from", evidence={"latest": latest})
    for n, account in enumerate(wanted.expected_accounts):
        if (account.number is None) == (account.iban is None):
            raise invalid(f"expected_accounts[{n}]", "Give a number with its BIC, or an IBAN.")
        details = Details(account_number=account.number, bic=account.bic, iban=account.iban)
        for finding in findings(product, bank, details):
            field = finding.field.replace("account_number", "number")
            evidence = {**finding.evidence, "field": f"expected_accounts[{n}].{field}"}
            raise ProblemError(finding.code, evidence=evidence, bank=bank.bank.id)
    return Order(
        id=connection_id,
        bank=wanted.bank,
        organisation=await _organisation(product, tenant_id, wanted, now),
        return_url=wanted.return_url,
        history_from=wanted.history_from,
        schedule=wanted.schedule,
        expected=tuple(
            Expected(number=each.number, bic=each.bic, iban=each.iban)
            for each in wanted.expected_accounts
        ),
        credentials={"token": wanted.credentials.token} if wanted.credentials else {},
        notify_email=wanted.notify_email,
        login_email=wanted.login_email,
    )


async def _organisation(
    product: Product, tenant_id: str, wanted: WantedConnection, now: datetime
) -> records.Organisation:
    if (wanted.organisation is None) == (wanted.organisation_id is None):
        raise invalid("organisation", "Give either `organisation` or `organisation_id`.")
    told, known_id = wanted.organisation, wanted.organisation_id
    if told is not None:
        return records.Organisation(
            id=new_id("org", now), name=told.name, inn=told.inn, kpp=told.kpp, ico=told.ico
        )

    async def work(tx: Tx) -> records.Organisation | None:
        return await connections.organisation(tx, tenant_id, known_id or "")

    found = await product.database.read(work)
    if found is None:
        raise unknown("organisation_id")
    return found


def _refuse_address(address: str) -> None:
    """A customer's browser is sent there, so it must be a plain web address.

    Raises:
        ProblemError: REQUEST_INVALID.
    """
    try:
        parts = urlsplit(address)
        odd = not parts.hostname or (parts.port == 0) or "@" in parts.netloc
    except ValueError:
        raise invalid("return_url", "This is no web address.") from None
    if parts.scheme not in {"https", "http"} or odd or any(c in address for c in "\\ <>\"'`"):
        raise invalid("return_url", "Give an http or https address with a host and no user.")
