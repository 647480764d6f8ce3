"""Pages of the banks for the measures: the sandbox's own spelling of generated payments."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import msgspec

from sandbox.app import create_apps
from sandbox.banks import BANKS
from sandbox.clock import Clock
from sandbox.entry import Entry
from sandbox.sber.spelling import teller
from sandbox.state import Sandbox
from sandbox.tatra.rows import told_by_tatra
from sandbox.tochka.rows import transaction
from sandbox.tochka.wire import number
from sandbox.world import Account
from schemas.window import Window

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
COUNTRIES = {"sber": "RU", "tochka": "RU", "tatra": "SK"}


class Books:
    """One account of one bank with its payments, and how that bank writes them."""

    def __init__(self, bank: str, sandbox: Sandbox, account: Account, span: Window) -> None:
        self.account = account
        self._sandbox = sandbox
        self._entries = [
            entry
            for entry in sandbox.world.ledger(account, span.first, span.last, NOW)
            if entry.status == "booked"
        ]
        self._row, self._page = _SPELLING[bank]

    def days(self, count: int) -> Window:
        """The last so many days before today."""
        return Window(NOW.date() - timedelta(days=count), _yesterday())

    def rows(self, days: Window) -> list[Entry]:
        """The payments of some days."""
        return [entry for entry in self._entries if entry.date in days]

    def page(self, rows: Sequence[Entry], days: Window) -> bytes:
        """The body of the bank's answer that tells these payments."""
        told = [self._row(self._sandbox, self.account, entry) for entry in rows]
        return msgspec.json.encode(self._page(self._sandbox, self.account, days, told))


def _by_sber(sandbox: Sandbox, account: Account, entry: Entry) -> dict[str, Any]:
    company = sandbox.world.companies[account.company]
    return teller(account, company, sandbox.behaviour("sber"), cur_transfer=False).operation(entry)


def _sber_page(
    sandbox: Sandbox, account: Account, days: Window, rows: list[dict[str, Any]]
) -> object:
    del sandbox, account, days
    return {"_links": [], "transactions": rows}


def _by_tochka(sandbox: Sandbox, account: Account, entry: Entry) -> dict[str, Any]:
    del account
    behaviour = sandbox.behaviour("tochka")
    return transaction(
        entry, as_of=NOW, habits=behaviour.tochka, unknown_fields=behaviour.unknown_fields
    )


STATEMENT_ID = "1959b9ef-58d0-4674-b34d-e73d60c290d0"


def _tochka_page(
    sandbox: Sandbox, account: Account, days: Window, rows: list[dict[str, Any]]
) -> object:
    opening = sandbox.world.balance(account, days.first - timedelta(days=1), NOW)
    closing = sandbox.world.balance(account, days.last, NOW)
    statement = {
        "accountId": f"{account.number}/{account.bic}",
        "statementId": STATEMENT_ID,
        "status": "Ready",
        "startDateTime": days.first,
        "endDateTime": days.last,
        "creationDateTime": NOW,
        "startDateBalance": number(opening),
        "endDateBalance": number(closing),
        "Transaction": rows,
    }
    return {"Data": {"Statement": [statement]}, "Links": {"self": "x"}, "Meta": {"totalPages": 1}}


def _tatra_page(
    sandbox: Sandbox, account: Account, days: Window, rows: list[dict[str, Any]]
) -> object:
    del sandbox, days
    return {
        "account": {"iban": account.iban, "currency": account.currency},
        "transactions": rows,
        "_links": {"next": None},
    }


Row = Callable[[Sandbox, Account, Entry], dict[str, Any]]
Page = Callable[[Sandbox, Account, Window, list[dict[str, Any]]], object]

_SPELLING: dict[str, tuple[Row, Page]] = {
    "sber": (_by_sber, _sber_page),
    "tochka": (_by_tochka, _tochka_page),
    "tatra": (told_by_tatra, _tatra_page),
}


def books(bank: str, days: int, count: int) -> Books:
    """An account of this bank with about so many payments in the days before today."""
    return asyncio.run(_books(bank, days, count))


async def _books(bank: str, days: int, count: int) -> Books:
    country = COUNTRIES[bank]
    sandbox = Sandbox(BANKS, clock=Clock(NOW, speed=0), seed=1, public_url="http://banks")
    span = Window(NOW.date() - timedelta(days=days), _yesterday())
    app: Any = create_apps(sandbox)[1]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://control/control/v1"
    ) as control:
        currency = "RUB" if country == "RU" else "EUR"
        order = {"country": country, "banks": {bank: {"accounts": [{"currency": currency}]}}}
        made = await control.post("/companies", json=order)
        found = made.raise_for_status().json()["accounts"][0]
        key = found["number"] or found["iban"]
        wish = {"from": str(span.first), "to": str(span.last), "count": count, "seed": 3}
        asked = await control.post(f"/accounts/{key}/payments", json={"generate": wish})
        asked.raise_for_status()
    account = sandbox.world.account(key)
    assert account is not None
    made_books = Books(bank, sandbox, account, span)
    await sandbox.close()
    return made_books


def _yesterday() -> date:
    return NOW.date() - timedelta(days=1)
