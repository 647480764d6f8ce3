"""What a bank would never send on purpose ends in a code and never in a crash."""

from __future__ import annotations

from datetime import date, datetime

import httpx
import pytest
import respx

from providers.contract import Grant, Refused
from providers.sber.bank import Settings
from providers.sber.provider import Sber
from providers.transport import Wire
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.window import Window

DAY = Window(date(2026, 3, 17), date(2026, 3, 17))
SUMMARY = b'{"closingBalance":{"amount":"1.00","currencyName":"RUR"}}'
RUBBISH = [
    b"",
    b" ",
    b"null",
    b"[]",
    b'"text"',
    b'{"transactions":[{"amount":{"amount":"1.00","curren',
    b'{"transactions":"none"}',
    b'{"transactions":[{"direction":"CREDIT"}]}',
    b'{"transactions":[{"direction":"CREDIT","amount":{"amount":null}}]}',
    b'{"transactions":[{"direction":"CREDIT","amount":{"amount":"","currencyName":"RUR"}}]}',
    b'{"transactions":[{"direction":"CREDIT","amount":{"amount":"1e999999","currencyName":"RUR"}}]}',
    b"<html><body>Technical works</body></html>",
    '{"transactions":[{"paymentPurpose":"Оплата"}]}'.encode("cp1251"),
    b'{"transactions":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"_links":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    b"\xff\xfe\x00\x00",
]


@pytest.mark.parametrize("body", RUBBISH, ids=range(len(RUBBISH)))
@pytest.mark.parametrize("verb", ["pull", "changes"])
async def test_rubbish_for_a_statement_is_a_changed_format(
    *,
    respx_mock: respx.MockRouter,
    settings: Settings,
    grant: Grant,
    account: FoundAccount,
    now: datetime,
    body: bytes,
    verb: str,
) -> None:
    """A 200 that cannot be read stops the day and tells the operator where."""
    respx_mock.get(path__regex=".*/summary$").respond(stream=httpx.ByteStream(SUMMARY))
    respx_mock.get(path__regex=".*/(transactions|increment)$").respond(
        stream=httpx.ByteStream(body)
    )
    async with httpx.AsyncClient() as client:
        sber = Sber(settings, Wire(client))

        going = (
            sber.pull(grant, account, DAY, None, now)
            if verb == "pull"
            else sber.changes(grant, account, now, now)
        )

        with pytest.raises(Refused) as refused:
            await going

    assert refused.value.code is Code.BANK_FORMAT_CHANGED
    assert refused.value.evidence["where"]


@pytest.mark.parametrize(
    "body", [b"", b"a.b.c", b"e30", b"..", b"\xff.\xff.\xff", b"{", b"x.W10.y"]
)
@respx.mock
async def test_rubbish_for_user_info_is_a_changed_format(
    settings: Settings, grant: Grant, now: datetime, body: bytes
) -> None:
    """It is neither a compact JWS nor JSON."""
    respx.get(path__regex=".*/user-info$").respond(stream=httpx.ByteStream(body))
    async with httpx.AsyncClient() as client:
        with pytest.raises(Refused) as refused:
            await Sber(settings, Wire(client)).accounts(grant, now)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED
