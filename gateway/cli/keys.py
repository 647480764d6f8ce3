"""`keys`: who may call, kept in the database directly so that the first key can be made."""

from __future__ import annotations

from typing import Any

import rich_click as click

from gateway.cli import endings, options
from gateway.cli.printing import print_json, print_table

KNOWN_SCOPES = ("read", "write", "admin")


class Scopes(click.ParamType[tuple[str, ...]]):
    """A comma list of scopes."""

    name = "SCOPES"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read the list in the known order; an unknown word is wrong usage."""
        if isinstance(value, tuple):
            return value
        told = {word.strip() for word in value.split(",") if word.strip()}
        if not told or told - set(KNOWN_SCOPES):
            self.fail(f"{value!r} is no comma list of {', '.join(KNOWN_SCOPES)}", param, ctx)
        return tuple(scope for scope in KNOWN_SCOPES if scope in told)


@click.group()
def keys() -> None:
    """Make, list and revoke the keys that callers come with.

    Works on the database of this installation, with or without a running server.

    Example: `mostik keys list`
    """


@keys.command()
@click.option("--tenant", required=True, help="Whose key; a new name makes a new tenant.")
@click.option(
    "--scopes",
    type=Scopes(),
    default="read,write",
    show_default=True,
    help="What it allows: any of read, write, admin.",
)
@options.as_json
def create(*, tenant: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a key and show it, this once.

    Only its hash is kept, so a lost key is revoked and replaced.

    Example: `mostik keys create --tenant acme --scopes read,write,admin --json`
    """
    from gateway.cli import keyring  # noqa: PLC0415 - the database's library takes long

    if not tenant.strip():
        endings.wrong_setting("--tenant: a tenant needs a name")
    made = keyring.create(tenant.strip(), scopes)
    if as_json:
        print_json(made)
        return
    click.echo(f"{made.key}")
    click.echo(
        f"  {made.id} of {made.tenant}, {', '.join(made.scopes)}; it is not shown again", err=True
    )


@keys.command("list")
@options.as_json
def list_keys(*, as_json: bool) -> None:
    """List all keys, oldest first, without the secrets.

    Example: `mostik keys list --json`
    """
    from gateway.cli import keyring  # noqa: PLC0415 - the database's library takes long

    found = keyring.every()
    if as_json:
        print_json({"items": found})
        return
    print_table(
        ("id", "tenant", "scopes", "ends in", "made", "revoked"),
        (
            (
                key.id,
                key.tenant,
                ", ".join(key.scopes),
                key.ending,
                f"{key.created_at:%Y-%m-%d %H:%M}",
                key.revoked_at and f"{key.revoked_at:%Y-%m-%d %H:%M}",
            )
            for key in found
        ),
    )


@keys.command()
@click.argument("key_id", metavar="ID")
@options.as_json
def revoke(*, key_id: str, as_json: bool) -> None:
    """End the key with this ID (key_…) at once.

    Example: `mostik keys revoke key_01k…`
    """
    from gateway.cli import keyring  # noqa: PLC0415 - the database's library takes long

    if not keyring.revoke(key_id):
        endings.failed(f"NOT_FOUND: there is no living key {key_id}; `mostik keys list` shows all")
    if as_json:
        print_json({"id": key_id, "revoked": True})
    else:
        click.echo(f"{key_id} is revoked.")
