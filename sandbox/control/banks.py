"""The banks' habits, their customers' decisions, what is forced on them, and what they received."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from sandbox.bank import Decision, FakeBank, Rejected
from sandbox.behaviour import Behaviour, knobs, patched
from sandbox.control.wire import AnyRequest, account_named, answer, company_named, read, unfit
from sandbox.injection import Injection
from sandbox.state import Sandbox


class Authorisation(Struct, frozen=True, forbid_unknown_fields=True):
    """A customer at the bank's pages; no accounts named means all that fit."""

    url: str
    decision: Decision = "approve"
    accounts: list[str] = []


class CredentialWish(Struct, frozen=True, forbid_unknown_fields=True):
    """What to mint in the bank's cabinet, and for whom."""

    company: str
    permissions: list[str] | None = None
    expires: datetime | None = None


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """Make the next `times` fitting answers of a bank be a situation."""

    bank: str
    code: str
    account: str | None = None
    company: str | None = None
    times: int = 1


@get("/control/v1/banks")
async def banks(sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """The banks, what they cover, and where they listen."""
    return answer(
        {
            "items": [
                {
                    "id": bank.id,
                    "name": bank.name,
                    "country": bank.country,
                    "covers": bank.covers,
                    "url": sandbox.url(bank.id, ""),
                }
                for bank in sandbox.banks
            ]
        }
    )


@get("/control/v1/banks/{bank:str}/behaviour")
async def behaviour(bank: FromPath[str], sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """All habits and faults of a bank as they are now, with their help texts."""
    return answer(_behaviour_shape(sandbox, bank, _behaviour(sandbox, bank)))


@patch("/control/v1/banks/{bank:str}/behaviour")
async def change_behaviour(
    request: AnyRequest, bank: FromPath[str], sandbox: NamedDependency[Sandbox]
) -> Response[bytes]:
    """Change any of them; nested tables are merged, the rest stays."""
    changes = await read(request, dict[str, object])
    sandbox.behaviours[bank] = merged(_behaviour(sandbox, bank), changes)
    return answer(_behaviour_shape(sandbox, bank, sandbox.behaviours[bank]))


@delete("/control/v1/banks/{bank:str}/behaviour", status_code=200)
async def usual_behaviour(
    bank: FromPath[str], sandbox: NamedDependency[Sandbox]
) -> Response[bytes]:
    """Back to how the bank behaves as it comes."""
    _behaviour(sandbox, bank)
    sandbox.behaviours[bank] = sandbox.usual_behaviour(bank)
    return answer(_behaviour_shape(sandbox, bank, sandbox.behaviours[bank]))


@post("/control/v1/authorise", status_code=200)
async def authorise(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Walk the bank's pages as its customer; answers where the browser would be sent back."""
    wish = await read(request, Authorisation)
    prefix = urlsplit(wish.url).path.split("/")[1:2]
    bank = next((bank for bank in sandbox.banks if [bank.id] == prefix), None)
    if bank is None:
        raise Rejected("url", f"{wish.url} leads to none of the banks here.")
    location = await bank.authorise(sandbox, wish.url, wish.decision, tuple(wish.accounts))
    return answer({"location": location})


@post("/control/v1/credentials/{bank:str}")
async def credentials(
    request: AnyRequest, bank: FromPath[str], sandbox: NamedDependency[Sandbox]
) -> Response[bytes]:
    """What a person would copy out of the bank's cabinet."""
    wish = await read(request, CredentialWish)
    company = company_named(sandbox, wish.company)
    if wish.expires is not None and wish.expires.tzinfo is None:
        raise Rejected("expires", "An instant needs its zone.")
    minted = _bank(sandbox, bank, "bank").mint(sandbox, company, wish.permissions, wish.expires)
    return answer(minted, 201)


@post("/control/v1/inject")
async def inject(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Order a situation for the next answers of a live connection."""
    wish = await read(request, Order)
    return answer(ordered(sandbox, wish), 201)


@get("/control/v1/inject")
async def injectable(sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Every situation that can be ordered, and the orders not yet used up."""
    items = [
        {"bank": bank.id, "code": code, "about": about}
        for bank in sandbox.banks
        for code, about in sorted(bank.situations.items())
    ]
    return answer({"items": items, "waiting": sandbox.injections.waiting})


@delete("/control/v1/inject", status_code=200)
async def forget_orders(sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Take back all orders not yet used up."""
    sandbox.injections.waiting.clear()
    return answer({"waiting": []})


@get("/control/v1/journal")
async def journal(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Requests that the banks received and pushes they sent, after a line or from an instant."""
    text = request.query_params.get("since", "0")
    if text.isdecimal():
        lines = sandbox.journal.since(int(text))
    else:
        instant = _instant(text)
        lines = [line for line in sandbox.journal.since(0) if line.at >= instant]
    bank = request.query_params.get("bank")
    return answer({"items": [line for line in lines if bank in (None, line.bank)]})


def _instant(text: str) -> datetime:
    """An instant out of a query, where a plus sign has become a blank."""
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise Rejected("since", "Say the number of a line or an instant.") from error
    if instant.tzinfo is None:
        raise Rejected("since", "An instant needs its zone.")
    return instant


def ordered(sandbox: Sandbox, wish: Order) -> Injection:
    """Queue an order, if the bank can make that situation at all."""
    bank = _bank(sandbox, wish.bank, "bank")
    if wish.code not in bank.situations:
        known = ", ".join(sorted(bank.situations))
        raise Rejected("code", f"{bank.id} cannot be made {wish.code}; it knows {known}.")
    if wish.times < 1:
        raise Rejected("times", "At least once.")
    account = account_named(sandbox, wish.account).key if wish.account is not None else None
    company = company_named(sandbox, wish.company).id if wish.company is not None else None
    order = Injection(
        bank=bank.id, code=wish.code, account=account, company=company, left=wish.times
    )
    sandbox.injections.add(order)
    return order


def merged(old: Behaviour, changes: Mapping[str, object]) -> Behaviour:
    """The behaviour with changes, or a Rejected that names the field."""
    try:
        return patched(old, changes)
    except msgspec.ValidationError as error:
        raise unfit(error) from error


def _bank(sandbox: Sandbox, bank_id: str, field: str) -> FakeBank:
    bank = sandbox.bank(bank_id)
    if bank is None:
        known = ", ".join(sandbox.behaviours)
        raise Rejected(field, f"There is no bank {bank_id}; there are {known}.", 404)
    return bank


def _behaviour(sandbox: Sandbox, bank_id: str) -> Behaviour:
    _bank(sandbox, bank_id, "bank")
    return sandbox.behaviour(bank_id)


def _behaviour_shape(sandbox: Sandbox, bank: str, now: Behaviour) -> dict[str, object]:
    usual = sandbox.usual_behaviour(bank)
    return {"bank": bank, "behaviour": now, "fields": knobs(now, usual)}


ROUTES = (
    banks,
    behaviour,
    change_behaviour,
    usual_behaviour,
    authorise,
    credentials,
    inject,
    injectable,
    forget_orders,
    journal,
)
