"""What a connection says when several things happen to it, also at the same time."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from gateway import walk
from gateway.problems import ProblemError
from gateway.records import Organisation
from gateway.store import connections
from schemas.codes import Code
from schemas.connection import ConnectionStatus
from tests.rehearsal import rehearsal


async def test_a_walk_that_was_under_way_does_not_open_a_closed_connection(tmp_path: Path) -> None:
    """Whoever closes a connection while its customer comes back wants it closed."""
    async with rehearsal(tmp_path) as stage:
        company = await stage.company("RU", {"sber": [{"currency": "RUB"}]})
        ours = Organisation(id="org_1", name=company["name"], inn=company["inn"])
        order = walk.Order(bank="sber", organisation=ours, return_url="https://erp.example/back")
        begun = await walk.connect(stage.product, stage.tenant_id, order)
        body = {"url": begun.next.url, "decision": "approve"}
        answer = await stage.control.post("/control/v1/authorise", json=body)
        params = dict(httpx.URL(answer.json()["location"]).params)

        async def close(request: httpx.Request) -> None:
            del request
            if (await stage.connection(begun.id)).status is not ConnectionStatus.CLOSED:
                await walk.close(stage.product, await stage.connection(begun.id))

        # The one-time state is used by then, and the bank is being asked.
        stage.product.banks["sber"].client.event_hooks = {"request": [close]}
        with pytest.raises(ProblemError):
            await walk.came_back(stage.product, "sber", params)
        after = await stage.connection(begun.id)
        kept = await stage.database.read(lambda tx: connections.grant(tx, begun.id))

        assert (after.status, kept) == (ConnectionStatus.CLOSED, None)


async def test_a_way_back_that_cannot_begin_leaves_no_connection_that_looks_alive(
    tmp_path: Path,
) -> None:
    """The grant is forgotten first, and nobody visits a connection without a schedule."""
    async with rehearsal(tmp_path) as stage:
        company = await stage.company("SK", {"tatra": [{"currency": "EUR"}]})
        made = await stage.connect("tatra", company, history_days=2, schedule="manual")

        async def cut(request: httpx.Request) -> None:
            raise httpx.ConnectError("the line is cut", request=request)

        stage.product.banks["tatra"].client.event_hooks = {"request": [cut]}
        with pytest.raises(ProblemError):
            await walk.reconnect(stage.product, made)
        after = await stage.connection(made.id)

        assert after.status is ConnectionStatus.ACTION_REQUIRED
        assert after.trouble is not None


async def test_waiting_for_the_bank_ends_once(tmp_path: Path) -> None:
    """After half an hour waiting is wrong, and it does not become right again by the next look."""
    async with rehearsal(tmp_path) as stage:
        company = await stage.company("RU", {"sber": [{"currency": "RUB"}]})
        await stage.behaviour("sber", confirmation_minutes=150)
        made = await stage.connect("sber", company, history_days=2)
        seen = [made.status]
        for _ in range(40):
            await stage.run_for(minutes=5)
            status = (await stage.connection(made.id)).status
            seen += [status] if status is not seen[-1] else []

        assert seen == [
            ConnectionStatus.CONFIRMING,
            ConnectionStatus.ACTION_REQUIRED,
            ConnectionStatus.ACTIVE,
        ]


async def test_looking_again_does_not_hide_that_the_customer_refused(tmp_path: Path) -> None:
    """Without a grant there is nothing to look with, and the refusal says what is to be done."""
    async with rehearsal(tmp_path) as stage:
        company = await stage.company("RU", {"sber": [{"currency": "RUB"}]})
        made = await stage.connect("sber", company, history_days=2, decision="refuse")
        after = await walk.check(stage.product, made)

        assert after.trouble is not None
        assert after.trouble.code is Code.AUTHORISATION_DECLINED
        assert await stage.next_due() is None
