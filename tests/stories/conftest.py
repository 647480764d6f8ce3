"""The banks of all stories, built once; a fresh world and an empty ledger for each."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.store import schema
from gateway.store.database import open_database
from sandbox.app import create_apps
from sandbox.banks import BANKS as FAKES
from sandbox.clock import Clock
from sandbox.state import Sandbox
from tests.rehearsal import BANKS_AT, START
from tests.stories.story import Story

SEED = 1


@pytest.fixture(scope="session")
def town() -> tuple[Sandbox, tuple[Any, Any]]:
    """All banks that do not exist; building their routes takes longer than most stories."""
    sandbox = Sandbox(FAKES, clock=Clock(START, speed=0), seed=SEED, public_url=BANKS_AT)
    return sandbox, create_apps(sandbox)


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database in today's shape, to be copied."""
    path = tmp_path_factory.mktemp("stories") / "empty.db"
    schema.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
async def story(
    town: tuple[Sandbox, tuple[Any, Any]], empty_ledger: Path, tmp_path: Path
) -> AsyncIterator[Story]:
    """The product on the banks, on the morning of an ordinary day."""
    sandbox, apps = town
    sandbox.clock.set_now(START)
    sandbox.begin(SEED)
    path = tmp_path / "mostik.db"
    shutil.copyfile(empty_ledger, path)
    made = Story(sandbox, await open_database(f"sqlite:///{path}"), apps)
    await made.prepare()
    yield made
    await made.close()
