"""A quiet Tatra banka over a standing clock, with one firm that keeps accounts there and beside."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from litestar.types import ASGIApp

from sandbox.app import create_apps
from sandbox.clock import Clock
from sandbox.opening import open_company
from sandbox.state import Sandbox
from sandbox.tatra.bank import BANK
from sandbox.world import Account, Company
from tests.sandbox.tatra.caller import Caller, filled, turn

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def house() -> tuple[Sandbox, ASGIApp]:
    """One bank with its routes for all tests of a module: building the routes takes a while."""
    made = Sandbox(
        [BANK], clock=Clock(NOW, speed=0), seed=1, public_url="http://banks", http=nobody()
    )
    return made, create_apps(made)[0]


@pytest.fixture
async def sandbox(house: tuple[Sandbox, ASGIApp]) -> AsyncIterator[Sandbox]:
    """A quiet Tatra: nothing happens by chance unless a test turns it on."""
    made = house[0]
    made.http = nobody()
    made.clock.set_speed(0)
    made.clock.set_now(NOW)
    made.begin(1)
    turn(
        made,
        hang_seconds=0,
        tatra={"accounts_error_share": 0},
        delivery={"duplicate_share": 0},
    )
    turn(made, "csob", delivery={"duplicate_share": 0})
    yield made
    await made.close()


@pytest.fixture
def company(sandbox: Sandbox) -> Company:
    """A firm with two accounts at Tatra, one in crowns, and one at CSOB."""
    return open_company(
        sandbox,
        country="SK",
        banks={
            "tatra": [{"currency": "EUR"}, {"currency": "CZK"}],
            "csob": [{"currency": "EUR", "overdraft_limit": "8000"}],
        },
    )


@pytest.fixture
def own(sandbox: Sandbox, company: Company) -> Account:
    """The euro account at Tatra with ninety days of payments."""
    return filled(sandbox, sandbox.world.accounts_of(company.id, "tatra")[0])


@pytest.fixture
def other(sandbox: Sandbox, company: Company) -> Account:
    """The account at CSOB with ninety days of payments."""
    return filled(sandbox, sandbox.world.accounts_of(company.id, "csob")[0])


@pytest.fixture
def caller(sandbox: Sandbox, house: tuple[Sandbox, ASGIApp]) -> Caller:
    """Somebody who speaks the bank's wire."""
    return Caller(sandbox, house[1])


def nobody() -> httpx.AsyncClient:
    """A world outside in which nobody listens."""
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(404)))
