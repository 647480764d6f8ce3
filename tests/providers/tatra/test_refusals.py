"""Each word of the bank's means one code of ours."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import respx

from providers.contract import Grant, Refused, Unreachable
from providers.refusals import Row, fitting
from providers.tatra import refusals
from providers.tatra.bank import Settings
from providers.tatra.provider import Tatra
from providers.transport import Answer, Wire
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.window import Window
from tests.providers.tatra.script import BASE

TABLES = {
    "resources": refusals.REFUSALS,
    "tokens": refusals.TOKEN_REFUSALS,
    "codes": refusals.CODE_REFUSALS,
    "redirects": refusals.REDIRECTS,
}


def answer(status: int, body: Any, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, headers, raw)


@pytest.mark.parametrize(
    ("name", "row"), [(name, row) for name, table in TABLES.items() for row in table]
)
def test_no_row_is_hidden_behind_an_earlier_one(name: str, row: Row) -> None:
    """A row that never fits is a fact that is never used; equal codes may share."""
    status = row.status or 400

    found = fitting(TABLES[name], status, row.words or "")

    assert found is not None
    assert found.code is row.code


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, {"errorCode": "NO_CONTRACT"}, Code.BANK_CONTRACT_MISSING),
        (400, {"errorCode": "NO_CONTRACT"}, Code.BANK_CONTRACT_MISSING),
        (403, {"errorCode": "NO_AUTHORIZATION"}, Code.ACCESS_UNCLEAR),
        (404, {"errorCode": "NO_ACCOUNT"}, Code.ACCOUNT_NOT_FOUND),
        (403, {"errorCode": "NO_ACCOUNT"}, Code.ACCOUNT_NOT_FOUND),
        (500, {"errorCode": "INTERNAL_ERROR"}, Code.BANK_UNAVAILABLE),
        (401, {"errorCode": "TOKEN_INVALID"}, Code.ACCESS_TOKEN_REJECTED),
        (401, {"tppMessages": [{"code": "CONSENT_EXPIRED"}]}, Code.CONSENT_EXPIRED),
        (401, {"tppMessages": [{"code": "CONSENT_INVALID"}]}, Code.CONSENT_REVOKED),
        (401, {"tppMessages": [{"code": "CERTIFICATE_MISSING"}]}, Code.BANK_CERTIFICATE_REJECTED),
        (429, {"tppMessages": [{"code": "ACCESS_EXCEEDED"}]}, Code.BANK_QUOTA_EXHAUSTED),
        (429, b"", Code.BANK_RATE_LIMITED),
        (400, {"code": "FORMAT_ERROR", "detail": "x"}, Code.BANK_FORMAT_CHANGED),
        (401, {"error": "invalid_token"}, Code.ACCESS_TOKEN_REJECTED),
        (401, b"", Code.ACCESS_TOKEN_REJECTED),
        (403, b"<html>no</html>", Code.ACCESS_UNCLEAR),
        (404, b"", Code.ACCESS_UNCLEAR),
        (405, b"", Code.BANK_FORMAT_CHANGED),
        (503, b"<html>maintenance</html>", Code.BANK_UNAVAILABLE),
        (504, b"", Code.BANK_TIMEOUT),
        (400, b"", Code.BANK_REFUSAL_UNRECOGNISED),
        (400, {"errorCode": "BRAND_NEW"}, Code.BANK_REFUSAL_UNRECOGNISED),
        (302, b"", Code.BANK_REFUSAL_UNRECOGNISED),
        (400, {"tppMessages": []}, Code.BANK_REFUSAL_UNRECOGNISED),
        (400, b'{"errorCode":' + b"[" * 100_000, Code.BANK_REFUSAL_UNRECOGNISED),
        (400, b"\xff\xfe", Code.BANK_REFUSAL_UNRECOGNISED),
    ],
)
def test_an_answer_has_one_meaning(status: int, body: Any, code: Code) -> None:
    """In whichever of its shapes the bank says it."""
    assert refusals.understood(answer(status, body)).code is code


def test_the_oldest_day_is_read_from_the_sentence() -> None:
    """It stands nowhere else."""
    told = {"errorCode": "X", "errorDescription": "Earliest allowed dateFrom is 2025-02-28"}

    refusal = refusals.understood(answer(400, told))

    assert refusal.code is Code.HISTORY_LIMIT_EXCEEDED
    assert refusals.earliest(refusal) == date(2025, 2, 28)


def test_a_day_that_is_none_is_not_believed() -> None:
    """The sentence is text, and text may say anything."""
    told = {"errorDescription": "Earliest allowed dateFrom is 2025-02-30"}

    assert refusals.earliest(refusals.understood(answer(400, told))) is None


def test_the_wait_that_the_bank_asks_for_is_kept() -> None:
    """Whoever retries obeys it."""
    refusal = refusals.understood(answer(429, b"", **{"retry-after": "30"}))

    assert refusal.retry_after == timedelta(seconds=30)


def test_words_carry_nobodys_data() -> None:
    """They are kept for support and counted in metrics."""
    told = {"errorCode": "NO_ACCOUNT", "errorDescription": "SK9611000000002949876543 is unknown"}

    refusal = refusals.understood(answer(404, told))

    assert refusal.words == "NO_ACCOUNT SK96***6543 is unknown"
    assert "2949876543" not in (refusal.body or "")


RUBBISH = [
    httpx.Response(200, content=b""),
    httpx.Response(200, content=b'{"transactions":[{"transactionAm'),
    httpx.Response(200, content=b"<html><body>busy</body></html>"),
    httpx.Response(200, content='{"transactions":"žiadne"}'.encode("cp1250")),
    httpx.Response(200, content=b'{"transactions":' + b"[" * 200_000),
    httpx.Response(200, json={}),
    httpx.Response(200, json={"transactions": None}),
    httpx.Response(200, json={"transactions": [{"transactionId": "1"}]}),
    httpx.Response(200, json={"accounts": [{}]}),
    httpx.Response(200, json=[]),
    httpx.Response(200, json="busy"),
]


@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda one: repr(one.content[:20]))
async def test_rubbish_is_a_changed_format(
    rubbish: httpx.Response, settings: Settings, grant: Grant, linked: FoundAccount, now: Any
) -> None:
    """A gateway in front of the bank answers anything; it is no crash and no empty list."""
    answers = httpx.Response(200, stream=httpx.ByteStream(rubbish.content))
    with respx.mock as bank:
        bank.get(url__startswith=f"{BASE}/v5").mock(return_value=answers)
        async with httpx.AsyncClient() as client:
            with pytest.raises(Refused) as refused:
                await Tatra(settings, Wire(client)).pull(
                    grant, linked, Window(date(2026, 5, 1), date(2026, 5, 2)), None, now
                )

    assert refused.value.code is Code.BANK_FORMAT_CHANGED


async def test_a_broken_connection_is_unreachable(
    settings: Settings, grant: Grant, now: Any
) -> None:
    """The one other way to fail."""
    with respx.mock as bank:
        bank.get(url__startswith=f"{BASE}/v3").mock(side_effect=httpx.ConnectError)
        async with httpx.AsyncClient() as client:
            with pytest.raises(Unreachable):
                await Tatra(settings, Wire(client)).accounts(grant, now)
