"""Options that several commands have, each told once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

import rich_click as click

Command = Callable[..., None]

LANGUAGES = ("ru", "sk", "en")


class Day(click.ParamType[date]):
    """A bank day."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a date; anything else is wrong usage."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-03-04", param, ctx)


DAY = Day()


def as_json(command: Command) -> Command:
    """`--json`: for programs."""
    option = click.option(
        "--json", "as_json", is_flag=True, help="Print JSON instead of words and tables."
    )
    return option(command)


def language(command: Command) -> Command:
    """`--lang`: whom the texts are for."""
    option = click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        default="en",
        show_default=True,
        help="Language of problems and their steps.",
    )
    return option(command)


def remote(command: Command) -> Command:
    """`--url`, `--key` and `--lang`; the command gets `gateway`, a line to a running Mostik."""

    @wraps(command)
    def called(*, url: str, key: str, lang: str, **rest: Any) -> None:
        from gateway.cli.remote import Remote  # noqa: PLC0415 - httpx takes long to import

        with Remote(url, key, lang) as gateway:
            command(gateway=gateway, **rest)

    key = click.option(
        "--key",
        envvar="MOSTIK_KEY",
        show_envvar=True,
        required=True,
        help="The key to call with; better in the environment than in the shell's history.",
    )
    url = click.option(
        "--url",
        envvar="MOSTIK_URL",
        show_envvar=True,
        default="http://127.0.0.1:8700",
        show_default=True,
        help="Where Mostik answers.",
    )
    return language(url(key(called)))
