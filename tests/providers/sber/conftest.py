"""A telephone line to Sber on which each test says what the bank answers."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.contract import Grant
from providers.sber.bank import Settings
from providers.sber.provider import Sber
from providers.transport import Exchange, Wire
from schemas.account import FoundAccount

FIXTURES = Path(__file__).with_name("fixtures")


class Script:
    """Answers of one address in their order, the last for ever, and the requests that came."""

    def __init__(self) -> None:
        self.answers: dict[str, list[httpx.Response]] = {}
        self.requests: list[httpx.Request] = []
        self.exchanges: list[Exchange] = []

    def says(self, path: str, *answers: Any, status: int = 200) -> None:
        """Answer calls whose path ends so: bytes as they are, texts as fixtures, else JSON."""
        self.answers[path] = [
            answer
            if isinstance(answer, httpx.Response)
            else httpx.Response(status, content=self._body(answer))
            for answer in answers
        ]

    @staticmethod
    def _body(answer: Any) -> bytes:
        if isinstance(answer, bytes):
            return answer
        if isinstance(answer, str):
            return (FIXTURES / f"{answer}.json").read_bytes()
        return json.dumps(answer, ensure_ascii=False).encode()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        for path, answers in self.answers.items():
            if request.url.path.endswith(path):
                made = answers.pop(0) if len(answers) > 1 else answers[0]
                return httpx.Response(made.status_code, stream=httpx.ByteStream(made.content))
        raise AssertionError(f"nothing was said about {request.url.path}")

    def asked(self, path: str) -> list[dict[str, str]]:
        """Queries of the calls whose path ends so."""
        return [
            dict(request.url.params) for request in self.requests if request.url.path.endswith(path)
        ]


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def line(script: Script) -> AsyncIterator[Wire]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(script)) as client:
        yield Wire(client, journal=script.exchanges.append)


@pytest.fixture
def settings() -> Settings:
    return Settings(
        api_url="https://fintech.test",
        sso_url="https://sbi.test",
        client_id="10777",
        client_secret="CANARY-secret-1234",
    )


@pytest.fixture
def sber(settings: Settings, line: Wire) -> Sber:
    return Sber(settings, line)


@pytest.fixture
def now() -> datetime:
    """20 March 2026, half past two in the afternoon in Moscow."""
    return datetime(2026, 3, 20, 11, 30, tzinfo=UTC)


@pytest.fixture
def grant() -> Grant:
    return Grant(
        access="CANARY-access-5d0c7a31",
        refresh="CANARY-refresh-b7e1f4c2",
        refresh_expires_at=datetime(2026, 9, 1, tzinfo=UTC),
        notes={
            "accounts": "40702810938000012345,40702840938000054821",
            "offer_ends": "2027-02-28T21:00:00+00:00",
        },
    )


@pytest.fixture
def account() -> FoundAccount:
    return FoundAccount(
        reference="40702810938000012345",
        number="40702810938000012345",
        bic="044525225",
        currency="RUB",
        kind="settlement",
    )


@pytest.fixture
def jws() -> Callable[[Any], str]:
    def make(payload: Any) -> str:
        def part(value: bytes) -> str:
            return urlsafe_b64encode(value).rstrip(b"=").decode()

        header = b'{"typ":"JWT","alg":"gost34.10-2012"}'
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return ".".join((part(header), part(body), part(b"\x01" * 64)))

    return make
