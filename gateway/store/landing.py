"""Land a piece: rows, tombstones, figures, proofs and feed in the one transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice

import msgspec
from msgspec import Struct, field
from sqlalchemy import and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.ids import new_ids
from gateway.ledger.landing import Known, Plan, Told, compare
from gateway.ledger.proof import Point, Proof, Sums, Turnover, prove
from gateway.store.database import Row, Tx
from gateway.store.feed import Change, publish
from gateway.store.tables import accounts, days, points, reversals, transactions, turnovers
from gateway.store.upsert import upsert
from schemas.coverage import DayState
from schemas.numbers.minor import to_minor
from schemas.statement import Piece
from schemas.window import DAY, Window

KEYS_AT_ONCE = 200

T = transactions.c

_KNOWN = (
    T.id, T.bank_key, T.booking_date, T.content, T.status, T.direction, T.amount_minor, T.review,
    T.gone, T.missed, T.version,
)  # fmt: skip

_in_days = select(*_KNOWN).where(
    T.account_id == bindparam("account_id"),
    T.booking_date.between(bindparam("first"), bindparam("last")),
)
_keyed = select(*_KNOWN).where(
    T.account_id == bindparam("account_id"),
    T.bank_key.in_([bindparam(f"k{n}") for n in range(KEYS_AT_ONCE)]),
)
_waiting = select(*_KNOWN, T.doc).where(
    T.account_id == bindparam("account_id"), T.status == "pending", T.gone == 0
)
_doc_of = select(T.doc).where(T.id == bindparam("id"))
# Two pieces of one account are judged one after the other: each day's sums and the balances around
# it are read, reckoned with and written back. On SQLite there is one writer anyway.
_hold = select(accounts.c.id).where(accounts.c.id == bindparam("account_id")).with_for_update()

_add = insert(transactions)
_add = _add.values({column: bindparam(column.name) for column in transactions.c})

_ADD = {
    True: sqlite.insert(transactions)
    .values({column: bindparam(column.name) for column in transactions.c})
    .on_conflict_do_nothing(index_elements=[T.account_id, T.bank_key]),
    False: postgresql.insert(transactions)
    .values({column: bindparam(column.name) for column in transactions.c})
    .on_conflict_do_nothing(index_elements=[T.account_id, T.bank_key]),
}

_rewrite = (
    update(transactions)
    .where(T.account_id == bindparam("of_account"), T.booking_date == bindparam("of_day"))
    .where(T.id == bindparam("of_id"))
    .values(
        booking_date=bindparam("booking_date"),
        bank_key=bindparam("bank_key"),
        content=bindparam("content"),
        status=bindparam("status"),
        direction=bindparam("direction"),
        amount_minor=bindparam("amount_minor"),
        gone=bindparam("gone"),
        missed=bindparam("missed"),
        version=bindparam("version"),
        doc=bindparam("doc"),
    )
)
_count_miss = (
    update(transactions)
    .where(T.account_id == bindparam("of_account"), T.booking_date == bindparam("of_day"))
    .where(T.id == bindparam("of_id"))
    .values(missed=bindparam("missed"))
)

_points_around = (
    select(points.c.day, points.c.closing, points.c.next_opening)
    .where(points.c.account_id == bindparam("account_id"))
    .where(points.c.day.between(bindparam("first"), bindparam("last")))
    .order_by(points.c.day)
)
_point_before = (
    select(points.c.day)
    .where(points.c.account_id == bindparam("account_id"), points.c.day < bindparam("day"))
    .order_by(points.c.day.desc())
    .limit(1)
)
_point_after = (
    select(points.c.day)
    .where(points.c.account_id == bindparam("account_id"), points.c.day > bindparam("day"))
    .order_by(points.c.day)
    .limit(1)
)
_last_day = (
    select(days.c.day)
    .where(days.c.account_id == bindparam("account_id"))
    .order_by(days.c.day.desc())
    .limit(1)
)
_days_in = select(
    days.c.day, days.c.state, days.c.credits, days.c.debits, days.c.credit_count, days.c.debit_count
).where(
    days.c.account_id == bindparam("account_id"),
    days.c.day.between(bindparam("first"), bindparam("last")),
)
_turnovers_in = select(
    turnovers.c.first_day,
    turnovers.c.last_day,
    turnovers.c.credits,
    turnovers.c.debits,
    turnovers.c.credit_count,
    turnovers.c.debit_count,
).where(
    turnovers.c.account_id == bindparam("account_id"),
    turnovers.c.first_day >= bindparam("first"),
    turnovers.c.last_day <= bindparam("last"),
)
_stale_turnovers = delete(turnovers).where(
    turnovers.c.account_id == bindparam("account_id"),
    turnovers.c.first_day <= bindparam("last"),
    turnovers.c.last_day >= bindparam("first"),
    or_(
        turnovers.c.first_day != bindparam("first"),
        turnovers.c.last_day != bindparam("last"),
    ),
)
_forget_turnover = delete(turnovers).where(
    turnovers.c.account_id == bindparam("account_id"),
    turnovers.c.first_day == bindparam("first"),
    turnovers.c.last_day == bindparam("last"),
)
_point = upsert(points, ("account_id", "day"))
_forget_point = delete(points).where(
    points.c.account_id == bindparam("account_id"), points.c.day == bindparam("day")
)
_turnover = upsert(turnovers, ("account_id", "first_day", "last_day"))
_day = upsert(days, ("account_id", "day"))
_await_original = upsert(reversals, ("account_id", "original_key", "transaction_id"))
_awaiting = select(reversals.c.original_key, reversals.c.transaction_id).where(
    reversals.c.account_id == bindparam("account_id")
)
_no_longer_awaiting = delete(reversals).where(
    and_(
        reversals.c.account_id == bindparam("account_id"),
        reversals.c.original_key == bindparam("original_key"),
    )
)


class Place(Struct, frozen=True):
    """Whose ledger a piece lands in, and how far a lack of rows may be believed there."""

    tenant_id: str
    account_id: str
    currency: str
    misses_to_remove: int
    """Complete readings in a row that must lack a row before it is taken for withdrawn."""
    pending: bool


class Landed(Struct, frozen=True):
    """What a landing did."""

    rows: int
    added: int
    changed: int
    removed: int
    duplicates: int
    conflicts: tuple[Window, ...]
    """Runs of days within the touched span that are in conflict now."""

    @property
    def still(self) -> bool:
        """Whether the reading brought nothing new."""
        return not (self.added or self.changed or self.removed)


async def land(
    tx: Tx, place: Place, piece: Piece, told: tuple[list[Told], int], now: datetime
) -> Landed:
    """Bring a piece into the ledger; `told` is its entries under their identities.

    A day's rows, its proof and the feed's lines change together or not at all: the caller's
    transaction decides. Rows that a provable account's reading lacks are removed only when the
    figures hold without them; otherwise the day is in conflict and the rows stay.
    """
    rows, duplicates = told
    if not (piece.covers or rows or piece.figures or piece.withdrawn):
        return Landed(rows=0, added=0, changed=0, removed=0, duplicates=0, conflicts=())
    await tx.row(_hold, account_id=place.account_id)
    known = await _known(tx, place, piece, rows)
    waiting = await _pending(tx, place) if place.pending else ()

    def plan(misses: int) -> Plan:
        return compare(
            known, rows, piece, duplicates=duplicates, pending=waiting, misses_to_remove=misses
        )

    chosen = plan(place.misses_to_remove)
    changes, moved, arrived = await _write_added(tx, place, chosen.added, now)
    chosen = chosen.with_moved(moved)
    scene, proofs = await _weigh(tx, place, piece, chosen.deltas())
    if chosen.removed and piece.figures and _conflicts(proofs, piece.covers):
        careful = plan(0).with_moved(moved)
        if len(careful.removed) < len(chosen.removed):
            chosen = careful
            scene, proofs = await _weigh(tx, place, piece, chosen.deltas())
    changes += await _write_rows(tx, place, chosen)
    changes += await _link_reversals(tx, place, chosen, arrived)
    await _write_figures(tx, place, scene, proofs)
    await publish(tx, place.tenant_id, place.account_id, changes, now)
    return Landed(
        rows=len(rows),
        added=len(chosen.added),
        changed=len(chosen.changed),
        removed=len(chosen.removed),
        duplicates=chosen.duplicates,
        conflicts=_runs(proofs),
    )


async def _known(tx: Tx, place: Place, piece: Piece, rows: Sequence[Told]) -> dict[str, Known]:
    known: dict[str, Known] = {}
    if piece.covers:
        found = await tx.rows(
            _in_days,
            account_id=place.account_id,
            first=piece.covers.first.isoformat(),
            last=piece.covers.last.isoformat(),
        )
        known = {row[1]: _to_known(row) for row in found}
    if piece.covers is None or known or place.pending or not tx.counts:
        # A known row may have moved to another day; on a first reading the insert itself tells.
        wanted = [row.key for row in rows if row.key not in known]
        wanted += [key for key in piece.withdrawn if key not in known]
        known |= await _by_key(tx, place, wanted)
    return known


async def _by_key(tx: Tx, place: Place, wanted: Sequence[str]) -> dict[str, Known]:
    known: dict[str, Known] = {}
    keys = iter(wanted)
    while batch := list(islice(keys, KEYS_AT_ONCE)):
        batch += [batch[-1]] * (KEYS_AT_ONCE - len(batch))
        values = {f"k{n}": key for n, key in enumerate(batch)}
        for row in await tx.rows(_keyed, account_id=place.account_id, **values):
            known[row[1]] = _to_known(row)
    return known


async def _pending(tx: Tx, place: Place) -> tuple[Known, ...]:
    found = await tx.rows(_waiting, account_id=place.account_id)
    return tuple(
        _to_known(tuple(row)[:-1], msgspec.json.decode(row[-1], type=_FarSide)) for row in found
    )


class _Far(Struct):
    account: str | None = None
    iban: str | None = None


class _FarSide(Struct):
    counterparty: _Far


def _to_known(row: Row, far: _FarSide | None = None) -> Known:
    known = Known(*row)
    if far is None:
        return known
    account = far.counterparty.iban or far.counterparty.account
    likeness = (known.direction, known.amount_minor, account)
    return msgspec.structs.replace(known, likeness=likeness)


async def _weigh(
    tx: Tx, place: Place, piece: Piece, deltas: Mapping[str, Sums]
) -> tuple[_Scene, list[Proof]]:
    """The days that a piece touches, judged by the bank's figures.

    A figure in the middle of what the piece states was said before it. Where it contradicts, and
    the piece's own balances hold without it, it was said of a day that has changed since: of today
    at noon, or before a late row. The newer word counts then, or the days would never be proven.
    """
    scene = await _scene(tx, place, piece, deltas)
    proofs = scene.proofs(deltas)
    if (scene.inner or scene.older) and _conflicts(proofs, piece.covers):
        newest = scene.without_older()
        again = newest.proofs(deltas)
        if not _conflicts(again, piece.covers):
            return newest, again
    return scene, proofs


class _Scene(Struct):
    """The stretch of days that a piece can touch, with the bank's figures after it."""

    span: Window | None
    points: dict[date, Point]
    told: set[date]
    turnovers: list[Turnover]
    spans_told: list[Window]
    sums: dict[date, Sums]
    read: set[date]
    inner: set[date] = field(default_factory=set)
    """Days whose balance an earlier piece has told, in the middle of what this one states."""
    older: set[Window] = field(default_factory=set)
    """Spans whose turnovers an earlier piece has told, within what this one states."""
    dropped: tuple[set[date], set[Window]] = (set(), set())

    def without_older(self) -> _Scene:
        """The same stretch by the newest figures alone."""
        return msgspec.structs.replace(
            self,
            points={day: point for day, point in self.points.items() if day not in self.inner},
            turnovers=[each for each in self.turnovers if each.span not in self.older],
            dropped=(self.inner, self.older),
        )

    def proofs(self, deltas: Mapping[str, Sums]) -> list[Proof]:
        """The proof of every day of the stretch if its booked sums change by so much."""
        if self.span is None:
            return []
        sums = dict(self.sums)
        for day, delta in deltas.items():
            when = date.fromisoformat(day)
            sums[when] = sums.get(when, Sums()) + delta
        around = [
            point
            for day, point in sorted(self.points.items())
            if self.span.first - DAY <= day <= self.span.last
        ]
        return prove(self.span, around, self.turnovers, sums, self.read)


async def _scene(tx: Tx, place: Place, piece: Piece, deltas: Mapping[str, Sums]) -> _Scene:
    account = {"account_id": place.account_id}
    touched = {date.fromisoformat(day) for day in deltas}
    if piece.covers:
        touched |= {piece.covers.first, piece.covers.last}
    for figures in piece.figures:
        touched |= {figures.first - DAY, figures.last}
    if not touched:
        # Rows that are pending, or changed in nothing that is counted: no day's proof can move.
        return _Scene(None, {}, set(), [], [], {}, set())
    before = await tx.row(_point_before, day=min(touched).isoformat(), **account)
    after = await tx.row(_point_after, day=max(touched).isoformat(), **account)
    if after is None:
        after = await tx.row(_last_day, **account)
    first = date.fromisoformat(before[0]) + DAY if before else min(touched)
    last = max(date.fromisoformat(after[0]), *touched) if after else max(touched)
    bounds = {**account, "first": (first - DAY).isoformat(), "last": last.isoformat()}
    found = {
        date.fromisoformat(row[0]): Point(date.fromisoformat(row[0]), row[1], row[2])
        for row in await tx.rows(_points_around, **bounds)
    }
    sums: dict[date, Sums] = {}
    read: set[date] = set(piece.covers) if piece.covers else set()
    for row in await tx.rows(_days_in, **bounds):
        day = date.fromisoformat(row[0])
        sums[day] = Sums(*row[2:6])
        if row[1] != DayState.MISSING:
            read.add(day)
    counted = [
        Turnover(date.fromisoformat(row[0]), date.fromisoformat(row[1]), *row[2:6])
        for row in await tx.rows(_turnovers_in, **bounds)
    ]
    scene = _Scene(Window(first, last), found, set(), counted, [], sums, read)
    _hear(scene, place, piece)
    return scene


def _hear(scene: _Scene, place: Place, piece: Piece) -> None:
    """Let the piece's figures replace what the bank said before of the same days."""

    def minor(amount: object) -> int | None:
        return None if amount is None else to_minor(amount, place.currency)  # type: ignore[arg-type]  # Decimal by the schema

    def say(day: date, closing: int | None, next_opening: int | None) -> None:
        old = scene.points.get(day) or Point(day, None, None)
        scene.points[day] = Point(
            day,
            old.closing if closing is None else closing,
            old.next_opening if next_opening is None else next_opening,
        )
        scene.told.add(day)

    for figures in piece.figures:
        opening, closing = minor(figures.opening), minor(figures.closing)
        if opening is not None:
            say(figures.first - DAY, None, opening)
        if closing is not None:
            say(figures.last, closing, None)
        if opening is not None and closing is not None:
            stated = Window(figures.first, figures.last)
            scene.inner |= {day for day in scene.points if day in stated and day != stated.last}
            scene.older |= {each.span for each in scene.turnovers if stated.holds(each.span)}
        counted = Turnover(
            figures.first,
            figures.last,
            minor(figures.credits),
            minor(figures.debits),
            figures.credit_count,
            figures.debit_count,
        )
        if any(value is not None for value in msgspec.structs.astuple(counted)[2:]):
            days_told = Window(figures.first, figures.last)
            scene.turnovers = [old for old in scene.turnovers if not days_told.meets(old.span)]
            scene.turnovers.append(counted)
            scene.spans_told.append(days_told)
    scene.inner -= scene.told
    scene.older -= set(scene.spans_told)


def _conflicts(proofs: Sequence[Proof], covers: Window | None) -> bool:
    return any(
        proof.state is DayState.CONFLICT and (covers is None or proof.day in covers)
        for proof in proofs
    )


def _runs(proofs: Sequence[Proof]) -> tuple[Window, ...]:
    runs: list[Window] = []
    for proof in proofs:
        if proof.state is not DayState.CONFLICT:
            continue
        if runs and runs[-1].last + DAY == proof.day:
            runs[-1] = Window(runs[-1].first, proof.day)
        else:
            runs.append(Window(proof.day, proof.day))
    return tuple(runs)


async def _write_rows(tx: Tx, place: Place, plan: Plan) -> list[Change]:
    changes = [await _rewrite_row(tx, place, before, row) for before, row in plan.changed]
    changes += [await _entomb(tx, place, before) for before in plan.removed]
    for before in plan.missed:
        await _set_missed(tx, place, before, before.missed + 1)
    for before in plan.found_again:
        await _set_missed(tx, place, before, 0)
    return changes


async def _set_missed(tx: Tx, place: Place, row: Known, missed: int) -> None:
    await tx.run(
        _count_miss, of_account=place.account_id, of_day=row.day, of_id=row.id, missed=missed
    )


class _Given(Struct, frozen=True, gc=False):
    """A new row under the id and with the JSON that it was given."""

    id: str
    doc: bytes
    row: Told


async def _write_added(
    tx: Tx, place: Place, added: Sequence[Told], now: datetime
) -> tuple[list[Change], list[tuple[Known, Told]], dict[str, str]]:
    """Insert rows: the changes, the rows known by their key already, and the others' key to id."""
    if not added:
        return [], [], {}
    originals = await _originals(tx, place, added)
    ids: Iterator[str] = new_ids("txn", now)
    instant = now.isoformat(timespec="microseconds").replace("+00:00", "Z").encode()
    head = b'","account_id":"' + place.account_id.encode() + b'",'
    tail = b',"received_at":"' + instant + b'","review":"new","reversal_of":'
    whole = tail + b'null,"version":1}'
    tuples = []
    given: dict[str, _Given] = {}
    for row in added:
        made = next(ids)
        end = whole
        if row.reverses and (original := originals.get(row.reverses)):
            end = tail + b'"' + original.encode() + b'","version":1}'
        doc = b"".join((b'{"id":"', made.encode(), head, row.body[1:-1], end))
        tuples.append(
            (
                place.account_id, row.day, made, place.tenant_id, row.key, row.content, row.status,
                row.direction, row.amount_minor, "new", 0, 0, 1, doc,
            )
        )  # fmt: skip
        given[row.key] = _Given(made, doc, row)
    touched = await tx.bulk(_ADD[tx.counts], tuples)
    moved: list[tuple[Known, Told]] = []
    if touched < len(tuples):
        # Some of these rows are known under another day: they moved, and keep their id.
        for key, before in (await _by_key(tx, place, list(given))).items():
            if before.id != given[key].id:
                moved.append((before, given.pop(key).row))
    for new in given.values():
        if new.row.reverses and new.row.reverses not in originals:
            await _await(tx, place, new.row.reverses, new.id)
    changes = [Change("added", new.doc) for new in given.values()]
    return changes, moved, {key: new.id for key, new in given.items()}


async def _originals(tx: Tx, place: Place, added: Sequence[Told]) -> dict[str, str]:
    """Our ids of the rows that some of the added ones reverse."""
    wanted = [row.reverses for row in added if row.reverses]
    if not wanted:
        return {}
    return {key: row.id for key, row in (await _by_key(tx, place, wanted)).items()}


async def _await(tx: Tx, place: Place, original_key: str, reversal_id: str) -> None:
    """Remember a reversal whose original is not known yet."""
    await tx.run(
        _await_original,
        account_id=place.account_id,
        original_key=original_key,
        transaction_id=reversal_id,
    )


async def _link_reversals(
    tx: Tx, place: Place, plan: Plan, arrived: dict[str, str]
) -> list[Change]:
    """Link reversals that wait to originals that have come, also as bookings of pending rows."""
    booked = [(before, row) for before, row in plan.changed if before.key != row.key]
    if not (arrived or booked):
        return []
    for before, row in booked:
        arrived[row.key] = before.id
        if row.reverses:
            await _await(tx, place, row.reverses, before.id)
    arrived |= await _originals(tx, place, [row for _, row in booked])
    changes: list[Change] = []
    for original_key, reversal_id in await tx.rows(_awaiting, account_id=place.account_id):
        original_id = arrived.get(original_key)
        if original_id is None:
            continue
        changes += await _point_back(tx, place, reversal_id, original_id)
        await tx.run(_no_longer_awaiting, account_id=place.account_id, original_key=original_key)
    return changes


_by_id = select(*_KNOWN).where(T.id == bindparam("id"))


async def _point_back(tx: Tx, place: Place, reversal_id: str, original_id: str) -> list[Change]:
    """Write what a reversal takes back; told to readers unless the reversal itself has gone."""
    found = await tx.row(_by_id, id=reversal_id)
    assert found is not None
    before = _to_known(found)
    doc = await _doc(tx, before, reversal_of=original_id, version=before.version + 1)
    await _store(tx, place, before, None, doc, gone=bool(before.gone))
    return [] if before.gone else [Change("modified", doc)]


async def _rewrite_row(tx: Tx, place: Place, before: Known, row: Told) -> Change:
    """Give a known row what the bank tells now; a row that had gone is added again."""
    old = msgspec.json.decode(await _old_doc(tx, before), type=dict[str, msgspec.Raw])
    new = msgspec.json.decode(row.body, type=dict[str, msgspec.Raw])
    version = msgspec.Raw(str(before.version + 1).encode())
    doc = msgspec.json.encode({**old, **new, "version": version})
    await _store(tx, place, before, row, doc, gone=False)
    return Change("added" if before.gone else "modified", doc)


async def _entomb(tx: Tx, place: Place, before: Known) -> Change:
    doc = await _doc(tx, before, version=before.version + 1)
    await _store(tx, place, before, None, doc, gone=True)
    return Change("removed", doc)


async def _old_doc(tx: Tx, before: Known) -> bytes:
    found = await tx.row(_doc_of, id=before.id)
    assert found is not None
    return bytes(found[0])


async def _doc(tx: Tx, before: Known, **fields: object) -> bytes:
    old = msgspec.json.decode(await _old_doc(tx, before), type=dict[str, msgspec.Raw])
    return msgspec.json.encode({**old, **fields})


async def _store(
    tx: Tx, place: Place, before: Known, row: Told | None, doc: bytes, *, gone: bool
) -> None:
    await tx.run(
        _rewrite,
        of_account=place.account_id,
        of_day=before.day,
        of_id=before.id,
        booking_date=row.day if row else before.day,
        bank_key=row.key if row else before.key,
        content=row.content if row else before.content,
        status=row.status if row else before.status,
        direction=row.direction if row else before.direction,
        amount_minor=row.amount_minor if row else before.amount_minor,
        gone=int(gone),
        missed=0 if row or gone else before.missed,
        version=before.version + 1,
        doc=doc,
    )


async def _write_figures(tx: Tx, place: Place, scene: _Scene, proofs: Sequence[Proof]) -> None:
    for day in scene.told:
        point = scene.points[day]
        await tx.run(
            _point,
            account_id=place.account_id,
            day=day.isoformat(),
            closing=point.closing,
            next_opening=point.next_opening,
        )
    for day in scene.dropped[0]:
        await tx.run(_forget_point, account_id=place.account_id, day=day.isoformat())
    for span in scene.dropped[1]:
        await tx.run(
            _forget_turnover,
            account_id=place.account_id,
            first=span.first.isoformat(),
            last=span.last.isoformat(),
        )
    for told in scene.spans_told:
        await tx.run(
            _stale_turnovers,
            account_id=place.account_id,
            first=told.first.isoformat(),
            last=told.last.isoformat(),
        )
    await tx.many(
        _turnover,
        [
            {
                "account_id": place.account_id,
                "first_day": counted.first.isoformat(),
                "last_day": counted.last.isoformat(),
                "credits": counted.credits,
                "debits": counted.debits,
                "credit_count": counted.credit_count,
                "debit_count": counted.debit_count,
            }
            for counted in scene.turnovers
            if counted.span in scene.spans_told
        ],
    )
    await tx.many(
        _day,
        [
            {
                "account_id": place.account_id,
                "day": proof.day.isoformat(),
                "state": proof.state.value,
                "opening": proof.opening,
                "credits": proof.credits,
                "debits": proof.debits,
                "credit_count": proof.credit_count,
                "debit_count": proof.debit_count,
                "closing": proof.closing,
                "reason": proof.reason,
            }
            for proof in proofs
        ],
    )
