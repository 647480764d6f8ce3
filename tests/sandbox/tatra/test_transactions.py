"""Tatra's rows: flat, signed, paged by links that need care."""

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from sandbox.clock import bank_day
from sandbox.entry import Entry, Party
from sandbox.state import Sandbox
from sandbox.tatra.transactions import earliest
from sandbox.world import Account
from tests.sandbox.tatra.caller import Caller, turn

SINCE = "2026-08-22"


def payment(at: datetime, **fields: object) -> Entry:
    """A debit of ten euros at an instant."""
    entry = Entry(
        bank_id="261120000000099999",
        date=bank_day(at, "SK"),
        at=at,
        direction="debit",
        amount=Decimal("10.10"),
        currency="EUR",
        purpose="zaloha",
        counterparty=Party(name="Odberateľ a.s.", iban="SK4202000000001987654321"),
    )
    return msgspec.structs.replace(entry, **fields)


async def test_all_pages_together_are_the_truth(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """Every row once, signed, to the cent, however small the pages."""
    connected = await caller.connected()
    rows = await connected.pages(await connected.id_of(own), dateFrom=SINCE, pageSize="7")
    truth = sandbox.world.ledger(
        own, sandbox.today(own) - timedelta(days=90), sandbox.today(own), sandbox.now
    )
    told = sorted(
        (row["transactionId"], Decimal(str(row["transactionAmount"]["amount"]))) for row in rows
    )

    booked = [row for row in truth if row.status == "booked"]
    expected = sorted((row.bank_id, row.signed) for row in booked)
    assert [one for one in told if not one[0].startswith("9")] == expected
    assert len(rows) == len(truth)


async def test_the_next_link_is_malformed_and_names_a_cursor(caller: Caller, own: Account) -> None:
    """Doubled ampersand, trailing quote, `entryReferenceFrom` for Tatra's own accounts."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    answer = await connected.get(
        f"/v5/accounts/{account_id}/transactions?dateFrom={SINCE}&pageSize=5"
    )
    href = answer.json()["_links"]["next"]["href"]
    raw = await connected.get(href)

    assert len(answer.json()["transactions"]) == 5
    assert "&&" in href
    assert href.endswith('"')
    assert "entryReferenceFrom=" in href
    assert raw.json()["errorCode"] == "ILLEGAL_ARGUMENT"


async def test_page_numbers_do_nothing_for_own_accounts(caller: Caller, own: Account) -> None:
    """Who counts pages reads the first one for ever."""
    connected = await caller.connected()
    path = f"/v5/accounts/{await connected.id_of(own)}/transactions?dateFrom={SINCE}&pageSize=5"
    first, second = await connected.get(f"{path}&page=1"), await connected.get(f"{path}&page=2")

    assert first.json()["transactions"] == second.json()["transactions"]


async def test_a_full_last_page_leads_to_an_empty_one(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """Which again has a next link: stop at the empty page."""
    turn(sandbox, page_rows=500, tatra={"next_link": "clean"})
    connected = await caller.connected()
    path = f"/v5/accounts/{await connected.id_of(own)}/transactions?dateFrom={SINCE}"
    count = len((await connected.get(f"{path}&pageSize=500")).json()["transactions"])
    full = (await connected.get(f"{path}&pageSize={count}")).json()
    empty = (await connected.get(full["_links"]["next"]["href"])).json()

    assert len(full["transactions"]) == count
    assert empty["transactions"] == []
    assert "next" in empty["_links"]


async def test_the_bank_cuts_large_pages_in_silence(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """Asked for a thousand, given its own most."""
    turn(sandbox, page_rows=20)
    connected = await caller.connected()
    answer = await connected.get(
        f"/v5/accounts/{await connected.id_of(own)}/transactions?dateFrom={SINCE}&pageSize=1000"
    )

    assert len(answer.json()["transactions"]) == 20


async def test_a_lost_next_link_looks_like_the_end(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """A truncated answer is the same as a complete one to the eye."""
    turn(sandbox, tatra={"lost_next_share": 1})
    connected = await caller.connected()
    rows = await connected.pages(await connected.id_of(own), dateFrom=SINCE, pageSize="20")

    assert len(rows) == 20


async def test_a_pending_row_changes_its_id_when_booked(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """Never keep a pending id; the booked one stays."""
    booked_at = sandbox.now + timedelta(days=2)
    day = bank_day(booked_at, "SK")
    sandbox.world.add_entries(
        own,
        [payment(sandbox.now, booked_at=booked_at, date=day, bank_id="261122000000099999")],
    )
    turn(sandbox, access_token_minutes=60 * 24 * 5)
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    before = (await connected.pages(account_id, dateFrom="2026-11-20"))[-1]
    sandbox.clock.advance(timedelta(days=3))
    later = await connected.pages(account_id, dateFrom="2026-11-20")
    after = {row["transactionId"]: row for row in later}

    assert (before["transactionState"], before["bookingDate"]) == ("PENDING", None)
    assert after["261122000000099999"]["transactionState"] == "BOOKED"
    assert after["261122000000099999"]["bookingDate"] == day.isoformat()
    assert before["transactionId"] not in after


async def test_a_row_says_who_paid_whom(sandbox: Sandbox, caller: Caller, own: Account) -> None:
    """A debit: we are the debtor, the amount is negative."""
    row_of = {"vs": "7", "end_to_end_id": "/VS7/SS/KS", "bank_id": "261120000000099999"}
    sandbox.world.add_entries(own, [payment(sandbox.now, **row_of)])
    connected = await caller.connected()
    row = (await connected.pages(await connected.id_of(own), dateFrom="2026-11-20"))[-1]

    assert row["transactionAmount"] == {"currency": "EUR", "amount": -10.1}
    assert row["debtorAccount"]["iban"] == own.iban
    assert row["creditorName"] == "Odberateľ a.s."
    assert row["creditorAccount"]["iban"] == "SK4202000000001987654321"
    assert (row["endToEndId"], row["variableSymbol"]) == ("/VS7/SS/KS", "7")
    assert row["bankTransactionCode"] == "10000401000"
    assert row["additionalInformation"] == "CCINT 0200/000000-1987654321"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "ILLEGAL_ARGUMENT"),
        ("dateFrom=01.11.2026", "ILLEGAL_ARGUMENT"),
        ("dateFrom=2026-11-10&dateTo=2026-11-01", "PERIOD_INVALID"),
        ("dateFrom=2026-11-01&pageSize=0", "ILLEGAL_ARGUMENT"),
        ("dateFrom=2026-11-01&entryReferenceFrom=nobody", "ILLEGAL_ARGUMENT"),
    ],
)
async def test_a_query_that_cannot_be_read_is_400(
    caller: Caller, own: Account, query: str, code: str
) -> None:
    """With the bank's code and words."""
    connected = await caller.connected()
    answer = await connected.get(f"/v5/accounts/{await connected.id_of(own)}/transactions?{query}")

    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)


async def test_the_limit_of_history_stands_in_the_refusal(
    sandbox: Sandbox, caller: Caller, own: Account, other: Account
) -> None:
    """Another day for each account, about thirteen to fifteen months ago."""
    connected = await caller.connected()
    path = f"/v5/accounts/{await connected.id_of(own)}/transactions"
    limit = earliest(sandbox, own)
    refused = await connected.get(f"{path}?dateFrom={limit - timedelta(days=1)}")
    good = await connected.get(f"{path}?dateFrom={limit}")

    assert refused.status_code == 400
    assert f"Earliest allowed dateFrom is {limit}" in refused.json()["errorDescription"]
    assert good.status_code == 200
    assert limit != earliest(sandbox, other)


async def test_filters_work_for_own_accounts(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """By symbol, direction and amount."""
    sandbox.world.add_entries(own, [payment(sandbox.now, vs="424242")])
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    by_symbol = await connected.pages(account_id, dateFrom=SINCE, variableSymbol="424242")
    debits = await connected.pages(account_id, dateFrom=SINCE, transactionDirection="DBT")
    large = await connected.pages(account_id, dateFrom=SINCE, amountFrom="1000")

    assert len(by_symbol) == 1
    assert all(row["transactionAmount"]["amount"] < 0 for row in debits)
    assert all(abs(row["transactionAmount"]["amount"]) >= 1000 for row in large)


async def test_older_versions_answer_only_where_turned_on(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """Accounts are v3 while transactions are v5."""
    connected = await caller.connected()
    path = f"accounts/{await connected.id_of(own)}/transactions?dateFrom={SINCE}"
    before = await connected.get(f"/v3/{path}")
    turn(sandbox, tatra={"older_transactions": True})
    after = await connected.get(f"/v3/{path}")

    assert (before.status_code, after.status_code) == (404, 200)


async def test_duplicates_carry_the_same_id(sandbox: Sandbox, caller: Caller, own: Account) -> None:
    """Twice in the answer, once in the books."""
    turn(sandbox, delivery={"duplicate_share": 0.5})
    connected = await caller.connected()
    rows = await connected.pages(await connected.id_of(own), dateFrom=SINCE, pageSize="50")
    ids = [row["transactionId"] for row in rows]

    assert len(ids) > len(set(ids))


async def test_too_many_reads_without_the_customer_are_refused(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """The fifth of a day, unless the customer's address comes along."""
    turn(sandbox, tatra={"unattended_reads_per_day": 4})
    connected = await caller.connected()
    path = f"/v5/accounts/{await connected.id_of(own)}/transactions?dateFrom={SINCE}"
    answers = [await connected.get(path) for _ in range(5)]
    attended = await connected.get(path, **{"PSU-IP-Address": "127.0.0.1"})

    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    assert answers[-1].json()["errorCode"] == "ACCESS_EXCEEDED"
    assert attended.status_code == 200


@pytest.mark.usefixtures("own")
async def test_requests_beyond_the_bucket_are_429(sandbox: Sandbox, caller: Caller) -> None:
    """Without a body, with Retry-After where the bank is asked for it."""
    connected = await caller.connected()
    turn(sandbox, requests_per_second=1, retry_after_seconds=7)
    answers = [await connected.get("/v3/accounts") for _ in range(3)]

    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert (answers[-1].content, answers[-1].headers["retry-after"]) == (b"", "7")


@pytest.mark.usefixtures("own")
async def test_a_request_id_may_serve_only_once(sandbox: Sandbox, caller: Caller) -> None:
    """Where the bank looks at it, a retry needs a new one."""
    turn(sandbox, tatra={"repeated_request_id": "refused"})
    connected = await caller.connected()
    answers = [await connected.get("/v3/accounts", **{"X-Request-ID": "same"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["errorCode"] == "DUPLICATE_CALL"
