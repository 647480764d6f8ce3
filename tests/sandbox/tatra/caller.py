"""A client that follows Tatra's papers to the letter, and hands for the knobs."""

import base64
import hashlib
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from sandbox.behaviour import patched
from sandbox.injection import Injection
from sandbox.ledger import generated
from sandbox.state import Sandbox
from sandbox.tatra import oauth
from sandbox.world import Account

BASE = "http://banks/tatra/premium/production"
VERIFIER = "v" * 64
CALLBACK = "http://127.0.0.1:8700/connect/tatra/callback"
PSU = {
    "PSU-IP-Address": "127.0.0.1",
    "PSU-User-Agent": "Firefox",
    "PSU-Device-OS": "Linux",
}


class Caller:
    """A third party that follows the bank's papers to the letter."""

    def __init__(self, sandbox: Sandbox, app: Any) -> None:
        self.sandbox = sandbox
        transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://banks")
        self.basic = ("mostik", "rehearsal")

    async def token(self, **form: str) -> httpx.Response:
        return await self.http.post(
            f"{BASE}/auth/oauth/v2/token", data=form, auth=httpx.BasicAuth(*self.basic)
        )

    async def service(self) -> dict[str, str]:
        answer = await self.token(grant_type="client_credentials", scope="PREMIUM_AIS")
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def consent(self) -> str:
        answer = await self.http.post(f"{BASE}/v3/consents", headers=await self.service())
        assert answer.status_code == 201
        return str(answer.json()["consentId"])

    async def status(self, consent_id: str) -> str:
        answer = await self.http.get(
            f"{BASE}/v3/consents/{consent_id}", headers=await self.service()
        )
        return str(answer.json()["consentStatus"])

    def url(self, scope: str, **changes: str) -> str:
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        query = {
            "client_id": self.basic[0],
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": scope,
            "state": "s1",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        kept = {name: value for name, value in query.items() if value}
        return f"{BASE}/auth/oauth/v2/authorize?{urlencode(kept)}"

    async def exchange(self, code: str, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **changes,
        }
        return await self.token(**form)

    async def connected(self, *accounts: str) -> "Connected":
        """The whole walk: consent, the customer's yes, tokens."""
        consent_id = await self.consent()
        location = await oauth.authorise(
            self.sandbox, self.url(f"PREMIUM_AIS:{consent_id}"), "approve", accounts
        )
        answer = await self.exchange(returned(location)["code"])
        return Connected(self, consent_id, answer.json())


class Connected:
    """A living connection of the caller."""

    def __init__(self, caller: Caller, consent_id: str, tokens: dict[str, Any]) -> None:
        self.caller = caller
        self.consent_id = consent_id
        self.tokens = tokens

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    async def get(self, path: str, **headers: str) -> httpx.Response:
        address = path if path.startswith("http") else f"{BASE}{path}"
        return await self.caller.http.get(address, headers={**self.headers, **headers})

    async def accounts(self) -> list[dict[str, Any]]:
        answer = await self.get("/v3/accounts?withBalance=true")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["accounts"])

    async def id_of(self, account: Account) -> str:
        for one in await self.accounts():
            if one["accountReference"]["iban"] == account.iban:
                return str(one["accountId"])
        raise AssertionError(account.iban)

    async def refresh(self) -> httpx.Response:
        return await self.caller.token(
            grant_type="refresh_token", refresh_token=self.tokens["refresh_token"]
        )

    async def pages(self, account_id: str, **query: str) -> list[dict[str, Any]]:
        """All pages the careful way: clean the link, stop at an empty page."""
        found: list[dict[str, Any]] = []
        url = f"/v5/accounts/{account_id}/transactions?{urlencode(query)}"
        while url:
            answer = await self.get(url)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            found += body["transactions"]
            link = body["_links"].get("next", {}).get("href", "")
            url = link.replace("&&", "&").rstrip('"') if body["transactions"] else ""
        return found


def returned(location: str | None) -> dict[str, str]:
    """The query of the address the browser is sent back to."""
    assert location is not None
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def turn(sandbox: Sandbox, bank: str = "tatra", **changes: Any) -> None:
    """Turn knobs of a bank."""
    sandbox.behaviours[bank] = patched(sandbox.behaviours[bank], changes)


def force(sandbox: Sandbox, code: str, account: Account | None = None, times: int = 1) -> None:
    """Order a situation the way the control plane does."""
    key = account.key if account else None
    sandbox.injections.add(Injection(bank="tatra", code=code, account=key, left=times))


def filled(sandbox: Sandbox, account: Account, count: int = 240) -> Account:
    today = date(2026, 11, 20)
    rows = generated(sandbox.world, account, today - timedelta(days=90), today, count, 1)
    sandbox.world.add_entries(account, rows)
    return account
