"""Every request that we make of Sber's two hosts, and nothing that understands the answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeVar

from providers.oauth import Tokens
from providers.refusals import Row, read
from providers.sber import claims, refusals, wire
from providers.sber.bank import Settings
from providers.sber.claims import Seal
from providers.sber.refusals import Said
from providers.sber.translate import moscow_text
from providers.transport import Answer, Wire

TOKEN_PATH = "/ic/sso/api/v2/oauth/token"  # noqa: S105 - a path, not a token
USER_INFO_PATH = "/ic/sso/api/v2/oauth/user-info"
CLIENT_INFO_PATH = "/fintech/api/v1/client-info"
SUMMARY_PATH = "/fintech/api/v2/statement/summary"
TRANSACTIONS_PATH = "/fintech/api/v2/statement/transactions"
INCREMENT_PATH = "/fintech/api/v2/statement/increment"

_GONE_ALREADY = frozenset({"invalid_token", "invalid_grant"})

T = TypeVar("T")


class Line:
    """The calls of one contract; parameters stand in the order of the bank's papers."""

    def __init__(self, settings: Settings, wire: Wire, seal: Seal) -> None:
        self.settings = settings
        self.seal = seal
        self._wire = wire

    async def tokens(self, form: dict[str, str], table: tuple[Row, ...]) -> Tokens:
        """A pair of tokens for a code or for a refresh token; `table` reads a refusal."""
        answer = await self._authorised_form("token", TOKEN_PATH, form)
        if not answer.ok:
            raise refusals.refusal(table, answer)
        return read(answer, Tokens)

    async def drop(self, token: str, kind: str) -> None:
        """Give a token back (RFC 7009); one that the bank no longer knows is given back already."""
        form = {"token": token, "token_type_hint": kind}
        answer = await self._authorised_form("revoke", self.settings.revoke_path, form)
        if not answer.ok and refusals.fault(answer).error not in _GONE_ALREADY:
            raise refusals.refusal(refusals.RENEWAL, answer)

    async def user_info(self, access: str) -> wire.UserInfo:
        """Who signed the offer, and the accounts that are in it at this moment."""
        answer = await self._wire.call(
            "user_info",
            "GET",
            self.settings.api_url + USER_INFO_PATH,
            headers={"Authorization": f"Bearer {access}", "Accept": "application/jwt"},
        )
        if not answer.ok:
            raise refusals.refusal(refusals.REFUSALS, answer)
        return claims.user_info(answer, self.seal, self.settings)

    async def client_info(self, access: str) -> wire.ClientInfo:
        """The organisation with its accounts."""
        answer = await self._get("client_info", CLIENT_INFO_PATH, access, [])
        if not answer.ok:
            raise refusals.refusal(refusals.REFUSALS, answer)
        return read(answer, wire.ClientInfo)

    async def summary(self, access: str, number: str, day: date) -> wire.Summary | Said:
        """The figures of one account and day."""
        params = [("accountNumber", number), ("statementDate", day.isoformat())]
        answer = _told(await self._get("summary", SUMMARY_PATH, access, params))
        return answer if isinstance(answer, Said) else read(answer, wire.Summary)

    async def page(
        self, access: str, number: str, day: date, page: int, layout: str | None
    ) -> wire.Page | Said:
        """One page of a day's operations, the first being 1."""
        params = [
            ("accountNumber", number),
            ("statementDate", day.isoformat()),
            ("page", str(page)),
        ]
        if layout:
            params.append(("curFormat", layout))
        answer = _told(await self._get("transactions", TRANSACTIONS_PATH, access, params))
        return answer if isinstance(answer, Said) else read(answer, wire.Page)

    async def increment(
        self, access: str, number: str, since: date | datetime, page: int
    ) -> Answer | Said:
        """One page of what changed since an instant, or of the whole of today for a date.

        The answer is left unread, since a part of it has no documented name.
        """
        start = (
            ("lastModifyDate", moscow_text(since))
            if isinstance(since, datetime)
            else ("statementDate", since.isoformat())
        )
        params = [("accountNumber", number), start, ("page", str(page))]
        return _told(await self._get("increment", INCREMENT_PATH, access, params))

    async def _get(
        self, operation: str, path: str, access: str, params: list[tuple[str, str]]
    ) -> Answer:
        return await self._wire.call(
            operation,
            "GET",
            self.settings.api_url + path,
            params=params,
            headers={"Authorization": f"Bearer {access}"},
        )

    async def _authorised_form(self, operation: str, path: str, form: dict[str, str]) -> Answer:
        """Post with our id and secret, in the body or in the query as the contract has it."""
        url = self.settings.api_url + path
        whole = {
            **form,
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
        }
        if self.settings.token_style == "form":  # noqa: S105 - a style, not a token
            return await self._wire.call(operation, "POST", url, form=whole)
        return await self._wire.call(
            operation,
            "POST",
            url,
            params=list(whole.items()),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )


def _told(answer: Answer) -> Answer | Said:
    """A good answer, or what else the bank says about the day.

    Raises:
        Refused: for anything that is neither.
    """
    if answer.ok:
        return answer
    if (instead := refusals.said(answer)) is not None:
        return instead
    raise refusals.refusal(refusals.REFUSALS, answer)
