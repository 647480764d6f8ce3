"""One pair of fake-bank apps for the whole ladder; a fresh world and database for each rung."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from gateway.store import schema
from gateway.store.database import open_database
from gateway.sync import pull
from sandbox.app import create_apps
from sandbox.banks import BANKS as FAKES
from sandbox.clock import Clock
from sandbox.state import Sandbox
from tests.ladder.climber import Climber
from tests.ladder.reader import Reader
from tests.ladder.stage import Stage
from tests.rehearsal import BANKS_AT, START

SEED = 1


class _Nowhere(httpx.AsyncBaseTransport):
    """Where pushes go while nobody listens."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(404, request=request)


@pytest.fixture(scope="session")
def banks() -> tuple[Sandbox, tuple[Any, Any]]:
    """All fake banks; building their routes takes longer than most rungs."""
    sandbox = Sandbox(
        FAKES,
        clock=Clock(START, speed=0),
        seed=SEED,
        public_url=BANKS_AT,
        http=httpx.AsyncClient(transport=_Nowhere()),
    )
    return sandbox, create_apps(sandbox)


@pytest.fixture(scope="session")
def shelf() -> Iterator[Path]:
    """Where the databases lie: in memory where the machine has such a place, at half the time."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="mostik-ladder-", dir=place) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def migrated(shelf: Path) -> Path:
    """An empty database in today's shape, to be copied."""
    path = shelf / "empty.db"
    schema.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def world(banks: tuple[Sandbox, tuple[Any, Any]]) -> Sandbox:
    """An empty world at the beginning of time."""
    sandbox, _ = banks
    sandbox.clock.set_now(START)
    sandbox.begin(SEED)
    return sandbox


@pytest.fixture
async def stage(
    world: Sandbox,
    banks: tuple[Sandbox, tuple[Any, Any]],
    migrated: Path,
    shelf: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stage]:
    """The whole product on the fake banks; its waits are jittered by dice that repeat."""
    monkeypatch.setattr(pull, "chance", Random(SEED).random)
    with tempfile.TemporaryDirectory(dir=shelf) as folder:
        path = Path(folder) / "mostik.db"
        shutil.copyfile(migrated, path)
        made = Stage(world, await open_database(f"sqlite:///{path}"), banks[1])
        await made.prepare()
        yield made
        await made.close()


@pytest.fixture
async def reader(
    climber: Climber, world: Sandbox, banks: tuple[Sandbox, tuple[Any, Any]]
) -> AsyncIterator[Reader]:
    """The climber's adapter straight on its fake bank."""
    made = Reader(climber, world, banks[1])
    yield made
    await made.close()
