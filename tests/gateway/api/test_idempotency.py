"""One effect for each Idempotency-Key, whatever dies in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from gateway.store.database import Tx
from gateway.store.tables import connections, idempotency, loads
from tests.gateway.api.conftest import World

KEY = {"idempotency-key": "order 17"}


def load_of(world: World) -> dict[str, str]:
    return {"account_id": world.ours.account.id, "from": "2026-11-01", "to": "2026-11-05"}


async def count(world: World, table: Any) -> int:
    """How many rows a table has."""

    async def work(tx: Tx) -> int:
        row = await tx.row(select(func.count()).select_from(table))
        assert row is not None
        return int(row[0])

    return await world.product.database.read(work)


async def test_the_same_request_again_gets_the_first_answer(
    api: httpx.AsyncClient, world: World
) -> None:
    """An integrator whose connection broke asks again without fear."""
    before = await count(world, loads)
    first = await api.post("/v1/loads", json=load_of(world), headers=KEY)
    world.clock.at += timedelta(hours=5)
    again = await api.post("/v1/loads", json=load_of(world), headers=KEY)

    assert first.status_code == 202
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert await count(world, loads) == before + 1


async def test_another_body_under_the_same_key_is_refused(
    api: httpx.AsyncClient, world: World
) -> None:
    """It is a mistake of the caller, and the second wish is not silently dropped."""
    await api.post("/v1/loads", json=load_of(world), headers=KEY)
    before = await count(world, loads)
    other = await api.post("/v1/loads", json={**load_of(world), "to": "2026-11-06"}, headers=KEY)

    assert other.status_code == 422
    assert other.json()["code"] == "IDEMPOTENCY_MISMATCH"
    assert await count(world, loads) == before


async def test_a_key_belongs_to_its_operation(api: httpx.AsyncClient, world: World) -> None:
    """An integrator may use an order's number for each step of the order."""
    load = await api.post("/v1/loads", json=load_of(world), headers=KEY)
    review = await api.post("/v1/transactions/review", json={}, headers=KEY)

    assert (load.status_code, review.status_code) == (202, 200)


async def test_fifty_at_once_have_one_effect(api: httpx.AsyncClient, world: World) -> None:
    """A retry storm must not load a bank fifty times."""
    before = await count(world, loads)
    answers = await asyncio.gather(
        *(api.post("/v1/loads", json=load_of(world), headers=KEY) for _ in range(50))
    )

    assert await count(world, loads) == before + 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.content for answer in answers if answer.status_code == 202}) == 1
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"IDEMPOTENCY_IN_FLIGHT"}


async def test_a_refused_request_leaves_its_key_free(api: httpx.AsyncClient, world: World) -> None:
    """Nothing came of it, so the corrected request may use the same key."""
    wrong = await api.post("/v1/loads", json={"account_id": 1}, headers=KEY)
    right = await api.post("/v1/loads", json=load_of(world), headers=KEY)

    assert (wrong.status_code, right.status_code) == (400, 202)


async def run_again(world: World, seconds: int, **columns: Any) -> None:
    """Put the kept key back to where it was when its process died, so long ago."""

    async def work(tx: Tx) -> None:
        await tx.run(
            update(idempotency).values(
                state="running", at=idempotency.c.at - seconds * 1_000_000, **columns
            )
        )

    await world.product.database.write(work)


async def test_a_key_under_way_is_answered_so(api: httpx.AsyncClient, world: World) -> None:
    """The first request may still be at the bank."""
    await api.post("/v1/loads", json=load_of(world), headers=KEY)
    await run_again(world, 50)
    answer = await api.post("/v1/loads", json=load_of(world), headers=KEY)

    assert answer.status_code == 409
    assert answer.json()["code"] == "IDEMPOTENCY_IN_FLIGHT"
    assert answer.headers["retry-after"] == "1"


async def test_a_key_left_behind_by_a_crash_is_taken_over(
    api: httpx.AsyncClient, world: World
) -> None:
    """Else a crash would block the key for ever."""
    await api.post("/v1/loads", json=load_of(world), headers=KEY)
    await run_again(world, 61)
    answer = await api.post("/v1/loads", json=load_of(world), headers=KEY)

    assert answer.status_code == 202
    assert "idempotency-replayed" not in answer.headers


async def test_a_connection_made_before_a_crash_is_found_again(
    api: httpx.AsyncClient, world: World
) -> None:
    """The bank was asked in between, so key and connection could not be one transaction."""
    wish = {
        "bank": "sber",
        "organisation": {"name": "ООО Ромашка"},
        "return_url": "https://example.test/back",
    }
    first = await api.post("/v1/connections", json=wish, headers=KEY)
    made = await count(world, connections)
    await run_again(world, 61, body=first.json()["id"].encode())
    again = await api.post("/v1/connections", json=wish, headers=KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert await count(world, connections) == made


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ключ".encode().decode("latin-1")])
async def test_an_odd_key_is_refused(api: httpx.AsyncClient, key: str) -> None:
    """What cannot be kept exactly cannot be compared."""
    answer = await api.post(
        "/v1/transactions/review",
        json={},
        headers=[("idempotency-key", key.encode("latin-1"))],
    )

    assert answer.status_code == 400
    assert answer.json()["evidence"] == {"field": "Idempotency-Key"}


async def test_a_key_of_255_characters_is_kept(api: httpx.AsyncClient) -> None:
    """The longest that is promised."""
    told = {"idempotency-key": "k" * 255}
    await api.post("/v1/transactions/review", json={}, headers=told)
    again = await api.post("/v1/transactions/review", json={}, headers=told)

    assert again.headers["idempotency-replayed"] == "true"
