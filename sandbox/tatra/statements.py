"""Statements of Tatra's own accounts: ordered as a task, polled, fetched as PDF or zipped camt."""

import io
import zipfile
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from sandbox.state import Sandbox
from sandbox.tatra import camt, gate, paper, refusals, situations
from sandbox.tatra.gate import Visit
from sandbox.tatra.refusals import AnyRequest, echoed
from sandbox.tatra.store import TATRA, Books, Statement, Task
from sandbox.tatra.transactions import earliest
from sandbox.world import Account

TASKS = "/v1/accounts/{account_id:str}/statements/tasks"
KINDS = ("XML", "PDF")


class Order(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a client orders; other names for the dates are refused."""

    date_from_statements: date
    date_to_statements: date
    export_type: str
    requested_sequence_number: int | None = None
    statements_per_day: bool = False
    include_daily_balances: bool = False


@post(TASKS, status_code=200)
async def order(
    sandbox: NamedDependency[Sandbox], request: AnyRequest, account_id: FromPath[str]
) -> Response[bytes]:
    """Begin to make statements of a period."""
    visit = await _visited(sandbox, request, account_id, situations.ON_STATEMENTS)
    try:
        wish = msgspec.json.decode(await request.body(), type=Order)
    except msgspec.DecodeError as error:
        raise refusals.argument_illegal(f"Invalid request body: {error}") from error
    if wish.export_type not in KINDS:
        raise refusals.argument_illegal("Invalid value of exportType")
    if wish.date_to_statements < wish.date_from_statements:
        raise refusals.period_backwards()
    limit = earliest(sandbox, visit.account)
    if wish.date_from_statements < limit:
        raise refusals.too_early(limit)
    behaviour = sandbox.behaviour(TATRA)
    task_id = sandbox.uuid()
    task = Task(
        account=visit.account.key,
        consent=visit.consent.id,
        state="PROCESSING",
        polls_left=behaviour.not_ready_answers,
        ready_at=sandbox.now + timedelta(seconds=behaviour.preparing_seconds),
        statements=_planned(sandbox, visit.account, wish, task_id),
    )
    sandbox.store(Books).tasks[task_id] = task
    return gate.answered(request, {"taskId": task_id})


@get(f"{TASKS}/{{task_id:str}}")
async def poll(
    sandbox: NamedDependency[Sandbox],
    request: AnyRequest,
    account_id: FromPath[str],
    task_id: FromPath[str],
) -> Response[bytes]:
    """How far a task is; when it has succeeded, the ids of its statements."""
    visit = await _visited(sandbox, request, account_id, situations.ON_A_TASK)
    books = sandbox.store(Books)
    if visit.forced == "STATEMENT_LOST":
        books.tasks.pop(task_id, None)
    task = books.tasks.get(task_id)
    if task is None or task.account != visit.account.key:
        raise refusals.statement_gone("Task")
    _not_too_often(sandbox, task)
    if visit.forced == "STATEMENT_FAILED":
        task.state = "FAILED"
    elif task.state == "PROCESSING" and visit.forced != "STATEMENT_BEING_PREPARED":
        if task.polls_left == 0 and task.ready_at <= sandbox.now:
            task.state = "SUCCEEDED"
        task.polls_left = max(task.polls_left - 1, 0)
    body: dict[str, Any] = {"state": task.state}
    if task.state == "SUCCEEDED":
        body["statements"] = [
            {"statementId": key, "dateFrom": one.first, "dateTo": one.last}
            for key, one in task.statements.items()
        ]
    return gate.answered(request, [body] if visit.forced == "BANK_FORMAT_CHANGED" else body)


@get("/v1/accounts/{account_id:str}/statements/{statement_id:str}")
async def download(
    sandbox: NamedDependency[Sandbox],
    request: AnyRequest,
    account_id: FromPath[str],
    statement_id: FromPath[str],
) -> Response[bytes]:
    """The file: a PDF, or a zip with one camt.053 inside; it tells the whole truth."""
    visit = await _visited(sandbox, request, account_id, situations.ON_STATEMENTS)
    books = sandbox.store(Books)
    made = (task for task in books.tasks.values() if task.state == "SUCCEEDED")
    owner = next((task for task in made if statement_id in task.statements), None)
    if visit.forced == "STATEMENT_LOST" and owner is not None:
        del owner.statements[statement_id]
    if owner is None or statement_id not in owner.statements or owner.account != visit.account.key:
        raise refusals.statement_gone("Statement")
    if visit.forced == "BANK_FORMAT_CHANGED":
        return _file(request, b"Statement", "text/plain")
    statement = owner.statements[statement_id]
    if statement.kind == "PDF":
        lines = paper.lines(sandbox, visit.account, statement)
        return _file(request, paper.pdf(lines), "application/pdf")
    document = camt.document(sandbox, visit.account, statement, statement_id)
    return _file(request, _zipped(document, visit.account, statement), "application/zip")


async def _visited(
    sandbox: Sandbox, request: AnyRequest, account_id: str, can: frozenset[str]
) -> Visit:
    visit = await gate.visited(sandbox, request, account_id, can)
    if visit.account.bank != TATRA:
        raise refusals.product_unknown()
    habits = sandbox.behaviour(TATRA).tatra
    if habits.statements_no_account:
        raise refusals.no_account(habits.no_account_status)
    return visit


def _planned(sandbox: Sandbox, account: Account, wish: Order, task_id: str) -> dict[str, Statement]:
    """One statement for the period, or one for each day that has a booked row."""
    first = wish.date_from_statements
    last = min(wish.date_to_statements, sandbox.today(account))
    stretches = [(first, max(first, last))]
    if wish.statements_per_day:
        rows = sandbox.world.ledger(account, first, last, sandbox.now)
        stretches = [(d, d) for d in sorted({r.date for r in rows if r.status == "booked"})]
    number = wish.requested_sequence_number or first.timetuple().tm_yday
    return {
        str(uuid5(NAMESPACE_URL, f"{task_id}/{place}")): Statement(
            account=account.key,
            first=since.isoformat(),
            last=until.isoformat(),
            kind=wish.export_type,
            number=number + place,
        )
        for place, (since, until) in enumerate(stretches)
    }


def _not_too_often(sandbox: Sandbox, task: Task) -> None:
    behaviour = sandbox.behaviour(TATRA)
    rest = timedelta(seconds=behaviour.tatra.statement_poll_seconds)
    before, task.polled_at = task.polled_at, sandbox.now
    if rest and before is not None and sandbox.now - before < rest:
        raise refusals.too_many_requests(behaviour.retry_after_seconds)


def _zipped(document: bytes, account: Account, statement: Statement) -> bytes:
    """A zip with one file, the same bytes for the same content."""
    sheet = io.BytesIO()
    name = f"{account.iban}_{statement.first}_{statement.last}.xml"
    with zipfile.ZipFile(sheet, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, document)
    return sheet.getvalue()


def _file(request: AnyRequest, content: bytes, kind: str) -> Response[bytes]:
    return Response(content, media_type=kind, headers=echoed(request))
