"""Fake Sber alone in its sandbox, at noon of a Friday, with a company and a partner's client."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest

from sandbox.app import create_apps
from sandbox.behaviour import patched
from sandbox.clock import Clock
from sandbox.ledger import generated
from sandbox.opening import open_company
from sandbox.sber.bank import BANK
from sandbox.state import Sandbox
from sandbox.world import Company
from tests.sandbox.sber.partner import DAY, NOON, Partner

# everything at once and nothing hostile: each test says what it wants otherwise
TAME = {
    "delivery": {"every_minutes": 0, "duplicate_share": 0},
    "not_ready_answers": 0,
    "unknown_fields": False,
}


@pytest.fixture(scope="session")
def stage() -> tuple[Sandbox, Any]:
    """One sandbox with its application: building routes takes longer than most tests."""
    one = Sandbox((BANK,), clock=Clock(NOON, speed=0), public_url="http://banks")
    return one, create_apps(one)[0]


@pytest.fixture
def sandbox(stage: tuple[Sandbox, Any]) -> Sandbox:
    one, _ = stage
    one.clock.set_speed(0)
    one.clock.set_now(NOON)
    one.begin(seed=1)
    one.behaviours["sber"] = patched(one.behaviours["sber"], TAME)
    return one


@pytest.fixture
async def http(stage: tuple[Sandbox, Any], sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    assert stage[0] is sandbox
    transport = httpx.ASGITransport(stage[1])
    async with httpx.AsyncClient(transport=transport, base_url="http://banks") as client:
        yield client


@pytest.fixture
def company(sandbox: Sandbox) -> Company:
    wishes = [
        {"currency": "RUB", "kind": "settlement"},
        {"currency": "RUB", "kind": "settlement"},
        {"currency": "RUB", "kind": "loan"},
    ]
    company = open_company(sandbox, country="RU", banks={"sber": wishes})
    account = sandbox.world.accounts_of(company.id)[0]
    first = date(2026, 11, 10)
    rows = generated(sandbox.world, account, first, DAY, 40, 7)
    sandbox.world.add_entries(account, rows)
    return company


@pytest.fixture
def partner(sandbox: Sandbox, http: httpx.AsyncClient, company: Company) -> Partner:
    return Partner(sandbox, http, company)
