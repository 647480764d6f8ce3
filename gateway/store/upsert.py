"""Insert-or-replace, written once for both engines."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import ClauseElement


def upsert(table: Table, key: Sequence[str]) -> ClauseElement:
    """A statement that puts a whole row in place of the one with the same key.

    SQLite and PostgreSQL share the syntax, so one construct compiles for both.
    """
    made = postgresql.insert(table).values(
        {column: bindparam(column.name) for column in table.columns}
    )
    rest = {
        column.name: made.excluded[column.name]
        for column in table.columns
        if column.name not in key
    }
    if not rest:
        return made.on_conflict_do_nothing(index_elements=list(key))
    return made.on_conflict_do_update(index_elements=list(key), set_=rest)
