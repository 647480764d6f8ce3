"""A visit to a connection: is it alive, which accounts does it show, which days are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import structlog

from gateway.ids import new_id, new_ids
from gateway.product import Product
from gateway.records import Account, Connection, Load, Trouble
from gateway.store import accounts, connections, coverage, windows
from gateway.store.accounts import identity
from gateway.store.database import Tx
from gateway.sync import consequence, loads
from gateway.sync.ask import ask, to_trouble
from gateway.sync.consequence import HEAL, Scope
from gateway.sync.plan import (
    bank_day,
    last_open_day,
    next_visit,
    readable,
    reading_gap,
    recent,
)
from providers.contract import Expected, Finding, Grant, Refused, Unreachable
from schemas.account import FoundAccount, Owner
from schemas.bank import Bank
from schemas.codes import Code
from schemas.connection import ConnectionStatus, Freshness, NextStep
from schemas.numbers.iban import bank_of
from schemas.window import Window, gaps

log = structlog.get_logger()

CONFIRMING_EVERY = timedelta(minutes=1)
AFTER_THE_OTHER = timedelta(minutes=1)
"""When a day is read again whose reading was under way as the bank told of news."""
NOTICE = timedelta(days=30)
RETRIES = (timedelta(seconds=0.7), timedelta(seconds=2), timedelta(seconds=5))
ALIVE = {ConnectionStatus.ACTIVE, ConnectionStatus.CONFIRMING}
STOPPED = {
    ConnectionStatus.ACTION_REQUIRED,
    ConnectionStatus.EXPIRED,
    ConnectionStatus.REVOKED,
}


async def visit(product: Product, connection: Connection) -> datetime | None:
    """Look at a connection once; when to come again.

    Whatever the bank says ends in the connection's standing, never in an exception.
    """
    now = product.clock.now()
    if connection.status is ConnectionStatus.CLOSED or (
        # Nothing to look with: why, the connection says already.
        connection.status in STOPPED and not await _granted(product, connection)
    ):
        return None
    if connection.status is ConnectionStatus.AWAITING_CUSTOMER:
        return await _waited(product, connection, now)
    ended = connection.consent.expires_at
    if ended is not None and ended <= now:
        expired = Refused(Code.CONSENT_EXPIRED, evidence={"expired_at": ended.isoformat()})
        return await _stop(product, connection, expired, now)
    try:
        found = await _listed(product, connection, now)
        shown = (*found, *await _missing(product, connection, found, now))
        gone = await _vanished(product, connection, shown, now)
    except Refused as refused:
        return await _stop(product, connection, refused, now)
    except Unreachable as trouble:
        code = Code.BANK_TIMEOUT if trouble.trouble == "timeout" else Code.BANK_UNAVAILABLE
        silent = Refused(code, evidence={"trouble": str(trouble)})
        return await _stop(product, connection, silent, now)
    return await _keep(product, connection, (*shown, *gone), now)


async def _waited(product: Product, connection: Connection, now: datetime) -> datetime | None:
    """The customer has not come back; after the link's life waiting is wrong."""
    ends = connection.next.expires_at
    if ends is None or ends > now:
        return ends
    late = Trouble(code=Code.AUTHORISATION_TIMED_OUT, at=now)

    async def work(tx: Tx) -> None:
        living = await connections.hold(tx, connection.id)
        if living is None or living.next != connection.next:
            return
        stopped = msgspec.structs.replace(
            living,
            status=ConnectionStatus.ACTION_REQUIRED,
            next=NextStep("none"),
            trouble=late,
        )
        await connections.save(tx, stopped)

    await product.database.write(work)
    return None


async def _granted(product: Product, connection: Connection) -> bool:
    async def work(tx: Tx) -> bool:
        return await connections.grant(tx, connection.id) is not None

    return await product.database.read(work)


def _overtaken(connection: Connection, living: Connection | None) -> bool:
    """Whether the connection was closed, left or granted anew since we looked at it."""
    if living is None or living.status is ConnectionStatus.CLOSED:
        return True
    return living.consent != connection.consent


async def _listed(
    product: Product, connection: Connection, now: datetime
) -> tuple[FoundAccount, ...]:
    provider = product.banks[connection.bank].provider

    async def call(grant: Grant) -> tuple[FoundAccount, ...]:
        return await provider.accounts(grant, now)

    for wait in RETRIES:
        try:
            return await ask(product, connection, provider, call, "accounts")
        except Refused as refused:
            if refused.code is not Code.BANK_UNAVAILABLE:
                raise
        except Unreachable:
            pass
        # Some banks answer every other listing with a 500; the next one is good.
        await product.clock.sleep(wait)
    return await ask(product, connection, provider, call, "accounts")


async def _missing(
    product: Product, connection: Connection, found: Sequence[FoundAccount], now: datetime
) -> list[FoundAccount]:
    """Stand-ins for expected accounts that the bank does not show, each with the reason why."""
    bank = product.banks[connection.bank].bank
    seen = {account.number for account in found} | {account.iban for account in found}
    stand_ins = []
    for wanted in connection.expected:
        number = wanted.iban or wanted.number
        if number is None or number in seen:
            continue
        stand_ins.append(await _explained(product, connection, _stand_in(wanted, bank), now))
    return stand_ins


async def _explained(
    product: Product, connection: Connection, account: FoundAccount, now: datetime
) -> FoundAccount:
    """An account that is not shown, with the reason as far as the bank tells it."""
    provider = product.banks[connection.bank].provider

    async def call(grant: Grant) -> Finding:
        return await provider.probe(grant, account, now)

    finding = await ask(product, connection, provider, call, "probe")
    code = finding.code or Code.ACCOUNT_NOT_FOUND
    return msgspec.structs.replace(account, unfit=code.value)


async def _vanished(
    product: Product, connection: Connection, found: Sequence[FoundAccount], now: datetime
) -> list[FoundAccount]:
    """Accounts that were read and are shown no more, such as one unticked when renewing."""

    async def work(tx: Tx) -> list[Account]:
        return await accounts.of_connection(tx, connection.id)

    shown = {_identity(connection, account) for account in found}
    return [
        account.found
        if account.found.unfit
        else await _explained(product, connection, account.found, now)
        for account in await product.database.read(work)
        if account.selected and account.identity not in shown
    ]


def _stand_in(wanted: Expected, bank: Bank) -> FoundAccount:
    return FoundAccount(
        reference="",
        number=wanted.number,
        iban=wanted.iban,
        bic=wanted.bic,
        currency=bank.currencies[0],
        kind="unknown",
    )


async def _stop(
    product: Product, connection: Connection, refused: Refused, now: datetime
) -> datetime | None:
    """Write what keeps the connection from working, and when to look whether it is repaired."""
    product.count(connection.bank, refused.code.value)
    what = consequence.of(refused.code)
    log.info("visit_refused", bank=connection.bank, code=refused.code.value, id=connection.id)
    again = now + HEAL
    status = connection.status
    if what.scope is Scope.CONNECTION and what.status is not None:
        status = what.status
    confirm_by = connection.confirm_by
    if status is ConnectionStatus.CONFIRMING:
        confirm_by = confirm_by or now + 2 * HEAL
        if now >= confirm_by:
            status = ConnectionStatus.ACTION_REQUIRED
        else:
            again = now + CONFIRMING_EVERY
    elif what.scope is Scope.WINDOW and connection.freshness.last_success_at is None:
        # Tries in vain are as far apart as they have lasted, so that they grow rarer.
        lasted = now - (connection.consent.granted_at or connection.created_at)
        again = now + min(HEAL, max(what.pace.first, lasted))

    async def work(tx: Tx) -> None:
        living = await connections.hold(tx, connection.id)
        if living is None or _overtaken(connection, living):
            return
        trouble = to_trouble(refused, now, again)
        if living.status in STOPPED and what.scope is not Scope.CONNECTION:
            # A bank that is down now does not explain why the connection had stopped before.
            trouble = living.trouble or trouble
        stopped = msgspec.structs.replace(
            living, status=status, confirm_by=confirm_by, trouble=trouble
        )
        await connections.amend(tx, stopped)

    await product.database.write(work)
    return again


async def _keep(
    product: Product, connection: Connection, found: Sequence[FoundAccount], now: datetime
) -> datetime | None:
    """Write what the bank showed: accounts, first loads, the days that are due."""
    bank = product.banks[connection.bank].bank
    again = next_visit(connection.schedule, bank.capabilities, now, connection.consent.expires_at)

    async def work(tx: Tx) -> None:
        living = await connections.hold(tx, connection.id)
        if living is None or _overtaken(connection, living):
            return
        healed = living.status in STOPPED
        known = {account.identity for account in await accounts.of_connection(tx, living.id)}
        kept = [
            await _keep_account(tx, living, each, now, again)
            for each in _without_lost(living, found)
        ]
        if healed:
            await windows.wake(tx, living.id, now)
        trouble = _remaining(living, kept, now)
        usable = [account for account in kept if account.eligible]
        status = ConnectionStatus.ACTIVE
        if kept and not usable:
            status = ConnectionStatus.ACTION_REQUIRED
        await connections.amend(
            tx,
            msgspec.structs.replace(
                living,
                status=status,
                trouble=trouble,
                confirm_by=None,
                next=NextStep("none") if living.walk is None else living.next,
                freshness=Freshness(now, now, again),
            ),
        )
        for account in usable:
            if account.selected:
                await _plan(tx, product, living, account, now, first=account.identity not in known)

    await product.database.write(work)
    product.wake()
    return again


def _without_lost(connection: Connection, found: Sequence[FoundAccount]) -> list[FoundAccount]:
    """Every account once, one that can be read before one that cannot."""
    chosen: dict[str, FoundAccount] = {}
    for each in sorted(found, key=lambda account: account.unfit is not None):
        chosen.setdefault(_identity(connection, each), each)
    return list(chosen.values())


def _identity(connection: Connection, found: FoundAccount) -> str:
    number = found.iban or found.number or found.reference
    owner = connection.organisation.inn or connection.organisation.ico
    return identity(connection.bank, number, found.currency, owner or connection.organisation.id)


async def _keep_account(
    tx: Tx,
    connection: Connection,
    found: FoundAccount,
    now: datetime,
    again: datetime | None,
) -> Account:
    if found.iban and (found.bic is None or found.bank_name is None):
        _, name, bic = bank_of(found.iban)
        found = msgspec.structs.replace(
            found, bic=found.bic or bic, bank_name=found.bank_name or name
        )
    if found.owner == Owner():
        ours = connection.organisation
        found = msgspec.structs.replace(found, owner=Owner(ours.name, ours.inn, ours.kpp, ours.ico))
    trouble = _account_trouble(found, now)
    key = _identity(connection, found)
    old = await accounts.same(tx, connection.tenant_id, key)
    old = await accounts.hold(tx, old.id) if old else None
    if old is None:
        made = Account(
            id=new_id("acc", now),
            tenant_id=connection.tenant_id,
            connection_id=connection.id,
            bank=connection.bank,
            identity=key,
            selected=found.unfit is None,
            found=found,
            trouble=trouble,
            freshness=Freshness(found.data_as_of, None, again),
        )
        await accounts.add(tx, made, now)
        return made
    if old.connection_id != connection.id:
        # Windows that wait for a connection that is gone would never be worked on.
        await windows.move(tx, old.id, connection.id)
    if found.earliest is None and old.found.earliest is not None:
        found = msgspec.structs.replace(found, earliest=old.found.earliest)
    if not found.balances:
        found = msgspec.structs.replace(found, balances=old.found.balances)
    kept = msgspec.structs.replace(
        old,
        connection_id=connection.id,
        found=found,
        selected=old.selected or (old.found.unfit is not None and found.unfit is None),
        trouble=trouble or (old.trouble if _still_true(old, now) else None),
        freshness=msgspec.structs.replace(old.freshness, next_expected_at=again),
    )
    await accounts.save(tx, kept)
    return kept


def _still_true(old: Account, now: datetime) -> bool:
    """Whether what a reading said of an account outlives a listing in which it looks well."""
    return old.found.unfit is None and _account_trouble(old.found, now) is None


def _account_trouble(found: FoundAccount, now: datetime) -> Trouble | None:
    """Why an account cannot be read, as far as its listing says it."""
    if found.unfit is not None:
        return Trouble(code=Code(found.unfit), at=now, evidence=_ending(found))
    if found.consent_expires_at is not None and found.consent_expires_at <= now:
        evidence: dict[str, Any] = {**_ending(found), "bank": found.linked_bank}
        return Trouble(code=Code.CONSENT_EXPIRED, at=now, evidence=evidence)
    return None


def _ending(found: FoundAccount) -> dict[str, Any]:
    return {"wanted": "…" + (found.iban or found.number or "")[-4:]}


def _remaining(connection: Connection, kept: Sequence[Account], now: datetime) -> Trouble | None:
    """What the connection itself must still say once the bank has answered well."""
    wanted = {each.iban or each.number for each in connection.expected}
    for account in kept:
        asked_for = (account.found.iban or account.found.number) in wanted
        if account.trouble is not None and not account.eligible and asked_for:
            others = [other.ending for other in kept if other.eligible]
            evidence = {**account.trouble.evidence, "found": others}
            return msgspec.structs.replace(account.trouble, evidence=evidence)
    if kept and not any(account.eligible for account in kept):
        return next((account.trouble for account in kept if account.trouble), None)
    links = [account.found.consent_expires_at for account in kept if account.eligible]
    ends = min((at for at in (connection.consent.expires_at, *links) if at), default=None)
    if ends is not None and ends - now <= NOTICE:
        evidence = {"expires_at": ends.isoformat(), "days": (ends - now).days}
        return Trouble(code=Code.CONSENT_EXPIRING, at=now, evidence=evidence)
    return None


async def _plan(
    tx: Tx,
    product: Product,
    connection: Connection,
    account: Account,
    now: datetime,
    *,
    first: bool,
) -> None:
    """Put into the queue what this account is due for."""
    bank = product.banks[connection.bank].bank
    today = last_open_day(bank, now)
    if account.history_from is None:
        wanted = Window(min(connection.history_from, today), today)
        await loads.begin(tx, product, account, wanted, now)
        return
    if first or connection.schedule == "manual" or not _may_read(account, now):
        return
    await plan_recent(tx, product, account, now)


def _may_read(account: Account, now: datetime) -> bool:
    gap = reading_gap(account.found)
    last = account.freshness.last_success_at
    return gap is None or last is None or now - last >= gap


async def plan_recent(
    tx: Tx, product: Product, account: Account, now: datetime, *, news: bool = False
) -> None:
    """Have the recent days of an account read: as a whole once a day, as changes in between.

    With `news` today is read even where a reading of it is under way: that one may have been
    answered before what is new happened.
    """
    bank = product.banks[account.bank].bank
    open_rows = await windows.open_of(tx, account.id)
    busy = [readable(row, account, bank, now) for row in open_rows]
    today = bank_day(bank, now)
    ids = new_ids("win", now)
    start = account.history_from or today
    if bank.capabilities.increment and account.read_on == today:
        window = Window(today, today)
        wanted = [windows.Wanted(next(ids), "changes", window, now)] if window not in busy else []
    else:
        newest = last_open_day(bank, now)
        span = Window(min(start, newest), newest)
        read = await coverage.read_days(tx, account.id, span)
        wished = wanted_days(bank, await windows.loads_of(tx, account.id), span)
        busy += gaps(span, [*read, *wished])
        spans = recent(bank, max(start, _oldest(account)), read, busy, now)
        wanted = [windows.Wanted(next(ids), "recent", span, now) for span in spans]
        if bank.capabilities.increment and newest == today:
            await accounts.save(
                tx, msgspec.structs.replace(account, read_on=today, changes_since=now)
            )
    if news and not any(today in each.window for each in wanted):
        soon, window = now + AFTER_THE_OTHER, Window(today, today)
        waits = any(
            row.due_at and row.due_at > now and today in readable(row, account, bank, now)
            for row in open_rows
        )
        if not waits and last_open_day(bank, now) == today:
            wanted.append(windows.Wanted(next(ids), "recent", window, soon))
    await windows.plan(
        tx,
        wanted,
        tenant_id=account.tenant_id,
        account_id=account.id,
        connection_id=account.connection_id,
        bank=account.bank,
        load_id=None,
    )


def wanted_days(bank: Bank, made: Sequence[Load], span: Window) -> list[Window]:
    """The days of a span that somebody wants: those of loads, and all since the first of them.

    What lies between two loads nobody asked for, and a load that was cancelled nobody wants.
    """
    if not made:
        return [span]
    known = bank_day(bank, min(load.started_at for load in made))
    since = Window(max(span.first, min(known, span.last)), span.last)
    return [since, *(Window(load.first, load.last) for load in made if load.state != "cancelled")]


def _oldest(account: Account) -> date:
    limits = [day for day in (account.found.earliest, account.found.opened_on) if day]
    return max(limits, default=date.min)
