"""Answers kept under a key: one effect, whoever comes at once and whatever dies in between."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

import pytest

from gateway.store import idempotency
from gateway.store.database import Database
from gateway.store.idempotency import Kept
from tests.statements import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def key() -> str:
    """A key of the caller's."""
    return secrets.token_hex(8)


async def begin(database: Database, tenant_id: str, key: str, body: str = "body") -> Kept | None:
    """Come with a request."""
    return await database.write(lambda tx: idempotency.begin(tx, tenant_id, key, body, NOW))


async def test_of_many_requests_under_one_key_one_is_the_first(
    database: Database, tenant_id: str, key: str
) -> None:
    """The others hear that it is being made, or its answer."""
    found = await asyncio.gather(*(begin(database, tenant_id, key) for _ in range(8)))
    others = [kept for kept in found if kept is not None]

    assert len(others) == 7
    assert {(kept.state, kept.fingerprint) for kept in others} == {("running", "body")}


async def test_the_first_answer_is_what_every_repeat_gets(
    database: Database, tenant_id: str, key: str
) -> None:
    """Status, body and headers, with the fingerprint that tells another body apart."""
    await begin(database, tenant_id, key)
    await database.write(
        lambda tx: idempotency.finish(tx, tenant_id, key, status=201, body=b"made", headers=b"[]")
    )
    kept = await begin(database, tenant_id, key, "another body")

    assert kept == Kept("body", "done", 201, b"made", b"[]", NOW)


async def test_a_key_given_back_may_be_used_again(
    database: Database, tenant_id: str, key: str
) -> None:
    """A request that was refused had no effect to protect."""
    await begin(database, tenant_id, key)
    await database.write(lambda tx: idempotency.forget(tx, tenant_id, key))

    assert await begin(database, tenant_id, key) is None


async def test_one_caller_takes_over_what_a_dead_process_began(
    database: Database, tenant_id: str, key: str
) -> None:
    """Not before it must be dead, not twice, and with what it meant to make."""
    await begin(database, tenant_id, key)
    await database.write(lambda tx: idempotency.intend(tx, tenant_id, key, b"con_1"))

    async def take(before: timedelta) -> bool:
        return await database.write(
            lambda tx: idempotency.take_over(tx, tenant_id, key, NOW + before, NOW + 10 * MINUTE)
        )

    early = await take(-MINUTE)
    at_once = await asyncio.gather(take(MINUTE), take(MINUTE))
    kept = await begin(database, tenant_id, key)

    assert (early, sorted(at_once)) == (False, [False, True])
    assert kept is not None
    assert kept.body == b"con_1"


async def test_a_key_belongs_to_its_tenant(database: Database, tenant_id: str, key: str) -> None:
    """Another tenant's key never replays."""
    await begin(database, tenant_id, key)

    assert await begin(database, "ten_other", key) is None


async def test_old_answers_are_dropped_and_young_ones_stay(
    database: Database, tenant_id: str, key: str
) -> None:
    """Kept for two days, not for ever."""
    await begin(database, tenant_id, key)
    await database.write(lambda tx: idempotency.forget_before(tx, NOW))
    young = await begin(database, tenant_id, key)
    await database.write(lambda tx: idempotency.forget_before(tx, NOW + MINUTE))

    assert young is not None
    assert await begin(database, tenant_id, key) is None
