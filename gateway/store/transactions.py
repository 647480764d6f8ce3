"""Reading the ledger: pages of ready JSON, one row, and the customer's review of rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.sql import ClauseElement

from gateway.store.accounts import hold
from gateway.store.database import Row, Tx
from gateway.store.feed import Change, publish
from gateway.store.tables import accounts, transactions
from schemas.transaction import Direction, Review

T = transactions.c

NEWEST = ("~", "~")
"""A place after every row, from which a list begins."""


class Filter(Struct, frozen=True, kw_only=True):
    """Which rows of a tenant are wanted; None wants all."""

    account_id: str | None = None
    connection_id: str | None = None
    first: date | None = None
    last: date | None = None
    direction: Direction | None = None
    review: Review | None = None
    words: str | None = None


@lru_cache(maxsize=256)
def _page(wanted: frozenset[str]) -> ClauseElement:
    """The statement of one page for one set of filters; compiled once, like all others."""
    statement = select(T.doc, T.booking_date, T.id).where(T.gone == 0)
    # Row values make the keyset a range of the clustered key.
    if "account_id" in wanted:
        statement = statement.where(T.account_id == bindparam("account_id"))
    statement = statement.where(
        tuple_(T.booking_date, T.id) < tuple_(bindparam("before_day"), bindparam("before_id"))
    )
    if "account_id" not in wanted:
        statement = statement.where(T.tenant_id == bindparam("tenant_id"))
    if "connection_id" in wanted:
        statement = statement.where(
            T.account_id.in_(
                select(accounts.c.id).where(accounts.c.connection_id == bindparam("connection_id"))
            )
        )
    if "first" in wanted:
        statement = statement.where(T.booking_date >= bindparam("first"))
    if "last" in wanted:
        statement = statement.where(T.booking_date <= bindparam("last"))
    if "direction" in wanted:
        statement = statement.where(T.direction == bindparam("direction"))
    if "review" in wanted:
        statement = statement.where(T.review == bindparam("review"))
    else:
        statement = statement.where(T.review != "rejected")
    return statement.order_by(T.booking_date.desc(), T.id.desc()).limit(bindparam("limit"))


async def page(
    tx: Tx, tenant_id: str, wanted: Filter, before: tuple[str, str], limit: int
) -> Sequence[Row]:
    """Rows newest first: each its JSON, then its place.

    The caller has made sure that the account or connection belongs to the tenant.
    """
    values = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in msgspec.structs.asdict(wanted).items()
        if value is not None and name != "words"
    }
    found: list[Row] = []
    needle = wanted.words.casefold() if wanted.words else None
    statement = _page(frozenset(values))
    while True:
        rows = await tx.rows(
            statement,
            tenant_id=tenant_id,
            before_day=before[0],
            before_id=before[1],
            limit=limit if needle is None else 500,
            **values,
        )
        if needle is None:
            return rows
        for doc, day, row_id in rows:
            before = (day, row_id)
            if _mentions(bytes(doc), needle):
                found.append((bytes(doc), day, row_id))
                if len(found) == limit:
                    return found
        if not rows:
            return found


class _Words(Struct):
    purpose: str = ""
    document_number: str | None = None
    amount: str = ""
    counterparty: dict[str, str | None] = {}
    symbols: dict[str, str | None] = {}


def _mentions(doc: bytes, needle: str) -> bool:
    words = msgspec.json.decode(doc, type=_Words)
    said = [words.purpose, words.document_number, words.amount]
    said += [*words.counterparty.values(), *words.symbols.values()]
    return any(needle in text.casefold() for text in said if text)


_get = select(T.doc, T.account_id, T.booking_date, T.version, T.review, T.gone).where(
    T.id == bindparam("id"), T.tenant_id == bindparam("tenant_id")
)
_set_review = (
    update(transactions)
    .where(T.account_id == bindparam("of_account"), T.booking_date == bindparam("of_day"))
    .where(T.id == bindparam("of_id"))
    .values(review=bindparam("review"), version=bindparam("version"), doc=bindparam("doc"))
)
_canon = (
    select(T.booking_date, T.doc)
    .where(T.account_id == bindparam("account_id"), T.gone == 0)
    .where(T.booking_date.between(bindparam("first"), bindparam("last")))
    .order_by(T.booking_date, T.id)
)


async def get(tx: Tx, tenant_id: str, transaction_id: str) -> bytes | None:
    """One row's JSON."""
    row = await tx.row(_get, id=transaction_id, tenant_id=tenant_id)
    return bytes(row[0]) if row and not row[5] else None


async def review(
    tx: Tx, tenant_id: str, decisions: Sequence[tuple[str, Review]], now: datetime
) -> str | None:
    """Write decisions over rows; the id of the first row that is not there, and then nothing."""
    changed: dict[str, list[Change]] = {}
    held: set[str] = set()
    for transaction_id, decision in decisions:
        row = await tx.row(_get, id=transaction_id, tenant_id=tenant_id)
        if row is None or row[5]:
            return transaction_id
        if row[1] not in held:
            # A landing that is under way may be giving this very row other words.
            await hold(tx, row[1])
            held.add(row[1])
            row = await tx.row(_get, id=transaction_id, tenant_id=tenant_id)
            if row is None or row[5]:
                return transaction_id
        doc, account_id, day, version, before, _ = row
        if before == decision:
            continue
        old = msgspec.json.decode(bytes(doc), type=dict[str, msgspec.Raw])
        new = msgspec.json.encode({**old, "review": decision, "version": version + 1})
        await tx.run(
            _set_review,
            of_account=account_id,
            of_day=day,
            of_id=transaction_id,
            review=decision,
            version=version + 1,
            doc=new,
        )
        changed.setdefault(account_id, []).append(Change("modified", new))
    for account_id, changes in changed.items():
        await publish(tx, tenant_id, account_id, changes, now)
    return None


async def digests(tx: Tx, account_id: str, first: date, last: date) -> list[tuple[str, str, int]]:
    """For each day with rows: the day, SHA-256 over its rows' JSON in order of id, how many.

    Each row counts as its canonical JSON: keys sorted, no blanks, and a line feed after it.
    """
    found: list[tuple[str, str, int]] = []
    day, hashed, count = "", sha256(), 0
    rows = await tx.rows(
        _canon, account_id=account_id, first=first.isoformat(), last=last.isoformat()
    )
    for row_day, doc in rows:
        if row_day != day:
            if count:
                found.append((day, hashed.hexdigest(), count))
            day, hashed, count = row_day, sha256(), 0
        hashed.update(canonical(bytes(doc)) + b"\n")
        count += 1
    if count:
        found.append((day, hashed.hexdigest(), count))
    return found


def canonical(doc: bytes) -> bytes:
    """A row's JSON with its keys sorted, so that everybody hashes the same bytes."""
    return msgspec.json.encode(msgspec.json.decode(doc), order="deterministic")
