"""`banks`: what can be connected."""

from __future__ import annotations

import rich_click as click

from gateway.cli import options
from gateway.cli.printing import print_json, print_table


@click.command()
@options.as_json
def banks(*, as_json: bool) -> None:
    """List the banks that can be connected, with their limits; works without a server.

    Example: `mostik banks --json`
    """
    from providers import BANKS  # noqa: PLC0415 - the banks' adapters take long to import

    found = [BANKS[name].bank for name in sorted(BANKS)]
    if as_json:
        print_json({"items": found, "next_cursor": None})
        return
    print_table(
        ("id", "name", "country", "flow", "history", "days a call", "consent", "poll", "push"),
        (
            (
                bank.id,
                bank.name,
                bank.country,
                bank.flow.value,
                _days(bank.capabilities.max_history_days),
                bank.capabilities.window_days,
                _days(bank.capabilities.consent_days),
                f"{bank.capabilities.min_poll_seconds} s",
                "yes" if bank.capabilities.push else "no",
            )
            for bank in found
        ),
    )


def _days(days: int | None) -> str | None:
    return None if days is None else f"{days} days"
