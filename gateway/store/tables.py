"""The tables, in words that both engines store alike: text, whole numbers and bytes.

Instants are microseconds since 1970 UTC (`*_at`), bank days ISO text, money minor units, and `doc`
columns msgspec JSON. A row that belongs to a tenant carries the tenant, so that no query needs a
join to stay inside the fence.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

tenants = Table(
    "tenants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    # The last number given in this tenant's change feed. Its row is the queue in which landings
    # stand, so that numbers appear in the order in which they are committed.
    Column("last_seq", BigInteger, nullable=False, server_default=text("0")),
    Column("created_at", BigInteger, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),
    Column("ending", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

organisations = Table(
    "organisations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False, index=True),
    Column("doc", LargeBinary, nullable=False),
)

connections = Table(
    "connections",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("state_hash", Text, unique=True),
    Column("consent_id", Text),
    Column("due_at", BigInteger),
    Column("lease_until", BigInteger, nullable=False, server_default=text("0")),
    Column("fence", BigInteger, nullable=False, server_default=text("0")),
    Column("doc", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("connections_by_tenant", "tenant_id", "created_at", "id"),
    Index("connections_due", "due_at"),
)

grants = Table(
    "grants",
    metadata,
    Column("connection_id", Text, primary_key=True),
    # "live" is read with; "walk" is what an unfinished walk to the bank must remember.
    Column("slot", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("version", BigInteger, nullable=False),
    # Single flight: who refreshes holds the lease, and wrote beforehand that he would.
    Column("refresh_until", BigInteger, nullable=False, server_default=text("0")),
    Column("refresh_attempts", Integer, nullable=False, server_default=text("0")),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("connection_id", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("selected", SmallInteger, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("tenant_id", "identity", name="accounts_identity"),
    Index("accounts_by_connection", "connection_id"),
    Index("accounts_by_tenant", "tenant_id", "created_at", "id"),
)

loads = Table(
    "loads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("first_day", Text, nullable=False),
    Column("last_day", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("arrivals", Integer, nullable=False, server_default=text("0")),
    Index("loads_by_tenant", "tenant_id", "started_at", "id"),
    Index("loads_by_account", "account_id"),
)

windows = Table(
    "windows",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("connection_id", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("load_id", Text),
    # history: belongs to a load; recent: a visit by schedule or push; changes: today's increment;
    # mend: days whose equation broke.
    Column("kind", Text, nullable=False),
    Column("first_day", Text, nullable=False),
    Column("last_day", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    # Null when nothing more is to be done for this window.
    Column("due_at", BigInteger),
    Column("lease_until", BigInteger, nullable=False, server_default=text("0")),
    Column("fence", BigInteger, nullable=False, server_default=text("0")),
    Column("mark", Text),
    Column("problem", LargeBinary),
    Column("received_at", BigInteger),
    Column("arrival", Integer),
    Column("count", Integer, nullable=False, server_default=text("0")),
    Column("duplicates", Integer, nullable=False, server_default=text("0")),
    # How many readings in a row brought nothing new, for accounts that must be read until still.
    Column("still", Integer, nullable=False, server_default=text("0")),
    # How often the window was read again because its days contradicted the bank's figures.
    Column("mends", Integer, nullable=False, server_default=text("0")),
    Index("windows_due", "due_at", sqlite_where=text("due_at IS NOT NULL"),
          postgresql_where=text("due_at IS NOT NULL")),
    Index("windows_by_load", "load_id"),
    Index("windows_by_account", "account_id", "first_day"),
)  # fmt: skip

transactions = Table(
    "transactions",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("booking_date", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    # The bank's own id, or content and ordinal within the day where the bank gives none.
    Column("bank_key", Text, nullable=False),
    # Hash of what the bank told: equal content is no change.
    Column("content", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("review", Text, nullable=False),
    # 1 when the bank took the row back; tombstones stay for ever.
    Column("gone", SmallInteger, nullable=False),
    # Complete readings in a row that lacked the row, where nothing else proves that it went.
    Column("missed", SmallInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    UniqueConstraint("account_id", "bank_key", name="transactions_bank_key"),
    Index("transactions_by_id", "id"),
    Index("transactions_by_tenant", "tenant_id", "booking_date", "id"),
    Index(
        "transactions_pending",
        "account_id",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    sqlite_with_rowid=False,
)

days = Table(
    "days",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("opening", BigInteger),
    Column("credits", BigInteger, nullable=False),
    Column("debits", BigInteger, nullable=False),
    Column("credit_count", Integer, nullable=False),
    Column("debit_count", Integer, nullable=False),
    Column("closing", BigInteger),
    Column("reason", Text),
    sqlite_with_rowid=False,
)

points = Table(
    "points",
    metadata,
    # What the bank said of the balance at the end of a day: as that day's closing, and as the
    # opening of the next one. Two words for one figure, so that a contradiction shows.
    Column("account_id", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("closing", BigInteger),
    Column("next_opening", BigInteger),
    sqlite_with_rowid=False,
)

turnovers = Table(
    "turnovers",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("first_day", Text, primary_key=True),
    Column("last_day", Text, primary_key=True),
    Column("credits", BigInteger),
    Column("debits", BigInteger),
    Column("credit_count", Integer),
    Column("debit_count", Integer),
    sqlite_with_rowid=False,
)

feed = Table(
    "feed",
    metadata,
    # One row holds the changes of one landed piece: numbers from `first_seq` on, a line each.
    Column("tenant_id", Text, primary_key=True),
    Column("first_seq", BigInteger, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("lines", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

reversals = Table(
    "reversals",
    metadata,
    # Reversals that came before what they reverse, until the original lands.
    Column("account_id", Text, primary_key=True),
    Column("original_key", Text, primary_key=True),
    Column("transaction_id", Text, primary_key=True),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("status", Integer),
    Column("body", LargeBinary),
    Column("headers", LargeBinary),
    Column("at", BigInteger, nullable=False),
)

pushes = Table(
    "pushes",
    metadata,
    Column("bank", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

readings = Table(
    "readings",
    metadata,
    # One row for each unattended reading of an account whose bank counts them.
    Column("account_id", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("connection_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Index("exchanges_by_connection", "connection_id", "at"),
    Index("exchanges_by_age", "at"),
)
