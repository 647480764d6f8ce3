"""Our answers against the bank's own OpenAPI, when that file is at hand."""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from tests.sandbox.tochka.conftest import Caller, name_of

NAME = "tochka-openapi-v1.91.2.json"
SETTING = "MOSTIK_TEST_TOCHKA_OPENAPI"
ACCOUNT = "/open-banking/v1.0/accounts/{accountId}"


@cache
def contract() -> dict[str, Any] | None:
    """The file that the setting names, else one in a folder `banks` beside this checkout."""
    beside = Path(__file__).resolve().parents[4].glob(f"*/banks/{NAME}")
    given = [Path(path)] if (path := os.environ.get(SETTING)) else sorted(beside)
    if not given:
        return None
    found: dict[str, Any] = json.loads(given[0].read_text("utf-8"))
    return found


def complaints(path: str, method: str, status: int, body: Any) -> Iterator[str]:
    """What the contract has against an answer; empty when it fits."""
    known = contract()
    if known is None:
        pytest.skip(f"the bank's OpenAPI is not at hand: {SETTING} may name {NAME}")
    answers = known["paths"][path][method]["responses"]
    schema = answers[str(status)]["content"]["application/json"]["schema"]
    # `examples` and `title` say nothing; references are resolved within the file
    validator = Draft202012Validator({**schema, "components": known["components"]})
    found: list[ValidationError] = list(validator.iter_errors(body))
    return (f"{one.json_path}: {one.message}" for one in found)


async def test_reading_answers_fit_the_contract(caller: Caller) -> None:
    """Shapes were spelled from the papers; the bank's own file is the judge."""
    live = await caller.connected()
    roubles, dollars = caller.accounts
    code = (await live.read("/open-banking/v1.0/customers"))["Customer"][0]["customerCode"]
    asked = {
        "/open-banking/v1.0/customers": "/open-banking/v1.0/customers",
        "/open-banking/v1.0/customers/{customerCode}": f"/open-banking/v1.0/customers/{code}",
        "/open-banking/v1.0/accounts": "/open-banking/v1.0/accounts",
        ACCOUNT: f"/open-banking/v1.0/accounts/{name_of(dollars)}",
        "/open-banking/v1.0/balances": "/open-banking/v1.0/balances",
        f"{ACCOUNT}/balances": f"/open-banking/v1.0/accounts/{name_of(roubles)}/balances",
        f"{ACCOUNT}/authorized-card-transactions": (
            f"/open-banking/v1.0/accounts/{name_of(roubles)}/authorized-card-transactions"
        ),
        "/consent/v1.0/consents": "/consent/v1.0/consents",
        "/consent/v1.0/consents/{consentId}": f"/consent/v1.0/consents/{live.consent_id}",
        "/consent/v1.0/consents/{consentId}/child": (
            f"/consent/v1.0/consents/{live.consent_id}/child"
        ),
    }
    found = []
    for path, address in asked.items():
        answer = await live.get(address)
        found += [(path, one) for one in complaints(path, "get", 200, answer.json())]

    assert found == []


async def test_statements_fit_the_contract(caller: Caller) -> None:
    """Ordered as an object, told as a list, rows of both currencies inside."""
    live = await caller.connected()
    found = []
    for account in caller.accounts:
        order = await live.order(account, "2026-10-01", "2026-11-19")
        path = "/open-banking/v1.0/statements"
        found += list(complaints(path, "post", 200, order.json()))
        await live.statement(account, "2026-10-01", "2026-11-19")
        listed = (await live.get(f"{path}?limit=50")).json()
        found += list(complaints(path, "get", 200, listed))
        ready = listed["Data"]["Statement"][0]
        told = (await live.poll(account, ready["statementId"])).json()
        found += list(complaints(f"{ACCOUNT}/statements/{{statementId}}", "get", 200, told))

    assert found == []
    assert told["Data"]["Statement"][0]["Transaction"]


async def test_webhook_answers_fit_the_contract(caller: Caller) -> None:
    """The list and the address come back bare inside Data."""
    live = await caller.connected()
    path, address = "/webhook/v1.0/{client_id}", "/webhook/v1.0/mostik"
    wish = {"webhooksList": ["incomingPayment"], "url": "http://127.0.0.1:9/push"}
    made = {}
    for method in ("put", "post", "get", "delete"):
        body = {"json": wish} if method in ("put", "post") else {}
        made[method] = await live.ask(method.upper(), address, **body)
    found = [
        one
        for method, answer in made.items()
        for one in complaints(path, method, 200, answer.json())
    ]

    assert found == []


async def test_refusals_fit_the_contract(caller: Caller) -> None:
    """400, 403, 404 and 424 are the statuses that every operation declares."""
    live = await caller.connected()
    account = caller.accounts[0]
    path = "/open-banking/v1.0/statements"
    invalid = await live.ask("POST", path, json={"Data": {}})
    caller.order("CONSENT_REVOKED")
    forbidden = await live.order(account, "2026-11-01", "2026-11-02")
    lost = await live.poll(account, "unknown")
    caller.order("BANK_UNAVAILABLE")
    failed = await live.order(account, "2026-11-01", "2026-11-02")
    answers = (invalid, forbidden, failed)
    found = [
        one
        for answer in answers
        for one in complaints(path, "post", answer.status_code, answer.json())
    ]
    found += list(complaints(f"{ACCOUNT}/statements/{{statementId}}", "get", 404, lost.json()))

    assert found == []
    assert [answer.status_code for answer in (*answers, lost)] == [400, 403, 424, 404]


async def test_a_consent_in_list_shape_fits_the_contract(caller: Caller) -> None:
    """The flat shape is the known deviation; the contract's own is behind a switch."""
    caller.behave(tochka={"consent_shape": "list"})
    answer = await caller.http.post(
        "/uapi/consent/v1.0/consents",
        json={"Data": {"permissions": ["ReadStatements"]}},
        headers=await caller.own(),
    )
    found = list(complaints("/consent/v1.0/consents", "post", 200, answer.json()))

    assert found == []
    assert answer.json()["Data"]["Consent"][0]["status"] == "AwaitingAuthorisation"
