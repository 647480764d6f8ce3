"""Both programs as processes of their own: the fake banks stay alive, the gateway is killed."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx

from gateway.store import keys, schema
from gateway.store.database import open_database

ROOT = Path(__file__).parents[2]
STARTS_IN_SECONDS = 60.0
"""Far more than a start takes: other programs may want the machine too."""
LOOK_EVERY_SECONDS = 0.02
SECRET_KEYS: Final = base64.b64encode(b"e" * 32).decode()

Row = dict[str, Any]


class Hang(AssertionError):  # noqa: N818 - said of a program
    """Something that must happen by itself did not."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def environment(bytecode: Path, **settings: str) -> dict[str, str]:
    """This process's environment without our settings, compiling to a folder that stays.

    A start that must compile every module anew takes twice as long; where a machine forbids
    bytecode beside the sources, it goes to a folder of the tests.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOSTIK_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    kept["PYTHONPYCACHEPREFIX"] = str(bytecode)
    return {**kept, **{f"MOSTIK_{name}": value for name, value in settings.items()}}


class Template:
    """An empty database with one key, copied for each installation."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "template.db"
        url = f"sqlite:///{self.file}"
        schema.migrate(url)
        self.key = asyncio.run(self._key(url))

    @staticmethod
    async def _key(url: str) -> str:
        database = await open_database(url)
        try:
            now = datetime.now(UTC)
            made = await database.write(lambda tx: keys.create(tx, "acme", keys.SCOPES, now))
        finally:
            await database.close()
        return made.key


class Fakes:
    """The banks that do not exist, in a process that nobody kills."""

    def __init__(self, folder: Path, bytecode: Path, *, now: str, speed: float, seed: int) -> None:
        banks, control = free_port(), free_port()
        self.banks_url = f"http://127.0.0.1:{banks}"
        self.control_url = f"http://127.0.0.1:{control}"
        self._log = (folder / "banks.log").open("ab")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sandbox", "serve", "--now", now),
                *("--speed", str(speed), "--seed", str(seed)),
                *("--banks", f"127.0.0.1:{banks}", "--control", f"127.0.0.1:{control}"),
            ],
            cwd=ROOT,
            env=environment(bytecode),
            stdout=self._log,
            stderr=self._log,
        )
        self._control = httpx.Client(
            base_url=f"{self.control_url}/control/v1", trust_env=False, timeout=60
        )
        _answers(f"{self.control_url}/control/v1/clock", self._process)

    def ask(self, path: str, **query: str) -> Any:
        """What the control plane shows."""
        return self._said(self._control.get(path, params=query))

    def tell(self, path: str, body: Mapping[str, Any], how: str = "POST") -> Any:
        """Have the control plane do something."""
        return self._said(self._control.request(how, path, json=body))

    @staticmethod
    def _said(answer: httpx.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json()

    def now(self) -> datetime:
        """The virtual instant."""
        return datetime.fromisoformat(self.ask("/clock")["now"])

    def end(self) -> None:
        """Stop, and leave nothing behind."""
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._log.close()


class House:
    """One installation of the gateway on one SQLite file, started and killed as often as wanted."""

    def __init__(
        self, folder: Path, bytecode: Path, fakes: Fakes, template: Template, **settings: str
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "mostik.db"
        shutil.copyfile(template.file, self.file)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.kills: Counter[str] = Counter()
        """How often the process was killed, by the place where it was."""
        self.starts: list[float] = []
        """Seconds from each start to the first good answer, where it was waited for."""
        self._environment = environment(
            bytecode,
            DATABASE_URL=f"sqlite:///{self.file}",
            LISTEN=self.url.removeprefix("http://"),
            PUBLIC_URL=self.url,
            BANKS_URL=fakes.banks_url,
            CLOCK_URL=f"{fakes.control_url}/control/v1/clock",
            SECRET_KEYS=SECRET_KEYS,
            LOG_LEVEL="warning",
            **settings,
        )
        self._log = folder / "gateway.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=self.url, trust_env=False, timeout=30)
        self._http.headers["authorization"] = f"Bearer {template.key}"

    @property
    def living(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """What the process has written so far."""
        return self._log.read_text() if self._log.exists() else ""

    def start(self, kill_at: str = "") -> None:
        """Start, to be killed at a fail point where one is named; does not wait."""
        assert not self.living
        said = {"MOSTIK_KILL_AT": kill_at} if kill_at else {}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "serve"],
                cwd=ROOT,
                env={**self._environment, **said},
                stdout=log,
                stderr=log,
            )

    def wait_ready(self) -> float:
        """The seconds until the first good answer."""
        assert self._process is not None
        took = _answers(f"{self.url}/health/ready", self._process)
        self.starts.append(took)
        return took

    def kill(self, place: str = "outside") -> None:
        """SIGKILL, as a machine without power would."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.kill()
            self.kills[place] += 1
        self._process.wait()

    def buried(self, place: str) -> bool:
        """Whether a fail point has killed it; counts the kill. Any other end is a failure."""
        assert self._process is not None
        code = self._process.poll()
        if code is None:
            return False
        assert code == -signal.SIGKILL, f"ended by itself with {code}:\n{self.log[-2000:]}"
        self.kills[place] += 1
        return True

    def end(self) -> None:
        """Kill without counting, and let go."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """What the API shows."""
        answer = self._http.get(f"/v1{path}", params=query)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Have the API do something, once."""
        answer = self._http.post(f"/v1{path}", json=body, headers={"idempotency-key": uuid4().hex})
        assert answer.is_success, answer.text
        return answer.json()

    def come_back(self, location: str) -> None:
        """The customer's browser comes back from the bank."""
        answer = self._http.get(location)
        assert answer.status_code == 302, answer.text

    def rows(self, path: str, **query: Any) -> Iterator[Row]:
        """Every item of a list, page after page."""
        cursor: str | None = None
        while True:
            asked = {**query, "cursor": cursor} if cursor else query
            page = self.get(path, limit=100, **asked)
            yield from page["items"]
            cursor = page["next_cursor"]
            if not cursor or not page.get("has_more", True):
                return

    def look(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read the database beside the process, which may be dead just now."""
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as database:
            return database.execute(sql, values).fetchall()


def _answers(url: str, process: subprocess.Popen[bytes]) -> float:
    """Wait for a good answer; the seconds that took."""
    began = time.monotonic()
    with httpx.Client(trust_env=False, timeout=10) as client:
        while time.monotonic() - began < STARTS_IN_SECONDS:
            if process.poll() is not None:
                raise Hang(f"ended with {process.returncode} before its first answer")
            try:
                if client.get(url).is_success:
                    return time.monotonic() - began
            except httpx.TransportError:
                time.sleep(LOOK_EVERY_SECONDS)
    raise Hang(f"{url} does not answer")
