"""What would make money, time or failures unreliable, wherever it is written."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.sources import PRODUCT, Module, modules

CLOCKS = frozenset({"gateway/clock.py", "sandbox/clock.py"})
NOW = frozenset(
    {
        ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
        ("time", "time"), ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"),
    }
)  # fmt: skip

# Where a figure is a speed of time or the weight of a language in a header (RFC 9110 §12.5.4).
NOT_MONEY = CLOCKS | {"gateway/problems.py"}


def own_time(module: Module) -> Iterator[str]:
    """Every place that asks the machine for the time of day; durations are free."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            on = node.value
            owner = on.attr if isinstance(on, ast.Attribute) else getattr(on, "id", "")
            if (owner, node.attr) in NOW:
                yield f"{module.at(node)}: {owner}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (
                f"{module.at(node)}: time.{alias.name}"
                for alias in node.names
                if ("time", alias.name) in NOW
            )


def blanket(module: Module) -> Iterator[str]:
    """Every `except` that also catches our own mistakes.

    Letting go of something and raising on is no catching: `except BaseException: …; raise`.
    """
    wide = {"Exception", "BaseException"}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = {getattr(each, "id", "") for each in _each(node.type)}
            if (node.type is None or caught & wide) and not _raises_on(node):
                yield module.at(node)
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", "") == "suppress"
            and {getattr(each, "id", "") for each in node.args} & wide
        ):
            yield module.at(node)


def _each(kind: ast.expr | None) -> list[ast.expr]:
    return kind.elts if isinstance(kind, ast.Tuple) else [kind] if kind else []


def _raises_on(node: ast.ExceptHandler) -> bool:
    last = node.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def floats(module: Module) -> Iterator[str]:
    """Every place that makes a float of something."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float":
            yield module.at(node)


def test_only_the_clock_knows_the_time() -> None:
    """Whoever asks the machine cannot be rehearsed: half a year passes in a minute here."""
    found = [
        each
        for module in modules(*PRODUCT)
        if module.path not in CLOCKS
        for each in own_time(module)
    ]

    assert found == [], "\n".join(found)


def test_nothing_catches_everything() -> None:
    """A failure that nobody foresaw must be seen, not swallowed."""
    found = [each for module in modules(*PRODUCT) for each in blanket(module)]

    assert found == [], "\n".join(found)


def test_no_figure_becomes_a_float() -> None:
    """0.1 is no float, and a kopeck that is lost once is lost in every sum."""
    found = [
        each
        for module in modules("schemas", "providers", "gateway")
        if module.path not in NOT_MONEY
        for each in floats(module)
    ]

    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "field(default_factory=date.today)",
        "import time\ntime.time()",
        "from time import time",
    ],
)
def test_asking_the_machine_for_the_time_is_seen(source: str) -> None:
    """Called, handed on or imported under its own name: it is the same clock."""
    assert list(own_time(Module("gateway/app.py", source))) != []


@pytest.mark.parametrize(
    ("handler", "caught"),
    [
        ("except Exception: pass", 1),
        ("except: pass", 1),
        ("except (ValueError, Exception): pass", 1),
        ("except BaseException:\n    undo()\n    raise", 0),
        ("except ValueError: pass", 0),
    ],
)
def test_a_blanket_is_told_from_an_except(handler: str, caught: int) -> None:
    """Undoing something and raising on is allowed; deciding that it was nothing is not."""
    assert len(list(blanket(Module("gateway/app.py", f"try: f()\n{handler}")))) == caught
