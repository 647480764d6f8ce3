"""`serve`, `worker`, `migrate`, `openapi`: what operates an installation."""

from __future__ import annotations

import rich_click as click

from gateway.cli import options
from gateway.cli.printing import print_json


@click.command()
def serve() -> None:
    """Answer requests and, unless MOSTIK_REDIS_URL is set, do all the work in this one process.

    An embedded database is made and migrated first. SIGTERM ends it gracefully.

    Example: `MOSTIK_LISTEN=127.0.0.1:8700 mostik serve`
    """
    from gateway.cli import processes  # noqa: PLC0415 - the whole product

    processes.serve()


@click.command()
def worker() -> None:
    """Do the jobs that serving processes leave to workers; needs Redis and PostgreSQL.

    Start as many as needed, on any machine that reaches both. SIGTERM ends one gracefully.

    Example: `MOSTIK_DATABASE_URL=postgresql://… MOSTIK_REDIS_URL=redis://… mostik worker`
    """
    from gateway.cli import processes  # noqa: PLC0415 - the whole product

    processes.work()


@click.command()
@options.as_json
def migrate(*, as_json: bool) -> None:
    """Bring the database to the state that this version needs; harmless when it is there already.

    Example: `MOSTIK_DATABASE_URL=postgresql://… mostik migrate`
    """
    from gateway.cli import installation  # noqa: PLC0415 - the database's library takes long

    before, after = installation.migrate(installation.settings().database_url)
    if as_json:
        print_json({"before": before, "after": after})
    elif before == after:
        click.echo(f"The tables are at {after} already.")
    else:
        click.echo(f"The tables are at {after} now; before: {before or 'there were none'}.")


@click.command()
def openapi() -> None:
    """Print the OpenAPI 3.1 document that a server gives at /openapi.json.

    Example: `mostik openapi > openapi.json`
    """
    from gateway.cli import document  # noqa: PLC0415 - the whole product

    print_json(document.openapi())
