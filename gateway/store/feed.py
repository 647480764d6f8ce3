"""The change feed: what was added, modified and removed, numbered in the order of commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import bindparam, func, insert, select, update

from gateway.store.database import Tx
from gateway.store.tables import feed, tenants

BATCHES = 20
"""How many landed pieces are fetched at once; daily pieces are small, first loads are not."""

ChangeType = Literal["added", "modified", "removed"]


class Change(Struct, frozen=True, gc=False):
    """One change with the row's JSON as it is after it."""

    type: ChangeType
    doc: bytes


_number = (
    update(tenants)
    .where(tenants.c.id == bindparam("tenant"))
    .values(last_seq=tenants.c.last_seq + bindparam("count"))
    .returning(tenants.c.last_seq)
)
_put = insert(feed).values({column: bindparam(column.name) for column in feed.c})

_holder = (
    # the batch in which a number stands begins at or before it, and no other one does so later
    select(feed.c.first_seq)
    .where(feed.c.tenant_id == bindparam("tenant_id"), feed.c.first_seq <= bindparam("next"))
    .order_by(feed.c.first_seq.desc())
    .limit(1)
    .scalar_subquery()
)
_page = (
    select(feed.c.first_seq, feed.c.count, feed.c.lines)
    .where(feed.c.tenant_id == bindparam("tenant_id"))
    .where(feed.c.first_seq >= func.coalesce(_holder, 0))
    .where(feed.c.first_seq + feed.c.count > bindparam("next"))
    .order_by(feed.c.first_seq)
    .limit(bindparam("batches"))
)
_page_of_all = _page.where(feed.c.first_seq <= bindparam("until"))
_page_of_account = _page.where(feed.c.account_id == bindparam("account_id"))


async def publish(
    tx: Tx, tenant_id: str, account_id: str, changes: Sequence[Change], now: datetime
) -> int:
    """Append changes to the tenant's feed; the number of the last one.

    The tenant's counter row is locked until the caller's commit, so that a reader who has seen a
    number has been shown every smaller one.
    """
    if not changes:
        return 0
    row = await tx.row(_number, tenant=tenant_id, count=len(changes))
    assert row is not None
    last = int(row[0])
    first = last - len(changes) + 1
    at = b'","at":"' + now.isoformat(timespec="microseconds").replace("+00:00", "Z").encode()
    heads = {
        kind: b',"type":"' + kind.encode() + at + b'","transaction":'
        for kind in {change.type for change in changes}
    }
    lines = b"\n".join(
        [
            b'{"seq":%d%b%b}' % (seq, heads[change.type], change.doc)
            for seq, change in enumerate(changes, first)
        ]
    )
    await tx.run(
        _put,
        tenant_id=tenant_id,
        first_seq=first,
        account_id=account_id,
        count=len(changes),
        lines=lines,
    )
    return last


async def changes_after(
    tx: Tx, tenant_id: str, after: int, limit: int, account_id: str | None = None
) -> tuple[bytes, int, bool]:
    """Up to `limit` changes beyond a number, where to go on from, and whether more wait.

    The changes are JSON with a line feed between each two, as they are kept: taking them apart to
    put them together again would cost more than reading them.
    """
    found: list[bytes] = []
    seq, room = after, limit
    while True:
        values = {"tenant_id": tenant_id, "next": seq + 1, "batches": BATCHES}
        if account_id is None:
            # numbers have no gaps, so what lies beyond the page need not be fetched
            batches = await tx.rows(_page_of_all, until=seq + 1 + room, **values)
        else:
            batches = await tx.rows(_page_of_account, account_id=account_id, **values)
        for first, count, lines in batches:
            skip = max(0, seq + 1 - first)
            fitting = min(count - skip, room)
            if fitting:
                found.append(_some(bytes(lines), skip, skip + fitting, count))
                room -= fitting
                seq = first + skip + fitting - 1
            if skip + fitting < count:
                return b"\n".join(found), seq, True
        if not batches:
            return b"\n".join(found), seq, False


def _some(lines: bytes, start: int, end: int, count: int) -> bytes:
    """The lines from `start` to before `end` of all `count`."""
    begin = _place(lines, 0, start)
    return lines[begin:] if end == count else lines[begin : _place(lines, begin, end - start) - 1]


def _place(lines: bytes, begin: int, beyond: int) -> int:
    """Where the line begins that stands so many lines beyond the one at `begin`."""
    for _ in range(beyond):
        begin = lines.index(b"\n", begin) + 1
    return begin
