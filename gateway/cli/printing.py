"""What stands on standard output: JSON for programs, tables for people."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import rich_click as click

PIPED_WIDTH = 200
"""Into a pipe nothing is cut to the width of a window that is not there."""

COLOURS = {
    "proven": "green",
    "complete": "green",
    "active": "green",
    "passed": "green",
    "missing": "red",
    "conflict": "bold red",
    "failed": "bold red",
    "skipped": "dim",
    "removed": "dim",
}


def print_json(value: object) -> None:
    """Print a value as JSON over several lines."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def print_line(value: object) -> None:
    """Print a value as JSON on one line."""
    click.echo(msgspec.json.encode(value))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under their titles; None is a dash, and known states have colours."""
    from rich import box  # noqa: PLC0415 - only where a table is printed
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        texts = ["–" if cell is None else str(cell) for cell in row]
        table.add_row(*(Text(text, style=COLOURS.get(text, "")) for text in texts))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else PIPED_WIDTH
    Console(width=width, highlight=False).print(table)
