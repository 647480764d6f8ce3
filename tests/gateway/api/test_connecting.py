"""Connecting: the order, the way back from the bank, pushes, checks, diagnosis."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gateway.sync.pushes import secrets_of
from tests.gateway.api.conftest import BANK, World

WISH: dict[str, Any] = {
    "bank": BANK,
    "organisation": {"name": "ООО Ромашка", "inn": "7707083893"},
    "return_url": "https://example.test/back?a=1",
    "history_from": "2026-01-01",
    "schedule": "hourly",
}


async def test_a_new_connection_waits_for_its_customer(api: httpx.AsyncClient) -> None:
    """The answer says what has to happen next, and until when."""
    answer = await api.post("/v1/connections", json=WISH)
    told = answer.json()

    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/connections/{told['id']}"
    assert told["status"] == "awaiting_customer"
    assert told["next"]["kind"] in {"redirect", "sign_offer"}
    assert told["next"]["url"].startswith("http")
    assert told["organisation"]["inn"] == "7707083893"
    assert (told["schedule"], told["history_from"]) == ("hourly", "2026-01-01")
    assert (await api.get(answer.headers["location"])).json() == told


async def test_an_organisation_is_used_again_by_its_id(api: httpx.AsyncClient) -> None:
    """One company has accounts at several banks."""
    first = (await api.post("/v1/connections", json=WISH)).json()["organisation"]
    wish = {name: value for name, value in WISH.items() if name != "organisation"}
    second = await api.post("/v1/connections", json={**wish, "organisation_id": first["id"]})

    assert second.json()["organisation"] == first


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"bank": "nobank"}, 422, "BANK_NOT_SUPPORTED", "bank"),
        ({"organisation": None}, 400, "REQUEST_INVALID", "organisation"),
        ({"organisation_id": "org_x"}, 400, "REQUEST_INVALID", "organisation"),
        ({"history_from": "2027-01-01"}, 400, "PERIOD_INVALID", "history_from"),
        ({"schedule": "2m"}, 400, "REQUEST_INVALID", "schedule"),
        ({"status": "active"}, 400, "REQUEST_INVALID", "status"),
        ({"credentials": {"password": "x"}}, 400, "REQUEST_INVALID", "credentials.password"),
        ({"expected_accounts": [{}]}, 400, "REQUEST_INVALID", "expected_accounts[0]"),
        (
            {"expected_accounts": [{"number": "30101810400000000225", "bic": "044525225"}]},
            422,
            "CORRESPONDENT_ACCOUNT_GIVEN",
            "expected_accounts[0].number",
        ),
        (
            {"expected_accounts": [{"number": "40702810900000012346", "bic": "044525225"}]},
            422,
            "ACCOUNT_DETAILS_INVALID",
            "expected_accounts[0].number",
        ),
    ],
)
async def test_an_order_that_cannot_work_is_refused_before_the_bank_is_asked(
    api: httpx.AsyncClient, change: dict[str, Any], status: int, code: str, field: str
) -> None:
    """No field of the server's can be set, and a typo is found while the form is open."""
    answer = await api.post("/v1/connections", json={**WISH, **change})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["evidence"]["field"] == field


async def test_the_way_back_is_walked_once(api: httpx.AsyncClient, world: World) -> None:
    """A state that was used, or is none, opens nothing."""
    told = (await api.post("/v1/connections", json=WISH)).json()
    state = parse_qs(urlsplit(told["next"]["url"]).query)["state"][0]
    async with world.calling() as browser:
        address = f"/connect/{BANK}/callback"
        declined = {"state": state, "error": "access_denied"}
        first = await browser.get(address, params=declined)
        again = await browser.get(address, params=declined)
    query = parse_qs(urlsplit(first.headers["location"]).query)

    assert first.status_code == 302
    assert first.headers["location"].startswith("https://example.test/back?a=1&")
    assert query["connection"] == [told["id"]]
    assert query["status"] == ["action_required"]
    assert query["code"] == ["AUTHORISATION_DECLINED"]
    assert first.headers["referrer-policy"] == "no-referrer"
    assert (again.status_code, again.json()["code"]) == (409, "AUTHORISATION_TIMED_OUT")


async def test_a_person_who_comes_too_late_gets_a_page(world: World) -> None:
    """He has a browser and no use for JSON."""
    async with world.calling(
        **{"accept": "text/html,*/*;q=0.8", "accept-language": "sk"}
    ) as person:
        answer = await person.get(f"/connect/{BANK}/callback", params={"state": "<script>"})
    async with world.calling() as program:
        other = await program.get("/connect/nobank/callback", params={"state": "x"})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="sk">' in answer.text
    assert "MB-1106" in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert other.status_code == 404


async def test_a_state_of_another_bank_opens_nothing(api: httpx.AsyncClient, world: World) -> None:
    """Else one bank's answer could be mixed up with another's."""
    told = (await api.post("/v1/connections", json=WISH)).json()
    state = parse_qs(urlsplit(told["next"]["url"]).query)["state"][0]
    other = next(bank for bank in world.product.banks if bank != BANK)
    async with world.calling() as browser:
        answer = await browser.get(f"/connect/{other}/callback", params={"state": state})

    assert answer.status_code == 409


async def test_a_push_is_heard_only_at_its_secret_address(world: World) -> None:
    """The address is the secret; a wrong one looks like any address that is none."""
    secret = secrets_of(world.product, BANK)[0]
    async with world.calling() as bank:
        wrong = await bank.post(f"/push/{BANK}/{'0' * 40}", content=b"{}")
        foreign = await bank.post(f"/push/{BANK}/%C3%A9", content=b"{}")
        nobody = await bank.post(f"/push/nobank/{secret}", content=b"{}")
        probe = await bank.get(f"/push/{BANK}/anything")

    assert [wrong.status_code, foreign.status_code, nobody.status_code] == [404] * 3
    assert probe.status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 5000, b"\xff", b"null", b'{"a":"' + b"x" * 9999]
)
async def test_a_push_of_rubbish_is_no_failure(world: World, body: bytes) -> None:
    """Anybody who learns the address can send anything; whoever did learns nothing from it."""
    odd = []
    async with world.calling() as sender:
        for bank in world.product.banks:
            answer = await sender.post(
                f"/push/{bank}/{secrets_of(world.product, bank)[0]}", content=body
            )
            if answer.status_code >= 500 and answer.json()["code"] == "INTERNAL":
                odd.append((bank, answer.text))

    assert odd == []


async def test_a_check_finds_every_slip_at_once(api: httpx.AsyncClient) -> None:
    """The customer corrects the form once and not four times."""
    answer = await api.post(
        "/v1/checks",
        json={
            "bank": BANK,
            "account_number": "40702810900000012346",
            "bic": "044525225",
            "inn": "7707083894",
            "kpp": "12",
            "history_from": "2026-08-01",
        },
    )
    told = answer.json()

    assert answer.status_code == 200
    assert told["ok"] is False
    assert [each["evidence"]["field"] for each in told["findings"]] == [
        "account_number", "inn", "kpp",
    ]  # fmt: skip
    assert told["account_kind"] == "settlement" or told["account_kind"] is not None
    assert told["history"].keys() == {"earliest", "windows", "eta", "advice_code"}
    assert told["history"]["eta"].startswith("P")


async def test_a_check_of_good_details_finds_nothing(api: httpx.AsyncClient) -> None:
    """Nothing wanted, nothing wrong."""
    told = (await api.post("/v1/checks", json={"bank": BANK})).json()

    assert (told["ok"], told["findings"]) == (True, [])


async def test_a_diagnosis_ticks_the_conditions_in_order(
    api: httpx.AsyncClient, world: World
) -> None:
    """What depends on a broken condition was not tried, and says so."""
    waiting = (await api.post("/v1/connections", json=WISH)).json()
    told = (await api.get(f"/v1/connections/{waiting['id']}/diagnosis")).json()
    closed = world.ours.connection.id
    await api.delete(f"/v1/connections/{closed}")
    ended = (await api.get(f"/v1/connections/{closed}/diagnosis")).json()

    assert told["verdict"] == "problem"
    assert told["problem"]["code"] == "BANK_CONFIRMATION_PENDING"
    assert [check["state"] for check in told["checks"]] == [
        "passed", "failed", "skipped", "skipped", "skipped",
    ]  # fmt: skip
    assert ended["problem"]["code"] == "CONNECTION_CLOSED"


async def test_a_closed_connection_leaves_a_readable_ledger(
    api: httpx.AsyncClient, world: World
) -> None:
    """The books outlive the permission."""
    address = f"/v1/connections/{world.ours.connection.id}"
    closed = await api.delete(address)
    again = await api.delete(address)
    refused = await api.post(f"{address}/check")
    load = await api.post(
        "/v1/loads",
        json={"account_id": world.ours.account.id, "from": "2026-11-01", "to": "2026-11-02"},
    )

    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    assert again.json() == closed.json()
    assert (refused.status_code, refused.json()["code"]) == (409, "CONNECTION_CLOSED")
    assert (load.status_code, load.json()["code"]) == (409, "CONNECTION_CLOSED")
    assert len((await api.get("/v1/transactions")).json()["items"]) == 10


async def test_accounts_are_chosen_by_name(api: httpx.AsyncClient, world: World) -> None:
    """What is not named is not read."""
    address = f"/v1/connections/{world.ours.connection.id}/accounts"
    none = (await api.put(address, json={"selected": []})).json()["items"]
    one = (await api.put(address, json={"selected": [world.ours.account.id]})).json()["items"]

    assert [account["selected"] for account in none] == [False]
    assert [account["selected"] for account in one] == [True]
