"""Reading the ledger: keyset pages, filters, digests, balances, and nobody else's rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from gateway.store import accounts, coverage, feed, transactions, windows
from gateway.store.database import Database, Row, Tx
from gateway.store.landing import Place
from gateway.store.transactions import NEWEST, Filter
from schemas.transaction import Entry
from schemas.window import Window
from tests.gateway.store.conftest import opened_account
from tests.statements import NOW, day, days, entry, figures, landed, place, reading

LATEST = (2**62, "~")


def history() -> list[Entry]:
    """Forty rows over eight days, both directions."""
    return [
        entry(
            f"k{number}",
            number % 8,
            f"{number + 1}.00",
            "credit" if number % 3 else "debit",
            purpose=f"Invoice No {number}",
        )
        for number in range(40)
    ]


@pytest.fixture
async def where(database: Database, tenant_id: str, account_id: str) -> Place:
    """An account with that history, whose windows came in no order."""
    where = place(tenant_id, account_id)
    rows = history()
    for first in (4, 0, 6, 2):
        await landed(database, where, reading(days(first, first + 1), rows))
    return where


async def read(database: Database, where: Place, limit: int, **wanted: Any) -> list[dict[str, Any]]:
    """Every row that is wanted, page after page."""
    found: list[dict[str, Any]] = []
    before = NEWEST

    async def work(tx: Tx) -> Sequence[Row]:
        return await transactions.page(tx, where.tenant_id, Filter(**wanted), before, limit)

    while True:
        rows = await database.read(work)
        assert len(rows) <= limit
        if not rows:
            return found
        found += [msgspec.json.decode(row[0]) for row in rows]
        before = (rows[-1][1], rows[-1][2])


@pytest.mark.parametrize("limit", [1, 7, 40, 41])
@pytest.mark.parametrize("by_account", [True, False], ids=["of an account", "of all"])
async def test_pages_of_any_size_hold_every_row_once_newest_first(
    database: Database, where: Place, limit: int, *, by_account: bool
) -> None:
    """The place of a row is its day and id, which other rows cannot shift."""
    wanted = {"account_id": where.account_id} if by_account else {}
    rows = await read(database, where, limit, **wanted)
    places = [(row["booking_date"], row["id"]) for row in rows]

    assert len(rows) == 40
    assert places == sorted(set(places), reverse=True)


async def test_rows_that_come_between_two_pages_move_none_of_the_others(
    database: Database, where: Place
) -> None:
    """A list by offset would repeat a row here and skip another there."""
    wanted = Filter(account_id=where.account_id)
    first = await database.read(
        lambda tx: transactions.page(tx, where.tenant_id, wanted, NEWEST, 20)
    )
    newer = [entry(f"n{number}", 9) for number in range(5)]
    await landed(database, where, reading(days(9), newer))
    rest = await database.read(
        lambda tx: transactions.page(tx, where.tenant_id, wanted, (first[-1][1], first[-1][2]), 100)
    )
    keys = [msgspec.json.decode(row[0])["purpose"] for row in [*first, *rest]]

    assert sorted(keys) == sorted(row.purpose for row in history())


async def test_filters_choose_what_their_words_say(database: Database, where: Place) -> None:
    """By days, by direction, by words in any case, and all at once."""
    span = {"account_id": where.account_id, "first": day(2), "last": day(4)}
    of_days = await read(database, where, 10, **span)
    debits = await read(database, where, 10, **span, direction="debit")
    named = await read(database, where, 10, account_id=where.account_id, words="INVOICE NO 17")

    assert {row["booking_date"] for row in of_days} == {day(n).isoformat() for n in (2, 3, 4)}
    assert len(of_days) == 15
    assert {row["direction"] for row in debits} == {"debit"}
    assert [row["purpose"] for row in named] == ["Invoice No 17"]


async def test_a_digest_is_what_everybody_else_computes_from_the_same_rows(
    database: Database, where: Place
) -> None:
    """An integrator compares a year by a hash a day, and reads again only where it differs."""
    told = await database.read(
        lambda tx: transactions.digests(tx, where.account_id, day(0), day(7))
    )
    rows = await read(database, where, 100, account_id=where.account_id)
    theirs: dict[str, Any] = {}
    for row in sorted(rows, key=lambda row: row["id"]):
        canon = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        theirs.setdefault(row["booking_date"], hashlib.sha256()).update(canon.encode() + b"\n")

    assert [(on, digest) for on, digest, _ in told] == [
        (on, theirs[on].hexdigest()) for on in sorted(theirs)
    ]
    assert sum(count for _, _, count in told) == 40


async def test_a_review_changes_the_row_its_digest_and_the_feed(
    database: Database, where: Place
) -> None:
    """What a person decides about a row is told to every reader, once."""
    (row, *_) = await read(database, where, 10, account_id=where.account_id)

    async def decide(transaction_id: str) -> str | None:
        return await database.write(
            lambda tx: transactions.review(tx, where.tenant_id, [(transaction_id, "rejected")], NOW)
        )

    before = await database.read(
        lambda tx: transactions.digests(tx, where.account_id, day(7), day(7))
    )
    decided = [await decide(row["id"]), await decide(row["id"]), await decide("txn_none")]
    after = await database.read(
        lambda tx: transactions.digests(tx, where.account_id, day(7), day(7))
    )
    lines, _, _ = await database.read(lambda tx: feed.changes_after(tx, where.tenant_id, 40, 10))
    told = [msgspec.json.decode(line) for line in lines.splitlines()]

    assert decided == [None, None, "txn_none"]
    assert before != after
    assert [(each["type"], each["transaction"]["review"]) for each in told] == [
        ("modified", "rejected")
    ]
    assert len(await read(database, where, 10, account_id=where.account_id)) == 39


async def test_sums_of_a_span_follow_the_rows(database: Database, where: Place) -> None:
    """Balances on any day are reckoned from a proven one by these."""
    rows = [row for row in history() if row.booking_date <= day(3)]
    theirs = sum(row.amount if row.direction == "credit" else -row.amount for row in rows)
    ours = await database.read(
        lambda tx: coverage.net(tx, where.account_id, Window(day(0), day(3)))
    )

    assert ours == int(theirs * 100)


async def test_days_that_were_read_are_runs_between_gaps(
    database: Database, tenant_id: str, account_id: str
) -> None:
    """What a visit still has to ask for is what is not in them."""
    where = place(tenant_id, account_id)
    for span in (days(0, 1), days(4), days(2), days(8, 9)):
        await landed(database, where, reading(span, [], figures(span, [])))
    runs = await database.read(lambda tx: coverage.read_days(tx, account_id, days(0, 20)))
    edges = await database.read(lambda tx: coverage.edges(tx, account_id))

    assert runs == [days(0, 2), days(4), days(8, 9)]
    assert edges == days(0, 9)


async def test_a_tenant_reads_nothing_of_another_one(database: Database, where: Place) -> None:
    """Every way to the rows asks for the tenant, also with an id that was overheard."""
    foreign = "ten_somebody_else"
    (row, *_) = await read(database, where, 10, account_id=where.account_id)
    seen = [
        await database.read(lambda tx: transactions.page(tx, foreign, Filter(), NEWEST, 100)),
        await database.read(lambda tx: transactions.get(tx, foreign, row["id"])),
        await database.read(lambda tx: accounts.get(tx, foreign, where.account_id)),
        await database.read(lambda tx: accounts.page(tx, foreign, after=(0, ""), limit=10)),
        await database.read(
            lambda tx: windows.load_page(tx, foreign, before=(2**62, "~"), limit=9)
        ),
        (await database.read(lambda tx: feed.changes_after(tx, foreign, 0, 100)))[0],
    ]
    denied = await database.write(
        lambda tx: transactions.review(tx, foreign, [(row["id"], "rejected")], NOW)
    )

    assert seen == [[], None, None, [], [], b""]
    assert denied == row["id"]
    assert await database.read(lambda tx: transactions.get(tx, where.tenant_id, row["id"]))


async def test_two_accounts_of_one_tenant_keep_their_rows_apart(
    database: Database, where: Place
) -> None:
    """A bank may give equal ids in two accounts: a transfer between them has one id in both."""
    other = place(where.tenant_id, await opened_account(database, where.tenant_id))
    await landed(database, other, reading(days(0, 7), history(), figures(days(0, 7), history())))
    ours = await read(database, where, 100, account_id=where.account_id)
    theirs = await read(database, other, 100, account_id=other.account_id)

    assert len(ours) == len(theirs) == 40
    assert not {row["id"] for row in ours} & {row["id"] for row in theirs}


async def test_an_accounts_readings_are_counted_by_the_instant(
    database: Database, account_id: str
) -> None:
    """What is read at one instant is one access to the bank's quota, however many calls it took."""
    hour = timedelta(hours=1)
    for at in (NOW, NOW, NOW + hour):
        await database.write(partial(accounts.count_reading, account_id=account_id, now=at))
    counted = await database.read(lambda tx: accounts.readings_since(tx, account_id, NOW - hour))
    later = await database.read(lambda tx: accounts.readings_since(tx, account_id, NOW))

    assert (counted[0], later[0]) == (2, 1)
