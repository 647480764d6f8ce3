"""The commands that ask a running Mostik: against `mostik serve` and banks that do not exist."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from msgspec import Struct

from gateway.cli import load, mostik
from tests.house.sources import ROOT

STARTS_IN_SECONDS = 15.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def running(*words: str, at: str, folder: Path, **settings: str) -> Iterator[None]:
    """A program of ours as a process of its own, from its first answer to the end of the block."""
    clean = {name: each for name, each in os.environ.items() if not name.startswith("MOSTIK_")}
    with (folder / f"{words[0]}.log").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=folder,
            env={**clean, "PYTHONPATH": str(ROOT), **settings},
            stdout=said,
            stderr=said,
        )
    try:
        until = time.monotonic() + STARTS_IN_SECONDS
        with httpx.Client(trust_env=False) as client:
            while True:
                try:
                    client.get(at).raise_for_status()
                    break
                except httpx.HTTPError:
                    assert process.poll() is None, (folder / f"{words[0]}.log").read_text()
                    assert time.monotonic() < until
                    time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=15)


class Place(Struct):
    """Two running programs and a company with payments."""

    url: str
    key: str
    control: str
    company: dict[str, Any]
    token_file: str
    account_id: str = ""

    def run(self, *words: str, **settings: str) -> Result:
        """Run `mostik` against this place."""
        environment = {"MOSTIK_URL": self.url, "MOSTIK_KEY": self.key, **settings}
        return CliRunner().invoke(
            mostik, words, prog_name="mostik", env=environment, catch_exceptions=False
        )

    def told(self, *words: str) -> Any:
        """What a command prints as JSON when it is done."""
        done = self.run(*words, "--json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A Mostik and its banks; one company whose key the bank has handed out is connected."""
    folder = tmp_path_factory.mktemp("place")
    banks, control, listen = (f"127.0.0.1:{free_port()}" for _ in range(3))
    virtual = f"http://{control}/control/v1"
    started = (
        "--banks",
        banks,
        "--control",
        control,
        "--now",
        "2026-11-20T09:00:00Z",
        "--speed",
        "60",
    )
    settings = {
        "MOSTIK_LISTEN": listen,
        "MOSTIK_PUBLIC_URL": f"http://{listen}",
        "MOSTIK_BANKS_URL": f"http://{banks}",
        "MOSTIK_CLOCK_URL": f"{virtual}/clock",
        "MOSTIK_DATABASE_URL": f"sqlite:///{folder}/ledger.db",
    }
    with (
        running("sandbox", "serve", *started, at=f"{virtual}/clock", folder=folder),
        running("gateway", "serve", at=f"http://{listen}/health/ready", folder=folder, **settings),
    ):
        made = CliRunner().invoke(
            mostik,
            ["keys", "create", "--tenant", "acme", "--json"],
            env={"MOSTIK_DATABASE_URL": settings["MOSTIK_DATABASE_URL"]},
        )
        key = json.loads(made.stdout)["key"]
        found = Place(f"http://{listen}", key, virtual, *furnished(virtual, folder))
        connected(found)
        yield found


def furnished(control: str, folder: Path) -> tuple[dict[str, Any], str]:
    """A company with two months of payments at a bank that hands over history at once."""
    with httpx.Client(base_url=control, trust_env=False, timeout=30) as client:
        client.patch("/banks/tochka/behaviour", json={"delivery": {"every_minutes": 0}})
        account = {"accounts": [{"currency": "RUB", "kind": "settlement"}]}
        wish = {"country": "RU", "banks": {"tochka": account, "sber": account}}
        company: dict[str, Any] = client.post("/companies", json=wish).raise_for_status().json()
        number = next(each["number"] for each in company["accounts"] if each["bank"] == "tochka")
        stretch = {"from": "2026-10-01", "to": "2026-11-19", "count": 130, "seed": 3}
        client.post(f"/accounts/{number}/payments", json={"generate": stretch}).raise_for_status()
        minted = client.post("/credentials/tochka", json={"company": company["id"]})
    file = folder / "token"
    file.write_text(minted.raise_for_status().json()["token"])
    return company, str(file)


def asking(place: Place, bank: str) -> tuple[str, ...]:
    """The words of a `connect`."""
    words = ("connect", "--bank", bank, "--organisation", "Acme", "--inn", place.company["inn"])
    return (*words, "--return-url", "https://acme.example/done")


def connected(place: Place) -> None:
    """Connect the company's first bank with the key it handed out; its account comes at once."""
    words = ("--token-file", place.token_file, "--history-from", "2026-11-10", "--wait")
    connection = place.told(*asking(place, "tochka"), *words)
    assert connection["status"] == "active"
    answer = httpx.get(
        f"{place.url}/v1/accounts",
        headers={"Authorization": f"Bearer {place.key}"},
        trust_env=False,
    )
    place.account_id = answer.json()["items"][0]["id"]


def test_a_load_is_watched_until_it_has_come(place: Place) -> None:
    """The bar stands on standard error, the last object on standard output."""
    period = ("--account", place.account_id, "--from", "2026-10-01", "--to", "2026-10-31")
    done = place.run("load", *period, "--json")
    told = json.loads(done.stdout)
    shown = place.run("load", *period)

    assert (done.exit_code, told["state"]) == (0, "complete")
    assert told["progress"]["done"] == told["progress"]["total"] == len(told["windows"])
    assert "complete" in shown.stdout
    assert "transactions" in shown.stderr


def test_all_pages_come_as_one_line_each(place: Place) -> None:
    """A stream for programs; without --all the rest is named, not forgotten."""
    page = place.run("transactions", "--account", place.account_id, "--limit", "3", "--json")
    whole = place.run(
        "transactions", "--account", place.account_id, "--limit", "50", "--all", "--json"
    )
    rows = [json.loads(line) for line in whole.stdout.splitlines()]

    assert len(page.stdout.splitlines()) == 3
    assert "--cursor" in page.stderr
    assert whole.stderr == ""
    assert len(rows) == len({row["id"] for row in rows}) > 100


def test_a_table_shows_the_sign_of_money(place: Place) -> None:
    """An unsigned amount and a word beside it are for programs."""
    done = place.run("transactions", "--direction", "debit", "--from", "2026-11-01")

    assert re.search(r"-\d+\.\d\d\s+RUB", done.stdout)
    assert "+" not in done.stdout


def test_coverage_tells_what_is_missing_and_strictly_fails(place: Place) -> None:
    """By default it informs; a pipeline that must not go on says --strict."""
    words = ("coverage", place.account_id, "--from", "2026-09-28", "--to", "2026-11-15")
    told = place.told(*words)
    shown, strict = place.run(*words), place.run(*words, "--strict")

    assert {day["state"] for day in told["days"]} == {"missing", "proven"}
    assert (shown.exit_code, strict.exit_code) == (0, 1)
    assert "Missing: 2026-09-28 to 2026-09-30" in shown.stdout
    assert strict.stderr.startswith("12 days missing, 0 in conflict")


def test_connecting_shows_the_customers_link(place: Place) -> None:
    """Whoever runs it sends the link on; the rest goes by itself."""
    done = place.run(*asking(place, "sber"))

    assert done.exit_code == 0
    assert "awaiting_customer" in done.stdout
    assert "http" in done.stdout


def test_waiting_ends_when_the_customer_declines(place: Place) -> None:
    """The code says what happened, and the steps what to do next."""
    waiting = subprocess.Popen(
        [sys.executable, "-m", "gateway", *asking(place, "sber"), "--wait", "--timeout", "30"],
        cwd=ROOT,
        env={**os.environ, "MOSTIK_URL": place.url, "MOSTIK_KEY": place.key},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stderr is not None
    waiting.stderr.readline()
    link = waiting.stderr.readline().split()[-1]
    with httpx.Client(trust_env=False, timeout=30) as client:
        decision = {"url": link, "decision": "refuse"}
        walked = client.post(f"{place.control}/authorise", json=decision).raise_for_status().json()
        client.get(walked["location"])
    told = waiting.stderr.read()
    waiting.stderr.close()

    assert waiting.wait(timeout=10) == 1
    assert "AUTHORISATION_DECLINED MB-" in told


def test_waiting_too_long_is_no_failure_of_the_connection(place: Place) -> None:
    """The customer may sign tomorrow; the connection goes on without the shell."""
    done = place.run(*asking(place, "sber"), "--wait", "--timeout", "1")

    assert done.exit_code == 1
    assert "still awaiting_customer" in done.stderr


def test_an_account_that_is_not_granted_is_named_in_either_form(place: Place) -> None:
    """Russian accounts are a number and a BIC; the correspondent account is a slip told at once."""
    slip = place.run(*asking(place, "sber"), "--expect", "30101810400000000225@044525225")
    usage = place.run(*asking(place, "sber"), "--expect", "12345")

    assert (slip.exit_code, usage.exit_code) == (1, 2)
    assert slip.stderr.startswith("CORRESPONDENT_ACCOUNT_GIVEN")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("coverage", "acc_unknown"), "NOT_FOUND"),
        (("transactions", "--cursor", "rubbish"), "CURSOR_INVALID"),
        (
            ("load", "--account", "ACC", "--from", "2026-01-01", "--to", "2031-01-01"),
            "PERIOD_INVALID",
        ),
    ],
)
def test_a_problem_ends_with_one_its_code_and_its_steps(
    place: Place, words: tuple[str, ...], code: str
) -> None:
    """The same problem as over HTTP, in the language that was asked for."""
    spoken = [place.account_id if word == "ACC" else word for word in words]
    done = place.run(*spoken, "--lang", "ru", "--json")

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.split()[0] == code
    assert re.search(r"\n  1\. .*[а-я]", done.stderr)
    assert "request req_" in done.stderr


def test_a_wrong_key_is_a_problem(place: Place) -> None:
    """It names the remedy, not the key."""
    done = place.run("transactions", MOSTIK_KEY="mk_wrong")

    assert done.exit_code == 1
    assert done.stderr.startswith("UNAUTHENTICATED")
    assert "mk_wrong" not in done.stderr


def test_where_nobody_or_somebody_else_answers_one_sentence_says_so(place: Place) -> None:
    """A wrong MOSTIK_URL is the commonest slip of all."""
    nobody = place.run("transactions", MOSTIK_URL="http://127.0.0.1:1")
    another = place.run("transactions", MOSTIK_URL=place.control)
    no_address = place.run("transactions", MOSTIK_URL="here")

    assert [done.exit_code for done in (nobody, another, no_address)] == [1, 1, 2]
    assert all(len(done.stderr.splitlines()) == 1 for done in (nobody, another, no_address))


def test_two_processes_do_not_serve_one_embedded_database(place: Place) -> None:
    """The second one would undo the leases of the first."""
    database = next(Path(place.token_file).parent.glob("ledger.db"))
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "serve"],
        cwd=ROOT,
        env={
            **os.environ,
            "MOSTIK_DATABASE_URL": f"sqlite:///{database}",
            "MOSTIK_LISTEN": f"127.0.0.1:{free_port()}",
        },
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.returncode == 1
    assert "another process already serves" in done.stderr


def test_a_load_that_failed_ends_with_its_first_problem(capsys: pytest.CaptureFixture[str]) -> None:
    """A cron job sees the code without reading the windows."""
    problem = {
        "code": "STATEMENT_FAILED",
        "number": "MB-3008",
        "title": "The bank could not make the statement",
        "detail": "It says so itself.",
        "steps": [],
    }
    windows = [{"problem": None}, {"problem": problem}]
    with pytest.raises(RuntimeError) as ended:
        load._end({"id": "load_1", "state": "failed", "windows": windows})

    assert getattr(ended.value, "exit_code", None) == 1
    assert capsys.readouterr().err.startswith("STATEMENT_FAILED MB-3008")


def test_the_document_is_the_one_that_is_served(place: Place) -> None:
    """Clients are made from either."""
    served = httpx.get(f"{place.url}/openapi.json", trust_env=False).json()

    assert json.loads(CliRunner().invoke(mostik, ["openapi"]).stdout) == served
