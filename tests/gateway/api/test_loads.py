"""Loads: begun, watched, listed, cancelled."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from sqlalchemy import update

from gateway.store import windows
from gateway.store.database import Tx
from gateway.store.tables import windows as window_table
from tests.gateway.api.conftest import World


async def test_a_load_has_every_field_of_the_contract(api: httpx.AsyncClient, world: World) -> None:
    """Out-of-order delivery can be seen by `order`."""
    load = (await api.get(f"/v1/loads/{world.ours.load.id}")).json()

    assert load.keys() == {
        "id", "account_id", "from", "to", "state", "progress", "found", "eta", "advice_code",
        "windows", "started_at", "finished_at",
    }  # fmt: skip
    assert load["windows"][0].keys() >= {
        "from", "to", "state", "attempts", "next_attempt_at", "received_at", "order", "count",
        "duplicates", "problem",
    }  # fmt: skip
    assert load["progress"] == {"done": 0, "total": 5}
    assert load["state"] == "running"
    assert [window["from"] for window in load["windows"]] == [
        f"2026-11-{day}" for day in range(10, 15)
    ]
    assert (await api.get("/v1/loads")).json()["items"][0]["id"] == load["id"]


@pytest.mark.parametrize(
    ("first", "last", "code", "field"),
    [
        ("2026-11-05", "2026-11-04", "PERIOD_INVALID", "from"),
        ("2026-11-05", "2026-11-21", "PERIOD_INVALID", "to"),
        ("2015-01-01", "2026-11-04", "HISTORY_LIMIT_EXCEEDED", "from"),
    ],
)
async def test_a_period_that_the_bank_cannot_tell_is_refused(
    api: httpx.AsyncClient, world: World, *, first: str, last: str, code: str, field: str
) -> None:
    """A load that is cut in silence would look complete and not be."""
    wish = {"account_id": world.ours.account.id, "from": first, "to": last}
    answer = await api.post("/v1/loads", json=wish)

    assert answer.json()["code"] == code
    assert answer.json()["evidence"]["field"] == field


async def test_a_load_is_cancelled_and_keeps_what_came(
    api: httpx.AsyncClient, world: World
) -> None:
    """Cancelling again changes nothing."""
    address = f"/v1/loads/{world.ours.load.id}"
    first = (await api.delete(address)).json()
    again = await api.delete(address)

    assert first["state"] == "cancelled"
    assert first["finished_at"] == "2026-11-20T12:00:00Z"
    assert again.json() == first
    assert len((await api.get("/v1/transactions")).json()["items"]) == 10


async def test_a_stream_tells_what_changes_until_the_load_ends(world: World) -> None:
    """A progress bar needs no polling; the events carry the same object."""
    load_id = world.ours.load.id

    async def change() -> None:
        await asyncio.sleep(0.2)

        async def receive(tx: Tx) -> None:
            table = window_table
            await tx.run(
                update(table).where(table.c.load_id == load_id).values(state="received", count=2)
            )

        await world.product.database.write(receive)
        await asyncio.sleep(0.7)

        async def cancel(tx: Tx) -> None:
            await windows.cancel(tx, load_id, world.clock.now())

        await world.product.database.write(cancel)

    async with asyncio.timeout(10), world.calling(world.ours) as client:
        changing = asyncio.create_task(change())
        answer = await client.get(f"/v1/loads/{load_id}/stream")
        await changing
    events = [
        json.loads(block.partition("\ndata: ")[2])
        for block in answer.text.split("\n\n")
        if block.startswith("event: load")
    ]
    shown = (await _read(world, load_id)).json()

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [event["found"] for event in events] == [0, 10, 10]
    assert [event["state"] for event in events] == ["running", "running", "cancelled"]
    assert events[-1] == shown


async def _read(world: World, load_id: str) -> httpx.Response:
    async with world.calling(world.ours) as client:
        return await client.get(f"/v1/loads/{load_id}")


async def test_a_stream_of_an_unknown_load_is_a_problem(api: httpx.AsyncClient) -> None:
    """An answer that has begun cannot become a 404 any more, so it is looked up before."""
    assert (await api.get("/v1/loads/load_x/stream")).status_code == 404
