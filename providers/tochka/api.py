"""The calls that Tochka answers, one function each: what goes out, and the bank's struct back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from providers import oauth
from providers.contract import Grant, Refused
from providers.refusals import Row, read
from providers.tochka import consent, wire
from providers.tochka.bank import ASKED, PUSHED, Settings
from providers.tochka.refusals import COLLECTION, OAUTH, faults, is_refusal, refusal
from providers.transport import Answer, Wire
from schemas.codes import Code
from schemas.window import Window

T = TypeVar("T")

BANKING = "/open-banking/v1.0"
CONSENTS = "/consent/v1.0/consents"
WEBHOOK = "/webhook/v1.0"

# A refusal of our own words while a statement is being prepared; any other 400 is the preparing.
_OUR_MISTAKES = frozenset({"Validation Error", "HTTPBadRequest"})
_BAD_REQUEST = 400
_NOT_FOUND = 404


class Api:
    """Tochka's interface below one address, and its OAuth server below another.

    Every call raises `Refused` by the bank's table and `Unreachable`.
    """

    def __init__(self, settings: Settings, line: Wire) -> None:
        self._settings = settings
        self._line = line

    async def tokens(self, form: Mapping[str, str], table: tuple[Row, ...] = OAUTH) -> oauth.Tokens:
        """A token of any grant; our client's id and secret are added to the form."""
        answer = await self._line.call(
            "token",
            "POST",
            f"{self._settings.oauth_base}/token",
            form={
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret,
                **form,
            },
        )
        if is_refusal(answer):
            told = faults(answer)
            # only the bank's own words speak of a grant; a page may be any proxy's
            own = told is not None and (told.error or told.errors)
            raise refusal(answer, table if own else OAUTH)
        return read(answer, oauth.Tokens)

    async def new_consent(self, access: str) -> str:
        """Make a consent without an end for the customer to agree to; its id."""
        answer = await self._call(
            "new_consent",
            "POST",
            self._settings.consents_path,
            access,
            json={"Data": {"permissions": list(ASKED)}},
        )
        made = consent.new_id(read(answer, wire.Reply[wire.NewConsent]).data)
        if not made:
            raise Refused(Code.BANK_FORMAT_CHANGED, evidence={"where": "$.Data.consentId"})
        return made

    async def consent(self, grant: Grant, consent_id: str) -> wire.Consent:
        """One consent; a consent that is not there any more is a revoked one."""
        try:
            answer = await self._call(
                "consent", "GET", f"{CONSENTS}/{quote(consent_id, safe='')}", grant.access
            )
        except Refused as gone:
            if gone.status != _NOT_FOUND:
                raise
            raise Refused(Code.CONSENT_REVOKED, status=gone.status, words=gone.words) from gone
        return read(answer, wire.Reply[wire.Consent]).data

    async def consents(self, grant: Grant, customer_code: str | None) -> list[wire.Consent]:
        """All consents that the token shows, of one company where it is named."""
        headers = {"customer-code": customer_code} if customer_code else None
        answer = await self._call("consents", "GET", CONSENTS, grant.access, headers=headers)
        listed = read(answer, wire.Reply[wire.Consents]).data.consent
        return [listed] if isinstance(listed, wire.Consent) else listed

    async def customers(self, grant: Grant) -> list[wire.Customer]:
        """Every company and person behind the permission."""
        answer = await self._call("customers", "GET", f"{BANKING}/customers", grant.access)
        return read(answer, wire.Reply[wire.Customers]).data.customer

    async def accounts(self, grant: Grant) -> list[wire.Account]:
        """Every account behind the permission, of all companies, so that strays can be named."""
        answer = await self._call("accounts", "GET", f"{BANKING}/accounts", grant.access)
        return read(answer, wire.Reply[wire.Accounts]).data.account

    async def balances(self, grant: Grant) -> list[wire.Balance]:
        """Every balance behind the permission."""
        answer = await self._call("balances", "GET", f"{BANKING}/balances", grant.access)
        return read(answer, wire.Reply[wire.Balances]).data.balance

    async def order(self, grant: Grant, reference: str, want: Window) -> wire.Ordered:
        """Order a statement; both of its days are included."""
        answer = await self._call(
            "order",
            "POST",
            f"{BANKING}/statements",
            grant.access,
            headers=self._company(grant),
            json={
                "Data": {
                    "Statement": {
                        "accountId": reference,
                        "startDateTime": want.first.isoformat(),
                        "endDateTime": want.last.isoformat(),
                    }
                }
            },
        )
        return read(answer, wire.Reply[wire.Order]).data.statement

    async def statements(
        self, grant: Grant, reference: str, statement_id: str
    ) -> list[wire.Statement]:
        """Collect a statement; none while the bank answers with `Errors` instead of a status."""
        slash = "" if self._settings.encode_slash else "/"
        path = f"{quote(reference, safe=slash)}/statements/{quote(statement_id, safe='')}"
        answer = await self._send(
            "collect",
            "GET",
            f"{BANKING}/accounts/{path}",
            grant.access,
            headers=self._company(grant),
        )
        if is_refusal(answer):
            if _prepares(answer):
                return []
            raise refusal(answer, COLLECTION)
        return read(answer, wire.Reply[wire.Statements]).data.statement

    async def hook(self, grant: Grant, client_id: str) -> wire.Hook:
        """Where the bank calls now; an empty one where nobody is called."""
        answer = await self._send("webhook", "GET", _hook_path(client_id), grant.access)
        if answer.status == _NOT_FOUND:
            return wire.Hook()
        if is_refusal(answer):
            raise refusal(answer)
        return read(answer, wire.Reply[wire.Hook]).data

    async def set_hook(self, grant: Grant, client_id: str, url: str, before: wire.Hook) -> None:
        """Have the bank call an address, which it tries at once; other events stay as they were."""
        events = [*(before.webhooks_list or ())]
        events += [event for event in PUSHED if event not in events]
        await self._call(
            "webhook",
            "POST" if before.url else "PUT",
            _hook_path(client_id),
            grant.access,
            json={"webhooksList": events, "url": url},
        )

    async def drop_hook(self, grant: Grant, client_id: str) -> None:
        """Have the bank call nobody any more."""
        await self._call("webhook", "DELETE", _hook_path(client_id), grant.access)

    def _company(self, grant: Grant) -> dict[str, str] | None:
        name, code = self._settings.company_header, grant.notes.get("customer_code")
        return {name: code} if name and code else None

    async def _call(
        self,
        operation: str,
        method: str,
        path: str,
        access: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        answer = await self._send(operation, method, path, access, headers=headers, json=json)
        if is_refusal(answer):
            raise refusal(answer)
        return answer

    async def _send(
        self,
        operation: str,
        method: str,
        path: str,
        access: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        return await self._line.call(
            operation,
            method,
            f"{self._settings.api_base}{path}",
            headers={"Authorization": f"Bearer {access}", **(headers or {})},
            json=json,
        )


def _hook_path(client_id: str) -> str:
    return f"{WEBHOOK}/{quote(client_id, safe='')}"


def _prepares(answer: Answer) -> bool:
    """Whether a body with `Errors` means that a statement is not ready, and not our mistake."""
    told = faults(answer)
    if told is None or not told.errors:
        return False
    if answer.status == _BAD_REQUEST:
        return told.errors[0].error_code not in _OUR_MISTAKES
    return answer.ok
