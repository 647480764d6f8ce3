"""A Tochka over a standing clock, and a client that speaks its wire."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from sandbox.app import create_apps
from sandbox.behaviour import patched
from sandbox.clock import Clock
from sandbox.injection import Injection
from sandbox.ledger import generated
from sandbox.opening import open_company
from sandbox.state import Sandbox
from sandbox.tochka.bank import BANK
from sandbox.world import Account, Company

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
BASE = "http://banks/tochka"
CALLBACK = "http://127.0.0.1:8700/connect/tochka/callback"
READING = [
    "ReadAccountsBasic",
    "ReadAccountsDetail",
    "ReadBalances",
    "ReadStatements",
    "ReadCustomerData",
    "ManageWebhookData",
]


class Caller:
    """An application that follows the bank's papers, with the receiver of its webhooks."""

    def __init__(self, sandbox: Sandbox, app: Any, company: Company) -> None:
        self.sandbox = sandbox
        self.company = company
        transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(transport=transport, base_url=BASE)
        self.client = {"client_id": "mostik", "client_secret": "rehearsal"}
        self.received: list[httpx.Request] = []
        self.receiving = 200
        sandbox.http = httpx.AsyncClient(transport=httpx.MockTransport(self._receive))

    async def close(self) -> None:
        await self.http.aclose()
        await self.sandbox.close()

    @property
    def accounts(self) -> list[Account]:
        return self.sandbox.world.accounts_of(self.company.id)

    def behave(self, **changes: Any) -> None:
        old = self.sandbox.behaviour("tochka")
        self.sandbox.behaviours["tochka"] = patched(old, changes)

    def order(self, code: str, times: int = 1, account: Account | None = None) -> None:
        assert code in BANK.situations
        key = account.key if account is not None else None
        wish = Injection(bank="tochka", code=code, account=key, left=times)
        self.sandbox.injections.add(wish)

    async def token(self, **fields: str) -> httpx.Response:
        return await self.http.post("/connect/token", data={**self.client, **fields})

    async def own(self) -> dict[str, str]:
        """The header of a client's own token."""
        answer = await self.token(grant_type="client_credentials", scope="accounts statements")
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def consent(self, permissions: list[str] | None = None, **data: Any) -> str:
        body = {"Data": {"permissions": permissions or READING, **data}}
        answer = await self.http.post(
            "/uapi/consent/v1.0/consents", json=body, headers=await self.own()
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["Data"]["consentId"])

    def link(self, consent_id: str, /, **changes: str) -> str:
        query = {
            "client_id": "mostik",
            "response_type": "code",
            "state": "s1",
            "redirect_uri": CALLBACK,
            "scope": "accounts balances customers statements",
            "consent_id": consent_id,
            **changes,
        }
        return f"{BASE}/connect/authorize?{urlencode(query)}"

    async def exchange(self, code: str, **changes: str) -> httpx.Response:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return await self.token(**{**fields, **changes})

    async def connected(
        self, *accounts: Account, permissions: list[str] | None = None, **data: Any
    ) -> "Connected":
        """The whole walk: consent, the customer's yes, tokens."""
        consent_id = await self.consent(permissions, **data)
        keys = [account.key for account in accounts or self.accounts]
        location = await BANK.authorise(self.sandbox, self.link(consent_id), "approve", keys)
        answer = await self.exchange(returned(location)["code"])
        assert answer.status_code == 200, answer.text
        return Connected(self, consent_id, answer.json())

    def keyed(self, **minted: Any) -> "Connected":
        """A connection by a cabinet key."""
        made = BANK.mint(
            self.sandbox, self.company, minted.get("permissions"), minted.get("expires")
        )
        tokens = {"access_token": made["token"], "client_id": made["client_id"]}
        return Connected(self, made["consent_id"], tokens)

    def _receive(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        return httpx.Response(self.receiving)


class Connected:
    """A living connection of the caller."""

    def __init__(self, caller: Caller, consent_id: str, tokens: dict[str, Any]) -> None:
        self.caller = caller
        self.consent_id = consent_id
        self.tokens = tokens

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return await self.caller.http.request(method, f"/uapi{path}", headers=headers, **more)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.ask("GET", path, headers=headers)

    async def read(self, path: str, **headers: str) -> Any:
        """The Data of a 200."""
        answer = await self.get(path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["Data"]

    async def order(self, account: Account, first: str, last: str) -> httpx.Response:
        wish = {"accountId": name_of(account), "startDateTime": first, "endDateTime": last}
        body = {"Data": {"Statement": wish}}
        return await self.ask("POST", "/open-banking/v1.0/statements", json=body)

    async def poll(self, account: Account, statement_id: str) -> httpx.Response:
        path = f"/open-banking/v1.0/accounts/{name_of(account)}/statements/{statement_id}"
        return await self.get(path)

    async def ordered(self, account: Account, first: str, last: str) -> str:
        answer = await self.order(account, first, last)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["Data"]["Statement"]["statementId"])

    async def statement(self, account: Account, first: str, last: str) -> dict[str, Any]:
        """Ordered, polled until it is ready while the clock goes on."""
        statement_id = await self.ordered(account, first, last)
        for _ in range(40):
            answer = await self.poll(account, statement_id)
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()["Data"]["Statement"][0]
            if found["status"] == "Ready":
                return found
            self.caller.sandbox.clock.advance(timedelta(minutes=10))
        raise AssertionError(found)

    async def refresh(self) -> httpx.Response:
        return await self.caller.token(
            grant_type="refresh_token", refresh_token=self.tokens["refresh_token"]
        )


def name_of(account: Account) -> str:
    return f"{account.number}/{account.bic}"


def returned(location: str | None) -> dict[str, str]:
    """The query of the address the browser is sent back to."""
    assert location is not None
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@cache
def stage() -> tuple[Sandbox, Any]:
    """One sandbox and its banks for all tests, since building them takes longer than a test."""
    clock = Clock(NOW, speed=0)
    nobody = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(404)))
    sandbox = Sandbox([BANK], clock=clock, public_url="http://banks", http=nobody)
    return sandbox, create_apps(sandbox)[0]


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    """A company with a rouble and a dollar account, 120 payments each in the last 50 days."""
    sandbox, app = stage()
    sandbox.begin(1)
    sandbox.clock.set_now(NOW)
    wish = [{"currency": "RUB"}, {"currency": "USD"}]
    company = open_company(sandbox, country="RU", banks={"tochka": wish})
    for account in sandbox.world.accounts_of(company.id):
        rows = generated(sandbox.world, account, date(2026, 10, 1), date(2026, 11, 19), 120, 1)
        sandbox.world.add_entries(account, rows)
    made = Caller(sandbox, app, company)
    made.behave(unknown_fields=False, delivery={"duplicate_share": 0.0, "every_minutes": 0})
    yield made
    await made.close()
