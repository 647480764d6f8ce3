"""The program as a whole: what it says of itself, and how fast."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from gateway.cli import keys, mostik, options
from gateway.store.keys import SCOPES
from schemas.cases import Language
from tests.gateway.cli.conftest import Shell
from tests.house.sources import ROOT

EXAMPLE = re.compile(r"Example: `([^`]+)`")
HEAVY = ("httpx", "litestar", "sqlalchemy", "cryptography", "providers", "rich.console")


def commands(context: click.Context) -> Iterator[click.Context]:
    """Every command with its context, groups as well."""
    yield context
    if isinstance(context.command, click.Group):
        for name, command in context.command.commands.items():
            yield from commands(click.Context(command, info_name=name, parent=context))


ALL = {
    context.command_path: context for context in commands(click.Context(mostik, info_name="mostik"))
}


@pytest.mark.parametrize("path", ALL)
def test_every_command_has_an_example_that_it_understands(path: str) -> None:
    """People copy the example before they read the options; a stale one is worse than none."""
    told = EXAMPLE.search(" ".join((ALL[path].command.help or "").split()))
    assert told, f"{path} has no example"
    words = shlex.split(told[1].partition(" > ")[0])
    spoken = " ".join(words[words.index("mostik") :])
    nearest = max((each for each in ALL if spoken.startswith(each)), key=len)
    known = {name for each in ALL[nearest].command.params for name in each.opts}

    assert nearest.startswith(path)
    assert {word for word in words if word.startswith("--")} <= known


def test_asking_how_to_use_it_imports_nothing_that_takes_long() -> None:
    """`mostik --help` answers at once: under half a second, of which Python itself takes a part."""
    source = f"import gateway.__main__, sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_python_m_gateway_is_the_same_program() -> None:
    """Where scripts are not on the path, the module is."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "keys", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "mostik keys" in done.stdout


def test_words_repeated_for_speed_agree_with_the_product() -> None:
    """Scopes and languages are spelt again in the light modules, and must not drift."""
    assert keys.KNOWN_SCOPES == SCOPES
    assert set(options.LANGUAGES) == {language.value for language in Language}


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-command",),
        ("keys", "create"),
        ("keys", "create", "--tenant", "acme", "--scopes", "read,everything"),
        ("check", "--bank", "sber", "--history-from", "yesterday"),
        ("explain", "--lang", "de", "MB-1202"),
        ("transactions",),
        ("connect", "--bank", "sber", "--return-url", "https://acme.example", "--key", "mk_x"),
    ],
)
def test_wrong_usage_ends_with_two(shell: Shell, words: tuple[str, ...]) -> None:
    """A script tells its own mistake from a problem at a bank by the exit code."""
    done = shell(*words)

    assert done.exit_code == 2
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LISTEN", "nowhere"),
        ("DATABASE_URL", "mysql://here"),
        ("SECRET_KEYS", "not base64!"),
        ("CLOCK_URL", "tomorrow"),
        ("DATABASE_ULR", "sqlite:///x.db"),
        ("KEEP_WIRE_DAYS", "many"),
    ],
)
@pytest.mark.parametrize("words", [("serve",), ("worker",), ("migrate",), ("doctor",)])
def test_a_wrong_setting_is_named_in_one_sentence(
    shell: Shell, words: tuple[str, ...], name: str, value: str
) -> None:
    """Whoever starts it has one line to look at, and it says which variable to repair."""
    done = shell(*words, **{name: value})

    assert done.exit_code == 2
    assert f"MOSTIK_{name}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_worker_without_redis_says_what_it_misses(shell: Shell) -> None:
    """Without a broker it would sit there and do nothing."""
    done = shell("worker")

    assert done.exit_code == 2
    assert "MOSTIK_REDIS_URL" in done.stderr
