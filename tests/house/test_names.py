"""Names that hide a purpose, and bank names where no bank is at home."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.sources import PRODUCT, ROOMS, Module, banks, modules, texts

HIDING_MODULES = frozenset(["abstract", "base", "common", "core", "misc", "util", "utils"])
HIDING_CLASSES = re.compile(
    r"Manager|Service(?!Unavailable)|Handler|Factory|Impl(?![a-z])|Abstract|Help|Util|Mixin"
)
HELP = "help"


def hiding(module: Module) -> Iterator[str]:
    """Every name of a module or a class that does not say what it is for."""
    parts = module.path.removesuffix(".py").split("/")
    yield from (
        f"{module.path}: {part}" for part in parts if part in HIDING_MODULES or HELP in part
    )
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and HIDING_CLASSES.search(node.name):
            yield f"{module.at(node)}: {node.name}"


def told_apart(module: Module) -> Iterator[str]:
    """Every comparison with a bank's name, also as a `case`."""
    for node in ast.walk(module.tree):
        compared: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            compared = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            compared = [node.value]
        for side in compared:
            for _, text in texts(side):
                if text.casefold() in banks():
                    yield f"{module.at(node)}: {text}"


def at_home(module: Module) -> bool:
    """Whether a module lies in the folder of one bank."""
    return bool(banks() & set(module.path.split("/")[1:-1]))


def test_names_say_what_things_are_for() -> None:
    """`utils` grows for ever, and a `Manager` may do anything."""
    found = [each for module in modules(*ROOMS, "tests") for each in hiding(module)]

    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("gateway/utils.py", ""),
        ("gateway/common/pages.py", ""),
        ("sandbox/helpers.py", ""),
        ("schemas/account.py", "class AccountManager: ..."),
        ("providers/sber/provider.py", "class AbstractProvider: ..."),
    ],
)
def test_hiding_names_are_seen(path: str, source: str) -> None:
    """A guard that has never been seen to refuse guards nothing."""
    assert list(hiding(Module(path, source))) != []


def test_no_room_tells_banks_apart_by_name() -> None:
    """What differs between banks stands in a descriptor; else a fourth bank is a hunt for `if`s."""
    found = [
        each
        for module in modules(*ROOMS, "tests/ladder")
        if not at_home(module)
        for each in told_apart(module)
    ]

    assert found == [], "\n".join(found)


def test_product_code_outside_a_banks_folder_does_not_spell_its_name() -> None:
    """A table keyed by bank names is the same `if`, only longer."""
    found = [
        f"{module.at(node)}: {text}"
        for module in modules(*(room for room in PRODUCT if room != "sandbox"))
        if not at_home(module) and module.path != "providers/__init__.py"
        for node, text in texts(module.tree)
        if text in banks()
    ]

    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        'if bank == "sber": ...',
        'if bank.id in {"tochka", "tatra"}: ...',
        'match bank:\n    case "tatra": ...',
        'x = 1 if "SBER" != bank else 2',
    ],
)
def test_telling_banks_apart_is_seen(source: str) -> None:
    """The sentence can be written in several ways, and none of them passes."""
    assert list(told_apart(Module("gateway/app.py", source))) != []
