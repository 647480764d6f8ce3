"""The program `mostik`.

Its commands are declared in light modules, and whatever takes long to import is imported when a
command runs: `mostik --help` must answer at once, and the banks' adapters alone take a second.
"""

from __future__ import annotations

import rich_click as click

from gateway.cli import (
    banks,
    check,
    connect,
    coverage,
    doctor,
    explain,
    keys,
    load,
    running,
    transactions,
)

__all__ = ["mostik"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def mostik() -> None:
    """One read-only API in front of many banks.

    `serve` runs it and `keys create` makes the first key. Commands that ask a running Mostik find
    it by MOSTIK_URL and MOSTIK_KEY; the others work on this installation's settings alone.

    Exit codes: 0 done, 1 the answer is a problem (its code on standard error), 2 wrong usage or a
    wrong setting.

    Example: `mostik keys create --tenant acme --scopes read,write`
    """


for command in (
    running.serve,
    running.worker,
    running.migrate,
    keys.keys,
    banks.banks,
    check.check,
    connect.connect,
    load.load,
    transactions.transactions,
    coverage.coverage,
    explain.explain,
    doctor.doctor,
    running.openapi,
):
    mostik.add_command(command)
