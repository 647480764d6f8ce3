"""`check`: what is wrong with account and organisation details, before any bank is asked."""

from __future__ import annotations

from datetime import date

import rich_click as click
from click.exceptions import Exit

from gateway.cli import endings, options
from gateway.cli.printing import print_json


@click.command()
@click.option("--bank", required=True, help="The bank's id, as `mostik banks` lists them.")
@click.option("--account-number", help="A Russian account number of 20 digits.")
@click.option("--bic", help="BIC of the account's bank.")
@click.option("--iban", help="IBAN of the account.")
@click.option("--inn", help="INN of the organisation.")
@click.option("--kpp", help="KPP of the organisation.")
@click.option("--history-from", type=options.DAY, help="The oldest day that is wanted.")
@options.language
@options.as_json
def check(
    *,
    bank: str,
    account_number: str | None,
    bic: str | None,
    iban: str | None,
    inn: str | None,
    kpp: str | None,
    history_from: date | None,
    lang: str,
    as_json: bool,
) -> None:
    """Check details like POST /v1/checks does, without a server and without asking the bank.

    Tells each finding with its steps, and how long the wanted history will take to come.

    Example: `mostik check --bank sber --account-number 40702810200000000001 --bic 044525225`
    """
    from gateway.cli import details  # noqa: PLC0415 - the banks' adapters take long to import

    found = details.checked(
        bank,
        details.Details(
            account_number=account_number,
            bic=bic,
            iban=iban,
            inn=inn,
            kpp=kpp,
            history_from=history_from,
        ),
        lang,
    )
    if as_json:
        print_json(found)
    elif found["ok"]:
        click.echo("Nothing speaks against these details.")
    if not as_json:
        click.echo(details.history(found["history"]))
    for finding in found["findings"]:
        endings.tell(finding)
    if not found["ok"]:
        raise Exit(endings.PROBLEM)
