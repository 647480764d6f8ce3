"""A line to Tatra on which each test says what the bank answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from providers.contract import Grant
from providers.tatra.bank import Settings
from providers.tatra.line import Line
from providers.tatra.provider import Tatra
from providers.transport import Wire
from schemas.account import FoundAccount
from tests.providers.tatra.script import BASE, SERVICE, Script


@pytest.fixture
def script() -> Script:
    made = Script()
    made.says("POST /auth/oauth/v2/token", SERVICE)
    return made


@pytest.fixture
async def wire(script: Script) -> AsyncIterator[Wire]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(script)) as client:
        yield Wire(client, journal=script.exchanges.append)


@pytest.fixture
def settings() -> Settings:
    return Settings(base_url=BASE, client_id="mostik", client_secret="CANARY-secret-77")


@pytest.fixture
def line(settings: Settings, wire: Wire) -> Line:
    return Line(settings, wire)


@pytest.fixture
def tatra(settings: Settings, wire: Wire) -> Tatra:
    return Tatra(settings, wire)


@pytest.fixture
def tuned(settings: Settings, wire: Wire) -> Callable[..., Tatra]:
    """Tatra with some switches set otherwise."""

    def make(**switches: Any) -> Tatra:
        return Tatra(msgspec.structs.replace(settings, **switches), wire)

    return make


@pytest.fixture
def now() -> datetime:
    """Half past eleven in the morning of 12 May 2026 in Bratislava."""
    return datetime(2026, 5, 12, 9, 30, tzinfo=UTC)


@pytest.fixture
def grant() -> Grant:
    return Grant(
        access="CANARY-access-5d0c7a31",
        refresh="CANARY-refresh-b7e1f4c2",
        consent_id="7c7b1a90-5d1e-4f0f-9a64-2d1c7b0e9a11",
        consent_expires_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


@pytest.fixture
def own() -> FoundAccount:
    """An account that Tatra itself keeps."""
    return FoundAccount(
        reference="acc-own",
        iban="SK9611000000002949876543",
        currency="EUR",
        kind="current",
        provable=True,
    )


@pytest.fixture
def linked() -> FoundAccount:
    """An account that ČSOB keeps."""
    return FoundAccount(
        reference="acc-csob",
        iban="SK6875000000004001122334",
        linked_bank="csob",
        currency="EUR",
        kind="current",
        settles=False,
        data_as_of=datetime(2026, 5, 12, 6, 0, tzinfo=UTC),
    )
