"""Opening companies and accounts: what the world needs before a bank can tell anything."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from sandbox import numbers
from sandbox.bank import Rejected
from sandbox.names import COMPANY_NAMES, PEOPLE, legal_name
from sandbox.state import Sandbox
from sandbox.world import Account, BankId, Company, Country, Customer

USUAL_KIND = {"RU": "settlement", "SK": "current"}
KINDS = {
    "RU": tuple(numbers.BALANCE_ACCOUNTS),
    "SK": ("current", "savings", "card", "loan"),
}
USUAL_CURRENCY = {"RU": "RUB", "SK": "EUR"}
USUAL_OPENING = {"RU": 1_500_000, "SK": 40_000}
OPENED_DAYS_AGO = 3 * 365
SOLE_TRADER_DIGITS = 12


class AccountWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account as the asker describes it; what is left out is invented."""

    currency: str | None = None
    kind: str | None = None
    number: str | None = None
    bic: str | None = None
    iban: str | None = None
    name: str | None = None
    opened: date | None = None
    closed: date | None = None
    blocked: bool = False
    opening_balance: Decimal | None = None
    overdraft_limit: Decimal = Decimal(0)


class BankWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to open at one bank."""

    accounts: list[AccountWish] = msgspec.field(default_factory=lambda: [AccountWish()])


class CustomerWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The person who acts for the company; what is left out is invented."""

    login: str | None = None
    name: str | None = None
    phone: str | None = None
    password: str | None = None
    may_sign: bool = True
    blocked: bool = False


def open_company(
    sandbox: Sandbox,
    *,
    country: Country = "RU",
    name: str | None = None,
    inn: str | None = None,
    kpp: str | None = None,
    ico: str | None = None,
    banks: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    customer: CustomerWish | None = None,
) -> Company:
    """A company with valid numbers, one person who acts for it, and its accounts.

    `banks` is bank id -> accounts, each with fields of AccountWish. Rejected names what is wrong.
    """
    company = _invented(sandbox, country=country, name=name, inn=inn, kpp=kpp, ico=ico)
    accounts = [
        _account(sandbox, company, bank, _wish(raw, field), field)
        for bank, wishes in (banks or {}).items()
        for place, raw in enumerate(wishes)
        for field in (f"banks.{bank}.accounts[{place}]",)
    ]
    if len({account.key for account in accounts}) < len(accounts):
        raise Rejected("banks", "The same account is wanted twice.")
    person = _person(sandbox, company, customer or CustomerWish())
    sandbox.world.add_company(company)
    sandbox.world.add_customer(person)
    for account in accounts:
        sandbox.world.add_account(account)
    return company


def open_account(
    sandbox: Sandbox, company: Company, bank: str, wish: Mapping[str, Any] | None = None
) -> Account:
    """One more account for a company that exists."""
    account = _account(sandbox, company, bank, _wish(wish or {}, "account"), "account")
    sandbox.world.add_account(account)
    return account


def _invented(
    sandbox: Sandbox,
    *,
    country: Country,
    name: str | None,
    inn: str | None,
    kpp: str | None,
    ico: str | None,
) -> Company:
    rng = sandbox.random
    serial = len(sandbox.world.companies) + 1
    if country == "SK":
        if inn or kpp:
            raise Rejected("inn", "A Slovak company has an ICO, not an INN or a KPP.")
        return Company(
            id=f"company-{serial}",
            name=name or legal_name(rng.choice(COMPANY_NAMES["SK"]), "SK"),
            country=country,
            ico=ico or numbers.ico(rng),
            address="Prievozska 18, 821 09 Bratislava",
        )
    if ico:
        raise Rejected("ico", "A Russian company has an INN, not an ICO.")
    inn = inn or numbers.inn(rng)
    if not numbers.inn_holds(inn):
        raise Rejected("inn", f"The check digits of INN {inn} are wrong.")
    trader = len(inn) == SOLE_TRADER_DIGITS
    word = rng.choice(PEOPLE["RU"] if trader else COMPANY_NAMES["RU"])
    return Company(
        id=f"company-{serial}",
        name=name or (f"ИП {word}" if trader else legal_name(word, "RU")),
        country=country,
        inn=inn,
        kpp="" if trader else kpp or numbers.kpp(inn),
        ogrn=numbers.ogrn(rng, inn),
        address="115114, г. Москва, ул. Летниковская, д. 10, стр. 4",
    )


def _wish(raw: Mapping[str, Any], field: str) -> AccountWish:
    try:
        return msgspec.convert(raw, AccountWish)
    except msgspec.ValidationError as error:
        raise Rejected(field, str(error)) from error


def _account(
    sandbox: Sandbox, company: Company, bank: str, wish: AccountWish, field: str
) -> Account:
    served_by = sandbox.bank(bank)
    if served_by is None:
        raise Rejected("banks", f"There is no bank {bank} here.")
    if served_by.country != company.country:
        raise Rejected("banks", f"{bank} opens no accounts for companies of {company.country}.")
    kind = wish.kind or USUAL_KIND[company.country]
    if kind not in KINDS[company.country]:
        raise Rejected(f"{field}.kind", f"Kinds are {', '.join(KINDS[company.country])}.")
    currency = wish.currency or USUAL_CURRENCY[company.country]
    if currency not in numbers.CURRENCY_DIGITS:
        raise Rejected(f"{field}.currency", f"Currencies are {', '.join(numbers.CURRENCY_DIGITS)}.")
    house = numbers.HOUSES[bank]
    number, iban = _coordinates(sandbox, company, house, wish, (kind, currency))
    if (iban or number) in sandbox.world.accounts:
        raise Rejected(field, f"Account {iban or number} exists already.")
    rng = sandbox.random
    usual = Decimal(USUAL_OPENING[company.country] + rng.randrange(100_000)) / 1
    return Account(
        company=company.id,
        bank=msgspec.convert(bank, BankId),
        currency=currency,
        kind=kind,
        bic=wish.bic or house.bic,
        number=number,
        iban=iban,
        corr_account=house.corr_account,
        name=wish.name or company.name,
        opened=wish.opened
        or sandbox.clock.today(company.country) - timedelta(days=OPENED_DAYS_AGO),
        closed=wish.closed,
        blocked=wish.blocked,
        opening_balance=usual if wish.opening_balance is None else wish.opening_balance,
        overdraft_limit=wish.overdraft_limit,
    )


def _coordinates(
    sandbox: Sandbox,
    company: Company,
    house: numbers.House,
    wish: AccountWish,
    kind_and_currency: tuple[str, str],
) -> tuple[str, str]:
    """Number and IBAN, one of them empty; given ones are taken as they are, wrong keys too."""
    if company.country == "SK":
        return "", (wish.iban or numbers.iban(sandbox.random, house.code)).replace(" ", "")
    if wish.number:
        return wish.number, ""
    kind, currency = kind_and_currency
    trader = len(company.inn) == SOLE_TRADER_DIGITS
    bic = wish.bic or house.bic
    return numbers.account_number(sandbox.random, bic, kind, currency, trader=trader), ""


def _person(sandbox: Sandbox, company: Company, wish: CustomerWish) -> Customer:
    rng = sandbox.random
    login = (wish.login or f"owner-{company.id}@example.test").strip().lower()
    if login in sandbox.world.customers:
        raise Rejected("customer.login", f"The login {login} is taken.")
    phone = f"+7916{rng.randrange(10**7):07d}" if company.country == "RU" else "+421902123456"
    person = Customer(
        login=login,
        name=wish.name or rng.choice(PEOPLE[company.country]),
        companies=[company.id],
        phone=wish.phone or phone,
        may_sign=wish.may_sign,
        blocked=wish.blocked,
    )
    if wish.password is not None:
        person.password = wish.password
    return person
