"""`transactions`: what the ledger holds, newest first."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import rich_click as click

from gateway.cli import options
from gateway.cli.printing import print_line, print_table

if TYPE_CHECKING:
    from gateway.cli.remote import Remote

SIGNS = {"credit": "+", "debit": "-"}
SHOWN = 60
"""How much of a purpose a table shows; --json prints it whole."""


@click.command()
@click.option("--account", "account_id", help="Only this account (acc_…).")
@click.option("--connection", "connection_id", help="Only this connection (con_…).")
@click.option("--from", "from_", type=options.DAY, help="Booked on this day or later.")
@click.option("--to", type=options.DAY, help="Booked on this day or earlier.")
@click.option("--direction", type=click.Choice(["credit", "debit"]), help="Money in or out.")
@click.option(
    "--review", type=click.Choice(["new", "confirmed", "rejected"]), help="Only in this review."
)
@click.option("--q", help="Words of purpose or counterparty.")
@click.option("--limit", type=click.IntRange(1, 500), help="How many at most, on one page.")
@click.option("--cursor", help="Go on where a page ended.")
@click.option("--all", "every", is_flag=True, help="Page on until the end.")
@options.as_json
@options.remote
def transactions(*, gateway: Remote, every: bool, as_json: bool, **filters: Any) -> None:
    """List transactions; with --json one object on each line, as programs read streams.

    A page that is not the last names the cursor of the next one on standard error.

    Example: `mostik transactions --account acc_01k… --from 2026-03-01 --all --json`
    """
    found: list[dict[str, Any]] = []
    following = None
    for page in gateway.pages("/v1/transactions", every=every, **filters):
        following = page["next_cursor"]
        if not as_json:
            found += page["items"]
            continue
        for transaction in page["items"]:
            print_line(transaction)
    if not as_json:
        print_table(
            ("booked", "amount", "", "counterparty", "purpose", "status", "id"),
            map(_row, found),
        )
    if following is not None:
        click.echo(f"There are more: --cursor {following}, or --all", err=True)


def _row(transaction: dict[str, Any]) -> tuple[date | str | None, ...]:
    purpose = " ".join((transaction["purpose"] or "").split())
    return (
        transaction["booking_date"],
        SIGNS[transaction["direction"]] + transaction["amount"],
        transaction["currency"],
        (transaction["counterparty"] or {}).get("name"),
        purpose if len(purpose) <= SHOWN else purpose[: SHOWN - 1] + "…",
        transaction["status"],
        transaction["id"],
    )
