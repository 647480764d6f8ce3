"""How a command ends when it is not done: what stands on standard error, and the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import rich_click as click
from click.exceptions import Exit

PROBLEM, USAGE = 1, 2


def failed(sentence: str) -> NoReturn:
    """End because the work could not be done; one sentence that says why."""
    click.echo(sentence, err=True)
    raise Exit(PROBLEM)


def wrong_setting(sentence: str) -> NoReturn:
    """End because this installation's settings, or the words of the command, cannot be right."""
    click.echo(sentence, err=True)
    raise Exit(USAGE)


def tell(problem: Mapping[str, Any]) -> None:
    """Tell a problem on standard error: its code comes first, for programs, then what to do."""
    click.echo(f"{problem['code']} {problem['number']}: {problem['title']}", err=True)
    click.echo(f"  {problem['detail']}", err=True)
    for place, step in enumerate(problem["steps"], start=1):
        click.echo(f"  {place}. {step['text']}", err=True)
    if problem.get("request_id"):
        click.echo(f"  request {problem['request_id']}", err=True)


def answered(problem: Mapping[str, Any]) -> NoReturn:
    """End because the answer is a problem."""
    tell(problem)
    raise Exit(PROBLEM)
