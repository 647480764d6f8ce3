"""What a delivered piece changes in the ledger: a pure comparison of what is known and told.

Identity of a row for ever: the account and the bank's own id of the movement. Where the bank gives
none: the account, the bank day, the content, and the ordinal among equals within that day, taken
only from a complete reading of the day, so that two truly identical payments are both there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b

import msgspec
from msgspec import Struct

from gateway.ledger.proof import Sums
from schemas.numbers.minor import written
from schemas.statement import Piece
from schemas.transaction import Counterparty, Direction, Entry, Status, Symbols

CONTENT_BYTES = 16


class _Body(Struct, frozen=True, gc=False):
    status: Status
    direction: Direction
    amount: str
    currency: str
    booking_date: date
    value_date: date | None
    operation_at: datetime | None
    document_number: str | None
    document_date: date | None
    kind: str | None
    purpose: str
    counterparty: Counterparty
    symbols: Symbols
    end_to_end_id: str | None
    bank_ids: dict[str, str]


class Told(Struct, frozen=True, gc=False):
    """A row as the bank tells it now; `body` is the part of our JSON that the bank decides."""

    key: str
    day: str
    status: Status
    direction: Direction
    amount_minor: int
    body: bytes
    content: bytes
    likeness: tuple[str, int, str | None]
    """What a pending row and its booking have in common."""
    reverses: str | None


class Known(Struct, frozen=True, gc=False):
    """A row as the ledger has it."""

    id: str
    key: str
    day: str
    content: bytes
    status: str
    direction: str
    amount_minor: int
    review: str
    gone: int
    missed: int
    version: int
    likeness: tuple[str, int, str | None] | None = None


class Plan(Struct, frozen=True, kw_only=True):
    """What has to be written; `duplicates` counts rows told more than once in the piece."""

    added: tuple[Told, ...]
    changed: tuple[tuple[Known, Told], ...]
    removed: tuple[Known, ...]
    missed: tuple[Known, ...]
    found_again: tuple[Known, ...]
    duplicates: int

    def deltas(self) -> dict[str, Sums]:
        """What each bank day's booked sums gain or lose by this plan."""
        found: dict[str, list[int]] = {}

        def count(row: Told | Known, by: int) -> None:
            sums = found.get(row.day)
            if sums is None:
                sums = found[row.day] = [0, 0, 0, 0]
            side = 0 if row.direction == "credit" else 1
            sums[side] += row.amount_minor * by
            sums[side + 2] += by

        for row in self.added:
            if row.status == "booked":
                count(row, 1)
        for before, row in self.changed:
            if before.status == "booked" and not before.gone:
                count(before, -1)
            if row.status == "booked":
                count(row, 1)
        for before in self.removed:
            if before.status == "booked":
                count(before, -1)
        return {day: Sums(*sums) for day, sums in found.items()}

    def with_moved(self, moved: Sequence[tuple[Known, Told]]) -> Plan:
        """The plan once rows that it took for new are seen to be known under another day."""
        if not moved:
            return self
        keys = {row.key for _, row in moved}
        return msgspec.structs.replace(
            self,
            added=tuple(row for row in self.added if row.key not in keys),
            changed=(*self.changed, *moved),
        )


_encode = msgspec.json.Encoder(decimal_format="string").encode


def tell(entry: Entry) -> Told:
    """An entry in the ledger's own form.

    Raises:
        ValueError: when the amount has more digits than its currency.
    """
    amount, minor = written(entry.amount, entry.currency)
    party = entry.counterparty
    body = _encode(
        _Body(
            entry.status,
            entry.direction,
            amount,
            entry.currency,
            entry.booking_date,
            entry.value_date,
            entry.operation_at,
            entry.document_number,
            entry.document_date,
            entry.kind,
            entry.purpose,
            party,
            entry.symbols,
            entry.end_to_end_id,
            entry.bank_ids,
        )
    )
    return Told(
        entry.key,
        entry.booking_date.isoformat(),
        entry.status,
        entry.direction,
        minor,
        body,
        blake2b(body, digest_size=CONTENT_BYTES).digest(),
        (entry.direction, minor, party.iban or party.account),
        entry.reverses,
    )


def tell_all(entries: Iterable[Entry]) -> tuple[list[Told], int]:
    """Every entry once under its identity, and how many were told again."""
    keyed: dict[str, Told] = {}
    equals: Counter[tuple[str, bytes]] = Counter()
    duplicates = 0
    for entry in entries:
        row = tell(entry)
        if not row.key:
            place = (row.day, row.content)
            equals[place] += 1
            row = msgspec.structs.replace(
                row, key=f"#{row.day}:{row.content.hex()}:{equals[place]}"
            )
        before = keyed.get(row.key)
        if before is not None:
            duplicates += 1
            if before.status == "booked" and row.status != "booked":
                continue
        keyed[row.key] = row
    return list(keyed.values()), duplicates


def compare(
    known: Mapping[str, Known],
    told: Sequence[Told],
    piece: Piece,
    *,
    duplicates: int,
    pending: Sequence[Known] = (),
    misses_to_remove: int,
) -> Plan:
    """What the piece changes.

    `known` are the rows under the told keys and all rows of the covered days; `pending` the
    account's rows that wait for their booking. A row that a complete reading lacks is removed once
    it was missed `misses_to_remove` times in a row; 0 keeps it whatever is missing.
    """
    keys = {row.key for row in told}
    added: list[Told] = []
    changed: list[tuple[Known, Told]] = []
    found_again: list[Known] = []
    for row in told:
        before = known.get(row.key)
        if before is None:
            added.append(row)
        elif before.gone or before.content != row.content:
            changed.append((before, row))
        elif before.missed:
            found_again.append(before)
    removed, missed = _absent(known, keys, piece, misses_to_remove)
    if pending:
        added, booked, waited = _booked(added, [row for row in pending if row.key not in keys])
        changed += booked
        removed = [row for row in removed if row.id not in waited]
        missed = [row for row in missed if row.id not in waited]
    return Plan(
        added=tuple(added),
        changed=tuple(changed),
        removed=tuple(removed),
        missed=tuple(missed),
        found_again=tuple(found_again),
        duplicates=duplicates,
    )


def _absent(
    known: Mapping[str, Known], keys: set[str], piece: Piece, misses_to_remove: int
) -> tuple[list[Known], list[Known]]:
    removed: list[Known] = []
    missed: list[Known] = []
    withdrawn = set(piece.withdrawn)
    covers = piece.covers
    first, last = (covers.first.isoformat(), covers.last.isoformat()) if covers else ("~", "")
    for row in known.values():
        if row.gone or row.key in keys:
            continue
        if row.key in withdrawn:
            removed.append(row)
        elif first <= row.day <= last and misses_to_remove:
            # A pending row that is no longer told has been booked or has lapsed: it never lingers.
            if row.status == "pending" or row.missed + 1 >= misses_to_remove:
                removed.append(row)
            else:
                missed.append(row)
    return removed, missed


def _booked(
    added: Sequence[Told], waiting: Sequence[Known]
) -> tuple[list[Told], list[tuple[Known, Told]], set[str]]:
    """Find for each pending row that is told no more the booking that took its place.

    The bank gives the booking another id; direction and amount are the same, and so is the far
    side where both name it. Oldest first, each used once.
    """
    waiting = sorted(waiting, key=lambda row: (row.day, row.id))
    left: list[Told] = []
    pairs: list[tuple[Known, Told]] = []
    used: set[str] = set()
    for row in added:
        match = next((old for old in waiting if _same_payment(old, row, used)), None)
        if row.status != "booked" or match is None:
            left.append(row)
        else:
            used.add(match.id)
            pairs.append((match, row))
    return left, pairs, used


def _same_payment(old: Known, new: Told, used: set[str]) -> bool:
    if old.id in used or old.gone or old.day > new.day or old.likeness is None:
        return False
    if old.likeness[:2] != new.likeness[:2]:
        return False
    return old.likeness[2] is None or new.likeness[2] is None or old.likeness[2] == new.likeness[2]
