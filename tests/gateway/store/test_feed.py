"""The change feed: numbered without gaps in the order of commits, whoever writes at once."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from gateway.store import feed
from gateway.store.database import Database, Tx
from gateway.store.feed import Change
from tests.gateway.store.conftest import opened_account
from tests.statements import NOW, days, entry, landed, place, reading

WRITERS = 3
PIECES = 12


async def page(
    database: Database, tenant_id: str, after: int, limit: int, account_id: str | None = None
) -> tuple[list[int], int, bool]:
    """The numbers on a page, the number to go on from, whether there is more."""
    lines, last, more = await database.read(
        lambda tx: feed.changes_after(tx, tenant_id, after, limit, account_id)
    )
    return [msgspec.json.decode(line)["seq"] for line in lines.splitlines()], last, more


async def test_a_reader_never_sees_a_number_before_every_smaller_one(
    database: Database, tenant_id: str
) -> None:
    """A cursor saved past a number that commits later has lost that change for ever."""
    writing = True
    seen: list[int] = []

    async def write(account_id: str) -> None:
        for number in range(PIECES):
            rows = [entry(f"{number}-{each}", number) for each in range(3)]
            await landed(database, place(tenant_id, account_id), reading(days(number), rows))

    async def follow() -> None:
        after = 0
        while True:
            last_look = not writing
            numbers, after, _ = await page(database, tenant_id, after, 5)
            seen.extend(numbers)
            if last_look and not numbers:
                return
            await asyncio.sleep(0)

    following = asyncio.create_task(follow())
    accounts = [await opened_account(database, tenant_id) for _ in range(WRITERS)]
    await asyncio.gather(*map(write, accounts))
    writing = False
    await following

    assert seen == list(range(1, WRITERS * PIECES * 3 + 1))


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
async def test_pages_of_any_size_tell_the_same(
    database: Database, tenant_id: str, account_id: str, limit: int
) -> None:
    """A batch is cut where the page ends, and the next page begins within it."""
    other = await opened_account(database, tenant_id)
    for number in range(5):
        where = place(tenant_id, account_id if number % 2 else other)
        rows = [entry(f"{number}-{each}", number) for each in range(4)]
        await landed(database, where, reading(days(number), rows))
    told: dict[str | None, list[int]] = {}
    for account in (None, account_id):
        after, more = 0, True
        told[account] = []
        while more:
            numbers, after, more = await page(database, tenant_id, after, limit, account)
            assert len(numbers) <= limit
            told[account] += numbers
        assert await page(database, tenant_id, after, limit, account) == ([], after, False)

    assert told[None] == list(range(1, 21))
    assert told[account_id] == [*range(5, 9), *range(13, 17)]


async def test_a_transaction_that_fails_uses_up_no_number(
    database: Database, tenant_id: str, account_id: str
) -> None:
    """A gap would make a careful reader wait for ever."""

    class Power(Exception):  # noqa: N818 - it fails
        """The machine goes dark."""

    async def lost(tx: Tx) -> None:
        await feed.publish(tx, tenant_id, account_id, [Change("added", b"{}")], NOW)
        raise Power

    async def kept(tx: Tx) -> int:
        return await feed.publish(tx, tenant_id, account_id, [Change("added", b"{}")], NOW)

    with pytest.raises(Power):
        await database.write(lost)
    number = await database.write(kept)

    assert number == 1
    assert await page(database, tenant_id, 0, 10) == ([1], 1, False)
