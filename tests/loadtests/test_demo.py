"""The demo is what a stranger sees first, so it is run as he runs it, only smaller."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.demo_screen import table
from loadtests.demo_verdict import Verdict
from loadtests.demo_watch import Passage
from loadtests.demo_world import Book, Wish

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--payments", "200", "--days", "40")
ENDS_WITHIN_SECONDS = 150


@pytest.fixture
def demo() -> Iterator[subprocess.Popen[str]]:
    """A small demo whose output is no terminal."""
    with subprocess.Popen(
        [sys.executable, "-m", "loadtests.demo", *SMALL],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        if process.poll() is None:
            process.terminate()


def test_the_demo_ends_with_five_equal_ledgers(demo: subprocess.Popen[str]) -> None:
    """All of it at once: five banks, a SIGKILL, the change feed, and a trouble explained."""
    said, _ = demo.communicate(timeout=ENDS_WITHIN_SECONDS)
    rows = re.findall(r"^ *(.+?) …\d{4} .* 40 (proven|received) +equal *$", said, re.MULTILINE)

    assert demo.returncode == 0, said
    assert rows == [
        ("Sber", "proven"),
        ("Tochka", "proven"),
        ("Tatra banka", "proven"),
        ("ČSOB", "received"),
        ("Fio banka", "received"),
    ]
    assert "SIGKILL" in said
    assert "ACCOUNT_NOT_IN_OFFER  MB-1202" in said
    assert "5 of 5 ledgers equal" in said
    assert "\x1b" not in said


def test_whoever_ends_the_demo_ends_its_programs(demo: subprocess.Popen[str]) -> None:
    """Two servers left behind on a stranger's machine would be a poor first impression."""
    assert demo.stdout is not None
    found = next(line for line in demo.stdout if line.startswith("Fake banks"))
    demo.send_signal(signal.SIGTERM)
    demo.communicate(timeout=ENDS_WITHIN_SECONDS)
    left = []
    for port in re.findall(r"127\.0\.0\.1:(\d+)", found):
        with socket.socket() as caller:
            left.append(caller.connect_ex(("127.0.0.1", int(port))) == 0)

    assert demo.returncode == 128 + signal.SIGTERM
    assert left == [False, False]


def test_a_ledger_that_differs_is_not_called_equal() -> None:
    """A demo that cannot fail shows nothing."""
    book = Book(bank="sber", name="Sber", number="40702810000000001234", bic=None, iban=None)
    passage = Passage(book)
    passage.load = {"windows": [{"from": "2026-11-01", "to": "2026-11-10", "duplicates": 0}]}
    row = ("2026-11-03", "credit", "5.00", "RUB", "", None, None)
    verdict = Verdict(
        passage=passage,
        rows=1,
        duplicates=0,
        days={"proven": 10},
        lacking=[row],
        too_much=[],
        copy_agrees=True,
    )
    shown = [cell for column in table([verdict], 112).columns for cell in column.cells]

    assert not verdict.is_well
    assert "DIFFERS" in [str(cell) for cell in shown]


def test_windows_are_told_in_the_order_they_came() -> None:
    """That banks hand over history out of order is what the picture is for."""
    wish = Wish(payments=0, days=40, seed=1, speed=1)
    passage = Passage(Book(bank="fio", name="Fio", number=None, bic=None, iban="SK00"))
    days = [("2026-11-15", "1"), ("2026-10-12", "2"), ("2026-10-25", "2"), ("2026-11-16", "3")]
    for place, (day, at) in enumerate(days):
        row = {"id": f"txn_{place}", "booking_date": day}
        passage.hear({"type": "added", "at": at, "transaction": row}, wish)

    assert passage.order() == ["4", "(1–2)"]
    assert len(passage.copy) == 4
