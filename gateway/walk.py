"""The walks of a customer and an integrator: connect, come back, check, renew, reconnect, close."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec
import structlog
from msgspec import Struct

from gateway.ids import new_id
from gateway.problems import ProblemError
from gateway.product import Product
from gateway.records import Account, Connection, Organisation, Trouble, Walk
from gateway.store import accounts, connections, windows
from gateway.store.database import Tx
from gateway.sync import pushes
from gateway.sync.ask import to_trouble
from gateway.sync.journal import on_behalf_of
from gateway.sync.plan import DEFAULT_HISTORY, bank_day
from gateway.sync.visit import visit
from providers.contract import (
    Answered,
    Ask,
    Expected,
    Grant,
    Granted,
    Next,
    Refused,
    Unreachable,
)
from schemas.account import Owner
from schemas.codes import Code
from schemas.connection import ConnectionStatus, Consent, NextStep, Schedule

log = structlog.get_logger()

STATE_BYTES = 32
LINK_LIFE = timedelta(hours=24)


class Order(Struct, frozen=True, kw_only=True):
    """What an integrator asks for when connecting."""

    id: str | None = None
    """The id that the connection will have, where the caller must know it beforehand."""
    bank: str
    organisation: Organisation
    return_url: str
    history_from: date | None = None
    schedule: Schedule = "15m"
    expected: tuple[Expected, ...] = ()
    credentials: dict[str, str] = {}
    notify_email: str | None = None
    login_email: str | None = None


class _Memo(Struct, frozen=True, kw_only=True):
    """What an unfinished walk must remember until the customer is back; kept sealed."""

    ask: Ask
    memo: dict[str, str]


async def connect(product: Product, tenant_id: str, order: Order) -> Connection:
    """Start a new connection.

    Raises:
        ProblemError: when the bank cannot be asked or refuses to begin.
    """
    opened = product.banks[order.bank]
    now = product.clock.now()
    oldest = bank_day(opened.bank, now) - DEFAULT_HISTORY
    connection = Connection(
        id=order.id or new_id("con", now),
        tenant_id=tenant_id,
        bank=order.bank,
        status=ConnectionStatus.AWAITING_CUSTOMER,
        organisation=order.organisation,
        return_url=order.return_url,
        history_from=order.history_from or oldest,
        schedule=order.schedule,
        expected=order.expected,
        notify_email=order.notify_email,
        login_email=order.login_email,
        walk="connect",
        created_at=now,
    )
    return await _begin(product, connection, order.credentials, previous=None, new=True)


async def _begin(
    product: Product,
    connection: Connection,
    credentials: dict[str, str],
    *,
    previous: Grant | None,
    new: bool = False,
) -> Connection:
    opened = product.banks[connection.bank]
    now = product.clock.now()
    state = secrets.token_urlsafe(STATE_BYTES)
    ours = connection.organisation
    ask = Ask(
        state=state,
        redirect_uri=f"{product.settings.public_url.rstrip('/')}/connect/{connection.bank}/callback",
        owner=Owner(ours.name, ours.inn, ours.kpp, ours.ico),
        expected=connection.expected,
        credentials=credentials,
        previous=previous,
    )
    try:
        with on_behalf_of(connection):
            step = await opened.provider.begin(ask, now)
    except (Refused, Unreachable) as failed:
        raise _as_problem(product, connection.bank, failed) from failed
    if isinstance(step, Granted):
        return await _granted(product, connection, step, new=new)
    return await _awaiting(product, connection, ask, step, new=new)


async def _awaiting(
    product: Product, connection: Connection, ask: Ask, step: Next, *, new: bool
) -> Connection:
    now = product.clock.now()
    life = step.expires_in or LINK_LIFE
    next_step = NextStep(step.kind, step.url, now + life)
    renewing = connection.walk == "renew"
    waiting = msgspec.structs.replace(
        connection,
        status=connection.status if renewing else ConnectionStatus.AWAITING_CUSTOMER,
        trouble=connection.trouble if renewing else None,
        next=next_step,
    )
    memo = _Memo(ask=msgspec.structs.replace(ask, credentials={}, previous=None), memo=step.memo)
    place = (connection.tenant_id, connection.id, "walk")
    sealed = product.sealer.seal(msgspec.json.encode(memo), place)
    state_hash = _hashed(ask.state)

    async def work(tx: Tx) -> None:
        if new:
            await connections.put_organisation(tx, waiting.tenant_id, waiting.organisation)
            await connections.add(tx, waiting, state_hash=state_hash, due_at=next_step.expires_at)
        else:
            await _refuse_closed(tx, waiting)
            await connections.save(tx, waiting, state_hash=state_hash)
            if not renewing:
                await connections.set_due(tx, waiting.id, next_step.expires_at)
        await connections.put_grant(tx, waiting.tenant_id, waiting.id, sealed, "walk")

    await product.database.write(work)
    return waiting


def _hashed(state: str) -> str:
    return sha256(state.encode()).hexdigest()


async def came_back(product: Product, bank: str, params: dict[str, str]) -> str:
    """Go on with the customer's walk; where his browser goes next.

    Raises:
        ProblemError: when no walk belongs to what came back, or it was used already.
    """
    state = params.get("state", "")

    async def look(tx: Tx) -> tuple[Connection | None, connections.Sealed | None]:
        connection = await connections.by_state(tx, _hashed(state))
        sealed = await connections.grant(tx, connection.id, "walk") if connection else None
        return connection, sealed

    async def use(tx: Tx) -> bool:
        living = await connections.take_state(tx, _hashed(state))
        if living is None or connection is None or living.id != connection.id:
            return False
        await connections.drop_grant(tx, living.id, "walk")
        await connections.save(tx, living)
        return True

    connection, sealed = await product.database.read(look)
    if connection is None or sealed is None or connection.bank != bank:
        raise ProblemError(Code.AUTHORISATION_TIMED_OUT, evidence={"field": "state"})
    place = (connection.tenant_id, connection.id, "walk")
    memo = msgspec.json.decode(product.sealer.open(sealed.sealed, place), type=_Memo)
    ends = connection.next.expires_at
    if not await product.database.write(use):
        raise ProblemError(Code.AUTHORISATION_TIMED_OUT, evidence={"field": "state"})
    now = product.clock.now()
    try:
        if ends is not None and ends < now:
            raise Refused(Code.AUTHORISATION_TIMED_OUT)  # noqa: TRY301 - one place fails a walk
        with on_behalf_of(connection):
            step = await product.banks[bank].provider.resume(
                memo.ask, memo.memo, Answered(params), now
            )
        if isinstance(step, Next):
            onward = await _awaiting(product, connection, memo.ask, step, new=False)
            return step.url or _home(onward)
        granted = await _granted(product, connection, step, new=False)
    except Refused as refused:
        return _home(await _failed(product, connection, refused))
    except Unreachable as trouble:
        code = Code.BANK_TIMEOUT if trouble.trouble == "timeout" else Code.BANK_UNAVAILABLE
        return _home(await _failed(product, connection, Refused(code)))
    return _home(granted)


def _home(connection: Connection) -> str:
    """The integrator's own page, told how it went."""
    parts = urlsplit(connection.return_url)
    said = {"connection": connection.id, "status": connection.status.value}
    if connection.trouble is not None:
        said["code"] = connection.trouble.code.value
    query = "&".join(part for part in (parts.query, urlencode(said)) if part)
    return urlunsplit(parts._replace(query=query))


async def _failed(product: Product, connection: Connection, refused: Refused) -> Connection:
    """A walk that did not arrive: a living connection goes on living, a new one needs somebody."""
    now = product.clock.now()
    product.count(connection.bank, refused.code.value)
    status = ConnectionStatus.ACTION_REQUIRED
    if connection.walk == "renew" and connection.status is ConnectionStatus.ACTIVE:
        status = connection.status
    told = msgspec.structs.replace(
        connection,
        status=status,
        walk=None,
        next=NextStep("none"),
        trouble=to_trouble(refused, now),
    )

    async def work(tx: Tx) -> None:
        await _refuse_closed(tx, told)
        await connections.save(tx, told)
        if await connections.grant(tx, told.id) is None:
            # Nothing was ever granted: a visit could only hide why, until the customer comes again.
            await connections.set_due(tx, told.id, None)

    await product.database.write(work)
    return told


async def _granted(
    product: Product, connection: Connection, step: Granted, *, new: bool
) -> Connection:
    """Keep a grant before anything is done with it, then look what it shows.

    Raises:
        Refused: when it belongs to somebody else.
    """
    _same_owner(connection.organisation, step.owner)
    now = product.clock.now()
    grant = step.grant
    living = msgspec.structs.replace(
        connection,
        status=ConnectionStatus.ACTIVE,
        walk=None,
        next=NextStep("none"),
        trouble=None,
        consent=Consent(now, grant.consent_expires_at, grant.permissions),
        consent_id=grant.consent_id,
        confirm_by=None,
        closed_at=None,
    )
    sealed = product.tokens.seal(living, grant)

    async def work(tx: Tx) -> Grant | None:
        old = await connections.grant(tx, living.id)
        if new:
            await connections.put_organisation(tx, living.tenant_id, living.organisation)
            await connections.add(tx, living, state_hash=None, due_at=now)
        else:
            await _refuse_closed(tx, living)
            await connections.save(tx, living)
            await connections.set_due(tx, living.id, now)
        await connections.put_grant(tx, living.tenant_id, living.id, sealed)
        await windows.wake(tx, living.id, now)
        return product.tokens.open(living, old) if old else None

    try:
        old = await product.database.write(work)
    except ProblemError:
        await _give_back(product, living, grant)
        raise
    await _subscribe(product, living, grant)
    if old is not None and old.consent_id and old.consent_id != grant.consent_id:
        await _give_back(product, living, old)
    await visit(product, living)
    product.wake()
    return await _read(product, living)


def _same_owner(ours: Organisation, theirs: Owner) -> None:
    """The bank must name the organisation that the integrator named, where both name one.

    Raises:
        Refused: when they differ.
    """
    for word in ("inn", "kpp", "ico"):
        wanted, found = getattr(ours, word), getattr(theirs, word)
        if wanted and found and wanted != found:
            raise Refused(
                Code.ORGANISATION_DETAILS_MISMATCH,
                evidence={"field": word, "wanted": "…" + wanted[-4:], "found": "…" + found[-4:]},
            )


async def _subscribe(product: Product, connection: Connection, grant: Grant) -> None:
    """Ask for pushes; without them we only learn a little later."""
    opened = product.banks[connection.bank]
    if not opened.bank.capabilities.push:
        return
    url = pushes.address(product, connection.bank)
    try:
        with on_behalf_of(connection):
            changed = await opened.provider.subscribe(grant, url, product.clock.now())
    except (Refused, Unreachable) as failed:
        log.warning("no_pushes", bank=connection.bank, trouble=str(failed))
        return
    if changed == grant:
        return
    sealed = product.tokens.seal(connection, changed)

    async def work(tx: Tx) -> None:
        living = await connections.grant(tx, connection.id)
        if living and product.tokens.open(connection, living).access == grant.access:
            await connections.put_grant(tx, connection.tenant_id, connection.id, sealed)

    await product.database.write(work)


async def _give_back(product: Product, connection: Connection, grant: Grant) -> None:
    """Give a grant back at the bank, as well as that goes: it is forgotten here in any case."""
    try:
        with on_behalf_of(connection):
            await product.banks[connection.bank].provider.revoke(grant, product.clock.now())
    except (Refused, Unreachable) as failed:
        log.info("not_given_back", bank=connection.bank, trouble=str(failed))


async def _refuse_closed(tx: Tx, connection: Connection) -> None:
    """A walk that began before the connection was closed must not open it again.

    Raises:
        ProblemError: CONNECTION_CLOSED.
    """
    living = await connections.hold(tx, connection.id)
    if living is not None and living.status is ConnectionStatus.CLOSED:
        raise ProblemError(Code.CONNECTION_CLOSED)


async def _read(product: Product, connection: Connection) -> Connection:
    async def work(tx: Tx) -> Connection | None:
        return await connections.find(tx, connection.id)

    return await product.database.read(work) or connection


async def check(product: Product, connection: Connection) -> Connection:
    """Ask the bank now; the connection as it stands afterwards."""
    _not_closed(connection)
    again = await visit(product, connection)

    async def work(tx: Tx) -> None:
        await connections.set_due(tx, connection.id, again)

    await product.database.write(work)
    product.wake()
    return await _read(product, connection)


def _not_closed(connection: Connection) -> None:
    if connection.status is ConnectionStatus.CLOSED:
        raise ProblemError(Code.CONNECTION_CLOSED)


async def renew(product: Product, connection: Connection) -> Connection:
    """Have the customer grant anew while the old grant goes on working."""
    _not_closed(connection)
    old = await _grant(product, connection)
    walking = msgspec.structs.replace(connection, walk="renew")
    return await _begin(product, walking, {}, previous=old)


async def reconnect(product: Product, connection: Connection) -> Connection:
    """Leave the bank, forget the grant and start anew; ids, settings and ledger stay."""
    walk: Walk = "reconnect"
    reason = {"reason": "the bank was left and the way back has not begun"}
    left = msgspec.structs.replace(
        connection,
        status=ConnectionStatus.ACTION_REQUIRED,
        walk=None,
        next=NextStep("none"),
        consent=Consent(),
        consent_id=None,
        closed_at=None,
        trouble=Trouble(code=Code.ACCESS_TOKEN_REJECTED, at=product.clock.now(), evidence=reason),
    )
    await _forget(product, connection, left)
    walking = msgspec.structs.replace(
        left, walk=walk, status=ConnectionStatus.AWAITING_CUSTOMER, trouble=None
    )
    return await _begin(product, walking, {}, previous=None)


async def close(product: Product, connection: Connection) -> Connection:
    """End a connection on both sides; its ledger stays readable."""
    await _forget(product, connection)
    now = product.clock.now()
    closed = msgspec.structs.replace(
        connection,
        status=ConnectionStatus.CLOSED,
        walk=None,
        next=NextStep("none"),
        trouble=Trouble(code=Code.CONNECTION_CLOSED, at=now),
        closed_at=now,
    )

    async def work(tx: Tx) -> Grant | None:
        await connections.hold(tx, closed.id)
        late = await connections.grant(tx, closed.id)
        await connections.drop_grant(tx, closed.id, "live")
        await connections.save(tx, closed)
        await connections.set_due(tx, closed.id, None)
        await windows.drop(tx, closed.id, now)
        return product.tokens.open(closed, late) if late else None

    late = await product.database.write(work)
    if late is not None:
        # The customer came back while we left: what he granted meanwhile is given back too.
        await _give_back(product, closed, late)
    return closed


async def _grant(product: Product, connection: Connection) -> Grant | None:
    async def work(tx: Tx) -> connections.Sealed | None:
        return await connections.grant(tx, connection.id)

    sealed = await product.database.read(work)
    return product.tokens.open(connection, sealed) if sealed else None


async def _forget(product: Product, connection: Connection, left: Connection | None = None) -> None:
    """Leave the bank; `left` is how the connection stands should nothing follow."""
    grant = await _grant(product, connection)
    if grant is not None:
        await _give_back(product, connection, grant)

    async def work(tx: Tx) -> None:
        await connections.drop_grant(tx, connection.id, "live")
        await connections.drop_grant(tx, connection.id, "walk")
        if left is not None:
            await connections.save(tx, left)
        # Should this process die here, a visit tells that there is no grant any more.
        await connections.set_due(tx, connection.id, None if left else product.clock.now())

    await product.database.write(work)


async def choose(
    product: Product, connection: Connection, account_ids: Sequence[str]
) -> list[Account]:
    """Read exactly these accounts from now on.

    Raises:
        ProblemError: when one is not of this connection, or cannot be read.
    """
    chosen = set(account_ids)

    async def work(tx: Tx) -> list[Account]:
        listed = await accounts.of_connection(tx, connection.id)
        for unknown in sorted(chosen - {account.id for account in listed}):
            raise ProblemError(
                Code.NOT_FOUND, evidence={"field": "selected", "value": unknown}, field="selected"
            )
        kept = []
        for each in listed:
            account = await accounts.hold(tx, each.id) or each
            if account.id in chosen and not account.eligible:
                code = Code(account.found.unfit) if account.found.unfit else Code.REQUEST_INVALID
                raise ProblemError(code, field="selected", evidence={"value": account.id})
            changed = msgspec.structs.replace(account, selected=account.id in chosen)
            if account.selected and not changed.selected:
                await windows.drop_account(tx, account.id, product.clock.now())
            elif changed.selected and not account.selected:
                # Today was not read on while nobody wanted it: it is read anew as a whole.
                changed = msgspec.structs.replace(changed, read_on=None)
            await accounts.save(tx, changed)
            kept.append(changed)
        await connections.set_due(tx, connection.id, product.clock.now())
        return kept

    kept = await product.database.write(work)
    product.wake()
    return kept


def _as_problem(product: Product, bank: str, failed: Refused | Unreachable) -> ProblemError:
    """A failure of the first step, which leaves nothing behind, as an answer to its caller."""
    now: datetime = product.clock.now()
    if isinstance(failed, Unreachable):
        code = Code.BANK_TIMEOUT if failed.trouble == "timeout" else Code.BANK_UNAVAILABLE
        failed = Refused(code)
    product.count(bank, failed.code.value)
    return ProblemError(failed.code, trouble=to_trouble(failed, now), bank=bank)
