"""`connect`: begin a connection, show the customer's link, and wait until the bank lets us in."""

from __future__ import annotations

import re
import time
from datetime import date
from typing import TYPE_CHECKING, Any, TextIO

import rich_click as click

from gateway.cli import endings, options
from gateway.cli.printing import print_json

if TYPE_CHECKING:
    from gateway.cli.remote import Remote

ASK_EVERY_SECONDS = 1.0
UNDECIDED = frozenset({"awaiting_customer", "confirming"})

IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
NUMBER_AND_BIC = re.compile(r"([0-9]{20})@([0-9]{9})")


class ExpectedAccount(click.ParamType[dict[str, str]]):
    """An account that must be among those granted."""

    name = "IBAN|NUMBER@BIC"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, str]:
        """Tell the two forms apart; the gateway checks the numbers themselves."""
        if isinstance(value, dict):
            return value
        told = value.replace(" ", "").upper()
        if found := NUMBER_AND_BIC.fullmatch(told):
            return {"number": found[1], "bic": found[2]}
        if not IBAN.fullmatch(told):
            self.fail(f"{value!r} is neither an IBAN nor NUMBER@BIC", param, ctx)
        return {"iban": told}


@click.command()
@click.option("--bank", required=True, help="The bank's id, as `mostik banks` lists them.")
@click.option("--organisation", help="Name of the organisation whose bank is connected.")
@click.option("--organisation-id", help="Or the id of one that has connections already (org_…).")
@click.option("--inn", help="INN of the organisation.")
@click.option("--kpp", help="KPP of the organisation.")
@click.option("--ico", help="IČO of the organisation.")
@click.option(
    "--return-url", required=True, help="Where the customer's browser goes when it is done."
)
@click.option("--history-from", type=options.DAY, help="The oldest day that is wanted.")
@click.option(
    "--schedule",
    type=click.Choice(["5m", "15m", "hourly", "daily", "manual"]),
    default="15m",
    show_default=True,
    help="How often the bank is asked.",
)
@click.option(
    "--expect",
    type=ExpectedAccount(),
    multiple=True,
    help="An account that must be among those granted; may be repeated.",
)
@click.option(
    "--token-file",
    type=click.File("r"),
    help="A file with the key that the bank gave the customer, - for standard input.",
)
@click.option("--notify-email", help="Whom to tell when somebody must act.")
@click.option("--login-email", help="The customer's login at the bank, where it wants one.")
@click.option("--wait", is_flag=True, help="Wait until the connection is active, or cannot be.")
@click.option(
    "--timeout",
    "timeout_seconds",
    type=click.IntRange(min=1),
    default=900,
    show_default=True,
    help="How many seconds to wait at most.",
)
@options.as_json
@options.remote
def connect(
    *,
    gateway: Remote,
    organisation: str | None,
    inn: str | None,
    kpp: str | None,
    ico: str | None,
    expect: tuple[dict[str, str], ...],
    history_from: date | None,
    token_file: TextIO | None,
    wait: bool,
    timeout_seconds: int,
    as_json: bool,
    **rest: Any,
) -> None:
    """Begin a connection and print the link at which the customer lets us in.

    With --wait it goes on until the bank has let us in, telling each change on standard error; a
    connection on which somebody must act ends it with code 1 and the steps to take.

    Example: `mostik connect --bank tatra --organisation "Acme s.r.o." --ico 12345678
    --return-url https://acme.example/done --wait`
    """
    if (organisation is None) == (rest["organisation_id"] is None):
        raise click.UsageError("Say either --organisation or --organisation-id.")
    whose = {"name": organisation, "inn": inn, "kpp": kpp, "ico": ico}
    named = {word: told for word, told in whose.items() if told is not None}
    if organisation is None and named:
        raise click.UsageError("--inn, --kpp and --ico belong to --organisation.")
    body = {
        **rest,
        "organisation": named or None,
        "history_from": history_from,
        "expected_accounts": list(expect) or None,
        "credentials": {"token": token_file.read().strip()} if token_file else None,
    }
    made = gateway.post("/v1/connections", body)
    if wait:
        made = _wait(gateway, made, timeout_seconds)
    if as_json:
        print_json(made)
    elif not wait:
        _show(made, err=False)
    _end(made)


def _wait(gateway: Remote, connection: dict[str, Any], seconds: int) -> dict[str, Any]:
    """Ask until the connection is decided; the link and each change go to standard error."""
    told = None
    until = time.monotonic() + seconds
    while True:
        standing = (connection["status"], (connection["problem"] or {}).get("code"))
        if standing != told:
            told = standing
            _show(connection, err=True)
        if connection["status"] not in UNDECIDED:
            return connection
        if time.monotonic() > until:
            endings.failed(
                f"{connection['id']} is still {connection['status']} after {seconds} s; it goes on"
                " by itself, nothing is lost"
            )
        time.sleep(ASK_EVERY_SECONDS)
        connection = gateway.get(f"/v1/connections/{connection['id']}")


def _show(connection: dict[str, Any], *, err: bool) -> None:
    click.echo(f"{connection['id']} {connection['status']}", err=err)
    if connection["next"]["url"]:
        click.echo(f"  {connection['next']['kind']}: {connection['next']['url']}", err=err)
    if connection["problem"]:
        click.echo(f"  {connection['problem']['code']}: {connection['problem']['title']}", err=err)


def _end(connection: dict[str, Any]) -> None:
    """A connection that neither works nor is on its way there is a problem."""
    if connection["status"] == "active" or connection["status"] in UNDECIDED:
        return
    if connection["problem"]:
        endings.answered(connection["problem"])
    endings.failed(f"{connection['id']} is {connection['status']}")
