"""What QA turns, and what it is told when a wish does not fit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.state import Sandbox

V1 = "/control/v1"
TWO_ACCOUNTS = {
    "country": "RU",
    "banks": {"sber": {"accounts": [{"currency": "RUB"}, {"currency": "RUB", "kind": "card"}]}},
}


def said(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


async def a_company(control: httpx.AsyncClient) -> Any:
    return said(await control.post(f"{V1}/companies", json=TWO_ACCOUNTS), 201)


async def test_a_company_comes_with_login_and_valid_accounts(control: httpx.AsyncClient) -> None:
    """The answer's fields are the contract with QA's scripts."""
    company = await a_company(control)

    assert set(company) == {"id", "name", "inn", "kpp", "ico", "login", "accounts"}
    assert company["ico"] is None
    assert len(company["inn"]) == 10
    assert [set(account) for account in company["accounts"]] == [
        {"bank", "number", "bic", "iban", "currency", "kind"}
    ] * 2
    assert [account["kind"] for account in company["accounts"]] == ["settlement", "card"]


async def test_a_slovak_company_may_bank_behind_tatra(control: httpx.AsyncClient) -> None:
    """CSOB has no listener of its own; its accounts live behind Tatra's."""
    wish = {"country": "SK", "banks": {"csob": {"accounts": [{"currency": "EUR"}]}}}
    company = said(await control.post(f"{V1}/companies", json=wish), 201)

    assert company["inn"] is None
    assert len(company["ico"]) == 8
    assert company["accounts"][0]["iban"].startswith("SK")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/companies", {"country": "DE"}, "country"),
        ("/companies", {"colour": "red"}, "colour"),
        ("/companies", {"inn": "7707083894"}, "inn"),
        ("/companies", {"banks": {"nobank": {}}}, "banks"),
        ("/companies", {"banks": {"csob": {}}}, "banks"),
        (
            "/companies",
            {"banks": {"sber": {"accounts": [{"kind": "piggy"}]}}},
            "banks.sber.accounts[0].kind",
        ),
        (
            "/companies",
            {"banks": {"sber": {"accounts": [{"currency": 5}]}}},
            "banks[...].accounts[0].currency",
        ),
        ("/clock", {"advance": "half an hour"}, "advance"),
        ("/clock", {}, "advance"),
        ("/clock", {"now": "2026-01-01T00:00:00"}, "now"),
        ("/clock", {"speed": -1}, "speed"),
        ("/clock", {"speed": 1e300}, "speed"),
        ("/clock", {"advance": "P99999999D"}, "advance"),
        ("/clock", {"advance": "P9999999999999D"}, "advance"),
        (
            "/companies",
            {"banks": {"sber": {"accounts": [{"number": "1" * 20}, {"number": "1" * 20}]}}},
            "banks",
        ),
        ("/reset", {"now": "yesterday"}, "now"),
        ("/inject", {"bank": "sber", "code": "NOT_A_CODE"}, "code"),
        ("/inject", {"bank": "sber", "code": "USER_BLOCKED", "times": 0}, "times"),
        ("/inject", {"bank": "sber", "code": "USER_BLOCKED", "account": "1"}, "account"),
        ("/authorise", {"url": "http://banks/nobank/x"}, "url"),
        ("/authorise", {"url": "http://banks/sber/x"}, "url"),
        ("/credentials/sber", {"company": "nobody"}, "company"),
        ("/credentials/nobank", {"company": "nobody"}, "company"),
        ("/scenarios/nothing_of_the_kind", {}, "name"),
        ("/import", {"version": 1}, "seed"),
    ],
)
async def test_what_does_not_fit_is_named(
    control: httpx.AsyncClient, path: str, body: object, field: str
) -> None:
    """A 4xx that says which field, so that nobody reads our source to find a typo."""
    answer = await control.post(V1 + path, json=body)

    assert 400 <= answer.status_code < 500
    assert answer.json()["field"] == field


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff"])
async def test_a_body_that_is_no_json_object_is_refused(
    control: httpx.AsyncClient, body: bytes
) -> None:
    """Not a 500."""
    answer = await control.post(f"{V1}/companies", content=body)

    assert answer.status_code in (400, 422)
    assert answer.json()["field"] == "body"


async def test_the_clock_is_told_and_turned(control: httpx.AsyncClient) -> None:
    """The gateway follows this answer."""
    turned = said(await control.post(f"{V1}/clock", json={"advance": "P180DT30M"}))

    assert turned == said(await control.get(f"{V1}/clock"))
    assert datetime.fromisoformat(turned["now"]) == datetime(
        2026, 11, 20, 9, tzinfo=UTC
    ) + timedelta(days=180, minutes=30)
    assert turned["speed"] == 0


async def test_payments_are_in_the_truth_and_pushed_when_they_happen(
    control: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    """A past one is not pushed, today's is at once, tomorrow's when the clock gets there."""
    number = (await a_company(control))["accounts"][0]["number"]
    items = [
        {"direction": "credit", "amount": "10.00", "purpose": "past", "date": "2026-11-02"},
        {"direction": "credit", "amount": 20, "purpose": "now", "counterparty": {"name": "Кит"}},
        {"direction": "debit", "amount": "5.5", "purpose": "later", "date": "2026-11-21"},
    ]
    past, now, later = said(
        await control.post(f"{V1}/accounts/{number}/payments", json={"items": items}), 201
    )["bank_ids"]
    pushed = sandbox.stores["sber"].pushed  # type: ignore[attr-defined] # the toy bank's
    at_once = list(pushed)
    before = said(await control.get(f"{V1}/accounts/{number}/ledger?from=2026-11-01"))
    await control.post(f"{V1}/clock", json={"advance": "P2D"})
    await sandbox.clock.changed(0.01)
    after = said(await control.get(f"{V1}/accounts/{number}/ledger?from=2026-11-01"))

    assert at_once == [now]
    assert pushed == [now, later]
    assert [row["bank_id"] for row in before["items"]] == [past, now]
    assert [row["bank_id"] for row in after["items"]] == [past, now, later]
    assert set(before) == {"opening", "closing", "items"}
    assert before["items"][1] == {
        "bank_id": now,
        "date": "2026-11-20",
        "direction": "credit",
        "amount": "20.00",
        "currency": "RUB",
        "purpose": "now",
        "document_number": now[-6:].lstrip("0"),
        "counterparty": {"name": "Кит", "inn": None, "account": None, "iban": None},
    }
    assert round(float(after["closing"]) - float(after["opening"]), 2) == 24.5


async def test_a_generated_stretch_is_the_truth(control: httpx.AsyncClient) -> None:
    """Opening + items = closing, and the invoices are kept."""
    company = await a_company(control)
    number = company["accounts"][0]["number"]
    wish = {
        "from": "2026-05-01",
        "to": "2026-10-31",
        "count": 250,
        "seed": 4,
        "twins": True,
        "corrections": 0.05,
    }
    made = said(
        await control.post(f"{V1}/accounts/{number}/payments", json={"generate": wish}), 201
    )
    truth = said(await control.get(f"{V1}/accounts/{number}/ledger"))
    invoices = said(await control.get(f"{V1}/companies/{company['id']}/invoices"))["items"]
    signs = {"credit": 1, "debit": -1}
    moved = sum(
        signs[row["direction"]] * round(float(row["amount"]) * 100) for row in truth["items"]
    )

    assert made["count"] >= 250
    assert round(float(truth["closing"]) * 100) - round(float(truth["opening"]) * 100) == moved
    assert {one["paid_by"][0] for one in invoices} <= set(made["bank_ids"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "items"),
        ({"items": [{"direction": "up", "amount": "1"}]}, "items[0].direction"),
        ({"items": [{"direction": "credit", "amount": "-1"}]}, "items[0].amount"),
        ({"items": [{"direction": "credit", "amount": "x"}]}, "items[0].amount"),
        (
            {"items": [{"direction": "credit", "amount": "1", "at": "2026-01-01T10:00:00"}]},
            "items[0].at",
        ),
        ({"generate": {"from": "2026-02-01", "to": "2026-01-01", "count": 1}}, "generate.to"),
        ({"generate": {"from": "2026-02-01", "to": "2026-03-01", "count": -1}}, "generate.count"),
        (
            {"generate": {"from": "2026-02-01", "to": "2026-03-01", "count": 1, "twins": 7}},
            "generate.twins",
        ),
    ],
)
async def test_a_payment_that_does_not_fit_is_named(
    control: httpx.AsyncClient, body: object, field: str
) -> None:
    """With its place in the list."""
    number = (await a_company(control))["accounts"][0]["number"]
    answer = await control.post(f"{V1}/accounts/{number}/payments", json=body)

    assert answer.status_code == 422
    assert answer.json()["field"] == field


async def test_an_unknown_account_is_a_404(control: httpx.AsyncClient) -> None:
    """In reading and in writing."""
    assert (await control.get(f"{V1}/accounts/1/ledger")).status_code == 404
    assert (await control.post(f"{V1}/accounts/1/payments", json={})).status_code == 404
    assert (await control.get(f"{V1}/nothing")).json()["field"] == "path"


async def test_people_and_accounts_can_change(control: httpx.AsyncClient, sandbox: Sandbox) -> None:
    """Blocked users, changed passwords and closed accounts are situations of seed 000."""
    company = await a_company(control)
    login, number = company["login"], company["accounts"][0]["number"]
    await control.patch(f"{V1}/customers/{login}", json={"blocked": True, "password": "new"})
    await control.patch(f"{V1}/accounts/{number}", json={"closed": "2026-11-01"})
    person, account = sandbox.world.customer(login), sandbox.world.account(number)
    assert person is not None
    assert account is not None

    assert (person.blocked, person.password_changed_at) == (True, sandbox.now)
    assert str(account.closed) == "2026-11-01"


async def test_behaviour_is_read_with_help_and_patched(control: httpx.AsyncClient) -> None:
    """GET shows every field with its help; PATCH merges; DELETE goes back."""
    path = f"{V1}/banks/sber/behaviour"
    usual = said(await control.get(path))
    changed = said(await control.patch(path, json={"delivery": {"window_days": 5}}))
    refused = await control.patch(path, json={"delivery": {"window_days": 0}})
    back = said(await control.delete(path))

    assert all(field["help"] for field in usual["fields"])
    assert changed["behaviour"]["delivery"]["window_days"] == 5
    assert changed["behaviour"]["delivery"]["every_minutes"] == 30
    assert (refused.status_code, refused.json()["field"]) == (422, "delivery.window_days")
    assert back == usual


async def test_a_situation_is_forced_on_a_live_bank(
    control: httpx.AsyncClient, banks: httpx.AsyncClient
) -> None:
    """Only on the account named, only as often as ordered."""
    first, second = (one["number"] for one in (await a_company(control))["accounts"])
    order = {"bank": "sber", "code": "USER_BLOCKED", "account": first, "times": 2}
    said(await control.post(f"{V1}/inject", json=order), 201)
    keys = (second, first, first, first)
    statuses = [(await banks.get(f"/sber/rows/{key}")).status_code for key in keys]

    assert statuses[1:3] == [403, 403]
    assert 403 not in (statuses[0], statuses[3])
    assert said(await control.get(f"{V1}/inject"))["waiting"] == []


async def test_a_customer_without_a_browser_decides(control: httpx.AsyncClient) -> None:
    """The bank walks its own pages and answers the redirect back."""
    wish = {"url": "http://banks/sber/authorize?state=1", "decision": "approve", "accounts": ["1"]}
    approved = said(await control.post(f"{V1}/authorise", json=wish))
    left = said(await control.post(f"{V1}/authorise", json=wish | {"decision": "abandon"}))

    assert approved == {"location": "https://client.test/back?approve=1"}
    assert left == {"location": None}


async def test_the_cabinet_mints_credentials(control: httpx.AsyncClient) -> None:
    """What a person would copy out of the bank's cabinet."""
    company = await a_company(control)
    wish = {"company": company["inn"], "permissions": ["ReadBalances"]}
    minted = said(await control.post(f"{V1}/credentials/sber", json=wish), 201)

    assert minted["permissions"] == ["ReadBalances"]
    assert len(minted["token"]) == 8


async def test_the_journal_keeps_requests_and_masks_secrets(
    control: httpx.AsyncClient, banks: httpx.AsyncClient
) -> None:
    """For assertions; a token in a query must not be read there."""
    await banks.get("/sber/nowhere?client_secret=hush&accountNumber=1")
    first = said(await control.get(f"{V1}/journal"))["items"]
    await banks.post("/sber/rows/1")
    rest = said(await control.get(f"{V1}/journal?since={first[-1]['seq']}"))["items"]

    assert [(one["path"], one["status"], one["query"]) for one in first] == [
        ("/sber/nowhere", 501, {"client_secret": ["***"], "accountNumber": ["1"]})
    ]
    assert [(one["method"], one["path"], one["status"]) for one in rest] == [
        ("POST", "/sber/rows/1", 501)
    ]


async def test_the_journal_can_be_read_from_an_instant(
    control: httpx.AsyncClient, banks: httpx.AsyncClient
) -> None:
    """A script that turned the clock knows the instant, not the line."""
    await banks.get("/sber/early")
    await control.post(f"{V1}/clock", json={"advance": "PT1H"})
    await banks.get("/sber/late")
    path = f"{V1}/journal?since=2026-11-20T09:30:00Z"
    paths = [one["path"] for one in said(await control.get(path))["items"]]
    refused = await control.get(f"{V1}/journal?since=lately")

    assert paths == ["/sber/late"]
    assert refused.json()["field"] == "since"


async def test_the_delivery_of_history_can_be_watched_and_begun_anew(
    control: httpx.AsyncClient, banks: httpx.AsyncClient
) -> None:
    """So that QA sees which window came when, and repeats a first load."""
    number = (await a_company(control))["accounts"][0]["number"]
    await banks.get(f"/sber/rows/{number}")
    told = said(await control.get(f"{V1}/accounts/{number}/delivery"))
    anew = said(await control.delete(f"{V1}/accounts/{number}/delivery"))
    first = told["windows"][0]

    assert (first["from"], first["to"]) == ("2026-10-01", "2026-10-10")
    assert [bool(one["released_at"]) for one in told["windows"]].count(True) == 1
    assert told["live_from"] == "2026-11-20"
    assert anew["windows"] == []


async def test_a_reset_empties_the_world_and_repeats_by_seed(control: httpx.AsyncClient) -> None:
    """The same seed and the same calls give the same company."""
    seen = []
    for _ in range(2):
        wish = {"seed": 9, "now": "2026-01-10T08:00:00Z", "speed": 0}
        told = said(await control.post(f"{V1}/reset", json=wish))
        seen.append((told, await a_company(control)))
    companies = said(await control.get(f"{V1}/companies"))["items"]

    assert seen[0] == seen[1]
    assert companies == [seen[1][1]]


async def test_the_page_for_people_shows_and_turns(
    control: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    """Server-made HTML with nothing from elsewhere, names escaped."""
    await control.post(f"{V1}/companies", json={"name": "<b>ООО</b>"})
    await control.post("/page/clock", data={"advance": "P1D"})
    await control.post("/page/inject", data={"order": "sber USER_BLOCKED"})
    answer = await control.get("/")

    assert "&lt;b&gt;ООО&lt;/b&gt;" in answer.text
    assert "<b>ООО" not in answer.text
    assert "2026-11-21" in answer.text
    assert "src=" not in answer.text
    assert [order.code for order in sandbox.injections.waiting] == ["USER_BLOCKED"]
