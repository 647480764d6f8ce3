"""What an integrator reads: banks, connections, accounts, transactions, changes, coverage."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import httpx
import msgspec
import pytest
from sqlalchemy import update

from gateway.store import accounts
from gateway.store.database import Tx
from gateway.store.tables import connections as connection_table
from providers import BANKS
from tests.gateway.api.conftest import FIRST, LAST, NEXT_DAY, World


async def walked(api: httpx.AsyncClient, address: str, **params: object) -> list[dict]:
    """All items of a list, page by page."""
    items, cursor = [], None
    while True:
        told = {**params, **({"cursor": cursor} if cursor else {})}
        answer = (await api.get(address, params=told)).json()
        items += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return items


async def test_a_bank_is_shown_as_its_descriptor_states_it(api: httpx.AsyncClient) -> None:
    """Everything stated of a bank is data, with the source of each limit beside it."""
    listed = (await api.get("/v1/banks")).json()
    one = (await api.get(f"/v1/banks/{next(iter(BANKS))}")).json()

    assert [bank["id"] for bank in listed["items"]] == list(BANKS)
    assert listed["next_cursor"] is None
    assert one == listed["items"][0]
    assert {"id", "name", "country", "currencies", "flow", "capabilities"} <= one.keys()
    assert one["capabilities"].keys() >= {
        "push", "pending", "daily_balances", "max_history_days", "window_days", "consent_days",
        "min_poll_seconds", "unattended_reads_per_day",
    }  # fmt: skip


async def test_a_list_is_the_same_by_pages_of_any_size(api: httpx.AsyncClient) -> None:
    """A page's edge must neither lose a row nor show one twice."""
    whole = await walked(api, "/v1/transactions", limit=500)

    assert len(whole) == 10
    for limit in (1, 3, 5, 9, 10, 11):
        assert await walked(api, "/v1/transactions", limit=limit) == whole
    assert [row["booking_date"] for row in whole] == sorted(
        (row["booking_date"] for row in whole), reverse=True
    )


async def test_a_transaction_has_every_field_of_the_contract(
    api: httpx.AsyncClient, world: World
) -> None:
    """Fields without a value are there as null, so that a reader need not guess."""
    row = (await api.get(f"/v1/transactions/{world.ours.transactions[0]}")).json()

    assert row.keys() == {
        "id", "account_id", "status", "direction", "amount", "currency", "booking_date",
        "value_date", "operation_at", "received_at", "document_number", "document_date", "kind",
        "purpose", "counterparty", "symbols", "end_to_end_id", "bank_ids", "review", "reversal_of",
        "version",
    }  # fmt: skip
    assert row["amount"] in {"100.00", "10.00"}
    assert row["operation_at"] == f"{LAST}T09:30:00Z"
    assert row["received_at"].startswith("2026-11-20T12:00:00")
    assert row["received_at"].endswith("Z")
    assert row["counterparty"].keys() == {
        "name", "inn", "kpp", "account", "iban", "bic", "bank_name",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"direction": "credit"}, 5),
        ({"from": "2026-11-12"}, 6),
        ({"to": "2026-11-12"}, 6),
        ({"from": "2026-11-12", "to": "2026-11-12", "direction": "debit"}, 1),
        ({"q": "комиссия"}, 5),
        ({"q": "счету 3"}, 1),
        ({"review": "rejected"}, 0),
        ({"review": "new"}, 10),
    ],
)
async def test_transactions_are_filtered(
    api: httpx.AsyncClient, params: dict[str, str], count: int
) -> None:
    """Each filter alone and together; pages of one row walk through them alike."""
    found = await walked(api, "/v1/transactions", limit=1, **params)

    assert len(found) == count


async def test_a_rejected_row_leaves_the_list_and_can_be_restored(
    api: httpx.AsyncClient, world: World
) -> None:
    """It stays in the ledger: rejecting is an opinion and no deletion."""
    row_id = world.ours.transactions[0]
    rejected = await api.post("/v1/transactions/review", json={"reject": [row_id]})
    listed = [row["id"] for row in await walked(api, "/v1/transactions")]
    asked = [row["id"] for row in await walked(api, "/v1/transactions", review="rejected")]
    restored = await api.post("/v1/transactions/review", json={"restore": [row_id]})

    assert rejected.status_code == 200
    assert rejected.json()["items"][0]["review"] == "rejected"
    assert row_id not in listed
    assert asked == [row_id]
    assert restored.json()["items"][0] | {"version": 0} == {
        **rejected.json()["items"][0],
        "review": "new",
        "version": 0,
    }


async def test_one_unknown_row_leaves_all_decisions_undone(
    api: httpx.AsyncClient, world: World
) -> None:
    """Half a review would have to be found out row by row."""
    wish = {"confirm": [world.ours.transactions[0], world.theirs.transactions[0]]}
    answer = await api.post("/v1/transactions/review", json=wish)
    untouched = (await api.get(f"/v1/transactions/{world.ours.transactions[0]}")).json()

    assert answer.status_code == 404
    assert answer.json()["evidence"] == {"field": "confirm[1]"}
    assert untouched["review"] == "new"
    assert untouched["version"] == 1


async def test_a_copy_kept_by_the_change_feed_equals_the_ledger(
    api: httpx.AsyncClient, world: World
) -> None:
    """Page and cursor kept together are all that a consumer needs."""
    await api.post("/v1/transactions/review", json={"confirm": world.ours.transactions[:3]})
    copy: dict[str, dict] = {}
    cursor, seqs, more = None, [], True
    while more:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await api.get("/v1/changes", params=params)).json()
        for change in page["items"]:
            copy[change["transaction"]["id"]] = change["transaction"]
        seqs += [change["seq"] for change in page["items"]]
        cursor, more = page["next_cursor"], page["has_more"]
    ledger = {row["id"]: row for row in await walked(api, "/v1/transactions")}
    at_rest = (await api.get("/v1/changes", params={"cursor": cursor})).json()

    assert copy == ledger
    assert seqs == list(range(1, 14))
    assert at_rest == {"items": [], "next_cursor": cursor, "has_more": False}


async def test_an_empty_feed_gives_a_cursor_to_begin_with(world: World) -> None:
    """A consumer that starts before the first row must not miss it."""
    async with world.calling(world.theirs) as client:
        everything = (await client.get("/v1/changes", params={"limit": 500})).json()
        end = await client.get("/v1/changes", params={"cursor": everything["next_cursor"]})

    assert len(everything["items"]) == 10
    assert end.json()["next_cursor"] == everything["next_cursor"]


async def test_coverage_tells_proven_days_and_gaps(api: httpx.AsyncClient, world: World) -> None:
    """It is never claimed to be whole when it is not."""
    address = f"/v1/accounts/{world.ours.account.id}/coverage"
    told = (await api.get(address, params={"from": str(FIRST), "to": "2026-11-16"})).json()

    assert told["proven_through"] == str(LAST)
    assert [day["state"] for day in told["days"]] == ["proven"] * 5 + ["missing"] * 2
    assert told["gaps"] == [{"from": str(NEXT_DAY), "to": "2026-11-16"}]
    assert told["days"][0] == {
        "date": str(FIRST),
        "state": "proven",
        "opening": "1000.00",
        "credits": "100.00",
        "debits": "10.00",
        "closing": "1090.00",
        "count": 2,
        "reason": None,
    }
    assert told["days"][-1]["opening"] is None


async def test_coverage_that_begins_with_a_gap_proves_nothing(
    api: httpx.AsyncClient, world: World
) -> None:
    """`proven_through` is the end of an unbroken run from the asked beginning."""
    address = f"/v1/accounts/{world.ours.account.id}/coverage"
    told = (await api.get(address, params={"from": "2026-11-09"})).json()

    assert told["proven_through"] is None
    assert told["to"] == "2026-11-20"


async def test_a_balance_says_whether_it_is_the_banks_or_the_anchors(
    api: httpx.AsyncClient, world: World
) -> None:
    """The bank's own proven figure comes first; the anchor carries across days never read."""
    address = f"/v1/accounts/{world.ours.account.id}"
    banks = (await api.get(f"{address}/balance", params={"date": str(FIRST)})).json()
    anchored = await api.put(
        f"{address}/anchor", json={"date": "2026-11-09", "balance": "-1090.00"}
    )
    before = (await api.get(f"{address}/balance", params={"date": "2026-11-09"})).json()
    after = (await api.get(f"{address}/balance", params={"date": "2026-11-18"})).json()

    assert (banks["amount"], banks["sign"], banks["source"]) == ("1090.00", "credit", "bank")
    assert anchored.json()["anchor"] == {"date": "2026-11-09", "balance": "-1090.00"}
    assert (before["amount"], before["sign"], before["source"]) == ("1090.00", "debit", "anchor")
    assert (after["amount"], after["sign"], after["source"]) == ("640.00", "debit", "anchor")
    assert after["complete"] is False


async def test_a_balance_without_any_figure_is_not_invented(
    api: httpx.AsyncClient, world: World
) -> None:
    """Nothing is ever plugged."""
    address = f"/v1/accounts/{world.ours.account.id}/balance"
    answer = await api.get(address, params={"date": "2026-11-01"})

    assert answer.status_code == 404
    assert answer.json()["evidence"] == {"field": "date"}


async def test_a_copy_can_be_verified_by_its_digest(api: httpx.AsyncClient, world: World) -> None:
    """The hash is over bytes that anybody can make: sorted keys, no blanks, LF after each row."""
    day = str(LAST)
    rows = await walked(api, "/v1/transactions", **{"from": day, "to": day})
    lines = "".join(
        json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
        for row in sorted(rows, key=lambda row: row["id"])
    )
    address = f"/v1/accounts/{world.ours.account.id}/digest"
    told = (await api.get(address, params={"from": day, "to": day})).json()

    assert told["days"] == [{"date": day, "count": 2, "hash": sha256(lines.encode()).hexdigest()}]


async def test_an_account_shows_balances_unsigned_with_their_side(
    api: httpx.AsyncClient, world: World
) -> None:
    """Money leaves with the currency's own number of digits."""
    account = (await api.get(f"/v1/accounts/{world.ours.account.id}")).json()

    assert account["balances"] == [
        {
            "type": "booked",
            "amount": "400.50",
            "sign": "debit",
            "currency": "RUB",
            "as_of": "2026-11-20T12:00:00Z",
        }
    ]
    assert account["owner"].keys() >= {"name", "inn", "kpp"}
    assert account["freshness"].keys() == {"as_of", "last_success_at", "next_expected_at"}
    assert (await api.get("/v1/accounts")).json()["items"] == [account]
    listed = await api.get(f"/v1/connections/{world.ours.connection.id}/accounts")
    assert listed.json()["items"] == [account]


async def test_a_problem_inside_a_resource_speaks_the_callers_language(
    api: httpx.AsyncClient, world: World
) -> None:
    """It rests as a code and facts; its words are chosen when it is read."""
    kept = world.ours.account
    trouble = {"code": "ACCOUNT_NOT_IN_OFFER", "at": "2026-11-20T12:00:00Z", "bank_status": 403}
    changed = msgspec.convert(
        {**msgspec.to_builtins(kept), "trouble": trouble}, type=type(kept), strict=False
    )

    async def work(tx: Tx) -> None:
        await accounts.save(tx, changed)

    await world.product.database.write(work)
    told = {
        language: (
            await api.get(f"/v1/accounts/{kept.id}", headers={"accept-language": language})
        ).json()["problem"]
        for language in ("ru", "sk", "en")
    }

    assert {problem["language"] for problem in told.values()} == {"ru", "sk", "en"}
    assert len({problem["title"] for problem in told.values()}) == 3
    assert {problem["number"] for problem in told.values()} == {"MB-1202"}
    assert told["sk"]["bank"] == {"id": kept.bank, "status": 403, "code": None}


async def test_connections_are_found_by_status_and_bank(
    api: httpx.AsyncClient, world: World
) -> None:
    """A console asks for those on which somebody must act."""
    active = (await api.get("/v1/connections", params={"status": "active"})).json()["items"]

    async def work(tx: Tx) -> None:
        table = connection_table
        await tx.run(update(table).where(table.c.id == active[0]["id"]).values(bank="other"))

    await world.product.database.write(work)
    of_bank = (await api.get("/v1/connections", params={"bank": "other"})).json()["items"]
    none = (await api.get("/v1/connections", params={"status": "closed"})).json()["items"]

    assert [each["id"] for each in active] == [world.ours.connection.id]
    assert of_bank == active
    assert none == []
    assert active[0].keys() >= {
        "id", "bank", "status", "organisation", "schedule", "history_from", "next", "consent",
        "problem", "freshness", "created_at",
    }  # fmt: skip


async def test_a_cursor_never_expires(api: httpx.AsyncClient, world: World) -> None:
    """An integration that was off for a year goes on where it stopped."""
    first = (await api.get("/v1/transactions", params={"limit": 4})).json()
    world.clock.at += timedelta(days=400)
    rest = await api.get("/v1/transactions", params={"limit": 500, "cursor": first["next_cursor"]})

    assert len(rest.json()["items"]) == 6
