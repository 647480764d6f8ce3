"""The store on both engines, real ones: a SQLite file and a PostgreSQL server."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.records import Account
from gateway.store import accounts, keys, schema
from gateway.store.database import Database, open_database
from schemas.account import FoundAccount
from tests.conftest import fresh_database
from tests.statements import NOW

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'mostik.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(params=ENGINES, scope="module")
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a migrated database that a module's tests share, each with its own tenants."""
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path_factory.mktemp('store') / 'mostik.db'}"
        schema.migrate(made)
        yield made
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as made:
        schema.migrate(made)
        yield made


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """The open database."""
    opened = await open_database(url)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def tenant_id(database: Database) -> str:
    """A tenant that nobody else has."""
    name = secrets.token_hex(6)
    made = await database.write(lambda tx: keys.create(tx, name, keys.SCOPES, NOW))
    caller = await database.read(lambda tx: keys.caller(tx, made.key))
    assert caller is not None
    return caller.tenant_id


@pytest.fixture
async def account_id(database: Database, tenant_id: str) -> str:
    """An account that nobody else has."""
    return await opened_account(database, tenant_id)


async def opened_account(database: Database, tenant_id: str) -> str:
    """One more account of a tenant."""
    number = secrets.token_hex(6)
    made = Account(
        id=f"acc_{number}",
        tenant_id=tenant_id,
        connection_id=f"con_{number}",
        bank="bank",
        identity=f"bank|{number}|RUB|owner",
        selected=True,
        found=FoundAccount(reference=number, number=number, currency="RUB", kind="settlement"),
    )
    await database.write(lambda tx: accounts.add(tx, made, NOW))
    return made.id
