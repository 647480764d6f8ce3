"""A whole rehearsal in one process: fake banks and product on one virtual clock, no sockets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from gateway import walk
from gateway.clock import wall
from gateway.product import Product
from gateway.records import Account, Connection, Load, Organisation
from gateway.sealing import Sealer
from gateway.settings import read
from gateway.store import accounts, connections, coverage, keys, schema, transactions, windows
from gateway.store.database import Database, Tx, open_database
from gateway.store.instants import from_micros
from gateway.sync.engine import Engine
from sandbox.app import create_apps
from sandbox.banks import BANKS as FAKES
from sandbox.clock import Clock as SandboxClock
from sandbox.state import Sandbox
from schemas.window import Window

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BANKS_AT = "http://banks"
KEY = b"k" * 32


def _said(row: dict[str, Any]) -> tuple[Any, ...]:
    """The fields of a movement that both sides state, in one form."""
    far = row["counterparty"]
    return (
        row.get("booking_date") or row["date"],
        row["direction"],
        row["amount"],
        row["currency"],
        " ".join(row["purpose"].split()),
        row["document_number"] or None,
        far.get("account") or None,
        far.get("iban") or None,
    )


class SharedClock:
    """The sandbox's clock as the product sees it."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock

    @property
    def speed(self) -> float:
        """Pacing by the wall would slow a rehearsal down for nothing."""
        return 1_000_000.0

    def now(self) -> datetime:
        return self._clock.now

    async def sleep(self, span: timedelta) -> None:
        del span
        await asyncio.sleep(0)


class Rehearsal:
    """Fake banks, product and engine, driven from one due instant to the next."""

    def __init__(
        self,
        sandbox: Sandbox,
        database: Database,
        extra: dict[str, str] | None = None,
        apps: tuple[Any, Any] | None = None,
    ) -> None:
        self.sandbox = sandbox
        banks_app, control_app = apps or create_apps(sandbox)
        self.banks_app: Any = banks_app
        transport = httpx.ASGITransport(self.banks_app)
        control: Any = control_app
        self.control = httpx.AsyncClient(
            transport=httpx.ASGITransport(control), base_url="http://control"
        )
        self.clock = SharedClock(sandbox.clock)
        self.database = database
        settings = read(
            {"MOSTIK_BANKS_URL": BANKS_AT, "MOSTIK_PUBLIC_URL": "http://gateway", **(extra or {})}
        )
        clients = {
            name: httpx.AsyncClient(transport=transport, base_url=BANKS_AT)
            for name in settings.banks
        }
        self.product = Product(settings, self.clock, database, Sealer([KEY]), clients=clients)
        self.engine = Engine(self.product)
        self.tenant_id = ""

    async def prepare(self) -> None:
        """Make the tenant that owns everything here."""
        now = self.clock.now()
        made = await self.database.write(lambda tx: keys.create(tx, "acme", keys.SCOPES, now))
        caller = await self.database.read(lambda tx: keys.caller(tx, made.key))
        assert caller is not None
        self.tenant_id = caller.tenant_id

    async def company(self, country: str, banks: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        """A company with accounts, made on the control plane."""
        answer = await self.control.post(
            "/control/v1/companies",
            json={"country": country, "banks": {b: {"accounts": a} for b, a in banks.items()}},
        )
        assert answer.status_code in {200, 201}, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def payments(self, account: str, **generate: Any) -> None:
        """Generate a past for an account."""
        answer = await self.control.post(
            f"/control/v1/accounts/{account}/payments", json={"generate": generate}
        )
        assert answer.status_code in {200, 201}, answer.text

    async def behaviour(self, bank: str, **fields: Any) -> None:
        """Change a bank's habits."""
        answer = await self.control.patch(f"/control/v1/banks/{bank}/behaviour", json=fields)
        assert answer.status_code == 200, answer.text

    async def truth(self, account: str, **span: str) -> dict[str, Any]:
        """The bank's own ledger."""
        answer = await self.control.get(f"/control/v1/accounts/{account}/ledger", params=span)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def connect(
        self,
        bank: str,
        company: dict[str, Any],
        *,
        history_days: int,
        decision: str = "approve",
        chosen: Sequence[str] = (),
        **order: Any,
    ) -> Connection:
        """Connect as an integrator and approve as the customer."""
        organisation = Organisation(
            id="org_1", name=company["name"], inn=company["inn"], kpp=company["kpp"],
            ico=company["ico"],
        )  # fmt: skip
        made = await walk.connect(
            self.product,
            self.tenant_id,
            walk.Order(
                bank=bank,
                organisation=organisation,
                return_url="https://erp.example/back",
                history_from=(self.clock.now() - timedelta(days=history_days)).date(),
                **order,
            ),
        )
        if made.next.url:
            await self.authorise(bank, made.next.url, decision, chosen)
        return await self.connection(made.id)

    async def authorise(
        self, bank: str, url: str, decision: str = "approve", chosen: Sequence[str] = ()
    ) -> str:
        """Walk the bank's pages as the customer, and come back."""
        body: dict[str, Any] = {"url": url, "decision": decision}
        if chosen:
            body["accounts"] = list(chosen)
        answer = await self.control.post("/control/v1/authorise", json=body)
        assert answer.status_code == 200, answer.text
        location = httpx.URL(answer.json()["location"])
        return await walk.came_back(self.product, bank, dict(location.params))

    async def connection(self, connection_id: str) -> Connection:
        """The connection as it stands."""
        found = await self.database.read(lambda tx: connections.find(tx, connection_id))
        assert found is not None
        return found

    async def accounts(self, connection_id: str) -> list[Account]:
        """The connection's accounts."""
        return await self.database.read(lambda tx: accounts.of_connection(tx, connection_id))

    async def loads(self, account_id: str) -> list[Load]:
        """The account's loads."""
        return await self.database.read(lambda tx: windows.loads_of(tx, account_id))

    async def ours(self, account_id: str) -> list[dict[str, Any]]:
        """Our booked ledger of an account, oldest first, as JSON."""
        found: list[dict[str, Any]] = []
        before = transactions.NEWEST
        while True:
            rows = await self.database.read(
                lambda tx, at=before: transactions.page(
                    tx, self.tenant_id, transactions.Filter(account_id=account_id), at, 500
                )
            )
            if not rows:
                return [row for row in reversed(found) if row["status"] == "booked"]
            found += [msgspec.json.decode(row[0]) for row in rows]
            before = rows[-1][1:]

    async def differences(self, account: Account) -> dict[str, list[Any]]:
        """What we lack, and what we have too much, by the bank's own ledger."""
        key = account.found.iban or account.found.number or ""
        first = account.history_from
        span = {"from": first.isoformat()} if first else {}
        theirs = Counter(_said(row) for row in (await self.truth(key, **span))["items"])
        ours = Counter(_said(row) for row in await self.ours(account.id))
        return {
            "lacking": sorted((theirs - ours).elements(), key=str),
            "too_much": sorted((ours - theirs).elements(), key=str),
        }

    async def states(self, account: Account, span: Window) -> Counter[str]:
        """How many days of a span are proven, received, missing, in conflict."""
        proofs = await self.database.read(lambda tx: coverage.proofs(tx, account.id, span))
        counted = Counter(proof.state.value for proof in proofs)
        counted["missing"] += span.days - len(proofs)
        return +counted

    async def settle(self) -> None:
        """Let everything that is due now be done."""
        while await self.engine.tick() or self.engine.busy:  # noqa: ASYNC110 - jobs end unseen
            await asyncio.sleep(0)

    async def next_due(self) -> datetime | None:
        """When something is due next."""

        async def work(tx: Tx) -> int | None:
            found = (await windows.next_due(tx, wall()), await connections.next_due(tx, wall()))
            return min((at for at in found if at), default=None)

        found = await self.database.read(work)
        return None if found is None else from_micros(found)

    async def run(self, until: datetime) -> None:
        """Live on to an instant, jumping from one thing due to the next."""
        await self.settle()
        while (due := await self.next_due()) is not None and due <= until:
            await self.advance(max(due, self.clock.now()))
            await self.settle()
        if self.clock.now() < until:
            await self.advance(until)
        await self.settle()

    async def run_for(self, **span: float) -> None:
        """Live on for a while."""
        await self.run(self.clock.now() + timedelta(**span))

    async def advance(self, to: datetime) -> None:
        """Move the one clock."""
        if to > self.clock.now():
            self.sandbox.clock.advance(to - self.clock.now())

    async def close(self) -> None:
        """Put everything away."""
        await self.control.aclose()
        await self.product.close()
        await self.sandbox.close()


@asynccontextmanager
async def rehearsal(
    folder: Path, *, seed: int = 1, url: str | None = None, now: datetime = START
) -> AsyncIterator[Rehearsal]:
    """A rehearsal on a fresh database."""
    url = url or f"sqlite:///{folder / 'mostik.db'}"
    await asyncio.to_thread(schema.migrate, url)
    sandbox = Sandbox(FAKES, clock=SandboxClock(now, speed=0), seed=seed, public_url=BANKS_AT)
    made = Rehearsal(sandbox, await open_database(url))
    await made.prepare()
    try:
        yield made
    finally:
        await made.close()
