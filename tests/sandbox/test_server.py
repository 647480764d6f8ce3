"""The program itself: two listeners, one process, an end at once."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.__main__ import PROBLEM, main
from sandbox.server import Address, address

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Program:
    """A running `mostik-sandbox demo` and where it listens."""

    def __init__(self) -> None:
        self.banks, self.control = free_port(), free_port()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sandbox", "demo", "--speed", "0"),
                *("--banks", f"127.0.0.1:{self.banks}", "--control", f"127.0.0.1:{self.control}"),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.greeting = self._greeting()

    def _greeting(self) -> list[str]:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if "Control plane" in line:
                break
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.control)) == 0:
                    return lines
            time.sleep(0.02)
        raise AssertionError("".join(lines))

    def end(self) -> None:
        self.process.kill()
        self.process.wait(5)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    one = Program()
    yield one
    one.end()


def test_both_listeners_serve_one_world(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the shell turns, HTTP shows; requests to banks stand in the control's journal."""
    control = f"http://127.0.0.1:{program.control}"
    before = httpx.get(f"{control}/control/v1/clock").json()["now"]
    turned = main(["clock", "--control", control, "--advance", "P1D"])
    refused = main(["clock", "--control", control, "--advance", "soon"])
    httpx.get(f"http://127.0.0.1:{program.banks}/nobank/x")
    paths = [line["path"] for line in httpx.get(f"{control}/control/v1/journal").json()["items"]]
    printed = capsys.readouterr()

    assert (turned, refused) == (0, PROBLEM)
    assert before[:10] not in printed.out
    assert '"field": "advance"' in printed.err
    assert "/nobank/x" in paths
    assert main(["scenarios", "--control", control]) == 0
    assert main(["inject", "--control", control]) == 0


@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_and_leaves_no_child(wanted: signal.Signals) -> None:
    """Rehearsals start and stop it many times; one process, so SIGKILL leaves nothing either."""
    one = Program()
    children = Path(f"/proc/{one.process.pid}/task/{one.process.pid}/children")
    left = children.read_text() if children.exists() else ""
    began = time.monotonic()
    os.kill(one.process.pid, wanted)
    code = one.process.wait(5)
    took = time.monotonic() - began
    one.end()

    assert left == ""
    assert (code, took < 2) == (0, True)


@pytest.mark.parametrize("arguments", [["--banks", "0.0.0.0:8800"], ["--control", "[::]:8801"]])
def test_others_are_let_in_only_when_meant(arguments: list[str]) -> None:
    """The fakes accept a well-known client; they must not stand open by accident."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", *arguments])

    assert ended.value.code == 2


def test_a_taken_address_is_said_in_one_sentence(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not a panic of the server."""
    taken = f"127.0.0.1:{program.banks}"
    code = main(["serve", "--banks", taken, "--control", f"127.0.0.1:{free_port()}"])

    assert code == PROBLEM
    assert taken in capsys.readouterr().err


def test_a_control_plane_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 and the address."""
    code = main(["clock", "--control", f"http://127.0.0.1:{free_port()}"])

    assert code == PROBLEM
    assert "No control plane answers" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["8800", ":8800", "host:", "host:x", "host:70000"])
def test_an_address_needs_host_and_port(text: str) -> None:
    """A typo is a usage error."""
    with pytest.raises(ValueError, match="no address"):
        address(text)


def test_an_address_reads_both_families() -> None:
    """Loopback of either family is private, a name other than localhost is not."""
    assert address("127.0.0.1:1") == Address("127.0.0.1", 1)
    assert str(address("[::1]:1")) == "[::1]:1"
    assert [address(f"{host}:1").is_public for host in ("[::1]", "localhost", "bank.example")] == [
        False,
        False,
        True,
    ]
