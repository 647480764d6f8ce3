"""Banks behind Tatra: read four times a day, or when asked, and less is told of their rows."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import ZONES
from sandbox.state import Sandbox
from sandbox.tatra import pulls
from sandbox.world import Account
from tests.sandbox.tatra.caller import BASE, PSU, Caller, Connected, turn
from tests.sandbox.tatra.test_transactions import payment

SINCE = "2026-08-22"


async def read(connected: Connected, account: Account) -> list[str]:
    rows = await connected.pages(await connected.id_of(account), dateFrom=SINCE, pageSize="50")
    return [row["transactionId"] for row in rows]


async def test_an_answer_looks_whole_and_is_not(
    sandbox: Sandbox, caller: Caller, other: Account
) -> None:
    """Released windows stay hidden until Tatra reads the bank again; in the end all is there."""
    turn(sandbox, access_token_minutes=60 * 24 * 5)
    connected = await caller.connected()
    first = await read(connected, other)
    sandbox.clock.advance(timedelta(hours=2))
    hidden = await read(connected, other)
    sandbox.clock.set_now(datetime(2026, 11, 22, 12, tzinfo=UTC))
    whole = await read(connected, other)
    today = sandbox.today(other)
    truth = sandbox.world.ledger(other, today - timedelta(days=92), today, sandbox.now)

    assert 0 < len(first) < len(whole)
    assert hidden == first
    assert len(whole) == len(truth)


async def test_balances_are_whole_from_the_start(caller: Caller, other: Account) -> None:
    """So an honest client can see that rows are missing."""
    connected = await caller.connected()
    account_id = await connected.id_of(other)
    before = next(one for one in await connected.accounts() if one["accountId"] == account_id)
    await read(connected, other)
    after = next(one for one in await connected.accounts() if one["accountId"] == account_id)

    def amounts(account: dict[str, list[dict[str, object]]]) -> set[str]:
        return {str(one["balanceAmount"]) for one in account["balances"]}

    assert amounts(before) == amounts(after)


def test_tatra_reads_once_in_each_window() -> None:
    """07-09, 13-15, 17-19, 22-24, at a minute that the seed draws, another for each bank."""
    start = datetime(2026, 11, 20, tzinfo=UTC)
    moments = {
        pulls.last_window(1, "csob", start + timedelta(minutes=5 * n)) for n in range(12 * 48)
    }
    hours = sorted({moment.astimezone(ZONES["SK"]).hour for moment in moments})

    assert len(moments) in (8, 9)
    assert set(hours) <= {7, 8, 13, 14, 17, 18, 22, 23}
    assert pulls.last_window(1, "fio", start) != pulls.last_window(1, "csob", start)


async def test_a_new_row_waits_for_the_next_reading(
    sandbox: Sandbox, caller: Caller, own: Account, other: Account
) -> None:
    """At Tatra it is there at once."""
    connected = await caller.connected()
    await read(connected, other)
    sandbox.clock.advance(timedelta(minutes=10))
    for account in (own, other):
        sandbox.world.add_entries(account, [payment(sandbox.now)])
    now = [await read(connected, account) for account in (own, other)]

    assert ["261120000000099999" in rows for rows in now] == [True, False]


async def test_a_refresh_brings_it_seconds_later(
    sandbox: Sandbox, caller: Caller, other: Account
) -> None:
    """And `dateUpdated` moves; a second call within half a minute is ignored."""
    connected = await caller.connected()
    await read(connected, other)
    sandbox.clock.advance(timedelta(minutes=10))
    sandbox.world.add_entries(other, [payment(sandbox.now)])
    headers = {**connected.headers, **PSU}
    answer = await caller.http.put(f"{BASE}/v3/refresh", headers=headers)
    sandbox.clock.advance(timedelta(seconds=10))
    early = await read(connected, other)
    await caller.http.put(f"{BASE}/v3/refresh", headers=headers)
    sandbox.clock.advance(timedelta(seconds=10))
    late = await read(connected, other)

    assert answer.json().keys() == {"taskId"}
    assert ["261120000000099999" in rows for rows in (early, late)] == [False, True]


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize("missing", list(PSU))
async def test_a_refresh_needs_the_customer_there(caller: Caller, missing: str) -> None:
    """His address always; browser and system for banks that ask for them."""
    connected = await caller.connected()
    headers = {**connected.headers, **PSU}
    del headers[missing]
    answer = await caller.http.put(f"{BASE}/v3/refresh", headers=headers)

    assert answer.status_code == 400
    assert missing in answer.json()["errorDescription"]


async def test_pages_are_counted_there(caller: Caller, other: Account) -> None:
    """`page` instead of `entryReferenceFrom`."""
    connected = await caller.connected()
    answer = await connected.get(
        f"/v5/accounts/{await connected.id_of(other)}/transactions?dateFrom={SINCE}&pageSize=3"
    )

    assert answer.json()["_links"]["next"]["href"].endswith('page=2"')


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("fields", ("77", "/VS77/SS/KS", "zaloha")),
        ("end_to_end_id", (None, "/VS77/SS/KS", "zaloha")),
        ("text", (None, None, "VS:77 zaloha")),
        ("none", (None, None, "zaloha")),
    ],
)
async def test_symbols_stand_where_the_bank_likes(
    sandbox: Sandbox, caller: Caller, other: Account, where: str, told: tuple[str | None, ...]
) -> None:
    """Fields, reference, text, or nowhere."""
    turn(sandbox, tatra={"symbols_of_other_banks": where})
    sandbox.world.add_entries(other, [payment(sandbox.now, vs="77", end_to_end_id="/VS77/SS/KS")])
    connected = await caller.connected()
    row = (await connected.pages(await connected.id_of(other), dateFrom="2026-11-20"))[-1]

    names = ("variableSymbol", "endToEndId", "remittanceInformationUnstructured")
    assert tuple(row.get(name) for name in names) == told


async def test_the_far_side_may_be_missing(
    sandbox: Sandbox, caller: Caller, other: Account
) -> None:
    """A bank behind Tatra may tell neither name nor IBAN."""
    turn(sandbox, "csob", tatra={"counterparties_of_other_banks": "none"})
    connected = await caller.connected()
    rows = await connected.pages(await connected.id_of(other), dateFrom=SINCE)
    debits = [row for row in rows if row["transactionAmount"]["amount"] < 0]

    assert rows
    assert not any("creditorName" in row or "creditorAccount" in row for row in debits)


async def test_an_expired_link_may_simply_go_stale(
    sandbox: Sandbox, caller: Caller, other: Account
) -> None:
    """No refusal, only a `dateUpdated` that stands still."""
    turn(sandbox, access_token_minutes=60 * 24 * 60)
    turn(sandbox, "csob", tatra={"link_days": 1, "expired_link": "stale"})
    connected = await caller.connected()
    account_id = await connected.id_of(other)
    sandbox.clock.advance(timedelta(days=10))
    one = next(one for one in await connected.accounts() if one["accountId"] == account_id)
    answer = await connected.get(f"/v3/accounts/{account_id}/balances")

    assert answer.status_code == 200
    assert one["dateUpdated"] < "2026-11-21T10:00:01"
