"""One window's turn: ask the bank, land what came, decide when to ask again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import SystemRandom

import msgspec
import structlog
from msgspec import Struct

from gateway.failpoints import failpoint
from gateway.ids import new_ids
from gateway.ledger.landing import Told, tell_all
from gateway.product import OpenBank, Product
from gateway.records import Account, Connection, Trouble, WindowRow
from gateway.store import accounts, connections, windows
from gateway.store.database import Tx
from gateway.store.landing import Landed, Place, land
from gateway.sync import consequence
from gateway.sync.ask import ask, to_trouble
from gateway.sync.consequence import HEAL, MEND, SOON, Scope
from gateway.sync.plan import bank_day, opening_of, readable, reading_gap
from providers.contract import Grant, Refused, Unreachable
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.connection import ConnectionStatus, Freshness
from schemas.statement import Piece
from schemas.window import DAY, Window, cut, gaps

log = structlog.get_logger()
chance = SystemRandom().random

STILL_READINGS = 3
"""Readings in a row without news after which a history that may grow unseen is taken for whole."""
MEND_TRIES = 36
"""Readings of a contradictory day before the load ends without it; it is then read once a day."""
MISSES_TO_REMOVE = 3
"""Readings in a row that must lack a row before it is believed gone, where nothing proves it."""
FIGURES_TRIES = 8
"""Readings of a whole window whose figures were not to be had, some five hours; then it stands."""
NEIGHBOURS = timedelta(days=5)
EVER = Window(date.min, date.max)
HEAL_APART = timedelta(minutes=1)
FULL_HANDS = timedelta(minutes=3)
"""The wait of a window while as many as allowed are in the bank's hands."""
POLL_MOST = timedelta(minutes=10)
ATTENDED = timedelta(hours=1)
"""After a customer's own grant, readings are made in his presence and not counted."""


class LeaseLost(Exception):  # noqa: N818 - said of a lease
    """Somebody else has this window by now; nothing of ours may land."""


class _Turn(Struct, frozen=True):
    product: Product
    opened: OpenBank
    connection: Connection
    account: Account
    row: WindowRow
    now: datetime


async def run(product: Product, row: WindowRow) -> None:
    """Work on a leased window once, and settle it."""
    now = product.clock.now()

    async def look(tx: Tx) -> tuple[Connection | None, Account | None, int]:
        account = await accounts.find(tx, row.account_id)
        connection = await connections.find(tx, row.connection_id)
        return connection, account, await windows.in_hand(tx, row.account_id)

    connection, account, in_hand = await product.database.read(look)
    if connection is None or account is None or connection.status is not ConnectionStatus.ACTIVE:
        await _settle(product, msgspec.structs.replace(row, due_at=now + HEAL))
        return
    held = _held_until(account)
    if held is not None and held > now:
        # One window at a time looks whether it is repaired: the others would only ask the same.
        await _settle(product, msgspec.structs.replace(row, due_at=held + HEAL_APART))
        return
    opened = product.banks[row.bank]
    turn = _Turn(product, opened, connection, account, row, now)
    most = opened.bank.capabilities.preparing_at_once
    if row.state == "waiting" and row.kind == "history" and in_hand >= most:
        await _settle(product, msgspec.structs.replace(row, due_at=now + FULL_HANDS))
        return
    if _counts(turn) and row.mark is None and not await _reserved(turn):
        gap = reading_gap(account.found) or HEAL
        trouble = Trouble(code=Code.BANK_QUOTA_EXHAUSTED, at=now, retry_at=now + gap / 4)
        await _settle(product, msgspec.structs.replace(row, due_at=now + gap / 4, trouble=trouble))
        return
    await _ask_and_land(turn)


def _held_until(account: Account) -> datetime | None:
    """When an account that as a whole cannot be read is to be asked for again."""
    trouble = account.trouble
    if trouble is None or consequence.of(trouble.code).scope is not Scope.ACCOUNT:
        return None
    return trouble.retry_at


def _counts(turn: _Turn) -> bool:
    """Whether the bank counts this reading, as made without the customer."""
    return bool(turn.account.found.reads_per_day) and not _attended(turn.connection, turn.now)


async def _reserved(turn: _Turn) -> bool:
    """Take one of the day's readings before the bank is asked: others may be about to ask too."""
    account, now = turn.account, turn.now

    async def work(tx: Tx) -> bool:
        await accounts.hold(tx, account.id)
        if not await accounts.count_reading(tx, account.id, now):
            return True
        made, _ = await accounts.readings_since(tx, account.id, now - DAY)
        if made <= (account.found.reads_per_day or 0):
            return True
        await accounts.uncount_reading(tx, account.id, now)
        return False

    return await turn.product.database.write(work)


def _attended(connection: Connection, now: datetime) -> bool:
    granted = connection.consent.granted_at
    return granted is not None and now - granted < ATTENDED


async def _ask_and_land(turn: _Turn) -> None:
    row, account, provider = turn.row, turn.account, turn.opened.provider
    want = readable(row, account, turn.opened.bank, turn.now)

    async def call(grant: Grant) -> Piece:
        if row.kind == "changes" and account.changes_since is not None:
            return await provider.changes(grant, account.found, account.changes_since, turn.now)
        return await provider.pull(grant, account.found, want, row.mark, turn.now)

    failpoint("before_call")
    try:
        piece = await ask(
            turn.product, turn.connection, provider, call, "statement", account=account.found
        )
        piece = _within(piece, want)
        told = tell_all(piece.entries)
    except Refused as refused:
        await _refused(turn, refused)
        return
    except Unreachable as trouble:
        code = Code.BANK_TIMEOUT if trouble.trouble == "timeout" else Code.BANK_UNAVAILABLE
        await _refused(turn, Refused(code, evidence={"trouble": str(trouble)}))
        return
    except ValueError as odd:
        await _refused(turn, Refused(Code.BANK_FORMAT_CHANGED, evidence={"where": str(odd)[:200]}))
        return
    failpoint("after_call")
    await _land(turn, piece, told)


def _within(piece: Piece, want: Window) -> Piece:
    """The piece without rows that came along from other days: their own window tells those whole.

    Raises:
        ValueError: when the piece says that it covers more than was asked for.
    """
    if piece.covers and not want.holds(piece.covers):
        raise ValueError("an answer covers days that were not asked for")
    span = piece.covers or want
    inside = tuple(entry for entry in piece.entries if entry.booking_date in span)
    if len(inside) == len(piece.entries):
        return piece
    return msgspec.structs.replace(piece, entries=inside)


async def _land(turn: _Turn, piece: Piece, told: tuple[list[Told], int]) -> None:
    product, now, row = turn.product, turn.now, turn.row
    capabilities = turn.opened.bank.capabilities
    place = Place(
        turn.account.tenant_id,
        turn.account.id,
        turn.account.found.currency,
        1 if turn.account.found.provable else MISSES_TO_REMOVE,
        capabilities.pending,
    )

    async def work(tx: Tx) -> None:
        landed = await land(tx, place, piece, told, now)
        account = await accounts.hold(tx, turn.account.id) or turn.account
        settled = _settled(turn, piece, landed)
        if piece.covers and row.load_id and row.arrival is None:
            arrival = await windows.arrive(tx, row.load_id)
            settled = msgspec.structs.replace(settled, arrival=arrival)
        if not await windows.settle(tx, settled, fence=row.fence):
            raise LeaseLost
        await _neighbours(tx, turn, piece)
        await _mend(tx, turn, settled, landed)
        await accounts.save(tx, _after(turn, account, piece))
        if account.trouble and consequence.of(account.trouble.code).scope is Scope.ACCOUNT:
            await windows.bring_forward(tx, account.id, EVER, now)
        if _counts(turn):
            count = accounts.count_reading if piece.covers else accounts.uncount_reading
            await count(tx, account.id, now)
        if row.load_id:
            await _maybe_finish(tx, row.load_id, now)

    try:
        await product.database.write(work)
    except LeaseLost:
        log.info("lease_lost", window=row.id)
    except (ValueError, OverflowError) as odd:
        # Sums or figures that no ledger can hold: said, or the window would be tried in silence.
        await _refused(turn, Refused(Code.BANK_FORMAT_CHANGED, evidence={"where": str(odd)[:200]}))
        return
    failpoint("after_landing")


def _settled(turn: _Turn, piece: Piece, landed: Landed) -> WindowRow:
    """The window's standing after a piece. Pure but for the jitter of waits."""
    row, now = turn.row, turn.now
    if piece.covers is None and piece.again_in is not None:
        ordered = "ordered" if piece.mark and row.mark is None else "preparing"
        wait = min(max(piece.again_in, piece.again_in * 2 ** min(row.attempts, 12)), POLL_MOST)
        return msgspec.structs.replace(
            row,
            state=ordered,
            attempts=row.attempts + 1,
            due_at=now + max(piece.again_in, wait * (0.75 + chance() / 4)),
            mark=piece.mark,
            trouble=None,
        )
    first = piece.covers.first if piece.covers else row.first
    received = msgspec.structs.replace(
        row,
        first=first,
        state="received",
        mark=None,
        trouble=None,
        received_at=row.received_at or now,
        count=landed.rows if piece.covers else row.count + landed.added,
        duplicates=row.duplicates + landed.duplicates + piece.repeats,
        due_at=None,
        still=row.still + 1 if landed.still else 0,
        attempts=0,
    )
    if piece.earliest is not None and piece.earliest > row.first:
        limit = Trouble(
            code=Code.HISTORY_LIMIT_EXCEEDED,
            at=now,
            evidence={"earliest": piece.earliest.isoformat()},
        )
        received = msgspec.structs.replace(received, trouble=limit)
    if piece.unproven is not None:
        received = msgspec.structs.replace(received, trouble=Trouble(code=piece.unproven, at=now))
        if row.mends < FIGURES_TRIES:
            return msgspec.structs.replace(
                received, mends=row.mends + 1, due_at=now + MEND.wait(row.mends, chance())
            )
    own = [run for run in landed.conflicts if run.meets(Window(row.first, row.last))]
    if own and row.mends < MEND_TRIES:
        return msgspec.structs.replace(
            received,
            mends=row.mends + 1,
            due_at=now + MEND.wait(row.mends, chance()),
            trouble=_incomplete(own[0], now),
            mark=None,
        )
    if own:
        return msgspec.structs.replace(received, trouble=_incomplete(own[0], now))
    if not turn.account.found.settles and row.kind == "history":
        gap = reading_gap(turn.account.found) or timedelta(hours=6)
        if received.still < STILL_READINGS:
            return msgspec.structs.replace(received, due_at=now + gap)
    return received


def _incomplete(run: Window, now: datetime) -> Trouble:
    return Trouble(
        code=Code.STATEMENT_INCOMPLETE,
        at=now,
        evidence={"from": run.first.isoformat(), "to": run.last.isoformat()},
    )


async def _neighbours(tx: Tx, turn: _Turn, piece: Piece) -> None:
    """What a bank holds back or releases for one day, it mostly does for the days around it."""
    row, now = turn.row, turn.now
    if row.kind != "history" or turn.opened.bank.capabilities.window_days > 1:
        return
    around = Window(row.first - NEIGHBOURS, row.last + NEIGHBOURS)
    if piece.covers is None and piece.again_in is not None:
        wait = min(piece.again_in * 2 ** min(row.attempts, 12), POLL_MOST)
        await windows.put_off(tx, turn.account.id, around, now + wait)
    elif piece.covers:
        wider = Window(row.first - 2 * NEIGHBOURS, row.last + 2 * NEIGHBOURS)
        await windows.bring_forward(tx, turn.account.id, wider, now)


async def _mend(tx: Tx, turn: _Turn, settled: WindowRow, landed: Landed) -> None:
    """Have days read again whose equation broke and that no open window will read anyway."""
    row, now = turn.row, turn.now
    open_rows = await windows.open_of(tx, turn.account.id) if landed.conflicts else []
    busy = [Window(each.first, each.last) for each in open_rows]
    mends = min(settled.mends + 1, MEND_TRIES)
    wait = MEND.wait(settled.mends, chance()) if mends < MEND_TRIES else DAY
    ids = new_ids("win", now)
    capabilities = turn.opened.bank.capabilities
    spans = [
        window
        for run in landed.conflicts
        for gap in gaps(run, busy)
        for window in cut(gap, capabilities.window_days)
    ]
    wanted = [windows.Wanted(next(ids), "mend", span, now + wait, mends) for span in spans]
    await windows.plan(
        tx,
        wanted,
        tenant_id=row.tenant_id,
        account_id=row.account_id,
        connection_id=row.connection_id,
        bank=row.bank,
        load_id=row.load_id if mends < MEND_TRIES else None,
    )


def _after(turn: _Turn, account: Account, piece: Piece) -> Account:
    """The account after a piece: balances, limits, how fresh it is, that it works."""
    found: FoundAccount = account.found
    if piece.balances:
        kinds = {balance.type for balance in piece.balances}
        kept = tuple(balance for balance in found.balances if balance.type not in kinds)
        found = msgspec.structs.replace(found, balances=(*piece.balances, *kept))
    if piece.earliest is not None:
        found = msgspec.structs.replace(found, earliest=piece.earliest)
    changed = msgspec.structs.replace(account, found=found)
    if piece.covers is None and piece.again_in is not None:
        return changed
    freshness = Freshness(
        as_of=piece.as_of or found.data_as_of or turn.now,
        last_success_at=turn.now,
        next_expected_at=account.freshness.next_expected_at,
    )
    changed = msgspec.structs.replace(changed, freshness=freshness, trouble=None)
    if turn.row.kind == "changes":
        # Asked from a little before: an operation may be posted while the answer is made.
        reread = date.min if piece.reread else account.read_on
        changed = msgspec.structs.replace(changed, changes_since=turn.now, read_on=reread)
    return changed


async def _maybe_finish(tx: Tx, load_id: str, now: datetime) -> None:
    if await windows.open_in_load(tx, load_id) == 0:
        rows = await windows.of_load(tx, load_id)
        failed = all(row.state == "failed" for row in rows)
        await windows.finish(tx, load_id, "failed" if failed else "complete", now)


async def _refused(turn: _Turn, refused: Refused) -> None:
    """Let a refusal have its consequence, no further than its scope reaches."""
    product, row, now = turn.product, turn.row, turn.now
    product.count(row.bank, refused.code.value)
    what = consequence.of(refused.code)
    due = _again_at(turn, refused)
    trouble = to_trouble(refused, now, due)
    restart = what.anew or what.final
    settled = msgspec.structs.replace(
        row,
        state="failed" if what.final else "waiting" if what.anew else row.state,
        attempts=row.attempts + 1,
        due_at=None if what.final else due,
        mark=None if restart else row.mark,
        trouble=trouble,
    )
    log.info("refused", bank=row.bank, code=refused.code.value, window=row.id)

    async def work(tx: Tx) -> None:
        if not await windows.settle(tx, settled, fence=row.fence):
            raise LeaseLost
        if _counts(turn):
            await accounts.uncount_reading(tx, row.account_id, now)
        if what.scope is Scope.ACCOUNT or (what.scope is Scope.WINDOW and row.load_id is None):
            # No load shows a window of the recent days: its account says why it is not fresh.
            account = await accounts.hold(tx, row.account_id) or turn.account
            await accounts.save(tx, msgspec.structs.replace(account, trouble=trouble))
        elif what.scope is Scope.CONNECTION:
            await _stop(tx, turn, trouble, what.status)
        if what.final and row.load_id:
            await _maybe_finish(tx, row.load_id, now)

    try:
        await product.database.write(work)
    except LeaseLost:
        log.info("lease_lost", window=row.id)


def _again_at(turn: _Turn, refused: Refused) -> datetime:
    """When it makes sense to ask again after a refusal."""
    what, now = consequence.of(refused.code), turn.now
    if what.scope is not Scope.WINDOW:
        return now + HEAL - HEAL_APART * chance()
    if refused.code is Code.DAY_NOT_OPEN_YET:
        bank = turn.opened.bank
        return max(now + SOON.first, opening_of(bank, bank_day(bank, now)))
    due = now + what.pace.wait(turn.row.attempts, chance())
    return due if refused.retry_after is None else max(due, now + refused.retry_after)


async def _stop(tx: Tx, turn: _Turn, trouble: Trouble, status: ConnectionStatus | None) -> None:
    """Stop the whole connection until somebody has acted; it is looked at again meanwhile."""
    connection = await connections.hold(tx, turn.row.connection_id) or turn.connection
    if connection.consent != turn.connection.consent:
        # Left or granted anew meanwhile: what was refused to the old grant says nothing of it.
        return
    stopped = msgspec.structs.replace(
        connection, status=status or connection.status, trouble=trouble
    )
    await connections.amend(tx, stopped)
    await connections.set_due(tx, connection.id, turn.now + HEAL)


async def _settle(product: Product, row: WindowRow) -> None:
    async def work(tx: Tx) -> None:
        await windows.settle(tx, row, fence=row.fence)

    await product.database.write(work)
