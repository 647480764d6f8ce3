"""A bank of a few lines, so that what all banks share is tested without any of them."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from sandbox.app import create_apps
from sandbox.bank import Decision, FakeBank, Rejected
from sandbox.behaviour import Behaviour, Delivery
from sandbox.clock import Clock
from sandbox.entry import Entry
from sandbox.state import Sandbox
from sandbox.world import Account, Company

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday, noon in Moscow


class Books(msgspec.Struct, kw_only=True):
    """What the toy bank remembers."""

    pushed: list[str] = []
    grants: dict[str, datetime] = {}
    hooks: list[str] = []


@get("/rows/{key:str}")
async def rows(key: FromPath[str], sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    code = sandbox.injected("sber", account=key, can={"USER_BLOCKED"})
    if code is not None:
        return Response(content=code.encode(), status_code=403, media_type="text/plain")
    account = sandbox.world.account(key)
    assert account is not None
    first, last = date(2026, 10, 1), sandbox.today(account)
    if not sandbox.released(account, first, last):
        return Response(content=b"", status_code=202, media_type="text/plain")
    shown = sandbox.cut(account, sandbox.shown(account, first, last))
    return Response(
        content=msgspec.json.encode([row.bank_id for row in shown]), media_type="application/json"
    )


def unrouted(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    sentence = f"no {request.method}, {error.status_code}".encode()
    return Response(content=sentence, status_code=501, media_type="text/plain")


async def authorise(
    sandbox: Sandbox, url: str, decision: Decision, accounts: Sequence[str]
) -> str | None:
    if "state" not in url:
        raise Rejected("url", f"No state in it, at {sandbox.now}.")
    return None if decision == "abandon" else f"https://client.test/back?{decision}={len(accounts)}"


def mint(
    sandbox: Sandbox, company: Company, permissions: Sequence[str] | None, expires: datetime | None
) -> dict[str, Any]:
    sandbox.store(Books).grants[company.id] = expires or sandbox.now
    return {"token": sandbox.token(8), "permissions": permissions}


async def on_payment(sandbox: Sandbox, account: Account, entry: Entry) -> None:
    assert sandbox.world.account(account.key) is account
    sandbox.store(Books).pushed.append(entry.bank_id)
    for url in sandbox.store(Books).hooks:
        sandbox.push("sber", url, entry.bank_id.encode(), {}, tries=3, every_seconds=10)


BANK = FakeBank(
    id="sber",
    name="Toy",
    country="RU",
    covers=("sber",),
    routes=(rows,),
    store=Books,
    situations={"USER_BLOCKED": "The rows answer 403."},
    unrouted=unrouted,
    authorise=authorise,
    mint=mint,
    on_payment=on_payment,
    defaults={"sber": Behaviour(delivery=Delivery(duplicate_share=0.0))},
)


class SlovakBooks(Books, kw_only=True):
    """A store of its own, since stores are found by their type."""


SLOVAK = msgspec.structs.replace(
    BANK,
    id="tatra",
    country="SK",
    covers=("tatra", "csob"),
    routes=(),
    store=SlovakBooks,
    defaults={},
)


def made(seed: int) -> Sandbox:
    return Sandbox((BANK, SLOVAK), clock=Clock(NOON, speed=0), seed=seed, public_url="http://banks")


@pytest.fixture
def make_sandbox() -> Callable[[int], Sandbox]:
    return made


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    one = made(1)
    yield one
    await one.close()


@pytest.fixture
async def banks(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    app: Any = create_apps(sandbox)[0]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://banks"
    ) as client:
        yield client


@pytest.fixture
async def control(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    app: Any = create_apps(sandbox)[1]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://control"
    ) as client:
        yield client
