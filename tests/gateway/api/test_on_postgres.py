"""The API over PostgreSQL, where transactions of several requests really run side by side."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.app import create_app
from gateway.product import open_product
from gateway.settings import read
from gateway.store import schema
from tests.gateway.api.conftest import Clock, World, furnish

KEY = {"idempotency-key": "once"}


@pytest.fixture
def migrated_url(postgres_url: str) -> str:
    """A database with tables; made outside the event loop, as the command does."""
    schema.migrate(postgres_url)
    return postgres_url


@pytest.fixture
async def world(migrated_url: str) -> AsyncIterator[World]:
    """Two tenants on a real PostgreSQL."""
    product = await open_product(
        read(
            {
                "MOSTIK_DATABASE_URL": migrated_url,
                "MOSTIK_BANKS_URL": "http://127.0.0.1:9",
                "MOSTIK_SECRET_KEYS": base64.b64encode(b"k" * 32).decode(),
            }
        )
    )
    clock = Clock()
    product.clock = clock
    ours, theirs = await furnish(product, "ours"), await furnish(product, "theirs")
    yield World(product, clock, create_app(product), ours, theirs)
    await product.close()


async def test_fifty_at_once_have_one_effect(api: httpx.AsyncClient, world: World) -> None:
    """The second insert of a key must wait for the first and not fail at it."""
    wish = {"account_id": world.ours.account.id, "from": "2026-11-01", "to": "2026-11-05"}
    answers = await asyncio.gather(
        *(api.post("/v1/loads", json=wish, headers=KEY) for _ in range(50))
    )
    listed = (await api.get("/v1/loads")).json()["items"]

    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.content for answer in answers if answer.status_code == 202}) == 1
    assert len(listed) == 2


async def test_pages_changes_and_days_read_alike(api: httpx.AsyncClient, world: World) -> None:
    """Same tables, same code, same answers as on SQLite."""
    first = (await api.get("/v1/transactions?limit=7")).json()
    rest = await api.get("/v1/transactions", params={"limit": 7, "cursor": first["next_cursor"]})
    changes = (await api.get("/v1/changes?limit=4")).json()
    address = f"/v1/accounts/{world.ours.account.id}"
    coverage = (await api.get(f"{address}/coverage?from=2026-11-10&to=2026-11-14")).json()
    digest = (await api.get(f"{address}/digest")).json()
    found = (await api.get("/v1/transactions", params={"q": "счету 3"})).json()["items"]

    assert (len(first["items"]), len(rest.json()["items"])) == (7, 3)
    assert [change["seq"] for change in changes["items"]] == [1, 2, 3, 4]
    assert coverage["proven_through"] == "2026-11-14"
    assert len(digest["days"]) == 5
    assert len(found) == 1


@pytest.mark.parametrize("odd", ["%00", "a%00b", "%F0%9F%92%A9", "'", "\\"])
async def test_no_text_makes_the_database_stumble(api: httpx.AsyncClient, odd: str) -> None:
    """NUL is a letter to SQLite and an error to PostgreSQL."""
    answers = [
        await api.get(f"/v1/{name}/{odd}")
        for name in ("accounts", "connections", "loads", "transactions", "banks", "errors")
    ]
    asked = await api.get(f"/v1/transactions?q={odd}")

    assert [answer.status_code for answer in answers] == [404] * 6
    assert asked.status_code in {200, 400}
