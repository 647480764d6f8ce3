"""The two programs of the demo as child processes: begun, killed, ended, and their last words."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_SECONDS = 60.0
ENDS_WITHIN_SECONDS = 15.0
ASKED_EVERY_SECONDS = 0.05
TAIL_LINES = 15
NEW_KEY = ("--tenant", "demo", "--scopes", "read,write,admin", "--json")


class ProgramFailed(Exception):  # noqa: N818 - said of a program
    """A program of ours did not start, or ended on its own."""


class Program:
    """One child process in a session of its own, so that a Ctrl-C is ours to handle."""

    def __init__(
        self, name: str, arguments: list[str], environment: Mapping[str, str], log: Path, ready: str
    ) -> None:
        self.name = name
        self._command = [sys.executable, "-m", *arguments]
        self._environment = dict(environment)
        self._log = log
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id, 0 when it does not run."""
        return self._process.pid if self._process else 0

    def begin(self) -> None:
        """Start the process, without waiting for it to answer."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def await_ready(self) -> None:
        """Wait until it answers.

        Raises:
            ProgramFailed: when it ended instead, or never answered.
        """
        until = time.monotonic() + READY_WITHIN_SECONDS
        with httpx.Client(trust_env=False, timeout=5) as client:
            while time.monotonic() < until:
                self.check()
                try:
                    if client.get(self._ready).is_success:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(ASKED_EVERY_SECONDS)
        raise ProgramFailed(f"{self.name} did not answer within {READY_WITHIN_SECONDS:.0f} s")

    def check(self) -> None:
        """Make sure that it still runs.

        Raises:
            ProgramFailed: when it ended on its own.
        """
        code = self._process.poll() if self._process else None
        if code is not None:
            raise ProgramFailed(f"{self.name} ended on its own with code {code}")

    def kill(self) -> int:
        """SIGKILL, as a power cut would; answers the dead process's id."""
        pid = self.pid
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
        return pid

    def end(self) -> None:
        """Ask it to end, and make it end when it does not."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def last_words(self) -> list[str]:
        """The end of its log."""
        if not self._log.exists():
            return []
        return self._log.read_text(errors="replace").splitlines()[-TAIL_LINES:]


class Installation:
    """A sandbox and a gateway on free ports, with everything they keep in one temporary folder."""

    def __init__(self, *, seed: int, now: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mostik-demo-"))
        banks, control, gateway = _free_addresses(3)
        self.banks_url = f"http://{banks}"
        self.control_url = f"http://{control}"
        self.gateway_url = f"http://{gateway}"
        self._environment = _environment() | {
            "MOSTIK_DATABASE_URL": f"sqlite:///{self.folder / 'mostik.db'}",
            "MOSTIK_BANKS_URL": self.banks_url,
            "MOSTIK_CLOCK_URL": f"{self.control_url}/control/v1/clock",
            "MOSTIK_LISTEN": gateway,
            "MOSTIK_PUBLIC_URL": self.gateway_url,
        }
        # The clock stands still until everybody is there.
        world = ["--seed", str(seed), "--now", now, "--speed", "0"]
        self.sandbox = self._program(
            "sandbox",
            ["serve", "--banks", banks, "--control", control, *world],
            f"{self.control_url}/control/v1/clock",
        )
        self.gateway = self._program("gateway", ["serve"], f"{self.gateway_url}/health/ready")

    def begin(self) -> str:
        """Start both programs; answers the first key."""
        self.sandbox.begin()
        key = self._first_key()
        self.gateway.begin()
        self.sandbox.await_ready()
        self.gateway.await_ready()
        return key

    def end(self) -> None:
        """End both programs and leave nothing behind."""
        self.gateway.end()
        self.sandbox.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _program(self, name: str, arguments: list[str], ready: str) -> Program:
        log = self.folder / f"{name}.log"
        return Program(name, [name, *arguments], self._environment, log, ready)

    def _first_key(self) -> str:
        """A key straight from the database, as an operator makes the first one.

        Raises:
            ProgramFailed: with what the program said.
        """
        made = subprocess.run(
            [sys.executable, "-m", "gateway", "keys", "create", *NEW_KEY],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            timeout=READY_WITHIN_SECONDS,
            check=False,
        )
        if made.returncode:
            raise ProgramFailed(f"no key: {made.stderr.decode(errors='replace').strip()}")
        key: str = json.loads(made.stdout)["key"]
        return key


def _environment() -> dict[str, str]:
    """This process's environment without settings of another installation, and without proxies."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOSTIK_")}
    return kept | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def _free_addresses(count: int) -> list[str]:
    """Addresses on loopback that nobody listens at, all different."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in held]
    finally:
        for each in held:
            each.close()
