"""Every module, every public thing and every test says in a sentence what it is for."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.sources import ROOMS, Module, modules

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
CLAIMS = ("assert", "expect", "raises", "warns", "fail")


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """What others may use of a module: functions, classes, and the methods of those."""
    for node in body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def silent(module: Module) -> Iterator[str]:
    """Every module or public thing without its sentence; an empty file needs none."""
    if module.tree.body and not ast.get_docstring(module.tree):
        yield f"{module.path}: module"
    for node in public(module.tree.body):
        if not ast.get_docstring(node):
            yield f"{module.at(node)}: {node.name}"


def each_test(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The tests of a module, also those in classes."""
    for node in ast.walk(module.tree):
        if isinstance(node, FUNCTIONS) and node.name.startswith("test_"):
            yield node


def claims(node: ast.AST, claiming: frozenset[str] = frozenset()) -> bool:
    """Whether a test can fail by its own words, or by those of a function that claims for it."""
    for each in ast.walk(node):
        if isinstance(each, ast.Assert):
            return True
        if isinstance(each, ast.Call):
            called = each.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in claiming or name.startswith(CLAIMS):
                return True
    return False


def claiming(module: Module) -> frozenset[str]:
    """The functions of a module that assert something for its tests."""
    return frozenset(
        node.name
        for node in ast.walk(module.tree)
        if isinstance(node, FUNCTIONS) and not node.name.startswith("test_") and claims(node)
    )


def test_everything_public_has_its_sentence() -> None:
    """A reader meets the purpose before the code."""
    found = [each for module in modules(*ROOMS) for each in silent(module)]

    assert found == [], "\n".join(found)


def test_every_module_of_tests_has_its_sentence() -> None:
    """A folder of tests is read by its first lines."""
    found = [
        module.path
        for module in modules("tests")
        if module.tree.body and not ast.get_docstring(module.tree)
    ]

    assert found == [], "\n".join(found)


def test_every_test_gives_its_reason() -> None:
    """Who turns a test red must learn from it what would be lost."""
    found = [
        f"{module.at(node)}: {node.name}"
        for module in modules("tests")
        for node in each_test(module)
        if not ast.get_docstring(node)
    ]

    assert found == [], "\n".join(found)


def test_every_test_claims_something() -> None:
    """A test without an assertion only proves that nothing was raised."""
    found = [
        f"{module.at(node)}: {node.name}"
        for module in modules("tests")
        for node in each_test(module)
        if not claims(node, claiming(module))
    ]

    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        '"""Said."""\ndef f(): ...',
        '"""Said."""\nclass A:\n    """Said."""\n    def f(self): ...',
    ],
)
def test_silence_is_noticed(source: str) -> None:
    """A guard that has never been seen to refuse guards nothing."""
    assert list(silent(Module("gateway/app.py", source))) != []


def test_a_test_without_a_claim_is_noticed() -> None:
    """Calling a function is no claim, unless that function claims."""
    module = Module(
        "tests/test_x.py",
        "def equal(a, b):\n    assert a == b\n"
        "def test_a():\n    print(1)\n"
        "def test_b():\n    equal(1, 2)\n",
    )

    assert [claims(node, claiming(module)) for node in each_test(module)] == [False, True]
