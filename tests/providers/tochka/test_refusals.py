"""Tochka's refusals, each row of each table, and bodies that no bank sends on purpose."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import respx

from providers.contract import Refused, Unreachable
from providers.tochka import refusals
from providers.tochka.bank import Settings
from providers.tochka.provider import Tochka
from providers.transport import Answer, Wire
from schemas.codes import Code
from tests.providers.tochka.conftest import (
    ACCOUNT,
    GRANT,
    NOW,
    STATEMENT_ID,
    WANT,
    Script,
    refusal,
)

MARK = f"{STATEMENT_ID} {int(NOW.timestamp())}"
ORDERS = "/uapi/open-banking/v1.0/statements"
TABLES = {
    "refusals": refusals.REFUSALS,
    "collection": refusals.COLLECTION,
    "oauth": refusals.OAUTH,
    "code": refusals.CODE_EXCHANGE,
    "renewal": refusals.RENEWAL,
}


@pytest.mark.parametrize(
    ("table", "row"),
    [(table, row) for table, rows in TABLES.items() for row in rows],
    ids=lambda told: told if isinstance(told, str) else f"{told.status} {told.words}",
)
def test_every_row_is_reached(table: str, row: Any) -> None:
    """A row that an earlier one hides would never be obeyed."""
    status = row.status or 418
    body = refusal(status, f"so: {row.words or 'nothing known'}.", "Something")
    found = refusals.refusal(Answer(status, {}, json.dumps(body).encode()), TABLES[table])

    assert (found.code, found.status) == (row.code, status)
    assert row.seen


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (refusal(403, "Forbidden by consent"), "Something going wrong: Forbidden by consent"),
        ({"code": "401", "message": "The access token is missing"}, "The access token is missing"),
        ({"error": "invalid_grant", "error_description": "used"}, "invalid_grant: used"),
        ({"Errors": []}, ""),
        ({"Errors": [{}]}, ""),
        (b"Internal Server Error", "Internal Server Error"),
        (b"", ""),
        (b"\xff\xfe", "��"),
    ],
)
def test_the_bank_s_words_are_found_in_every_form(body: Any, words: str) -> None:
    """The interface, its OAuth server and the proxy before them each have their own."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    assert refusals.words(Answer(400, {}, content)) == words


def test_the_bank_s_words_are_kept_without_secrets() -> None:
    """A validation error quotes what was sent."""
    told = refusal(400, "account 40702810912340000077/044525104, bearer CANARY.CANARY1.CANARY22")
    words = refusals.words(Answer(400, {}, json.dumps(told).encode()))

    assert "0077" in words
    assert "40702810" not in words
    assert "CANARY" not in words


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, refusal(200, "later"), Code.BANK_UNAVAILABLE),
        (200, b"Internal Server Error", Code.BANK_UNAVAILABLE),
        (200, b"", Code.BANK_FORMAT_CHANGED),
        (200, b"<html>", Code.BANK_FORMAT_CHANGED),
        (200, {"Data": {}}, Code.BANK_FORMAT_CHANGED),
        (200, {"Data": {"Statement": [{"statementId": "a"}]}}, Code.BANK_FORMAT_CHANGED),
        (202, b"", Code.BANK_REFUSAL_UNRECOGNISED),
        (302, b"", Code.BANK_REFUSAL_UNRECOGNISED),
        (400, refusal(400, "a new reason"), Code.BANK_REFUSAL_UNRECOGNISED),
        (400, b"<html>400</html>", Code.BANK_REFUSAL_UNRECOGNISED),
        (401, b"", Code.ACCESS_TOKEN_REJECTED),
        (403, b"<html>403</html>", Code.ACCESS_UNCLEAR),
        (501, b"", Code.BANK_FORMAT_CHANGED),
    ],
)
async def test_what_an_order_may_be_answered_with(
    tochka: Tochka, script: Script, status: int, body: Any, code: Code
) -> None:
    """What no row knows is kept and counted, never guessed."""
    script.says("POST", ORDERS, body, status=status)

    with pytest.raises(Refused) as refused:
        await tochka.pull(GRANT, ACCOUNT, WANT, None, NOW)

    assert refused.value.code is code


async def test_a_bank_that_asks_for_patience_gets_it(tochka: Tochka, script: Script) -> None:
    """No limit is published; the header is obeyed all the same."""
    script.says("POST", ORDERS, b"", status=429, **{"Retry-After": "17"})

    with pytest.raises(Refused) as refused:
        await tochka.pull(GRANT, ACCOUNT, WANT, None, NOW)

    assert refused.value.code is Code.BANK_RATE_LIMITED
    assert refused.value.retry_after is not None
    assert refused.value.retry_after.total_seconds() == 17


WHOLE = (
    b'{"Data":{"Statement":[{"accountId":"40702810912340000077/044525104","statementId":"'
    + STATEMENT_ID.encode()
    + b'","status":"Ready","startDateTime":"2026-03-01","endDateTime":"2026-03-10","Transaction":'
)
ROW = b'{"creditDebitIndicator":"Credit","documentProcessDate":"2026-03-04","Amount":'
RUBBISH = {
    "cut in the middle": WHOLE + b"[" + ROW + b'{"amount":1',
    "in another charset": WHOLE + '"х"'.encode("cp1251") + b"}]}}",
    "endlessly deep": WHOLE + b"[" * 100_000,
    "an object for a list": WHOLE + b"{}}]}}",
    "a row without an amount": WHOLE + b"[" + ROW + b"{}}]}]}}",
    "an amount that is a list": WHOLE + b"[" + ROW + b'{"amount":[],"currency":"RUB"}}]}]}}',
    "an amount that is no number": WHOLE + b"[" + ROW + b'{"amount":NaN,"currency":"RUB"}}]}]}}',
    "a day that is none": WHOLE.replace(b"2026-03-01", b"2026-02-30") + b"[]}]}}",
    "nothing": b"",
}


@pytest.mark.parametrize("body", RUBBISH.values(), ids=RUBBISH)
async def test_rubbish_is_told_as_a_changed_format(settings: Settings, body: bytes) -> None:
    """Never a crash, never half a statement."""
    with respx.mock() as bank:
        bank.get(url__regex=r".*/statements/.*").mock(httpx.Response(200, content=body))
        async with httpx.AsyncClient() as client:
            with pytest.raises(Refused) as refused:
                await Tochka(settings, Wire(client)).pull(GRANT, ACCOUNT, WANT, MARK, NOW)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED
    assert refused.value.evidence["where"]


async def test_a_line_that_breaks_is_not_a_refusal(settings: Settings) -> None:
    """Nothing was said, so nothing is concluded."""
    with respx.mock() as bank:
        bank.get(url__regex=r".*/statements/.*").mock(side_effect=httpx.ReadError("gone"))
        async with httpx.AsyncClient() as client:
            with pytest.raises(Unreachable) as broken:
                await Tochka(settings, Wire(client)).pull(GRANT, ACCOUNT, WANT, MARK, NOW)

    assert broken.value.trouble == "connection"
