"""Pages of a running `mostik serve`, against fixed bytes of the same size from the same server.

What counts is the server's own processor time for a request, so that neither the client nor a busy
neighbour sets the figure: requests a second are those of one core that does nothing else.
"""

from __future__ import annotations

from statistics import median
from tempfile import TemporaryDirectory

import httpx

from loadtests.children import (
    free_port,
    hammered,
    measured,
    processor_seconds,
    resident_megabytes,
    running,
)

ROUNDS = 5
SECONDS = 1.5
WARM_SECONDS = 0.5
QUICK_ROWS = 600


class Served:
    """One page of the API."""

    def __init__(self, target: str) -> None:
        self._target = target

    def measure(self, *, quick: bool) -> dict[str, object]:
        """Requests a second of one core, ours and the limit, in turn."""
        with TemporaryDirectory() as folder:
            arguments = [f"--folder={folder}", *([f"--rows={QUICK_ROWS}"] if quick else [])]
            made = measured("furnishing", *arguments)
            key, port = str(made["key"]), free_port()
            here = f"http://127.0.0.1:{port}"
            environment = {
                "MOSTIK_DATABASE_URL": str(made["database_url"]),
                "MOSTIK_LISTEN": f"127.0.0.1:{port}",
            }
            with running(
                "gateway", "serve", ready=f"{here}/health/ready", environment=environment
            ) as (ours, _):
                return _against(ours, here + self._target, key, quick=quick)


def _against(pid: int, url: str, key: str, *, quick: bool) -> dict[str, object]:
    size, port = _size(url, key), free_port()
    constant = f"http://127.0.0.1:{port}/constant"
    command = ("tests.measures.constant", f"--port={port}", f"--bytes={size}")
    with running(*command, ready=constant) as (bare, _):
        rates: list[tuple[float, float]] = []
        latency: dict[str, float] = {}
        for _ in range(1 if quick else ROUNDS):
            mine, latency = _rate(pid, url, key, quick=quick)
            rates.append((mine, _rate(bare, constant, None, quick=quick)[0]))
    return {
        "ours": median(ours for ours, _ in rates),
        "limit": median(limit for _, limit in rates),
        "ratio": median(ours / limit for ours, limit in rates),
        "unit": f"requests/s of one core, {size:,} bytes each",
        "parts": latency,
    }


def _size(url: str, key: str) -> int:
    page = httpx.get(url, headers={"Authorization": f"Bearer {key}"}, timeout=10, trust_env=False)
    return len(page.raise_for_status().content)


def _rate(pid: int, url: str, key: str | None, *, quick: bool) -> tuple[float, dict[str, float]]:
    """Requests for each second of the server's processor, and what the client saw."""
    hammered(url, key, WARM_SECONDS / 5 if quick else WARM_SECONDS)
    before = processor_seconds(pid)
    told = hammered(url, key, SECONDS / 5 if quick else SECONDS)
    spent = processor_seconds(pid) - before
    seen = {name: float(str(told[name])) for name in ("p50_ms", "p99_ms")}
    return float(str(told["requests"])) / max(spent, 0.01), seen


def cold(wanted: str, *, quick: bool) -> dict[str, object]:
    """Seconds until an empty installation is ready, or megabytes that it then holds."""
    found = {"start": list[float](), "memory": list[float]()}
    with TemporaryDirectory() as compiled:
        # An installed program has its modules compiled, so the first start only compiles them.
        for turn in range(1 if quick else 4):
            with TemporaryDirectory() as folder:
                port = free_port()
                environment = {
                    "MOSTIK_DATABASE_URL": f"sqlite:///{folder}/mostik.db",
                    "MOSTIK_LISTEN": f"127.0.0.1:{port}",
                    "PYTHONDONTWRITEBYTECODE": "",
                    "PYTHONPYCACHEPREFIX": compiled,
                }
                ready = f"http://127.0.0.1:{port}/health/ready"
                with running("gateway", "serve", ready=ready, environment=environment) as up:
                    pid, seconds = up
                    if turn or quick:
                        found["start"].append(seconds)
                        found["memory"].append(resident_megabytes(pid))
    return {"ours": median(found[wanted]), "unit": {"start": "s", "memory": "MB"}[wanted]}
