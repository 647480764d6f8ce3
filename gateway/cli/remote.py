"""A line to a running Mostik: requests with a key, and problems that end the command."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import msgspec

from gateway.cli import endings

SECONDS_MAX = 90.0
"""Longer than the server itself waits for a bank."""
PROBLEM_FIELDS = frozenset({"code", "number", "title", "detail", "steps"})
HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class Remote:
    """Speaks with one Mostik in one language; an answer that is a problem ends the command."""

    def __init__(self, url: str, key: str, lang: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            endings.wrong_setting("MOSTIK_URL must be an http or https address")
        if not key.isascii() or not key.isprintable():
            endings.wrong_setting("MOSTIK_KEY must be a key such as mk_…")
        self._url = url.rstrip("/")
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {key}", "Accept-Language": lang},
            timeout=SECONDS_MAX,
            # a proxy of the environment is no way to this very machine
            trust_env=parts.hostname not in HERE,
        )

    def __enter__(self) -> Self:
        """Open the line."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the line."""
        self._client.close()

    def get(self, path: str, **wanted: object) -> dict[str, Any]:
        """Ask for a resource; parameters that are None are not sent."""
        params = {name.rstrip("_"): str(each) for name, each in wanted.items() if each is not None}
        return self._answer("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Send a body, without the fields that are None, under an idempotency key of its own."""
        sent = {name: each for name, each in body.items() if each is not None}
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_urlsafe(16),
        }
        return self._answer("POST", path, content=msgspec.json.encode(sent), headers=headers)

    def pages(self, path: str, *, every: bool, **wanted: object) -> Iterator[dict[str, Any]]:
        """One page of a list, or all that follow as well."""
        while True:
            page = self.get(path, **wanted)
            yield page
            if not every or page["next_cursor"] is None:
                return
            wanted["cursor"] = page["next_cursor"]

    def _answer(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, self._url + path, **request)
        except httpx.HTTPError as silent:
            words = str(silent) or type(silent).__name__
            endings.failed(f"No Mostik answers at {self._url}: {words}")
        try:
            told: dict[str, Any] = msgspec.json.decode(answer.content, type=dict[str, Any])
        except msgspec.DecodeError:
            told = {}
        if told.keys() >= PROBLEM_FIELDS and not answer.is_success:
            endings.answered(told)
        if not answer.is_success or not told:
            endings.failed(f"{self._url} answered {answer.status_code}, and not as a Mostik does")
        return told
