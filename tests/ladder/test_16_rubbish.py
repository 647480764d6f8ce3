"""Rung 16: answers that are not answers.

A proxy cuts the body, a maintenance page comes with 200, a load balancer answers in a charset of
its own, somebody sends a thousand opening brackets. For each verb and each kind of rubbish there
are two honest ends: `Refused`, the bank answered and we can say what that means, or `Unreachable`,
there was no answer that can be read. Anything else is a crash in somebody's night. An empty success
is the worst of all: rubbish never covers a day.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from typing import Any

import httpx
import pytest

from providers.contract import Ask, Finding, Push, Refused, Unreachable
from schemas.account import FoundAccount
from schemas.cases import Actor, case
from schemas.statement import Piece
from schemas.window import DAY, Window
from tests.ladder.climber import FIRST_LINKED, OWN, named
from tests.ladder.reader import RETURN_TO, STATE, Reader
from tests.ladder.spoiled import Spoiled, answer

pytestmark = pytest.mark.parametrize("climber", OWN + FIRST_LINKED, ids=named)

Spoil = Callable[[httpx.Response, bytes], httpx.Response]

HTML = "<!doctype html><html><body><h1>Технические работы</h1></body></html>"
DEEP = 100_000


def _instead(body: bytes, *, status: int | None = None, kind: str = "application/json") -> Spoil:
    def spoil(response: httpx.Response, _: bytes) -> httpx.Response:
        made = answer(response, body, kind=kind)
        made.status_code = response.status_code if status is None else status
        return made

    return spoil


def _cut(response: httpx.Response, body: bytes) -> httpx.Response:
    return answer(response, body[: len(body) // 2])


def _broken_off(response: httpx.Response, body: bytes) -> httpx.Response:
    async def stream() -> AsyncIterator[bytes]:
        yield body[:10]
        raise httpx.RemoteProtocolError("peer closed connection")

    class Stream(httpx.AsyncByteStream):
        def __aiter__(self) -> AsyncIterator[bytes]:
            return stream()

    return httpx.Response(response.status_code, stream=Stream())


def _other_charset(response: httpx.Response, body: bytes) -> httpx.Response:
    return answer(response, body[:-2] + ' "Оплата" '.encode("cp1251") + body[-2:])


RUBBISH: dict[str, Spoil] = {
    "cut": _cut,
    "broken off": _broken_off,
    "another charset": _other_charset,
    "HTML with 200": _instead(HTML.encode(), status=200, kind="text/html"),
    "HTML with 400": _instead(HTML.encode("cp1251"), status=400, kind="text/html"),
    "HTML with 503": _instead(HTML.encode(), status=503, kind="text/html"),
    "nothing with 200": _instead(b"", status=200),
    "nothing with 500": _instead(b"", status=500),
    "null": _instead(b"null", status=200),
    "a list": _instead(b"[]", status=200),
    "an empty object": _instead(b"{}", status=200),
    "a number": _instead(b"1e999999", status=200),
    "deep": _instead(b"[" * DEEP + b"]" * DEEP, status=200),
    "deep objects": _instead(b'{"a":' * DEEP + b"1" + b"}" * DEEP, status=200),
    "bytes": _instead(bytes(range(256)), status=200),
    "a redirect": _instead(b"", status=302),
    "a strange status": _instead(b"{}", status=418),
    "an error that is none": _instead(b'{"fault":{"error":[[]]},"Errors":7}', status=400),
    "a zip bomb's promise": _instead(b"\x1f\x8b\x08\x00" + b"\x00" * 64, status=200),
}


class Rung:
    """A reader who is in already, on a line that can be spoiled from the n-th call on."""

    def __init__(self, reader: Reader, account: FoundAccount, line: Spoiled) -> None:
        self.reader = reader
        self.account = account
        self.line = line
        self.day = Window(reader.today - DAY, reader.today - DAY)

    def verbs(self, mark: str | None) -> dict[str, Callable[[], Coroutine[Any, Any, Any]]]:
        """Every verb that speaks with the bank; what gives the permission back comes last."""
        bank, grant, now = self.reader.provider, self.reader.grant, self.reader.now
        ask = Ask(state=STATE, redirect_uri=RETURN_TO)
        found: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "begin": lambda: bank.begin(ask, now),
            "accounts": lambda: bank.accounts(grant, now),
            "pull": lambda: bank.pull(grant, self.account, self.day, None, now),
            "collect": lambda: bank.pull(grant, self.account, self.day, mark, now),
            "probe": lambda: bank.probe(grant, self.account, now),
            "renew": lambda: bank.renew(grant, now),
            "subscribe": lambda: bank.subscribe(grant, "https://gateway/push/x/y", now),
        }
        if self.reader.climber.bank.capabilities.increment:
            found["changes"] = lambda: bank.changes(
                grant, self.account, now - timedelta(hours=1), now
            )
        return {**found, "revoke": lambda: bank.revoke(grant, now)}


@pytest.fixture
async def rung(reader: Reader) -> Rung:
    """Somebody with rows to lose."""
    await reader.open_account()
    day = Window(reader.today - DAY, reader.today - DAY)
    await reader.generate(day, 5)
    account = await reader.let_in()
    line = Spoiled(reader.transport, lambda _, response, body: answer(response, body))
    reader.provider = reader.opened(line)
    return Rung(reader, account, line)


@pytest.mark.parametrize("kind", RUBBISH)
async def test_rubbish_ends_in_one_of_two_honest_ways(rung: Rung, kind: str) -> None:
    """No verb falls over, and none takes rubbish for an answer."""
    begun = await rung.reader.provider.pull(
        rung.reader.grant, rung.account, rung.day, None, rung.reader.now
    )
    rung.line.spoil = lambda _, response, body: RUBBISH[kind](response, body)

    for name, verb in rung.verbs(begun.mark).items():
        try:
            told = await verb()
        except Refused as refused:
            _judge(refused)
            continue
        except Unreachable:
            continue
        if isinstance(told, Piece):
            assert told.covers is None, name
            assert not told.entries, name
        assert not isinstance(told, Finding) or told.code is not None, name
        assert name not in {"accounts", "renew"}, f"{name} took rubbish for an answer"


def _judge(refused: Refused) -> None:
    """Rubbish says nothing about the customer."""
    assert case(refused.code).actor is not Actor.CUSTOMER, refused.code


@pytest.mark.parametrize("kind", RUBBISH)
async def test_rubbish_in_the_middle_of_a_reading_covers_nothing(rung: Rung, kind: str) -> None:
    """One answer of many is spoiled, each in its turn: the day is whole, or it is not covered."""
    whole = await rung.reader.whole(rung.account, rung.day)
    for nth in range(8):
        calls = iter(range(1_000))

        def spoil(
            _: httpx.Request,
            response: httpx.Response,
            body: bytes,
            calls: Any = calls,
            nth: int = nth,
        ) -> httpx.Response:
            good = next(calls) != nth
            return answer(response, body) if good else RUBBISH[kind](response, body)

        rung.line.spoil = spoil
        try:
            piece = await rung.reader.whole(rung.account, rung.day)
        except (Refused, Unreachable):
            continue
        assert piece.covers is None or piece.entries == whole.entries
        if next(calls) <= nth:
            return


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"a.b.c", b"\xff" * 40, b"[" * DEEP])
async def test_a_push_of_rubbish_is_refused_or_says_nothing(rung: Rung, body: bytes) -> None:
    """Anybody can call our address; it is no reason to fall over, nor to look anywhere."""
    try:
        hints = await rung.reader.provider.notices(Push({}, body), rung.reader.now)
    except (Refused, Unreachable):
        return

    assert all(hint.number is None and hint.iban is None for hint in hints)
