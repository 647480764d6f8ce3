"""HTTP as the demo speaks it: JSON in, JSON out, anything unexpected is the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx

PAGE = 500
TRIES = 3
TRY_AGAIN_SECONDS = 0.3


class CallFailed(Exception):  # noqa: N818 - said of a call
    """An answer that the demo did not count on."""


class Caller:
    """One side of the demo: an integrator with a key, or whoever holds the control plane."""

    def __init__(self, address: str, key: str | None = None) -> None:
        self.repeated: list[str] = []
        """Readings that were cut off and asked again, by what cut them off."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(
            base_url=address, headers=headers, trust_env=False, timeout=60, follow_redirects=False
        )

    def get(self, path: str, language: str = "en", **params: Any) -> Any:
        """What a GET answers; a connection that breaks is tried again, as any client would."""
        given = {name: value for name, value in params.items() if value is not None}
        headers = {"accept-language": language}
        for _ in range(TRIES - 1):
            try:
                return _told(self._client.get(path, params=given, headers=headers))
            except httpx.TransportError as cut:
                self.repeated.append(f"{type(cut).__name__} at {path}")
                time.sleep(TRY_AGAIN_SECONDS)
        return _told(self._client.get(path, params=given, headers=headers))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What a POST answers."""
        return _told(self._client.post(path, json=body))

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """What a PATCH answers."""
        return _told(self._client.patch(path, json=body))

    def pages(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        cursor = None
        while True:
            page = self.get(path, limit=PAGE, cursor=cursor, **params)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def go_back(location: str) -> str:
    """Follow the bank's redirect as the customer's browser would; where it leads in the end.

    The browser is nobody's client: no key, and the integrator's own page is not asked for.

    Raises:
        CallFailed: when it leads nowhere.
    """
    with httpx.Client(trust_env=False, timeout=60, follow_redirects=False) as browser:
        answer = browser.get(location, headers={"accept": "text/html"})
    if not answer.has_redirect_location:
        raise CallFailed(f"the way back from the bank ended in {answer.status_code}")
    return answer.headers["location"]


def _told(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json()
    asked = answer.request
    raise CallFailed(
        f"{asked.method} {asked.url.path} answered {answer.status_code}: {answer.text[:600]}"
    )
