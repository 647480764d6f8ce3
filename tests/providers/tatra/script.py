"""A bank that says what each test lets it say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from providers.transport import Exchange

FIXTURES = Path(__file__).with_name("fixtures")
BASE = "https://tatra.test/premium/production"

SERVICE = {"access_token": "CANARY-service-91", "token_type": "Bearer", "expires_in": 86400}

Answering = Callable[[httpx.Request], httpx.Response]


class Script:
    """What the bank says to `METHOD path-ending`: answers in their order, the last for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[httpx.Response | Answering]] = {}
        self.requests: list[httpx.Request] = []
        self.exchanges: list[Exchange] = []

    def says(self, call: str, *answers: Any, status: int = 200) -> None:
        """Bytes and responses as they are, functions are asked, all else becomes JSON."""
        self.answers[call] = [
            answer
            if isinstance(answer, httpx.Response) or callable(answer)
            else httpx.Response(
                status,
                content=answer if isinstance(answer, bytes) else json.dumps(answer).encode(),
            )
            for answer in answers
        ]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        for call, answers in self.answers.items():
            method, ending = call.split(" ")
            if request.method == method and request.url.path.endswith(ending):
                made = answers.pop(0) if len(answers) > 1 else answers[0]
                told = made(request) if callable(made) else made
                # a body that is read already cannot be streamed, as the transport does
                return httpx.Response(
                    told.status_code, headers=told.headers, stream=httpx.ByteStream(told.content)
                )
        raise AssertionError(f"nothing was said about {request.method} {request.url.path}")

    def asked(self, call: str) -> list[httpx.Request]:
        """The calls of this method and path ending."""
        method, ending = call.split(" ")
        return [
            request
            for request in self.requests
            if request.method == method and request.url.path.endswith(ending)
        ]

    def queries(self, call: str) -> list[dict[str, str]]:
        return [dict(request.url.params) for request in self.asked(call)]


def refusal(status: int, code: str, text: str = "") -> httpx.Response:
    return httpx.Response(status, json={"errorCode": code, "errorDescription": text})


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()
