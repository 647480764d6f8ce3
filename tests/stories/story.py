"""The cast of a story: an integrator on the API, a customer at his bank, and one clock for all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from gateway.app import create_app
from gateway.store import keys
from gateway.store.database import Database
from gateway.sync import pushes
from sandbox.state import Sandbox
from tests.rehearsal import Rehearsal

RETURN_URL = "https://erp.example/back"
PUSH_SECONDS_MAX = 1.0
"""Real time in which a push is heard; one that is still on its way waits for the clock."""

DICE = (
    "server_error_share", "unavailable_share", "html_error_share", "hang_share",
    "push_duplicate_share", "push_lost_share", "push_bad_signature_share",
)  # fmt: skip
"""Faults by chance; a story tells only those that it is about."""

IBAN_LENGTH = 24
"""Of a Slovak IBAN; Russian numbers have twenty digits."""

Json = dict[str, Any]


class Story(Rehearsal):
    """A rehearsal whose product is only spoken to through its API, as by a stranger."""

    def __init__(self, sandbox: Sandbox, database: Database, apps: tuple[Any, Any]) -> None:
        super().__init__(sandbox, database, apps=apps)
        app: Any = create_app(self.product)
        self._usual_http = sandbox.http
        sandbox.http = httpx.AsyncClient(transport=httpx.ASGITransport(app))
        self.api = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")

    async def prepare(self) -> None:
        """Make the integrator's key, and keep the banks from failing by chance."""
        now = self.clock.now()
        made = await self.database.write(lambda tx: keys.create(tx, "acme", keys.SCOPES, now))
        self.api.headers["authorization"] = f"Bearer {made.key}"
        for bank in self.sandbox.banks:
            await self.behaviour(bank.id, **dict.fromkeys(DICE, 0))
        await self.behaviour("tatra", tatra={"accounts_error_share": 0})

    # -- the integrator

    async def ask(self, how: str, path: str, body: Json | None = None, **query: Any) -> Any:
        """What the API answers to a good request."""
        answer = await self._sent(how, path, body, query)
        assert answer.is_success, answer.text
        return answer.json()

    async def refused(self, how: str, path: str, body: Json | None = None) -> Json:
        """The problem that the API answers."""
        answer = await self._sent(how, path, body, {})
        assert answer.is_error, answer.text
        told: Json = answer.json()
        return told

    async def _sent(self, how: str, path: str, body: Json | None, query: Json) -> httpx.Response:
        headers = {"idempotency-key": uuid4().hex} if how == "POST" else {}
        return await self.api.request(
            how, f"/v1{path}", json=body, params=query or None, headers=headers
        )

    async def items(self, path: str, **query: Any) -> list[Json]:
        """A whole list, page after page."""
        found: list[Json] = []
        cursor: str | None = None
        while True:
            page = await self.ask("GET", path, limit=500, **query, **_if_told(cursor=cursor))
            found += page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                return found

    async def items_of_feed(self) -> list[Json]:
        """Every change, as a consumer sees it who starts from nothing."""
        found: list[Json] = []
        cursor: str | None = None
        while True:
            page = await self.ask("GET", "/changes", limit=500, **_if_told(cursor=cursor))
            found += page["items"]
            cursor = page["next_cursor"]
            if not page["has_more"]:
                return found

    def order(self, bank: str, company: Json, **more: Any) -> Json:
        """A body that connects a company."""
        who = {word: company[word] for word in ("name", "inn", "kpp", "ico") if company[word]}
        return {"bank": bank, "organisation": who, "return_url": RETURN_URL, **more}

    async def connected(
        self,
        bank: str,
        company: Json,
        *,
        days: int,
        accounts: Sequence[str] = (),
        decision: str = "approve",
        **more: Any,
    ) -> Json:
        """A connection after the customer has been at the bank and come back."""
        wish = self.order(bank, company, history_from=self.day(-days), **more)
        made = await self.ask("POST", "/connections", wish)
        await self.customer(made, decision, accounts)
        return await self.connection_now(made)

    async def connection_now(self, connection: Json) -> Json:
        """The connection as it stands."""
        told: Json = await self.ask("GET", f"/connections/{connection['id']}")
        return told

    async def again(self, connection: Json, how: str, accounts: Sequence[str] = ()) -> Json:
        """`renew` or `reconnect`, and the customer says yes."""
        asked = await self.ask("POST", f"/connections/{connection['id']}/{how}")
        await self.customer(asked, "approve", accounts)
        return await self.connection_now(connection)

    async def accounts_of(self, connection: Json) -> list[Json]:
        """The connection's accounts, by number or IBAN."""
        listed = await self.ask("GET", f"/connections/{connection['id']}/accounts")
        found: list[Json] = listed["items"]
        return found

    async def only_account(self, connection: Json) -> Json:
        """The one account of a connection that has one."""
        (account,) = await self.accounts_of(connection)
        return account

    async def last_load(self, account: Json) -> Json:
        """The newest load of an account."""
        return (await self.items("/loads", account_id=account["id"]))[0]

    async def days(self, account: Json, **span: str) -> Counter[str]:
        """How many days `from` … `to` are proven, received, missing, in conflict."""
        told = await self.ask("GET", f"/accounts/{account['id']}/coverage", **span)
        return Counter(day["state"] for day in told["days"])

    # -- the customer

    async def customer(
        self, connection: Json, decision: str = "approve", accounts: Sequence[str] = ()
    ) -> dict[str, str]:
        """He goes where `next` sends him; what the integrator's page is told when he is back."""
        body: Json = {"url": connection["next"]["url"], "decision": decision}
        if accounts:
            body["accounts"] = list(accounts)
        answer = await self.tell("/authorise", body)
        if answer["location"] is None:
            return {}
        back = await self.api.get(answer["location"], headers={"accept": "text/html"})
        assert back.status_code == 302, back.text
        return _query(back.headers["location"])

    async def tell(self, path: str, body: Json, how: str = "POST") -> Any:
        """Have something happen at the banks."""
        answer = await self.control.request(how, f"/control/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def happens(self, bank: str, code: str, *, times: int = 1, **where: str) -> None:
        """Have the bank's next answers be a situation."""
        await self.tell("/inject", {"bank": bank, "code": code, "times": times, **where})

    async def pays(self, account: str, amount: str, purpose: str, **more: Any) -> None:
        """Somebody pays money in, now unless a date is said."""
        far = {"name": "ООО «Клён»", "inn": "7707083893", "account": "40702810000000000001"}
        if len(account) == IBAN_LENGTH:
            far = {"name": "Javor s.r.o.", "iban": "SK3112000000198742637541"}
        item = {"direction": "credit", "amount": amount, "purpose": purpose, "counterparty": far}
        item |= more
        await self.tell(f"/accounts/{account}/payments", {"items": [item]})

    async def let_push(self, bank: str) -> None:
        """The operator registers our address with a bank that has it registered by hand."""
        address = pushes.address(self.product, bank)
        await self.behaviour(bank, **{bank: {"notification_url": address}})

    # -- the end of a story

    async def differences(self, account: Json, first: str | None = None) -> Json:  # type: ignore[override] # asked through the API
        """What our ledger lacks and has too much, from a day on, by the bank's own books."""
        since = _if_told(**{"from": first or account["history_from"]})
        theirs = await self.truth(account["iban"] or account["number"], **since)
        ours = await self.items("/transactions", account_id=account["id"], **since)
        booked = Counter(_said(row) for row in ours if row["status"] == "booked")
        true = Counter(_said(row) for row in theirs["items"])
        return {
            "lacking": sorted((true - booked).elements()),
            "too_much": sorted((booked - true).elements()),
        }

    def day(self, offset: int = 0, zone: str = "Europe/Moscow") -> str:
        """A day by its distance from the bank's today."""
        today: date = self.clock.now().astimezone(ZoneInfo(zone)).date()
        return (today + timedelta(days=offset)).isoformat()

    async def settle(self) -> None:
        """Let everything due be done, and pushes be heard."""
        await super().settle()
        if jobs := tuple(self.sandbox._jobs):
            await asyncio.wait(jobs, timeout=PUSH_SECONDS_MAX)
            await super().settle()

    async def close(self) -> None:
        """Put everything away but the banks, which serve the next story as well."""
        await self.api.aclose()
        await self.control.aclose()
        await self.product.close()
        sandbox = self.sandbox
        jobs = tuple(sandbox._jobs)
        sandbox._arrivals.forget()
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await sandbox.http.aclose()
        sandbox.http = self._usual_http


NOTHING = {"lacking": [], "too_much": []}
"""No difference between the bank's books and ours."""


def instant(text: str) -> datetime:
    """An instant of the API's."""
    return datetime.fromisoformat(text)


def _if_told(**fields: Any) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def _query(address: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}


def _said(row: Json) -> tuple[str, ...]:
    """What both the bank and we say of a movement, in one form."""
    far = row["counterparty"]
    return (
        row.get("booking_date") or row["date"],
        row["direction"],
        row["amount"],
        row["currency"],
        " ".join(row["purpose"].split()),
        row["document_number"] or "",
        far["account"] or "",
        far["iban"] or "",
    )
