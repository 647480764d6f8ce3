"""Companies, their people and their accounts."""

from collections.abc import Mapping
from datetime import date

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct, UnsetType

from sandbox.bank import Rejected
from sandbox.control.wire import (
    AnyRequest,
    account_named,
    account_shape,
    answer,
    company_named,
    company_shape,
    read,
)
from sandbox.opening import AccountWish, BankWish, CustomerWish, open_account, open_company
from sandbox.state import Sandbox
from sandbox.world import Country


class CompanyWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company to create; what is left out is invented, valid to the last check digit."""

    name: str | None = None
    inn: str | None = None
    kpp: str | None = None
    ico: str | None = None
    country: Country = "RU"
    banks: dict[str, BankWish] = {}
    customer: CustomerWish = CustomerWish()


class AccountAt(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One more account of a company that exists."""

    bank: str
    account: AccountWish = AccountWish()


class AccountChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may happen to an account; null in `closed` opens it again."""

    closed: date | UnsetType | None = msgspec.UNSET
    blocked: bool | UnsetType = msgspec.UNSET
    kind: str | UnsetType = msgspec.UNSET


class CustomerChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may happen to a person; a new password is noted with its instant."""

    may_sign: bool | UnsetType = msgspec.UNSET
    blocked: bool | UnsetType = msgspec.UNSET
    password: str | UnsetType = msgspec.UNSET


@post("/control/v1/companies")
async def create(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Create a company with a person and accounts."""
    wish = await read(request, CompanyWish)
    company = open_company(
        sandbox,
        country=wish.country,
        name=wish.name,
        inn=wish.inn,
        kpp=wish.kpp,
        ico=wish.ico,
        banks={bank: [given(one) for one in at.accounts] for bank, at in wish.banks.items()},
        customer=wish.customer,
    )
    return answer(company_shape(sandbox, company), 201)


@get("/control/v1/companies")
async def companies(sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """All companies."""
    known = sandbox.world.companies.values()
    return answer({"items": [company_shape(sandbox, company) for company in known]})


@get("/control/v1/companies/{company:str}")
async def company(company: FromPath[str], sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """One company, by id, INN or ICO."""
    return answer(company_shape(sandbox, company_named(sandbox, company)))


@post("/control/v1/companies/{company:str}/accounts")
async def add_account(
    request: AnyRequest, company: FromPath[str], sandbox: NamedDependency[Sandbox]
) -> Response[bytes]:
    """Open one more account."""
    wish = await read(request, AccountAt)
    found = company_named(sandbox, company)
    return answer(account_shape(open_account(sandbox, found, wish.bank, given(wish.account))), 201)


@patch("/control/v1/accounts/{account:str}")
async def change_account(
    request: AnyRequest, account: FromPath[str], sandbox: NamedDependency[Sandbox]
) -> Response[bytes]:
    """Close, block or re-label an account."""
    changed = account_named(sandbox, account)
    for name, value in msgspec.structs.asdict(await read(request, AccountChange)).items():
        if value is not msgspec.UNSET:
            setattr(changed, name, value)
    return answer(changed)


@patch("/control/v1/customers/{login:str}")
async def change_customer(
    request: AnyRequest, login: FromPath[str], sandbox: NamedDependency[Sandbox]
) -> Response[bytes]:
    """Block a person, take the signing right, or change the password at the bank."""
    person = sandbox.world.customer(login)
    if person is None:
        raise Rejected("login", f"There is nobody called {login}.", 404)
    wish = await read(request, CustomerChange)
    for name, value in msgspec.structs.asdict(wish).items():
        if value is not msgspec.UNSET:
            setattr(person, name, value)
    if wish.password is not msgspec.UNSET:
        person.password_changed_at = sandbox.now
    return answer(person)


def given(wish: AccountWish) -> Mapping[str, object]:
    """An account wish as the plain words that opening reads."""
    return msgspec.structs.asdict(wish)


ROUTES = (create, companies, company, add_account, change_account, change_customer)
