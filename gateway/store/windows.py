"""Loads and their windows: the queue that matters is these rows, and any broker only a hint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, case, func, insert, literal, or_, select, tuple_, update

from gateway.records import Load, Trouble, WindowKind, WindowRow, WindowState
from gateway.store.database import Row, Tx
from gateway.store.instants import from_micros, maybe_from, maybe_to, to_micros
from gateway.store.tables import connections, loads, windows
from schemas.window import Window

W = windows.c
L = loads.c

_COLUMNS = (
    W.id, W.tenant_id, W.account_id, W.connection_id, W.bank, W.load_id, W.kind, W.first_day,
    W.last_day, W.state, W.attempts, W.due_at, W.fence, W.mark, W.problem, W.received_at,
    W.arrival, W.count, W.duplicates, W.still, W.mends,
)  # fmt: skip

# Written out: a list of values would be expanded anew at each execution.
_not_received = or_(W.state == "waiting", W.state == "ordered", W.state == "preparing")

_insert = insert(windows).values(
    id=bindparam("id"),
    tenant_id=bindparam("tenant_id"),
    account_id=bindparam("account_id"),
    connection_id=bindparam("connection_id"),
    bank=bindparam("bank"),
    load_id=bindparam("load_id"),
    kind=bindparam("kind"),
    first_day=bindparam("first_day"),
    last_day=bindparam("last_day"),
    state="waiting",
    mends=bindparam("mends"),
    due_at=bindparam("due_at"),
)
# Only windows of connections that are whole are worked on; the others wait for their customer.
_due = (
    select(*_COLUMNS)
    .join(connections, connections.c.id == W.connection_id)
    .where(W.due_at <= bindparam("now"), W.lease_until <= bindparam("wall"))
    .where(connections.c.status == "active")
    .order_by(W.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=windows)
)
_next_due = (
    select(func.min(W.due_at))
    .join(connections, connections.c.id == W.connection_id)
    .where(W.due_at.is_not(None), connections.c.status == "active")
    .where(W.lease_until <= bindparam("wall"))
)
_lease = (
    update(windows)
    .where(W.id == bindparam("of_id"))
    .values(lease_until=bindparam("until"), fence=W.fence + 1)
)
_settle = (
    update(windows)
    .where(W.id == bindparam("of_id"), W.fence == bindparam("of_fence"))
    .values(
        state=bindparam("state"),
        attempts=bindparam("attempts"),
        due_at=bindparam("due_at"),
        lease_until=0,
        mark=bindparam("mark"),
        problem=bindparam("problem"),
        received_at=bindparam("received_at"),
        arrival=bindparam("arrival"),
        count=bindparam("count"),
        duplicates=bindparam("duplicates"),
        still=bindparam("still"),
        mends=bindparam("mends"),
        first_day=bindparam("first_day"),
        last_day=bindparam("last_day"),
    )
)
_in_hand = select(func.count()).where(
    W.account_id == bindparam("account_id"), or_(W.state == "ordered", W.state == "preparing")
)
_put_off = (
    update(windows)
    .where(W.account_id == bindparam("of_account"), W.lease_until == 0)
    .where(_not_received, W.due_at < bindparam("until"))
    .where(W.first_day.between(bindparam("first"), bindparam("last")))
    .values(due_at=bindparam("until"))
)
_bring_forward = (
    update(windows)
    .where(W.account_id == bindparam("of_account"))
    .where(_not_received, W.due_at > bindparam("at"))
    .where(W.first_day.between(bindparam("first"), bindparam("last")))
    .values(due_at=bindparam("at"))
)
_wake = (
    update(windows)
    .where(W.connection_id == bindparam("of_connection"), W.due_at.is_not(None))
    .values(due_at=bindparam("at"), attempts=0)
)
_open_of_account = select(*_COLUMNS).where(
    W.account_id == bindparam("account_id"), W.due_at.is_not(None)
)
_of_load = select(*_COLUMNS).where(W.load_id == bindparam("load_id")).order_by(W.first_day, W.id)
_open_in_load = select(
    func.count(),
    func.sum(case((W.state == literal("received"), 0), else_=1)),
).where(W.load_id == bindparam("load_id"), W.due_at.is_not(None))
_cancel = (
    update(windows)
    .where(W.load_id == bindparam("of_load"), W.state != "received")
    .values(due_at=None, state="failed", lease_until=0, fence=W.fence + 1)
)
_cancel_mends = (
    update(windows)
    .where(W.load_id == bindparam("of_load"), W.state == "received")
    .values(due_at=None)
)
_end_of_connection = (
    update(loads)
    .where(
        L.state == "running",
        L.id.in_(
            select(W.load_id).where(
                W.connection_id == bindparam("of_connection"),
                W.due_at.is_not(None),
                W.load_id.is_not(None),
            )
        ),
    )
    .values(state="failed", finished_at=bindparam("ended_at"))
)
_drop_of_connection = (
    update(windows)
    .where(W.connection_id == bindparam("of_connection"), W.due_at.is_not(None))
    .values(due_at=None, lease_until=0, fence=W.fence + 1)
)

_move = (
    update(windows)
    .where(W.account_id == bindparam("of_account"), W.due_at.is_not(None))
    .values(connection_id=bindparam("connection_id"))
)
_end_of_account = (
    update(loads)
    .where(L.account_id == bindparam("of_account"), L.state == "running")
    .values(state="failed", finished_at=bindparam("ended_at"))
)
_drop_of_account = (
    update(windows)
    .where(W.account_id == bindparam("of_account"), W.due_at.is_not(None))
    .values(due_at=None, lease_until=0, fence=W.fence + 1)
)

_insert_load = insert(loads).values(
    {column: bindparam(column.name) for column in loads.c if column.name != "arrivals"}
)
_load = select(*loads.c).where(L.tenant_id == bindparam("tenant_id"), L.id == bindparam("id"))
_any_load = select(*loads.c).where(L.id == bindparam("id"))
_list_loads = (
    select(*loads.c)
    .where(L.tenant_id == bindparam("tenant_id"))
    .where(tuple_(L.started_at, L.id) < tuple_(bindparam("before_at"), bindparam("before_id")))
    .order_by(L.started_at.desc(), L.id.desc())
    .limit(bindparam("limit"))
)
_list_loads_of = _list_loads.where(L.account_id == bindparam("account_id"))
_loads_of_account = select(*loads.c).where(L.account_id == bindparam("account_id"))
_arrive = (
    update(loads)
    .where(L.id == bindparam("of_id"))
    .values(arrivals=L.arrivals + 1)
    .returning(L.arrivals)
)
_finish = (
    update(loads)
    .where(L.id == bindparam("of_id"), L.state == "running")
    .values(state=bindparam("state"), finished_at=bindparam("finished_at"))
)


class Wanted(Struct, frozen=True):
    """A window to be worked on."""

    id: str
    kind: WindowKind
    window: Window
    due_at: datetime
    mends: int = 0


def _row(row: Row) -> WindowRow:
    return WindowRow(
        id=row[0],
        tenant_id=row[1],
        account_id=row[2],
        connection_id=row[3],
        bank=row[4],
        load_id=row[5],
        kind=row[6],
        first=date.fromisoformat(row[7]),
        last=date.fromisoformat(row[8]),
        state=row[9],
        attempts=row[10],
        due_at=maybe_from(row[11]),
        fence=row[12],
        mark=row[13],
        trouble=msgspec.json.decode(row[14], type=Trouble) if row[14] else None,
        received_at=maybe_from(row[15]),
        arrival=row[16],
        count=row[17],
        duplicates=row[18],
        still=row[19],
        mends=row[20],
    )


def _to_load(row: Row) -> Load:
    return Load(
        id=row[0],
        tenant_id=row[1],
        account_id=row[2],
        first=date.fromisoformat(row[3]),
        last=date.fromisoformat(row[4]),
        state=row[5],
        started_at=from_micros(row[6]),
        finished_at=maybe_from(row[7]),
    )


async def plan(
    tx: Tx,
    wanted: Iterable[Wanted],
    *,
    tenant_id: str,
    account_id: str,
    connection_id: str,
    bank: str,
    load_id: str | None,
) -> None:
    """Put windows into the queue."""
    await tx.many(
        _insert,
        [
            {
                "id": each.id,
                "tenant_id": tenant_id,
                "account_id": account_id,
                "connection_id": connection_id,
                "bank": bank,
                "load_id": load_id,
                "kind": each.kind,
                "first_day": each.window.first.isoformat(),
                "last_day": each.window.last.isoformat(),
                "mends": each.mends,
                "due_at": to_micros(each.due_at),
            }
            for each in wanted
        ],
    )


async def lease_due(
    tx: Tx, now: datetime, wall: datetime, until: datetime, limit: int
) -> list[WindowRow]:
    """Take windows that are due; each with the fence that its landing must name.

    Due is measured by the clock that the banks live by, leases by the wall's: a jump of the first
    must not take work out of a living worker's hands.
    """
    found = await tx.rows(_due, now=to_micros(now), wall=to_micros(wall), limit=limit)
    taken = [_row(row) for row in found]
    await tx.many(_lease, [{"of_id": row.id, "until": to_micros(until)} for row in taken])
    return [msgspec.structs.replace(row, fence=row.fence + 1) for row in taken]


async def next_due(tx: Tx, wall: datetime) -> int | None:
    """When the next window that nobody holds is due, in stored form."""
    row = await tx.row(_next_due, wall=to_micros(wall))
    return row[0] if row else None


async def settle(tx: Tx, row: WindowRow, *, fence: int) -> bool:
    """Write a window's new standing and free its lease; False when the lease was lost."""
    touched = await tx.run(
        _settle,
        of_id=row.id,
        of_fence=fence,
        state=row.state,
        attempts=row.attempts,
        due_at=maybe_to(row.due_at),
        mark=row.mark,
        problem=msgspec.json.encode(row.trouble) if row.trouble else None,
        received_at=maybe_to(row.received_at),
        arrival=row.arrival,
        count=row.count,
        duplicates=row.duplicates,
        still=row.still,
        mends=row.mends,
        first_day=row.first.isoformat(),
        last_day=row.last.isoformat(),
    )
    return touched == 1


async def in_hand(tx: Tx, account_id: str) -> int:
    """How many windows of an account are in the bank's hands."""
    row = await tx.row(_in_hand, account_id=account_id)
    return int(row[0]) if row else 0


async def put_off(tx: Tx, account_id: str, around: Window, until: datetime) -> None:
    """Ask for the neighbouring days no earlier: days that are not ready come in runs."""
    await tx.run(
        _put_off,
        of_account=account_id,
        first=around.first.isoformat(),
        last=around.last.isoformat(),
        until=to_micros(until),
    )


async def bring_forward(tx: Tx, account_id: str, around: Window, at: datetime) -> None:
    """Ask for the neighbouring days at once: banks release days in runs."""
    await tx.run(
        _bring_forward,
        of_account=account_id,
        first=around.first.isoformat(),
        last=around.last.isoformat(),
        at=to_micros(at),
    )


async def wake(tx: Tx, connection_id: str, at: datetime) -> None:
    """Make everything that waits on a connection due, since what held it back is repaired."""
    await tx.run(_wake, of_connection=connection_id, at=to_micros(at))


async def drop(tx: Tx, connection_id: str, now: datetime) -> None:
    """Stop working for a connection that was closed; its unfinished loads have failed."""
    await tx.run(_end_of_connection, of_connection=connection_id, ended_at=to_micros(now))
    await tx.run(_drop_of_connection, of_connection=connection_id)


async def drop_account(tx: Tx, account_id: str, now: datetime) -> None:
    """Stop working for an account that is not to be read; its unfinished loads have failed."""
    await tx.run(_end_of_account, of_account=account_id, ended_at=to_micros(now))
    await tx.run(_drop_of_account, of_account=account_id)


async def move(tx: Tx, account_id: str, connection_id: str) -> None:
    """Have an account's open windows worked on through the connection that shows it now."""
    await tx.run(_move, of_account=account_id, connection_id=connection_id)


async def open_of(tx: Tx, account_id: str) -> list[WindowRow]:
    """The windows of an account on which something is still to be done."""
    return [_row(row) for row in await tx.rows(_open_of_account, account_id=account_id)]


async def of_load(tx: Tx, load_id: str) -> list[WindowRow]:
    """A load's windows, oldest days first."""
    return [_row(row) for row in await tx.rows(_of_load, load_id=load_id)]


async def open_in_load(tx: Tx, load_id: str) -> int:
    """How many windows of a load are still to be worked on."""
    row = await tx.row(_open_in_load, load_id=load_id)
    return int(row[0]) if row else 0


async def cancel(tx: Tx, load_id: str, now: datetime) -> bool:
    """Stop a load and keep what came; False when it was over already."""
    touched = await tx.run(_finish, of_id=load_id, state="cancelled", finished_at=to_micros(now))
    if touched:
        await tx.run(_cancel, of_load=load_id)
        await tx.run(_cancel_mends, of_load=load_id)
    return touched == 1


async def add_load(tx: Tx, load: Load) -> None:
    """Keep a new load."""
    await tx.run(
        _insert_load,
        id=load.id,
        tenant_id=load.tenant_id,
        account_id=load.account_id,
        first_day=load.first.isoformat(),
        last_day=load.last.isoformat(),
        state=load.state,
        started_at=to_micros(load.started_at),
        finished_at=maybe_to(load.finished_at),
    )


async def load(tx: Tx, tenant_id: str, load_id: str) -> Load | None:
    """One load of a tenant."""
    row = await tx.row(_load, tenant_id=tenant_id, id=load_id)
    return _to_load(row) if row else None


async def loads_of(tx: Tx, account_id: str) -> list[Load]:
    """Every load of an account."""
    return [_to_load(row) for row in await tx.rows(_loads_of_account, account_id=account_id)]


async def load_page(
    tx: Tx, tenant_id: str, *, before: tuple[int, str], limit: int, account_id: str | None = None
) -> list[tuple[Load, tuple[int, str]]]:
    """A tenant's loads, newest first, each with its place."""
    values: dict[str, Any] = {
        "tenant_id": tenant_id, "before_at": before[0], "before_id": before[1], "limit": limit,
    }  # fmt: skip
    if account_id is None:
        rows: Sequence[Row] = await tx.rows(_list_loads, **values)
    else:
        rows = await tx.rows(_list_loads_of, account_id=account_id, **values)
    return [(_to_load(row), (row[6], row[0])) for row in rows]


async def arrive(tx: Tx, load_id: str) -> int:
    """The next place in a load's order of arrival."""
    row = await tx.row(_arrive, of_id=load_id)
    assert row is not None
    return int(row[0])


async def finish(tx: Tx, load_id: str, state: WindowState | str, now: datetime) -> bool:
    """End a running load."""
    touched = await tx.run(_finish, of_id=load_id, state=state, finished_at=to_micros(now))
    return touched == 1
