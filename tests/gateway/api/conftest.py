"""An API over a real ledger with two tenants, and no bank within reach."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine

from gateway import records
from gateway.app import create_app
from gateway.ids import new_id
from gateway.ledger.landing import tell_all
from gateway.product import Product, open_product
from gateway.settings import Settings, read
from gateway.store import accounts, connections, keys
from gateway.store.database import Tx
from gateway.store.landing import Place, land
from gateway.store.tables import metadata
from gateway.sync import loads
from schemas.account import Balance, FoundAccount
from schemas.connection import ConnectionStatus
from schemas.statement import Figures, Piece
from schemas.transaction import Counterparty, Entry
from schemas.window import DAY, Window

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
FIRST = date(2026, 11, 10)
LAST = date(2026, 11, 14)
NUMBER = "40702810900000012345"
BANK = "sber"


class Clock:
    """A clock that tests put forward."""

    speed = 1.0

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, span: timedelta) -> None:
        self.at += span


@dataclass
class Tenant:
    """One tenant with everything of his that an id can name."""

    key: str
    tenant_id: str
    connection: records.Connection
    account: records.Account
    load: records.Load
    transactions: list[str] = field(default_factory=list)


@dataclass
class World:
    """The API as two tenants see it."""

    product: Product
    clock: Clock
    app: Any
    ours: Tenant
    theirs: Tenant

    @asynccontextmanager
    async def calling(
        self, tenant: Tenant | None = None, **headers: str
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A client with a tenant's key."""
        told = {"authorization": f"Bearer {tenant.key}"} if tenant else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://mostik.test", headers={**told, **headers}
        ) as client:
            yield client


@dataclass(frozen=True)
class Furnished:
    """A database with two tenants in it, to be copied for each test."""

    file: Path
    ours: Tenant
    theirs: Tenant


def settings_of(file: Path) -> Settings:
    """Settings of an installation over this file whose banks nobody answers for."""
    return read(
        {"MOSTIK_DATABASE_URL": f"sqlite:///{file}", "MOSTIK_BANKS_URL": "http://127.0.0.1:9"}
    )


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """Two tenants, alike but for their names and ids; made once, since it takes a while."""
    file = tmp_path_factory.mktemp("furnished") / "mostik.db"
    engine = create_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    engine.dispose()

    async def make() -> tuple[Tenant, Tenant]:
        product = await open_product(settings_of(file))
        both = await furnish(product, "ours"), await furnish(product, "theirs")
        await product.close()
        return both

    with asyncio.Runner() as runner:
        ours, theirs = runner.run(make())
    return Furnished(file, ours, theirs)


@asynccontextmanager
async def opened(furnished: Furnished, folder: Path) -> AsyncIterator[World]:
    """The API over a copy."""
    for file in furnished.file.parent.iterdir():
        shutil.copy(file, folder)
    product = await open_product(settings_of(folder / furnished.file.name))
    clock = Clock()
    product.clock = clock
    yield World(product, clock, create_app(product), furnished.ours, furnished.theirs)
    await product.close()


@pytest.fixture
async def world(furnished: Furnished, tmp_path: Path) -> AsyncIterator[World]:
    """The API for this test alone."""
    async with opened(furnished, tmp_path) as made:
        yield made


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Our own client."""
    async with world.calling(world.ours) as client:
        yield client


async def key_for(product: Product, tenant: str, *scopes: str) -> keys.NewKey:
    """A new key."""

    async def work(tx: Tx) -> keys.NewKey:
        return await keys.create(tx, tenant, scopes, NOW)

    return await product.database.write(work)


async def furnish(product: Product, name: str) -> Tenant:
    """A tenant with a connection, an account, five proven days and a load."""
    made = await key_for(product, name, "read", "write")

    async def caller(tx: Tx) -> keys.Caller | None:
        return await keys.caller(tx, made.key)

    found = await product.database.read(caller)
    assert found is not None
    connection = _connection(found.tenant_id)
    account = _account(connection)

    async def work(tx: Tx) -> records.Load:
        await connections.put_organisation(tx, found.tenant_id, connection.organisation)
        await connections.add(tx, connection, state_hash=None, due_at=None)
        await accounts.add(tx, account, NOW)
        place = Place(found.tenant_id, account.id, "RUB", 1, pending=False)
        piece = _piece()
        await land(tx, place, piece, tell_all(piece.entries), NOW)
        return await loads.begin(tx, product, account, Window(FIRST, LAST), NOW)

    load = await product.database.write(work)
    tenant = Tenant(made.key, found.tenant_id, connection, account, load)
    tenant.transactions = await _ids(product, tenant)
    return tenant


async def _ids(product: Product, tenant: Tenant) -> list[str]:
    app = create_app(product)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://mostik.test"
    ) as client:
        answer = await client.get(
            "/v1/transactions", headers={"authorization": f"Bearer {tenant.key}"}
        )
    return [row["id"] for row in answer.json()["items"]]


def _connection(tenant_id: str) -> records.Connection:
    return records.Connection(
        id=new_id("con", NOW),
        tenant_id=tenant_id,
        bank=BANK,
        status=ConnectionStatus.ACTIVE,
        organisation=records.Organisation(id=new_id("org", NOW), name="ООО Ромашка"),
        return_url="https://example.test/back",
        history_from=FIRST,
        schedule="15m",
        created_at=NOW,
    )


def _account(connection: records.Connection) -> records.Account:
    return records.Account(
        id=new_id("acc", NOW),
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        bank=BANK,
        identity=f"{BANK}|{NUMBER}|RUB|{connection.tenant_id}",
        selected=True,
        found=FoundAccount(
            reference="1",
            number=NUMBER,
            bic="044525225",
            currency="RUB",
            kind="settlement",
            balances=(Balance("booked", Decimal("400.5"), "debit", "RUB", NOW),),
            provable=True,
        ),
        history_from=FIRST,
    )


def _piece() -> Piece:
    """Five days; each brings 100.00 and takes 10.00, and the bank's figures agree."""
    entries, figures, balance = [], [], Decimal("1000.00")
    for n, day in enumerate(Window(FIRST, LAST)):
        entries += [
            _entry(f"in-{n}", day, "credit", "100.00", f"Оплата по счету {n}"),
            _entry(f"out-{n}", day, "debit", "10.00", "Комиссия банка"),
        ]
        closing = balance + Decimal("90.00")
        figures.append(
            Figures(
                first=day,
                last=day,
                opening=balance,
                closing=closing,
                credits=Decimal("100.00"),
                debits=Decimal("10.00"),
                credit_count=1,
                debit_count=1,
            )
        )
        balance = closing
    return Piece(covers=Window(FIRST, LAST), entries=tuple(entries), figures=tuple(figures))


def _entry(key: str, day: date, direction: Any, amount: str, purpose: str) -> Entry:
    return Entry(
        key=key,
        direction=direction,
        amount=Decimal(amount),
        currency="RUB",
        booking_date=day,
        operation_at=datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC),
        document_number="318",
        purpose=purpose,
        counterparty=Counterparty(name="АО Лютик", inn="7707083893"),
    )


NEXT_DAY = LAST + DAY
