"""`doctor`: what this installation is set to, and whether its surroundings answer."""

from __future__ import annotations

import rich_click as click

from gateway.cli import endings, options
from gateway.cli.printing import print_json, print_table


@click.command()
@options.as_json
def doctor(*, as_json: bool) -> None:
    """List every setting with its source, and try database, Redis, clock and certificates.

    Secrets are masked, nothing is changed, and no bank is asked. Exits with 1 when something
    failed; the first failure stands on standard error.

    Example: `mostik doctor --json`
    """
    from gateway.cli import inspection, installation, probes  # noqa: PLC0415 - everything at once

    settings = installation.settings()
    lines = inspection.lines(settings)
    checks = probes.every(settings)
    broken = [check for check in checks if check.state == "failed"]
    if as_json:
        print_json({"ok": not broken, "settings": lines, "checks": checks})
    else:
        print_table(
            ("setting", "value", "from", "what it is"),
            ((line.name, line.value, line.source, line.about) for line in lines),
        )
        print_table(
            ("check", "state", ""), ((check.id, check.state, check.detail) for check in checks)
        )
    if broken:
        endings.failed(f"{broken[0].id}: {broken[0].detail}")
