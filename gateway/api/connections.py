"""Connections: how a customer lets us in, and what keeps the door open."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta, Struct

from gateway import diagnosis, records, walk
from gateway.api import views
from gateway.api.answering import answer, page
from gateway.api.asking import (
    AnyRequest,
    Id,
    Nothing,
    Page,
    body,
    caller_of,
    language_for,
    query,
    unknown,
)
from gateway.api.cursors import Shelf
from gateway.api.idempotency import claim_of
from gateway.api.operations import operation
from gateway.api.orders import WantedConnection, order
from gateway.ids import new_id
from gateway.problems import problem
from gateway.product import Product
from gateway.store import accounts, connections
from gateway.store.database import Tx
from schemas.codes import Code
from schemas.connection import ConnectionStatus
from schemas.problem import Problem

TAG = "Connections"
PATH = "/connections/{connection_id:str}"
START = (0, "")


class Connections(Page, frozen=True, kw_only=True):
    """Which connections are wanted."""

    status: ConnectionStatus | None = None
    bank: Id | None = None


class Selection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The accounts to be read from now on; all others are not."""

    selected: Annotated[list[Id], Meta(max_length=500)]


class Check(Struct, frozen=True, kw_only=True):
    """One step of a diagnosis."""

    id: str
    state: diagnosis.State
    detail: str


class Diagnosis(Struct, frozen=True, kw_only=True):
    """What live probes of the bank have shown, step by step."""

    verdict: str
    problem: Problem | None
    checks: list[Check]


async def found(product: Product, request: AnyRequest, connection_id: str) -> records.Connection:
    """A connection of the caller's.

    Raises:
        ProblemError: NOT_FOUND, also when it is somebody else's.
    """
    tenant_id = caller_of(request).tenant_id

    async def work(tx: Tx) -> records.Connection | None:
        return await connections.get(tx, tenant_id, connection_id)

    kept = await product.database.read(work)
    if kept is None:
        raise unknown("connection_id")
    return kept


def shown(request: AnyRequest, kept: records.Connection, status: int = 200) -> Response[bytes]:
    """A connection as the answer."""
    return answer(views.connection(kept, language_for(request)), status)


@post(
    "/connections",
    opt=operation(
        "Connect a bank",
        TAG,
        body=WantedConnection,
        answer=views.Connection,
        status=201,
        codes=(
            Code.BANK_NOT_SUPPORTED,
            Code.ACCOUNT_DETAILS_INVALID,
            Code.CORRESPONDENT_ACCOUNT_GIVEN,
            Code.ACCOUNT_KIND_NOT_SUPPORTED,
            Code.PERIOD_INVALID,
            Code.ACCESS_TOKEN_REJECTED,
            Code.BANK_UNAVAILABLE,
            Code.BANK_TIMEOUT,
        ),
    ),
)
async def made(product: NamedDependency[Product], request: AnyRequest) -> Response[bytes]:
    """A new connection with the customer's next step."""
    wanted = await body(request, WantedConnection)
    tenant_id = caller_of(request).tenant_id
    claim = claim_of(request)
    made_id = claim.intent if claim else None
    if made_id:
        before = await _made_before(product, tenant_id, made_id)
        if before:
            return _created(request, before)
    made_id = made_id or new_id("con", product.clock.now())
    ordered = await order(product, tenant_id, wanted, made_id)
    if claim and not claim.intent:
        await claim.intend(made_id)
    return _created(request, await walk.connect(product, tenant_id, ordered))


async def _made_before(
    product: Product, tenant_id: str, connection_id: str
) -> records.Connection | None:
    """What a request under the same key made before its process died."""

    async def work(tx: Tx) -> records.Connection | None:
        return await connections.get(tx, tenant_id, connection_id)

    return await product.database.read(work)


def _created(request: AnyRequest, kept: records.Connection) -> Response[bytes]:
    shape = views.connection(kept, language_for(request))
    return answer(shape, 201, headers={"location": f"/v1/connections/{kept.id}"})


@get(
    "/connections",
    opt=operation(
        "All connections, oldest first",
        TAG,
        query=Connections,
        answer=list[views.Connection],
        codes=(Code.CURSOR_INVALID,),
    ),
)
async def every(product: NamedDependency[Product], request: AnyRequest) -> Response[bytes]:
    """The tenant's connections."""
    asked = query(request, Connections)
    tenant_id = caller_of(request).tenant_id
    shelf = Shelf(tenant_id, "connections", asked.status, asked.bank)
    after = shelf.find(asked.cursor, tuple[int, str], START)

    async def work(tx: Tx) -> list[tuple[records.Connection, tuple[int, str]]]:
        return await connections.page(
            tx,
            tenant_id,
            after=after,
            limit=asked.limit + 1,
            bank=asked.bank,
            status=asked.status,
        )

    rows = await product.database.read(work)
    language = language_for(request)
    items = [views.connection(kept, language) for kept, _ in rows[: asked.limit]]
    more = len(rows) > asked.limit
    return page(items, shelf.mark(rows[asked.limit - 1][1]) if more else None)


@get(PATH, opt=operation("One connection", TAG, answer=views.Connection, codes=(Code.NOT_FOUND,)))
async def one(
    product: NamedDependency[Product], request: AnyRequest, connection_id: FromPath[str]
) -> Response[bytes]:
    """A connection as it stands."""
    return shown(request, await found(product, request, connection_id))


@post(
    f"{PATH}/check",
    status_code=200,
    opt=operation(
        "Ask the bank now",
        TAG,
        body=Nothing,
        answer=views.Connection,
        codes=(Code.NOT_FOUND, Code.CONNECTION_CLOSED),
    ),
)
async def checked(
    product: NamedDependency[Product], request: AnyRequest, connection_id: FromPath[str]
) -> Response[bytes]:
    """The connection after the bank was asked; what the bank refuses stands in its problem."""
    await body(request, Nothing)
    kept = await found(product, request, connection_id)
    return shown(request, await walk.check(product, kept))


@post(
    f"{PATH}/renew",
    status_code=200,
    opt=operation(
        "Have the customer grant anew while the old grant works",
        TAG,
        body=Nothing,
        answer=views.Connection,
        codes=(Code.NOT_FOUND, Code.CONNECTION_CLOSED, Code.BANK_UNAVAILABLE),
    ),
)
async def renewed(
    product: NamedDependency[Product], request: AnyRequest, connection_id: FromPath[str]
) -> Response[bytes]:
    """The connection with the customer's next step; ids, settings and ledger stay."""
    await body(request, Nothing)
    kept = await found(product, request, connection_id)
    return shown(request, await walk.renew(product, kept))


@post(
    f"{PATH}/reconnect",
    status_code=200,
    opt=operation(
        "Leave the bank, forget the grant and start anew",
        TAG,
        body=Nothing,
        answer=views.Connection,
        codes=(Code.NOT_FOUND, Code.BANK_UNAVAILABLE),
    ),
)
async def reconnected(
    product: NamedDependency[Product], request: AnyRequest, connection_id: FromPath[str]
) -> Response[bytes]:
    """The connection with the customer's next step; ids, settings and ledger stay."""
    await body(request, Nothing)
    kept = await found(product, request, connection_id)
    return shown(request, await walk.reconnect(product, kept))


@delete(
    PATH,
    status_code=200,
    opt=operation(
        "End a connection on both sides; its ledger stays readable",
        TAG,
        answer=views.Connection,
        codes=(Code.NOT_FOUND,),
    ),
)
async def closed(
    product: NamedDependency[Product], request: AnyRequest, connection_id: FromPath[str]
) -> Response[bytes]:
    """The closed connection; closing it again changes nothing."""
    kept = await found(product, request, connection_id)
    if kept.status is not ConnectionStatus.CLOSED:
        kept = await walk.close(product, kept)
    return shown(request, kept)


@get(
    f"{PATH}/accounts",
    opt=operation(
        "The accounts of a connection",
        TAG,
        answer=list[views.Account],
        codes=(Code.NOT_FOUND,),
    ),
)
async def its_accounts(
    product: NamedDependency[Product], request: AnyRequest, connection_id: FromPath[str]
) -> Response[bytes]:
    """All of them, whether they can be read or not."""
    kept = await found(product, request, connection_id)

    async def work(tx: Tx) -> list[records.Account]:
        return await accounts.of_connection(tx, kept.id)

    language = language_for(request)
    listed = await product.database.read(work)
    return page([views.account(each, language) for each in listed], None)


@put(
    f"{PATH}/accounts",
    opt=operation(
        "Choose which accounts are read",
        TAG,
        body=Selection,
        answer=list[views.Account],
        codes=(Code.NOT_FOUND, Code.ACCOUNT_KIND_NOT_SUPPORTED, Code.ACCOUNT_NOT_IN_OFFER),
    ),
)
async def chosen(
    product: NamedDependency[Product], request: AnyRequest, connection_id: FromPath[str]
) -> Response[bytes]:
    """The accounts as they are chosen now."""
    wanted = await body(request, Selection)
    kept = await found(product, request, connection_id)
    language = language_for(request)
    listed = await walk.choose(product, kept, wanted.selected)
    return page([views.account(each, language) for each in listed], None)


@get(
    f"{PATH}/diagnosis",
    opt=operation(
        "What live probes of the bank show",
        TAG,
        answer=Diagnosis,
        codes=(Code.NOT_FOUND,),
    ),
)
async def diagnosed(
    product: NamedDependency[Product], request: AnyRequest, connection_id: FromPath[str]
) -> Response[bytes]:
    """Each repair step ticked or crossed."""
    kept = await found(product, request, connection_id)
    shape = await diagnosis.diagnose(product, kept)
    trouble = shape.trouble
    told = (
        problem(
            trouble,
            language=language_for(request),
            bank=kept.bank,
            instance=f"/v1/connections/{kept.id}",
        )
        if trouble
        else None
    )
    return answer(
        Diagnosis(
            verdict="problem" if trouble else "ok",
            problem=told,
            checks=[
                Check(id=each.id, state=each.state, detail=each.detail) for each in shape.checks
            ],
        )
    )


ROUTES = (
    made, every, one, checked, renewed, reconnected, closed, its_accounts, chosen, diagnosed,
)  # fmt: skip
