"""The first key of an installation, and its end."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from tests.gateway.cli.conftest import Shell


def test_the_first_key_is_made_before_anything_was_started(shell: Shell) -> None:
    """An embedded database is made and migrated on the way: one command from nothing to a key."""
    done = shell("keys", "create", "--tenant", "acme", "--scopes", "admin,read,write", "--json")
    made = json.loads(done.stdout)

    assert done.exit_code == 0
    assert set(made) == {"id", "key", "tenant", "scopes"}
    assert made["key"].startswith("mk_")
    assert made["tenant"] == "acme"
    assert made["scopes"] == ["read", "write", "admin"]


def test_a_key_is_shown_once_and_only_its_hash_is_kept(shell: Shell) -> None:
    """Whoever reads the database or the list cannot call with what stands there."""
    key = json.loads(shell("keys", "create", "--tenant", "acme", "--json").stdout)["key"]
    listed = shell("keys", "list", "--json").stdout
    with sqlite3.connect("var/mostik.db") as database:
        kept = "\n".join(database.iterdump())
    database.close()

    assert key not in listed
    assert key not in kept
    assert json.loads(listed)["items"][0]["ending"] == key[-4:]


def test_without_json_the_key_alone_stands_on_standard_output(shell: Shell) -> None:
    """`MOSTIK_KEY=$(mostik keys create …)` just works."""
    done = shell("keys", "create", "--tenant", "acme")

    assert done.stdout.startswith("mk_")
    assert len(done.stdout.splitlines()) == 1


def test_two_keys_of_one_name_belong_to_one_tenant(shell: Shell) -> None:
    """A second key for the same customer sees the same data."""
    shell("keys", "create", "--tenant", "acme")
    shell("keys", "create", "--tenant", "acme", "--scopes", "read")
    with sqlite3.connect("var/mostik.db") as database:
        tenants = database.execute("SELECT count(*) FROM tenants").fetchone()
    database.close()

    assert tenants == (1,)


def test_a_revoked_key_cannot_be_revoked_again(shell: Shell) -> None:
    """The second answer tells that nothing was done; a slip of the id would look like success."""
    made = json.loads(shell("keys", "create", "--tenant", "acme", "--json").stdout)
    first = shell("keys", "revoke", made["id"], "--json")
    second = shell("keys", "revoke", made["id"])
    listed = json.loads(shell("keys", "list", "--json").stdout)["items"]

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert second.stderr.startswith("NOT_FOUND")
    assert listed[0]["revoked_at"] is not None


def test_the_list_is_a_table_for_people(shell: Shell) -> None:
    """Without --json it is read by somebody."""
    shell("keys", "create", "--tenant", "acme")
    done = shell("keys", "list")

    assert "acme" in done.stdout
    assert "read, write" in done.stdout


def test_migrating_tells_both_states_and_is_harmless_again(shell: Shell) -> None:
    """A deployment runs it every time."""
    first = json.loads(shell("migrate", "--json").stdout)
    second = json.loads(shell("migrate", "--json").stdout)

    assert first["before"] is None
    assert second["before"] == second["after"] == first["after"]


def test_newer_tables_are_left_alone(shell: Shell) -> None:
    """Older code that writes into newer tables destroys what it does not know."""
    shell("migrate")
    with sqlite3.connect("var/mostik.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    done = shell("keys", "create", "--tenant", "acme")

    assert done.exit_code == 1
    assert "9999" in done.stderr


def test_postgresql_is_migrated_only_when_somebody_says_so(shell: Shell, postgres_url: str) -> None:
    """Several processes share it, so a command on the side does not change its tables."""
    early = shell("keys", "create", "--tenant", "acme", DATABASE_URL=postgres_url)
    shell("migrate", DATABASE_URL=postgres_url)
    late = shell("keys", "create", "--tenant", "acme", "--json", DATABASE_URL=postgres_url)

    assert early.exit_code == 1
    assert "mostik migrate" in early.stderr
    assert late.exit_code == 0
    assert json.loads(late.stdout)["tenant"] == "acme"


def test_a_database_that_is_not_there_is_one_sentence(shell: Shell, postgres_url: str) -> None:
    """No traceback: the reader is an operator."""
    missing = urlunsplit(urlsplit(postgres_url)._replace(path="/nobody"))
    found = [
        shell("keys", "list", DATABASE_URL=url)
        for url in (missing, "postgresql://127.0.0.1:1/none", f"sqlite:///{Path(__file__)}/x.db")
    ]

    assert [done.exit_code for done in found] == [1, 1, 1]
    assert all("MOSTIK_DATABASE_URL" in done.stderr for done in found)
    assert all(len(done.stderr.splitlines()) == 1 for done in found)
