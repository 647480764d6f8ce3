"""Processes that a benchmark needs: measures, servers, and a client on a core of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

import httpx
import msgspec

ROOT = Path(__file__).parents[1]
SECONDS_TO_START = 60.0
SECONDS_TO_STOP = 15.0


def measured(name: str, *arguments: str) -> dict[str, object]:
    """What a measure of `tests.measures` prints: one JSON object."""
    return _told("tests.measures." + name, *arguments)


def hammered(url: str, key: str | None, seconds: float) -> dict[str, object]:
    """What the hammer counted, from a core that the servers do not use where there are two."""
    more = ["--key", key] if key else []
    core = ["--core", "1"] if _cores() > 1 else []
    return _told("loadtests.hammer", url, "--seconds", str(seconds), *more, *core)


def _told(module: str, *arguments: str) -> dict[str, object]:
    run = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return msgspec.json.decode(run.stdout, type=dict[str, object])


def _cores() -> int:
    return os.cpu_count() or 1


@contextmanager
def running(
    *command: str, ready: str, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[int, float]]:
    """A server on the first core, by its process id and the seconds until `ready` answered."""
    began = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if hasattr(os, "sched_setaffinity") and _cores() > 1:
            os.sched_setaffinity(process.pid, {0})
        _wait(ready, began, process)
        yield process.pid, perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(ready: str, began: float, process: subprocess.Popen[bytes]) -> None:
    while perf_counter() - began < SECONDS_TO_START:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            httpx.get(ready, timeout=5, trust_env=False)
        except httpx.TransportError:
            sleep(0.02)
        else:
            return
    raise RuntimeError(f"{ready} did not answer in {SECONDS_TO_START:g} s")


def free_port() -> int:
    """A port of the loopback that nobody holds at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor so far, all its threads together (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    """What a process holds of the memory (proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) / 1024
