"""As many GETs as a few kept connections take: a client light enough to keep one core busy.

A process of its own, so that the server under test has the other core to itself:
`python -m loadtests.hammer http://127.0.0.1:8700/v1/transactions?limit=100 --key mk_…`
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from time import perf_counter
from urllib.parse import urlsplit

import msgspec

END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class Hammer(asyncio.Protocol):
    """One connection that asks again as soon as a whole answer is there."""

    def __init__(self, question: bytes, seconds: list[float], until: float) -> None:
        self._question = question
        self._seconds = seconds
        self._until = until
        self._head = b""
        self._left = 0
        self._asked_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first time."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked_at = perf_counter()
        self._transport.write(self._question)

    def data_received(self, data: bytes) -> None:
        """Count down what is left of the answer; nothing of it is kept."""
        if self._left:
            self._left -= len(data)
        else:
            self._head += data
            end = self._head.find(END_OF_HEAD)
            if end < 0:
                return
            length = LENGTH.search(self._head, 0, end + 2)
            if not self._head.startswith(b"HTTP/1.1 200") or length is None:
                self._fail(self._head[:200].decode("latin-1"))
                return
            self._left = int(length[1]) - (len(self._head) - end - len(END_OF_HEAD))
            self._head = b""
        if self._left == 0:
            self._seconds.append(perf_counter() - self._asked_at)
            if self._asked_at < self._until:
                self._ask()
            else:
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that this connection has ended, and whether it broke."""
        if self.done.done():
            return
        if exc is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(exc)

    def _fail(self, sentence: str) -> None:
        self.done.set_exception(RuntimeError(f"not a good answer: {sentence}"))
        self._transport.close()


async def hammer(url: str, key: str | None, seconds: float, connections: int) -> list[float]:
    """Seconds of each answer, of all that came in the time."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    head = [f"GET {target} HTTP/1.1", f"Host: {parts.netloc}", "Accept: application/json"]
    if key:
        head.append(f"Authorization: Bearer {key}")
    question = "\r\n".join([*head, "", ""]).encode()
    host, port = parts.hostname or "", parts.port or 80
    loop = asyncio.get_running_loop()
    took: list[float] = []
    until = perf_counter() + seconds
    made = [
        await loop.create_connection(lambda: Hammer(question, took, until), host, port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    return took


def main() -> None:
    """Print one JSON object: how many answers, in what time, and their percentiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--key")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--core", type=int, help="the core to stay on, where the system can")
    asked = parser.parse_args()
    if asked.core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {asked.core})
    began = perf_counter()
    took = sorted(asyncio.run(hammer(asked.url, asked.key, asked.seconds, asked.connections)))
    told = {
        "requests": len(took),
        "seconds": perf_counter() - began,
        "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[len(took) * 99 // 100] * 1000,
    }
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


if __name__ == "__main__":
    main()
