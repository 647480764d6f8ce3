"""Secrets of connections: refreshed by one at a time, kept before they are used, never undone."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

import pytest

from gateway.store import connections
from gateway.store.database import Database
from tests.statements import NOW

CLAIM = timedelta(seconds=90)


@pytest.fixture
async def connection_id(database: Database, tenant_id: str) -> str:
    """A connection with a living grant, of which these tables need only the id."""
    made = f"con_{secrets.token_hex(6)}"
    await database.write(lambda tx: connections.put_grant(tx, tenant_id, made, b"old"))
    return made


async def claim(
    database: Database, connection_id: str, version: int, later: timedelta = timedelta()
) -> bool:
    """Say that we are about to refresh."""
    wall = NOW + later
    return await database.write(
        lambda tx: connections.claim_refresh(tx, connection_id, version, wall, wall + CLAIM)
    )


async def kept(database: Database, connection_id: str) -> tuple[bytes, int]:
    """The secret that rests, and its version."""
    found = await database.read(lambda tx: connections.grant(tx, connection_id))
    assert found is not None
    return found.sealed, found.version


async def test_of_many_who_would_refresh_one_may(database: Database, connection_id: str) -> None:
    """A bank that rotates kills the family of a refresh token that comes twice."""
    claims = await asyncio.gather(*(claim(database, connection_id, 1) for _ in range(8)))

    assert sorted(claims) == [False] * 7 + [True]


async def test_a_claim_ends_by_its_answer_by_being_given_back_or_by_time(
    database: Database, connection_id: str
) -> None:
    """A worker that died while refreshing must not stop the connection for ever."""
    first = await claim(database, connection_id, 1)
    early = await claim(database, connection_id, 1, CLAIM / 2)
    late = await claim(database, connection_id, 1, CLAIM)
    await database.write(lambda tx: connections.unclaim_refresh(tx, connection_id, 1))
    returned = await claim(database, connection_id, 1, CLAIM)
    done = await database.write(lambda tx: connections.refreshed(tx, connection_id, 1, b"new"))

    assert (first, early, late, returned, done) == (True, False, True, True, True)
    assert await kept(database, connection_id) == (b"new", 2)
    assert await claim(database, connection_id, 1) is False
    assert await claim(database, connection_id, 2) is True


async def test_an_answer_that_comes_after_a_new_grant_is_let_go(
    database: Database, tenant_id: str, connection_id: str
) -> None:
    """The customer has just granted anew; the pair of the old consent must not undo that."""
    await claim(database, connection_id, 1)
    await database.write(
        lambda tx: connections.put_grant(tx, tenant_id, connection_id, b"granted anew")
    )
    late = await database.write(lambda tx: connections.refreshed(tx, connection_id, 1, b"late"))

    assert late is False
    assert await kept(database, connection_id) == (b"granted anew", 2)


async def test_resealing_changes_neither_the_version_nor_a_newer_secret(
    database: Database, connection_id: str
) -> None:
    """Keys rotate in the background while tokens are refreshed."""
    same = await database.write(
        lambda tx: connections.reseal(tx, connection_id, "live", 1, b"other key")
    )
    before = await kept(database, connection_id)
    await database.write(lambda tx: connections.refreshed(tx, connection_id, 1, b"new"))
    stale = await database.write(
        lambda tx: connections.reseal(tx, connection_id, "live", 1, b"too late")
    )

    assert (same, before) == (True, (b"other key", 1))
    assert (stale, await kept(database, connection_id)) == (False, (b"new", 2))


async def test_a_walk_in_progress_rests_beside_the_living_grant(
    database: Database, tenant_id: str, connection_id: str
) -> None:
    """A renewal must not cost the connection what it reads with until it is confirmed."""
    await database.write(
        lambda tx: connections.put_grant(tx, tenant_id, connection_id, b"memo", "walk")
    )
    await database.write(lambda tx: connections.drop_grant(tx, connection_id, "walk"))
    walk = await database.read(lambda tx: connections.grant(tx, connection_id, "walk"))

    assert walk is None
    assert await kept(database, connection_id) == (b"old", 1)
