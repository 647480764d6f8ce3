"""`load`: fetch a period of an account's history, and watch it come."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING, Any

import rich_click as click

from gateway.cli import endings, options
from gateway.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from gateway.cli.remote import Remote

ASK_EVERY_SECONDS = 0.5


@click.command()
@click.option("--account", required=True, help="The account's id (acc_…).")
@click.option("--from", "first", type=options.DAY, required=True, help="The oldest day.")
@click.option("--to", "last", type=options.DAY, required=True, help="The newest day.")
@options.as_json
@options.remote
def load(*, gateway: Remote, account: str, first: date, last: date, as_json: bool) -> None:
    """Load a period and show a bar until it has come; windows arrive in any order.

    Leaving with Ctrl-C does not stop the load. With --json the last object is printed.

    Example: `mostik load --account acc_01k… --from 2026-01-01 --to 2026-03-31`
    """
    if last < first:
        raise click.UsageError("--to lies before --from.")
    body = {"account_id": account, "from": first, "to": last}
    ended = _watch(gateway, gateway.post("/v1/loads", body))
    if as_json:
        print_json(ended)
    else:
        click.echo(f"{ended['id']} {ended['state']}: {ended['found']} transactions")
        print_table(
            ("window", "", "state", "order", "count", "problem"),
            (
                (
                    window["from"],
                    window["to"],
                    window["state"],
                    window["order"],
                    window["count"],
                    window["problem"] and window["problem"]["code"],
                )
                for window in ended["windows"]
            ),
        )
    _end(ended)


def _watch(gateway: Remote, load: dict[str, Any]) -> dict[str, Any]:
    """Ask until the load has ended; the bar stands on standard error."""
    from rich.console import Console  # noqa: PLC0415 - only where a bar is shown
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[found]} transactions"),
        TextColumn("{task.fields[until]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        shown = bar.add_task(load["id"], total=None, found=0, until="")
        while True:
            bar.update(
                shown,
                completed=load["progress"]["done"],
                total=load["progress"]["total"],
                found=load["found"],
                until=f"until about {load['eta'][:16]}Z" if load["eta"] else "",
            )
            if load["state"] != "running":
                return load
            time.sleep(ASK_EVERY_SECONDS)
            load = gateway.get(f"/v1/loads/{load['id']}")


def _end(load: dict[str, Any]) -> None:
    if load["state"] == "complete":
        return
    problems = [window["problem"] for window in load["windows"] if window["problem"]]
    if problems:
        endings.answered(problems[0])
    endings.failed(f"{load['id']} is {load['state']}")
