"""Tatra's transactions resource: one flat list, cut into pages with links that need care."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlencode
from zlib import crc32

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from sandbox.entry import Entry
from sandbox.state import Sandbox
from sandbox.tatra import gate, listing, refusals, situations
from sandbox.tatra.gate import Visit, habits_of
from sandbox.tatra.refusals import AnyRequest
from sandbox.tatra.rows import code_of, told_by_tatra
from sandbox.tatra.store import TATRA
from sandbox.world import Account

USUAL_PAGE_SIZE = 50
# the bank tells 13 to 15 months, another number of days for each account
LEAST_DAYS, SPREAD_DAYS = 395, 62
SHORT_HISTORY_DAYS = 90
PART_DAYS = 10
SYMBOLS = {
    "variableSymbol": "vs",
    "specificSymbol": "ss",
    "constantSymbol": "ks",
    "e2ereference": "end_to_end_id",
}
DIRECTIONS = {"CRDT": "credit", "DBT": "debit", "DBIT": "debit"}
# what a next link says anew
_GOING_ON = ("pageSize", "entryReferenceFrom", "page")


class Wish(Struct, frozen=True, kw_only=True):
    """The query as the bank understands it; `after` and `page` are two ways to go on."""

    first: date
    last: date
    size: int
    page: int
    after: str
    params: dict[str, str]


@get(
    [
        "/v3/accounts/{account_id:str}/transactions",
        "/v4/accounts/{account_id:str}/transactions",
        "/v5/accounts/{account_id:str}/transactions",
    ]
)
async def listed(
    sandbox: NamedDependency[Sandbox], request: AnyRequest, account_id: FromPath[str]
) -> Response[bytes]:
    """One page of an account's rows, oldest first."""
    older = f"{gate.prefix(request)}/v5/" not in request.scope["path"]
    if older and not sandbox.behaviour(TATRA).tatra.older_transactions:
        raise refusals.no_such_resource()
    visit = await gate.visited(sandbox, request, account_id, situations.ON_ROWS)
    account = visit.account
    wish = _read(sandbox, account, dict(request.query_params))
    _within_history(sandbox, visit, wish.first)
    shown = _newest_part(sandbox, wish, account) if visit.forced == "LOAD_IN_PARTS" else wish
    rows, more = _page(sandbox, account, shown)
    following = _next(sandbox, request, visit, wish, (rows, more))
    told = list(sandbox.cut(account, rows))
    if visit.forced == "STATEMENT_INCOMPLETE":
        told = told[: len(told) // 2]
    partial = visit.forced in ("STATEMENT_INCOMPLETE", "LOAD_IN_PARTS")
    if partial or sandbox.chance(habits_of(sandbox, account).lost_next_share):
        following = None
    if sandbox.behaviour(account.bank).shuffle_rows:
        sandbox.random.shuffle(told)
    objects = [told_by_tatra(sandbox, account, row) for row in told]
    if visit.forced == "BANK_FORMAT_CHANGED":
        return gate.answered(request, objects)
    links: dict[str, Any] = {"account": {"href": _here(sandbox, request, account_id)}}
    if following:
        links["next"] = {"href": following}
    reference = {"iban": account.iban, "currency": account.currency}
    return gate.answered(request, {"account": reference, "transactions": objects, "_links": links})


def earliest(sandbox: Sandbox, account: Account) -> date:
    """The first day that the bank tells of an account."""
    own = LEAST_DAYS + crc32(account.key.encode()) % SPREAD_DAYS
    days = sandbox.behaviour(account.bank).history_days or own
    return sandbox.today(account) - timedelta(days=days)


def _read(sandbox: Sandbox, account: Account, params: dict[str, str]) -> Wish:
    own = account.bank == TATRA
    after = params.get("entryReferenceFrom", "") if own else ""
    page = 1 if own else _whole(params, "page", 1)
    asked_from = _day(params, "dateFrom")
    if asked_from is None and not after and "page" not in params:
        raise refusals.argument_illegal("Parameter dateFrom is mandatory")
    first = asked_from or earliest(sandbox, account)
    last = _day(params, "dateTo") or sandbox.today(account)
    if last < first:
        raise refusals.period_backwards()
    most = sandbox.behaviour(account.bank).page_rows
    size = min(_whole(params, "pageSize", USUAL_PAGE_SIZE), most)
    return Wish(first=first, last=last, size=size, page=page, after=after, params=params)


def _within_history(sandbox: Sandbox, visit: Visit, first: date) -> None:
    limit = earliest(sandbox, visit.account)
    if visit.forced == "HISTORY_LIMIT_EXCEEDED":
        short = sandbox.today(visit.account) - timedelta(days=SHORT_HISTORY_DAYS)
        raise refusals.too_early(max(limit, short, first + timedelta(days=1)))
    if first < limit:
        raise refusals.too_early(limit)


def _page(sandbox: Sandbox, account: Account, wish: Wish) -> tuple[list[Entry], bool]:
    first, last = listing.asked(sandbox, account, wish.first, wish.last)
    fits = _filter(sandbox, account, wish.params)
    if account.bank != TATRA:
        place = (wish.page - 1) * wish.size
        return listing.page(sandbox, account, first, last, place=place, size=wish.size, fits=fits)
    found = listing.page_after(
        sandbox, account, first, last, after=wish.after, size=wish.size, fits=fits
    )
    if found is None:
        raise refusals.argument_illegal("Invalid value of parameter entryReferenceFrom")
    return found


def _filter(sandbox: Sandbox, account: Account, params: Mapping[str, str]) -> listing.Fits | None:
    """What the query keeps, None for all; symbols count for Tatra's own accounts only."""
    own = account.bank == TATRA
    equal = {field: params[name] for name, field in SYMBOLS.items() if own and params.get(name)}
    direction = DIRECTIONS.get(params.get("transactionDirection", ""))
    if direction is not None:
        equal["direction"] = direction
    status = params.get("bookingStatus", "both")
    if status != "both" and habits_of(sandbox, account).booking_status == "honoured":
        equal["status"] = status
    low, high = _amount(params, "amountFrom"), _amount(params, "amountTo")
    code = params.get("bankTransactionCode")
    least_id = _whole(params, "transactionIdFrom", 0) if own else 0
    if not equal and low is None and high is None and not code and not least_id:
        return None

    def fits(row: Entry) -> bool:
        return (
            all(getattr(row, field) == value for field, value in equal.items())
            and (low is None or row.amount >= low)
            and (high is None or row.amount <= high)
            and (not code or code == code_of(account, row))
            and int(row.bank_id) >= least_id
        )

    return fits


def _newest_part(sandbox: Sandbox, wish: Wish, account: Account) -> Wish:
    """The last days alone: what a bank shows whose history is still coming."""
    since = sandbox.today(account) - timedelta(days=PART_DAYS)
    return msgspec.structs.replace(wish, first=max(wish.first, min(since, wish.last)))


def _next(
    sandbox: Sandbox,
    request: AnyRequest,
    visit: Visit,
    wish: Wish,
    found: tuple[list[Entry], bool],
) -> str | None:
    """The absolute address of the next page, spelled as carelessly as the bank spells it."""
    rows, more = found
    habits = habits_of(sandbox, visit.account)
    going_on = wish.page > 1 or bool(wish.after)
    # a full last page, and the empty one behind it, still name a next one
    loose = habits.empty_last_page and (len(rows) == wish.size or (not rows and going_on))
    if not more and not loose:
        return None
    query = [(name, value) for name, value in wish.params.items() if name not in _GOING_ON]
    query.append(("pageSize", str(wish.size)))
    if visit.account.bank == TATRA:
        query.append(("entryReferenceFrom", rows[-1].bank_id if rows else wish.after))
    else:
        query.append(("page", str(wish.page + 1)))
    malformed = habits.next_link == "malformed"
    joined = urlencode(query[:1]) + ("&&" if malformed else "&") + urlencode(query[1:])
    here = _here(sandbox, request, visit.account_id)
    return f"{here}/transactions?{joined}" + ('"' if malformed else "")


def _here(sandbox: Sandbox, request: AnyRequest, account_id: str) -> str:
    return sandbox.url(TATRA, f"{gate.prefix(request)}/v5/accounts/{quote(account_id)}")


def _day(params: Mapping[str, str], name: str) -> date | None:
    if not params.get(name):
        return None
    try:
        return date.fromisoformat(params[name])
    except ValueError as error:
        raise refusals.argument_illegal(f"Invalid value of parameter {name}") from error


def _whole(params: Mapping[str, str], name: str, usual: int) -> int:
    text = params.get(name, "")
    if not text:
        return usual
    if not text.isdecimal() or int(text) < 1:
        raise refusals.argument_illegal(f"Invalid value of parameter {name}")
    return int(text)


def _amount(params: Mapping[str, str], name: str) -> Decimal | None:
    if not params.get(name):
        return None
    try:
        return Decimal(params[name])
    except InvalidOperation as error:
        raise refusals.argument_illegal(f"Invalid value of parameter {name}") from error
