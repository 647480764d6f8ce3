"""Named situations out of TOML: who, what the bank does, which codes must come out."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from sandbox.bank import FakeBank, Rejected
from sandbox.behaviour import Behaviour, patched
from sandbox.injection import Injection
from sandbox.ledger import generated
from sandbox.opening import CustomerWish, open_company
from sandbox.state import Sandbox
from sandbox.world import Account, Company

FOLDER = Path(__file__).parent / "scenarios"


class Stretch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Payments of the last `days` days."""

    days: int = 30
    count: int = 60
    seed: int = 0
    twins: float = 0.0
    corrections: float = 0.0


class WorldOf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The company that the situation is about."""

    accounts: list[dict[str, Any]] = msgspec.field(default_factory=lambda: [{}])
    payments: Stretch = Stretch(count=0)
    customer: CustomerWish = CustomerWish()
    name: str | None = None
    other_company: bool = False  # the connection names an account of somebody else
    other_banks: dict[str, list[dict[str, Any]]] = {}


class Forced(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A situation ordered at loading; `account_index` narrows it to one of the accounts."""

    code: str
    times: int = 1
    account_index: int | None = None


class Later(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rehearsal does after the connection lives: a body for the control plane each."""

    advance: str | None = None
    inject: str | None = None
    times: int = 1
    behaviour: dict[str, Any] | None = None
    customer: dict[str, Any] | None = None
    account: dict[str, Any] | None = None


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file."""

    about: str
    bank: str
    expect: list[str]
    world: WorldOf = WorldOf()
    behaviour: dict[str, Any] = {}
    connection: dict[str, Any] = {}
    inject: list[Forced] = []
    after: list[Later] = []


class Staged(Struct, frozen=True, kw_only=True):
    """A loaded situation: what stands now, and the body that begins the rehearsal."""

    company: Company
    accounts: list[Account]
    behaviour: Behaviour
    expect: list[str]
    connection_request: dict[str, Any]
    after: list[Later]


def names() -> list[str]:
    """The situations there are, by file name."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Scenario:
    """Read one file; an unknown name or key is a Rejected that says which."""
    if name not in names():
        raise Rejected("name", f"There is no scenario {name}.", 404)
    text = (FOLDER / f"{name}.toml").read_text("utf-8")
    try:
        return msgspec.convert(tomllib.loads(text), Scenario)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise Rejected("name", f"Scenario {name} cannot be read: {error}", 500) from error


def stage(sandbox: Sandbox, scenario: Scenario) -> Staged:
    """Put the situation into the world, beside whatever is there already."""
    bank = sandbox.bank(scenario.bank)
    if bank is None:
        raise Rejected("bank", f"There is no bank {scenario.bank} here.")
    usual = sandbox.usual_behaviour(scenario.bank)
    behaviour = _behaving(usual, scenario.behaviour)
    world = scenario.world
    company = open_company(
        sandbox,
        country=bank.country,
        name=world.name,
        banks={scenario.bank: world.accounts, **world.other_banks},
        customer=world.customer,
    )
    accounts = sandbox.world.accounts_of(company.id)
    for account in accounts:
        _pay(sandbox, account, world.payments)
    sandbox.behaviours[scenario.bank] = behaviour
    for forced in scenario.inject:
        _force(sandbox, bank, accounts, company, forced)
    return Staged(
        company=company,
        accounts=accounts,
        behaviour=behaviour,
        expect=scenario.expect,
        connection_request=_request(sandbox, scenario, company, accounts),
        after=scenario.after,
    )


def _behaving(usual: Behaviour, changes: Mapping[str, object]) -> Behaviour:
    try:
        return patched(usual, changes)
    except msgspec.ValidationError as error:
        raise Rejected("behaviour", str(error), 500) from error


def _pay(sandbox: Sandbox, account: Account, wish: Stretch) -> None:
    yesterday = sandbox.today(account) - timedelta(days=1)
    first = max(yesterday - timedelta(days=max(wish.days - 1, 0)), account.opened)
    last = min(yesterday, account.closed or yesterday)
    if last < first or not wish.count:
        return
    rows = generated(
        sandbox.world,
        account,
        first,
        last,
        wish.count,
        wish.seed,
        twins=wish.twins,
        corrections=wish.corrections,
    )
    sandbox.world.add_entries(account, rows)


def _force(
    sandbox: Sandbox, bank: FakeBank, accounts: list[Account], company: Company, forced: Forced
) -> None:
    if forced.code not in bank.situations:
        raise Rejected("inject.code", f"{bank.id} cannot be made {forced.code}.", 500)
    place = forced.account_index
    if place is not None and not 0 <= place < len(accounts):
        raise Rejected("inject.account_index", f"There is no account {place}.", 500)
    order = Injection(
        bank=bank.id,
        code=forced.code,
        account=None if place is None else accounts[place].key,
        company=company.id,
        left=forced.times,
    )
    sandbox.injections.add(order)


def _request(
    sandbox: Sandbox, scenario: Scenario, company: Company, accounts: list[Account]
) -> dict[str, Any]:
    """A ready body for POST /v1/connections; the file's `connection` has the last word."""
    bank = sandbox.bank(scenario.bank)
    assert bank is not None
    named = accounts
    if scenario.world.other_company:
        stranger = open_company(
            sandbox, country=bank.country, banks={scenario.bank: scenario.world.accounts}
        )
        named = sandbox.world.accounts_of(stranger.id)
    who = {"ico": company.ico} if company.country == "SK" else {"inn": company.inn}
    if company.kpp:
        who["kpp"] = company.kpp
    since = sandbox.clock.today(company.country) - timedelta(days=scenario.world.payments.days)
    return {
        "bank": bank.id,
        "organisation": {"name": company.name, **who},
        "return_url": "https://example.test/connected",
        "history_from": since.isoformat(),
        "schedule": "15m",
        "expected_accounts": [_expected(account) for account in named],
        **(bank.connection(sandbox, company, accounts) if bank.connection is not None else {}),
        **scenario.connection,
    }


def _expected(account: Account) -> dict[str, str]:
    if account.iban:
        return {"iban": account.iban}
    return {"number": account.number, "bic": account.bic}
