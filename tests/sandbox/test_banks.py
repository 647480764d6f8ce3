"""What the core does for every bank: history in parts, pushes, faults, no such path."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Request, Response, post

from sandbox.behaviour import Behaviour, patched
from sandbox.ledger import generated
from sandbox.opening import open_company
from sandbox.state import Sandbox
from sandbox.world import Account


def an_account(sandbox: Sandbox) -> Account:
    company = open_company(sandbox, banks={"sber": [{"currency": "RUB"}]})
    account = sandbox.world.accounts_of(company.id)[0]
    yesterday = sandbox.today(account) - timedelta(days=1)
    first = yesterday - timedelta(days=60)
    rows = generated(sandbox.world, account, first, yesterday, 200, 1)
    sandbox.world.add_entries(account, rows)
    return account


async def test_history_comes_in_parts_and_ends_whole(
    sandbox: Sandbox, banks: httpx.AsyncClient
) -> None:
    """50 days of history are five windows: one at once, the last after two hours."""
    account = an_account(sandbox)
    answers = []
    for _ in range(5):
        answers.append((await banks.get(f"/sber/rows/{account.key}")).status_code)
        sandbox.clock.advance(timedelta(minutes=30))
    told = (await banks.get(f"/sber/rows/{account.key}")).json()
    today = sandbox.today(account)
    truth = sandbox.world.ledger(account, today.replace(month=10, day=1), today, sandbox.now)

    assert answers == [202] * 4 + [200]
    assert told == [row.bank_id for row in truth]


async def test_each_bank_says_no_in_its_own_words(banks: httpx.AsyncClient) -> None:
    """No such path, a wrong method; and beyond the banks a plain 404."""
    answers = [
        await banks.get("/sber/nothing"),
        await banks.post("/sber/rows/1"),
        await banks.get("/nobank/rows"),
    ]

    assert [(one.status_code, one.text) for one in answers[:2]] == [
        (501, "no GET, 404"),
        (501, "no POST, 405"),
    ]
    assert answers[2].status_code == 404


@pytest.mark.parametrize(("refusals", "deliveries"), [(0, 1), (2, 3), (5, 3)])
async def test_a_push_is_tried_again_by_the_virtual_clock(
    sandbox: Sandbox, refusals: int, deliveries: int
) -> None:
    """Three tries ten virtual seconds apart, until the receiver says 200."""
    got: list[bytes] = []

    @post("/hook/{secret:str}", status_code=200)
    async def hook(request: Request[Any, Any, Any]) -> Response[bytes]:
        got.append(await request.body())
        return Response(content=b"", status_code=500 if len(got) <= refusals else 200)

    receiver: Any = Litestar([hook], openapi_config=None)
    await sandbox.http.aclose()
    sandbox.http = httpx.AsyncClient(transport=httpx.ASGITransport(receiver))
    sandbox.behaviours["sber"] = patched(Behaviour(), {"push_duplicate_share": 0})
    sandbox.stores["sber"].hooks.append("http://client.test/hook/a-secret-of-the-receiver")  # type: ignore[attr-defined] # the toy bank's
    sandbox.clock.set_speed(3600)
    account = an_account(sandbox)
    row = msgspec.structs.replace(
        sandbox.world.book(account).everything()[0], bank_id="1", at=sandbox.now
    )
    await sandbox.add_payments(account, [row], since=row.at)
    await sandbox.settle()
    pushes = [line for line in sandbox.journal.since(0) if line.direction == "out"]

    assert got == [b"1"] * deliveries
    assert [line.path for line in pushes] == ["http://client.test/hook/***"] * deliveries


async def test_pushes_can_be_off_lost_or_doubled(sandbox: Sandbox) -> None:
    """Only a poll finds what was never pushed; a receiver must bear doubles."""
    sent = []
    for changes in ({"push": False}, {"push_lost_share": 1}, {"push_duplicate_share": 1}):
        sandbox.behaviours["sber"] = patched(Behaviour(), changes)
        before = len(sandbox.journal.since(0))
        sandbox.push("sber", "http://127.0.0.1:1/hook", b"", {})
        await sandbox.settle()
        sent.append(len(sandbox.journal.since(0)) - before)

    assert sent == [0, 0, 2]


async def test_balances_stay_true_while_rows_are_hidden(sandbox: Sandbox) -> None:
    """That is how an honest client notices what it has not been told."""
    account = an_account(sandbox)
    today = sandbox.today(account)
    first = today - timedelta(days=60)
    hidden = sandbox.shown(account, first, today)
    figures = sandbox.world.turnovers(account, first, today, sandbox.now)

    assert 0 < len(hidden) < 200
    assert figures.credit_count + figures.debit_count == len(
        sandbox.world.ledger(account, first, today, sandbox.now)
    )


async def test_the_same_world_is_made_by_the_same_seed(make_sandbox: Any) -> None:
    """Ids, tokens and chances come from one seeded random."""
    one, two, other = make_sandbox(5), make_sandbox(5), make_sandbox(6)
    drawn = [
        (an_account(box).key, box.uuid(), box.token(), box.chance(0.5)) for box in (one, two, other)
    ]

    assert drawn[0] == drawn[1] != drawn[2]
