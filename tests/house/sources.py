"""What the house tests read: every module of the five rooms, parsed once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("schemas", "providers", "gateway", "sandbox", "loadtests")
PRODUCT = ("schemas", "providers", "gateway", "sandbox")


@dataclass(frozen=True)
class Module:
    """One file of Python: its path from the root, such as `gateway/app.py`, and what it says."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return _parsed(self.text, self.path)

    @property
    def package(self) -> str:
        """The dotted package in which a relative import starts."""
        return str(Path(self.path).parent).replace("/", ".")

    def at(self, node: ast.AST) -> str:
        """Where a node stands, as editors jump to it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@cache
def _parsed(text: str, path: str) -> ast.Module:
    return ast.parse(text, path)


@cache
def modules(*places: str) -> tuple[Module, ...]:
    """All modules below these places, in order."""
    found = (path for place in places for path in sorted((ROOT / place).rglob("*.py")))
    return tuple(Module(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in found)


def without_docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but the sentences that only explain."""
    told = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return (node for node in ast.walk(tree) if id(node) not in told)


def texts(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every text that a program uses, with its place; sentences that only explain left out."""
    for node in without_docstrings(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


def banks() -> frozenset[str]:
    """The names of the banks' folders, which are the banks' ids."""
    return frozenset(
        path.parent.name
        for room in ("providers", "sandbox")
        for path in (ROOT / room).glob("*/__init__.py")
        if (ROOT / "providers" / path.parent.name).is_dir()
    )


@cache
def tracked() -> tuple[Path, ...]:
    """The files that a clone brings; without git, every file outside the ignored folders."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        aside = {".venv", "var", "__pycache__", "uv.lock"}
        listed = [
            str(path.relative_to(ROOT))
            for path in ROOT.rglob("*")
            if not aside & set(path.relative_to(ROOT).parts)
        ]
    return tuple(ROOT / name for name in listed if name and (ROOT / name).is_file())
