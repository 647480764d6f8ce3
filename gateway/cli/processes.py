"""The processes of an installation: one that serves, one that works, and its API's description."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import rich_click as click

from gateway import serve as program
from gateway.cli import endings
from gateway.cli.installation import settings
from gateway.sealing import Sealer
from gateway.settings import Settings
from gateway.store import schema, standing
from schemas.cases import CatalogueInvalidError

Running = Callable[[Settings], Coroutine[Any, Any, None]]


def serve() -> None:
    """Serve until told to stop."""
    wanted = settings()
    file = wanted.folder / "secret.keys"
    try:
        keys, just_made = wanted.sealing_keys()
        Sealer(keys)
    except (OSError, ValueError) as odd:
        endings.wrong_setting(f"MOSTIK_SECRET_KEYS is not set, and {file} cannot be used: {odd}")
    if just_made:
        click.echo(
            f"MOSTIK_SECRET_KEYS is not set, so a key was made in {file} (mode 0600): keep a copy,"
            " what it sealed cannot be read without it",
            err=True,
        )
    click.echo(f"Mostik starts at http://{wanted.listen}", err=True)
    _run(program.serve, wanted)


def work() -> None:
    """Work until told to stop."""
    wanted = settings()
    if wanted.redis_url is None:
        endings.wrong_setting("MOSTIK_REDIS_URL must be set for a worker; `serve` alone needs none")
    _run(program.work, wanted)


def _refuse_other_tables(url: str) -> None:
    """What several processes share is migrated when somebody says so; embedded, at the start."""
    found = standing.look(url)
    if found.state == "unreachable":
        endings.failed(f"MOSTIK_DATABASE_URL: the database cannot be used: {found.told}")
    if found.state == "ready" or url.startswith("sqlite:///"):
        return
    endings.failed(
        f"MOSTIK_DATABASE_URL: its tables are at {found.told or 'nothing yet'}, this version speaks"
        f" {schema.HEAD}: mostik migrate, or start the version that migrated them"
    )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The faster loop where uvloop is installed; Windows and PyPy go without."""
    try:
        import uvloop  # noqa: PLC0415 - compiled, and not for every machine
    except ImportError:
        return None
    return uvloop.new_event_loop


def _run(run: Running, wanted: Settings) -> None:
    program.configure_logs(wanted.log_level)
    _refuse_other_tables(wanted.database_url)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(run(wanted))
    except (program.AlreadyRunning, schema.SchemaNewer, CatalogueInvalidError) as refused:
        endings.failed(str(refused))
    except standing.UNREACHABLE as trouble:
        endings.failed(f"cannot run: {trouble}")
    except httpx.HTTPError as silent:
        endings.failed(f"MOSTIK_CLOCK_URL: no clock answers: {silent or type(silent).__name__}")
