"""How a measure is asked for and how it answers: options in, one JSON object out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec


def option(name: str, *choices: str) -> str:
    """What was chosen on the command line, `--bank sber`, else the first choice."""
    parser = argparse.ArgumentParser()
    parser.add_argument(f"--{name}", choices=choices, default=choices[0])
    asked, _ = parser.parse_known_args()
    chosen: str = getattr(asked, name)
    return chosen


def path(name: str) -> Path:
    """The path from the command line, `--folder /tmp/x`."""
    parser = argparse.ArgumentParser()
    parser.add_argument(f"--{name}", type=Path, required=True)
    asked, _ = parser.parse_known_args()
    chosen: Path = getattr(asked, name)
    return chosen


def sizes(**usual: int) -> tuple[int, ...]:
    """The sizes from the command line, `--rows 500`, else the usual ones, in their order."""
    parser = argparse.ArgumentParser()
    for name, value in usual.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    asked, _ = parser.parse_known_args()
    return tuple(getattr(asked, name) for name in usual)


def tell(found: dict[str, Any]) -> None:
    """Print the one line that `loadtests.limits` reads."""
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
