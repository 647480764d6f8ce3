"""A provider straight on its fake bank: no engine and no store, the clock in the reader's hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from msgspec import Struct

from gateway.settings import read
from providers.contract import Answered, Ask, Expected, Grant, Granted, Next, Provider
from providers.transport import Exchange, Wire
from sandbox.state import Sandbox
from schemas.account import FoundAccount, Owner
from schemas.statement import Piece
from schemas.transaction import Entry
from schemas.window import Window, cut
from tests.ladder import calm
from tests.ladder.climber import Climber
from tests.rehearsal import BANKS_AT

RETURN_TO = "http://gateway/connect/callback"
STATE = "a-state-of-at-least-36-characters-that-nobody-guesses"
LOOKS_MAX = 200
"""A bank that is still at it after so many looks never ends."""


class Row(Struct, frozen=True, order=True):
    """A movement in the words that the bank's own books and an entry of ours have in common."""

    day: str
    direction: str
    amount: Decimal
    currency: str
    purpose: str
    far_number: str


def of_entry(entry: Entry) -> Row:
    """What we read."""
    far = entry.counterparty
    return Row(
        entry.booking_date.isoformat(),
        entry.direction,
        entry.amount,
        entry.currency,
        " ".join(entry.purpose.split()),
        far.iban or far.account or "",
    )


def of_truth(row: dict[str, Any]) -> Row:
    """What the bank has in its books."""
    far = row["counterparty"]
    return Row(
        row["date"],
        row["direction"],
        Decimal(row["amount"]),
        row["currency"],
        " ".join(row["purpose"].split()),
        far["iban"] or far["account"] or "",
    )


class Reader:
    """Opens a company with one account at a bank, is let in, and reads."""

    def __init__(self, climber: Climber, sandbox: Sandbox, apps: tuple[Any, Any]) -> None:
        self.climber = climber
        self.sandbox = sandbox
        self.exchanges: list[Exchange] = []
        self.control = httpx.AsyncClient(
            transport=httpx.ASGITransport(apps[1]), base_url="http://control"
        )
        self.transport: httpx.AsyncBaseTransport = httpx.ASGITransport(apps[0])
        self.provider = self.opened(self.transport)
        self.company: dict[str, Any] = {}
        self.grant = Grant(access="")

    def opened(self, transport: httpx.AsyncBaseTransport) -> Provider:
        """The bank's adapter over any line, for instance one that spoils what it carries."""
        settings = read({"MOSTIK_BANKS_URL": BANKS_AT}).banks[self.climber.bank.id]
        client = httpx.AsyncClient(transport=transport, base_url=BANKS_AT)
        return self.climber.entrance.open(settings, Wire(client, journal=self.exchanges.append))

    @property
    def now(self) -> datetime:
        """The one instant that bank and reader live in."""
        return self.sandbox.now

    @property
    def today(self) -> date:
        """The bank day."""
        return self.sandbox.clock.today(self.climber.fake.country)

    @property
    def key(self) -> str:
        """IBAN or number of the company's first account."""
        account = self.company["accounts"][0]
        return str(account["iban"] or account["number"])

    async def open_account(self, **wish: Any) -> str:
        """A company with one account, at a bank that plays no dice."""
        for bank in {self.climber.at, self.climber.fake.id}:
            await calm.at_rest(self.control, bank)
        banks = {self.climber.at: {"accounts": [wish]}}
        body = {"country": self.climber.fake.country, "banks": banks}
        answer = await self.control.post("/control/v1/companies", json=body)
        assert answer.status_code == 201, answer.text
        self.company = answer.json()
        return self.key

    async def turn(self, **fields: Any) -> None:
        """Turn knobs of the bank that keeps the account."""
        await calm.turn(self.control, self.climber.at, **fields)

    async def pay(self, *items: dict[str, Any]) -> None:
        """Book payments, each with its own words."""
        await self._book({"items": list(items)})

    async def generate(self, window: Window, count: int, **more: Any) -> None:
        """Book invented payments."""
        span = {"from": str(window.first), "to": str(window.last)}
        await self._book({"generate": {**span, "count": count, **more}})

    async def _book(self, body: dict[str, Any]) -> None:
        answer = await self.control.post(f"/control/v1/accounts/{self.key}/payments", json=body)
        assert answer.status_code == 201, answer.text

    async def truth(self, window: Window) -> list[dict[str, Any]]:
        """The bank's own books of some days."""
        span = {"from": str(window.first), "to": str(window.last)}
        answer = await self.control.get(f"/control/v1/accounts/{self.key}/ledger", params=span)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["items"]
        return rows

    async def let_in(self, decision: str = "approve") -> FoundAccount:
        """Walk in as the customer would; the account that was opened."""
        account = self.company["accounts"][0]
        ask = Ask(
            state=STATE,
            redirect_uri=RETURN_TO,
            owner=Owner(
                self.company["name"],
                self.company["inn"],
                self.company["kpp"],
                self.company["ico"],
            ),
            expected=(Expected(account["number"], account["bic"], account["iban"]),),
        )
        step = await self.provider.begin(ask, self.now)
        while isinstance(step, Next):
            assert step.url is not None
            order = {"url": step.url, "decision": decision}
            answer = await self.control.post("/control/v1/authorise", json=order)
            assert answer.status_code == 200, answer.text
            came = Answered(dict(httpx.URL(answer.json()["location"]).params))
            step = await self.provider.resume(ask, step.memo, came, self.now)
        assert isinstance(step, Granted)
        self.grant = step.grant
        return await self.account()

    async def account(self) -> FoundAccount:
        """The company's account as the bank lists it."""
        listed = await self.provider.accounts(self.grant, self.now)
        return next(each for each in listed if self.key in {each.number, each.iban})

    async def whole(self, account: FoundAccount, want: Window) -> Piece:
        """Ask until the window is there, however often the bank says "not yet"."""
        mark: str | None = None
        for _ in range(LOOKS_MAX):
            piece = await self.provider.pull(self.grant, account, want, mark, self.now)
            if piece.covers is not None or piece.again_in is None:
                return piece
            mark = piece.mark
            self.sandbox.clock.advance(max(piece.again_in, timedelta(seconds=1)))
        raise AssertionError(f"{want} was not there after {LOOKS_MAX} looks")

    async def pieces(self, account: FoundAccount, span: Window) -> list[Piece]:
        """A longer span in the windows that the bank takes."""
        windows = cut(span, self.climber.bank.capabilities.window_days)
        return [await self.whole(account, window) for window in windows]

    async def entries(self, account: FoundAccount, span: Window) -> list[Entry]:
        """All rows of a span."""
        return [entry for piece in await self.pieces(account, span) for entry in piece.entries]

    async def close(self) -> None:
        """Put the control plane's line away."""
        await self.control.aclose()


def rows(entries: Sequence[Entry]) -> list[Row]:
    """Entries in comparable form, in one order."""
    return sorted(of_entry(entry) for entry in entries)
