"""How Tatra is spoken to: addresses, the id of each call, and the tokens of our own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from providers.oauth import Tokens
from providers.refusals import Row, read
from providers.tatra.bank import Settings
from providers.tatra.refusals import TOKEN_REFUSALS, understood
from providers.transport import Answer, Wire


class Line:
    """Every call to the bank; answers other than 2xx become refusals."""

    def __init__(self, settings: Settings, wire: Wire) -> None:
        self.settings = settings
        self._wire = wire
        self.base = settings.base_url.rstrip("/")

    @property
    def authorize(self) -> str:
        """Where the customer signs in."""
        return f"{self.base}/auth/oauth/v2/authorize"

    def at(self, version: int, path: str) -> str:
        """The address of a resource; the version sits in each path and differs per resource."""
        return f"{self.base}/v{version}{path}"

    async def call(
        self,
        operation: str,
        method: str,
        url: str,
        bearer: str,
        *,
        params: Sequence[tuple[str, str]] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call under a token, with an id of its own that the bank echoes."""
        answer = await self._wire.call(
            operation,
            method,
            url,
            headers={
                "Authorization": f"Bearer {bearer}",
                "X-Request-ID": str(uuid.uuid4()),
                **(headers or {}),
            },
            params=params,
            json=json,
        )
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - any good status of HTTP
            raise understood(answer)
        return answer

    async def tokens(
        self, form: Mapping[str, str], table: tuple[Row, ...] = TOKEN_REFUSALS
    ) -> Tokens:
        """A token answer to a grant; client id and secret travel as the settings say."""
        ours = (self.settings.client_id, self.settings.client_secret)
        basic = self.settings.token_auth == "basic"  # noqa: S105 - a way of signing in
        asked = dict(form)
        if not basic:
            asked |= {"client_id": ours[0], "client_secret": ours[1]}
        answer = await self._wire.call(
            "token",
            "POST",
            f"{self.base}/auth/oauth/v2/token",
            headers={"X-Request-ID": str(uuid.uuid4())},
            form=asked,
            auth=ours if basic else None,
        )
        if not answer.ok:
            raise understood(answer, table)
        return read(answer, Tokens)

    async def service(self) -> Tokens:
        """A token of our own, good for consents only (for all reading where the type is FAC_BBTB).

        A new one each time: it is wanted a few times in 180 days, and nothing is remembered here.
        """
        return await self.tokens({"grant_type": "client_credentials", "scope": self.settings.scope})
