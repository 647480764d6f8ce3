"""increment and webhooks: what became of today."""

from datetime import date, datetime, timedelta

import httpx
import msgspec
import pytest

from sandbox.entry import Revision
from sandbox.sber.bank import BANK
from sandbox.state import Sandbox
from tests.sandbox.sber.partner import NOON, TODAY, Partner, payment

MORNING = NOON - timedelta(hours=2)
LONG_MAX = 9_223_372_036_854_775_807


async def since(partner: Partner, moment: datetime) -> httpx.Response:
    path = "/fintech/api/v2/statement/increment"
    text = moment.isoformat(timespec="milliseconds")
    return await partner.get(path, accountNumber=partner.number, lastModifyDate=text, page=1)


async def test_a_chain_of_calls_tells_new_edited_and_deleted(partner: Partner) -> None:
    """First by the day, then each time from the moment of the call before."""
    sandbox = partner.sandbox
    hours = [NOON + timedelta(hours=n) for n in range(4)]
    kept = partner.pay(1, MORNING, revisions=(Revision(at=hours[1], purpose="Исправлено"),))
    gone = partner.pay(2, MORNING, withdrawn_at=hours[2])
    partner.pay(3, hours[0] + timedelta(minutes=30))
    partner.behave(access_token_minutes=600)
    await partner.connect()
    day = (await partner.statement("increment", day=TODAY)).json()
    sandbox.clock.set_now(hours[1])
    edited = (await since(partner, hours[0])).json()
    sandbox.clock.set_now(hours[2])
    deleted = (await since(partner, hours[1])).json()
    sandbox.clock.set_now(hours[3])
    nothing = await since(partner, hours[2] + timedelta(minutes=1))

    assert [row["operationId"] for row in day["transactions"]] == [kept.bank_id, gone.bank_id]
    assert day["deletedTransactions"] == []
    assert [row["paymentPurpose"] for row in edited["transactions"] if row["number"] == "1"] == [
        "Исправлено"
    ]
    assert {row["number"] for row in edited["transactions"]} == {"1", "3"}
    assert [one["operationId"] for one in deleted["deletedTransactions"]] == [gone.bank_id]
    assert (nothing.status_code, nothing.json()["cause"]) == (404, "DATA_NOT_FOUND_EXCEPTION")


async def test_what_appears_late_counts_from_when_it_is_seen(partner: Partner) -> None:
    """A row told late has an old moment of its own, and no cursor may miss it."""
    partner.behave(delivery={"late_share": 1, "late_minutes": 90})
    partner.pay(1, NOON - timedelta(minutes=30))
    await partner.connect()
    early = await partner.statement("increment", day=TODAY)
    partner.sandbox.clock.advance(timedelta(minutes=61))
    partner.pair = (await partner.refresh()).json()
    late = await since(partner, NOON + timedelta(minutes=1))

    assert (early.status_code, late.status_code) == (404, 200)


async def test_a_reload_of_the_day_is_told_once(partner: Partner) -> None:
    """ReloadTime is set when the bank loaded the day anew since the cursor."""
    partner.pay(1, NOON - timedelta(minutes=1))
    partner.behave(sber={"day_reload_minutes": 60})
    await partner.connect()
    told = (await partner.statement("increment", day=TODAY)).json()
    afterwards = await since(partner, NOON + timedelta(seconds=1))

    assert told["reloadTime"] == "2026-11-20T12:00:00.000"
    assert told["lastModifiedTime"] == "2026-11-20T11:59:00.000"
    assert afterwards.status_code == 404


@pytest.mark.parametrize(
    ("query", "cause"),
    [
        ({"statementDate": "2026-11-20", "lastModifyDate": "2026-11-20T10:00:00"}, "VALIDATION"),
        ({"statementDate": ""}, "VALIDATION"),
        ({"statementDate": "2026-11-19"}, "VALIDATION"),
        ({"statementDate": "", "lastModifyDate": "yesterday"}, "DESERIALIZATION"),
    ],
)
async def test_day_or_moment_but_not_both(
    partner: Partner, query: dict[str, str], cause: str
) -> None:
    """And only the current day."""
    await partner.connect()
    answer = await partner.statement("increment", day=TODAY, **query)

    assert (answer.status_code, answer.json()["cause"]) == (400, f"{cause}_FAULT")


async def test_a_stretch_may_end_before_now(partner: Partner) -> None:
    """Moments without a zone are Moscow's."""
    partner.pay(1, NOON - timedelta(minutes=30))
    await partner.connect()
    path = "/fintech/api/v2/statement/increment"
    asked = {"accountNumber": partner.number, "lastModifyDate": "2026-11-20T11:00:00"}
    whole = await partner.get(path, **asked, page=1)
    ended = await partner.get(path, **asked, lastModifyDateTo="2026-11-20T11:10:00", page=1)

    assert (whole.status_code, ended.status_code) == (200, 404)


async def test_another_day_begins_anew(partner: Partner) -> None:
    """Yesterday's operations are no deletions of today's."""
    partner.pay(1, MORNING)
    await partner.connect()
    await partner.statement("increment", day=TODAY)
    partner.sandbox.clock.advance(timedelta(days=1))
    partner.pair = (await partner.refresh()).json()
    answer = await partner.statement("increment", day=TODAY + timedelta(days=1))

    assert answer.status_code == 404


async def test_postings_edits_and_deletions_are_pushed_to_a_company(
    partner: Partner, sandbox: Sandbox
) -> None:
    """Growing int64 versions, Long.MAX for a deletion; platforms get nothing."""
    received: list[dict[str, object]] = []

    async def take(request: httpx.Request) -> httpx.Response:
        received.append(msgspec.json.decode(request.content))
        return httpx.Response(204)

    await sandbox.http.aclose()
    sandbox.http = httpx.AsyncClient(transport=httpx.MockTransport(take))
    partner.behave(push_duplicate_share=0, sber={"webhook_url": "https://partner.test/hook"})
    account = partner.accounts[0]
    entry = payment(
        1,
        NOON,
        date=date(2026, 11, 20),
        revisions=(Revision(at=NOON + timedelta(hours=1), purpose="Исправлено"),),
        withdrawn_at=NOON + timedelta(hours=2),
    )
    await BANK.on_payment(sandbox, account, entry)
    partner.behave(sber={"contract": "company"})
    await BANK.on_payment(sandbox, account, entry)
    sandbox.clock.set_speed(3_600_000)
    await sandbox.settle()

    versions = [one["version"] for one in received]
    assert {one["operationId"] for one in received} == {entry.bank_id}
    assert len(received) == 3
    assert LONG_MAX in versions
