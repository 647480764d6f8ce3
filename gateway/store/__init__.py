"""The truth at rest: one set of tables and verbs on SQLite and on PostgreSQL."""
