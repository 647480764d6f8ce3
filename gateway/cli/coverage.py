"""`coverage`: how much each day of an account is worth."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import rich_click as click

from gateway.cli import endings, options
from gateway.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from gateway.cli.remote import Remote


@click.command()
@click.argument("account", metavar="ACCOUNT")
@click.option("--from", "first", type=options.DAY, help="The oldest day.")
@click.option("--to", "last", type=options.DAY, help="The newest day.")
@click.option("--strict", is_flag=True, help="Exit with 1 when a day is missing or in conflict.")
@options.as_json
@options.remote
def coverage(
    *,
    gateway: Remote,
    account: str,
    first: date | None,
    last: date | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Show each day of ACCOUNT (acc_…): proven, received, missing or in conflict.

    Proven means that the bank's own opening, turnovers and closing agree with our rows.

    Example: `mostik coverage acc_01k… --from 2026-01-01 --to 2026-03-31 --strict`
    """
    told = gateway.get(f"/v1/accounts/{account}/coverage", from_=first, to=last)
    if as_json:
        print_json(told)
    else:
        print_table(
            ("day", "state", "opening", "credits", "debits", "closing", "count", "reason"),
            (
                (
                    day["date"],
                    day["state"],
                    day["opening"],
                    day["credits"],
                    day["debits"],
                    day["closing"],
                    day["count"],
                    day["reason"],
                )
                for day in told["days"]
            ),
        )
        for gap in told["gaps"]:
            click.echo(f"Missing: {gap['from']} to {gap['to']}")
        click.echo(f"Proven through: {told['proven_through'] or 'no day yet'}")
    states = Counter(day["state"] for day in told["days"])
    if strict and (states["missing"] or states["conflict"]):
        endings.failed(f"{states['missing']} days missing, {states['conflict']} in conflict")
