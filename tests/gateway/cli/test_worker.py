"""`worker` as a process of its own, over real Redis and PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import redis

from tests.gateway.cli.conftest import Shell
from tests.house.sources import ROOT


def listeners(redis_url: str) -> int:
    """How many workers wait for a hint."""
    with redis.Redis.from_url(redis_url) as client:
        blocked: int = client.info("clients")["blocked_clients"]
    return blocked


def test_a_worker_listens_and_goes_when_it_is_told(
    shell: Shell, postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    """An update replaces workers one by one; each leaves within seconds and without a traceback."""
    shell("migrate", DATABASE_URL=postgres_url)
    settings = {"MOSTIK_DATABASE_URL": postgres_url, "MOSTIK_REDIS_URL": redis_url}
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "worker"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    until = time.monotonic() + 15
    while not listeners(redis_url) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    heard = listeners(redis_url)
    process.terminate()
    _, said = process.communicate(timeout=15)

    assert (heard, process.returncode) == (1, 0), said
    assert "Traceback" not in said


def test_tables_of_another_version_stop_the_start(
    shell: Shell, postgres_url: str, redis_url: str
) -> None:
    """What many processes share is migrated once, when somebody says so."""
    settings = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url}
    found = [shell(word, **settings) for word in ("serve", "worker")]

    assert [done.exit_code for done in found] == [1, 1]
    assert all("mostik migrate" in done.stderr for done in found)
