"""The plan of the house: which room may open which door."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from tests.house.sources import Module, banks

PUBLIC_FACE = frozenset({"contract", "transport", "redaction"})
"""What the product may see of the banks, beside the list `BANKS`."""


@dataclass(frozen=True)
class Room:
    """Whose modules a room may import; the standard library is free, and so is the room itself."""

    ours: frozenset[str]
    theirs: frozenset[str]


def _room(ours: str, theirs: str) -> Room:
    return Room(frozenset(ours.split()), frozenset(theirs.split()))


PLAN = {
    "schemas": _room("", "msgspec"),
    "providers": _room(
        "schemas", "anyio authlib cryptography httpx joserfc lxml msgspec structlog"
    ),
    "gateway": _room(
        "schemas providers",
        "alembic anyio apprise asyncpg click cryptography granian httpx jinja2 joserfc limits "
        "litestar lxml msgspec mt940 opentelemetry prometheus_client rapidfuzz redis rich "
        "rich_click sqlalchemy stamina standardwebhooks structlog taskiq taskiq_redis uvicorn "
        "uvloop",
    ),
    "sandbox": _room(
        "",
        "anyio click cryptography granian httpx jinja2 joserfc litestar lxml msgspec rich "
        "rich_click structlog uvicorn",
    ),
    "loadtests": _room("", "anyio gevent httpx locust msgspec rich"),
}

# A library that only one place may know, so that it can be replaced there.
KEPT_IN = {
    "sqlalchemy": "gateway/store/",
    "alembic": "gateway/store/",
    "asyncpg": "gateway/store/",
    "redis": "gateway/distributed.py",
    "taskiq_redis": "gateway/distributed.py",
}

# Where the banks are listed one by one, so where each may be named.
LISTS = frozenset({"providers/__init__.py", "sandbox/banks.py", "sandbox/behaviour.py"})

# Tables of the world that the number checks look things up in.
NUMBERS_MAY_USE = frozenset({"stdnum", "schwifty"})


def imported(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Every module or name that is imported, dotted and absolute, wherever in the file."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = module.package.split(".")
            above = start[: len(start) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node, f"{origin}.{alias.name}") for alias in node.names)


def breaches(module: Module) -> list[str]:
    """One sentence for every door that this module opens against the plan."""
    room = module.path.partition("/")[0]
    return [
        f"{module.at(node)}: {reason}: {name}"
        for node, name in imported(module)
        if (reason := _reason(room, module.path, name.split(".")))
    ] + [
        f"{module.at(node)}: an import that cannot be read from the text"
        for node in ast.walk(module.tree)
        if _hidden(node)
    ]


def _reason(room: str, path: str, name: list[str]) -> str | None:
    root = name[0]
    if root == room:
        return _between_banks(path, name)
    if not path.startswith(KEPT_IN.get(root, path)):
        return f"only {KEPT_IN[root]} may import {root}"
    numbers = NUMBERS_MAY_USE if path.startswith("schemas/numbers/") else frozenset()
    known = sys.stdlib_module_names | PLAN[room].ours | PLAN[room].theirs | numbers
    if root not in known:
        return f"{room} may not import {root}"
    return _behind_the_face(name) if root == "providers" else None


def _between_banks(path: str, name: list[str]) -> str | None:
    """Banks are strangers to each other, and what they share does not know them."""
    parts = path.split("/")
    room, here = parts[0], parts[1]
    inside = len(parts) > 2
    if room not in {"providers", "sandbox"} or path in LISTS:
        return None
    there = name[1] if len(name) > 1 else ""
    if inside and room == "providers" and there == "BANKS":
        return "a bank does not know the list it stands in"
    if there in banks() and there != here:
        return "one bank may not import another" if here in banks() else "shared code knows a bank"
    return None


def _behind_the_face(name: list[str]) -> str | None:
    """The product sees `providers.BANKS` and the public names of three modules."""
    match name[1:]:
        case ["BANKS"]:
            return None
        case [module] if module in PUBLIC_FACE:
            return None
        case [module, public] if module in PUBLIC_FACE and not public.startswith("_"):
            return None
    return "the product sees only the banks' public face"


def _hidden(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in {"import_module", "__import__"}
