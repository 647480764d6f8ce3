"""The tables come from migrations alone, on either engine, and say which state they are in."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from gateway.store import schema, standing


def test_migrations_from_nothing_make_exactly_the_tables_of_the_code(empty_url: str) -> None:
    """A table changed without its migration works for whoever wrote it, and for nobody else."""
    before = schema.state(empty_url)
    made = schema.migrate(empty_url)
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))

    def check(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.check(config)

    schema.run(empty_url, check)

    assert (before, made, schema.state(empty_url)) == (None, schema.HEAD, schema.HEAD)


def test_migrating_again_changes_nothing(empty_url: str) -> None:
    """Every start of an embedded installation migrates."""
    schema.migrate(empty_url)
    again = schema.migrate(empty_url)

    assert again == schema.HEAD
    assert standing.look(empty_url).state == "ready"


def test_a_database_of_newer_code_is_left_alone(empty_url: str) -> None:
    """An old process over new tables would write what the new one cannot read."""
    schema.migrate(empty_url)
    schema.run(
        empty_url,
        lambda connection: connection.execute(
            text("UPDATE alembic_version SET version_num='9999'")
        ),
    )
    with pytest.raises(schema.SchemaNewer, match="9999"):
        schema.migrate(empty_url)

    assert standing.look(empty_url).state == "other"
