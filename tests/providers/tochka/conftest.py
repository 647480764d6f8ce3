"""A line to Tochka on which each test says what the bank answers."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.contract import Ask, Grant
from providers.tochka.bank import ASKED, Settings
from providers.tochka.provider import Tochka
from providers.transport import Exchange, Wire
from schemas.account import FoundAccount
from schemas.window import Window

FIXTURES = Path(__file__).with_name("fixtures")
BANKING = "/uapi/open-banking/v1.0"
CONSENTS = "/uapi/consent/v1.0/consents"
CONSENT_ID = "8f2b1c3e-0001-4a4a-9c9c-aaaaaaaaaaaa"
CLIENT_ID = "0123456789abcdef0123456789abcdef"
STATEMENT_ID = "6f0c2a54-2f3b-4a0f-9f5e-0d7f6f6a1c11"
HOOK = f"/uapi/webhook/v1.0/{CLIENT_ID}"

NOW = datetime(2026, 3, 20, 11, 30, tzinfo=UTC)
"""Half past two in the afternoon in Moscow."""
WANT = Window(date(2026, 3, 1), date(2026, 3, 10))
ASK = Ask(state="s" * 40, redirect_uri="https://mostik.test/connect/tochka/callback")
GRANT = Grant(
    access="CANARY-access-5d0c7a31",
    refresh="CANARY-refresh-b7e1f4c2",
    refresh_expires_at=datetime(2026, 4, 19, tzinfo=UTC),
    consent_id=CONSENT_ID,
    permissions=ASKED,
    notes={"way": "oauth", "client_id": CLIENT_ID, "customer_code": "301112223"},
)
ACCOUNT = FoundAccount(
    reference="40702810912340000077/044525104",
    number="40702810912340000077",
    bic="044525104",
    currency="RUB",
    kind="settlement",
    provable=True,
)


class Script:
    """Answers by method and path in their order, the last for ever, and the requests that came."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[tuple[int, bytes, dict[str, str]]]] = {}
        self.requests: list[httpx.Request] = []
        self.exchanges: list[Exchange] = []

    def says(self, method: str, path: str, *bodies: Any, status: int = 200, **headers: str) -> None:
        """Add answers: bytes go as they are, texts are fixtures, anything else becomes JSON."""
        self.answers.setdefault((method, path), []).extend(
            (status, self.body(told), headers) for told in bodies
        )

    @staticmethod
    def body(told: Any) -> bytes:
        if isinstance(told, bytes):
            return told
        if isinstance(told, str):
            return (FIXTURES / f"{told}.json").read_bytes()
        return json.dumps(told, ensure_ascii=False).encode()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answers = self.answers[request.method, request.url.path]
        status, content, headers = answers.pop(0) if len(answers) > 1 else answers[0]
        return httpx.Response(status, stream=httpx.ByteStream(content), headers=headers)

    def sent(self) -> list[tuple[str, str]]:
        return [(request.method, request.url.path) for request in self.requests]


def refusal(status: int, message: str, error: str = "Something going wrong") -> dict[str, Any]:
    """A refusal in the bank's envelope, in which only the inner message varies."""
    return {
        "code": str(status),
        "id": "0f8b4ad5-6d5b-4a52-9a43-71fe1d5b1b2a",
        "message": "Что-то пошло не так",
        "Errors": [{"errorCode": error, "message": message, "url": '"http://bank.test"'}],
    }


FORBIDDEN = refusal(403, "Forbidden by consent")


def token(**claims: Any) -> str:
    """A cabinet key of these claims; its signature is nobody's."""

    def part(value: bytes) -> str:
        return urlsafe_b64encode(value).rstrip(b"=").decode()

    header = part(b'{"typ":"JWT","alg":"RS256"}')
    return ".".join((header, part(json.dumps(claims).encode()), part(b"CANARY-signature")))


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
        api_base="https://enter.test/uapi",
        oauth_base="https://enter.test/connect",
        webhook_key_url="https://enter.test/key",
        client_id=CLIENT_ID,
        client_secret="CANARY-secret-1234",
    )


@pytest.fixture
def tochka(settings: Settings, line: Wire) -> Tochka:
    return Tochka(settings, line)


@pytest.fixture
def opened(line: Wire, settings: Settings) -> Callable[..., Tochka]:
    """The provider with some settings changed."""

    def make(**changed: Any) -> Tochka:
        fields = {name: getattr(settings, name) for name in settings.__struct_fields__}
        return Tochka(Settings(**{**fields, **changed}), line)

    return make
