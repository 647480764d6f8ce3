"""An integrator's hands at the fake Sber, and payments to look for."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from sandbox.behaviour import patched
from sandbox.entry import Entry, Party
from sandbox.injection import Injection
from sandbox.sber.bank import BANK
from sandbox.state import Sandbox
from sandbox.world import Account, Company

NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
DAY = date(2026, 11, 17)
SCOPE = (
    "openid inn orgKpp OrgName HashOrgId name email accounts offerExpirationDate "
    "GET_CLIENT_ACCOUNTS GET_STATEMENT_ACCOUNT"
)
CREDENTIALS = {"client_id": "mostik", "client_secret": "rehearsal"}
BACK = "https://partner.test/back?bank=sber"


class Partner:
    """An integrator's hands: authorise, exchange, and ask with a token."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient, company: Company) -> None:
        self.sandbox = sandbox
        self.http = http
        self.company = company
        self.pair: dict[str, Any] = {}

    @property
    def accounts(self) -> list[Account]:
        return self.sandbox.world.accounts_of(self.company.id)

    @property
    def number(self) -> str:
        return self.accounts[0].number

    def behave(self, **changes: object) -> None:
        behaviours = self.sandbox.behaviours
        behaviours["sber"] = patched(behaviours["sber"], changes)

    def url(self, **changes: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": "mostik",
            "redirect_uri": BACK,
            "scope": SCOPE,
            "state": "s" * 36,
            "nonce": "n-1",
            **changes,
        }
        path = "/sber/ic/sso/api/v2/oauth/authorize"
        return f"http://banks{path}?{urlencode(asked)}"

    async def authorise(self, decision: Any = "approve", accounts: Any = (), **asked: str) -> Any:
        location = await BANK.authorise(self.sandbox, self.url(**asked), decision, accounts)
        return None if location is None else fields_of(location)

    async def token(self, **asked: str) -> httpx.Response:
        path = "/sber/ic/sso/api/v2/oauth/token"
        return await self.http.post(path, data={**CREDENTIALS, **asked})

    async def connect(self, accounts: Any = (), **asked: str) -> dict[str, Any]:
        back = await self.authorise("approve", accounts, **asked)
        answer = await self.token(
            grant_type="authorization_code", code=back["code"], redirect_uri=BACK
        )
        assert answer.status_code == 200, answer.text
        self.pair = answer.json()
        return self.pair

    async def refresh(self, token: str | None = None) -> httpx.Response:
        used = token or self.pair["refresh_token"]
        return await self.token(grant_type="refresh_token", refresh_token=used)

    async def get(self, path: str, **query: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.pair['access_token']}"}
        params: Mapping[str, Any] = {name: str(value) for name, value in query.items()}
        return await self.http.get(f"/sber{path}", params=params, headers=headers)

    async def statement(
        self, what: str = "transactions", day: date = DAY, **query: object
    ) -> httpx.Response:
        asked: dict[str, object] = {"accountNumber": self.number, "statementDate": day}
        if what in ("transactions", "increment"):
            asked["page"] = 1
        return await self.get(f"/fintech/api/v2/statement/{what}", **{**asked, **query})

    async def user_info(self) -> httpx.Response:
        return await self.get("/ic/sso/api/v2/oauth/user-info")

    async def client_info(self) -> httpx.Response:
        return await self.get("/fintech/api/v1/client-info")

    def order(self, code: str, times: int = 1) -> None:
        self.sandbox.injections.add(Injection(bank="sber", code=code, left=times))

    def pay(self, serial: int, at: datetime, amount: str = "48250.00", **fields: Any) -> Entry:
        entry = payment(serial, at, amount, **fields)
        self.sandbox.world.add_entries(self.accounts[0], [entry])
        return entry


def payment(serial: int, at: datetime, amount: str = "48250.00", **fields: Any) -> Entry:
    usual: dict[str, Any] = {
        "bank_id": f"26111700045173{serial:04d}",
        "date": at.date(),
        "at": at,
        "direction": "credit",
        "amount": Decimal(amount),
        "currency": "RUB",
        "purpose": "Оплата по счету ЛП-77 от 10.11.2026. НДС не облагается",
        "document_number": str(serial),
        "counterparty": Party(
            name="ООО «Синий Кит»",
            inn="5001122339",
            kpp="500101001",
            account="40702810100000054321",
            bic="044525974",
            corr_account="30101810145250000974",
            bank_name="АО «ТБанк»",
        ),
    }
    return Entry(**{**usual, **fields})


def fields_of(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
