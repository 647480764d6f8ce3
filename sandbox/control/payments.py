"""Payments put into the books, and the truth read back."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct, field

from sandbox.bank import Rejected
from sandbox.clock import bank_day, start_of_day
from sandbox.control.wire import AnyRequest, account_named, answer, money, read
from sandbox.entry import Day, Direction, Entry, Party
from sandbox.ledger import generated, next_bank_ids
from sandbox.state import Sandbox
from sandbox.world import Account

MOST_ROWS = 200_000
SHARE_WHEN_TRUE = 0.03
HALF_A_DAY = timedelta(hours=12)


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One payment; without a date it happens now, with a bank id known before it replaces."""

    direction: Direction
    amount: Decimal
    purpose: str = ""
    date: Day | None = None
    at: datetime | None = None
    bank_id: str | None = None
    currency: str | None = None
    kind: str = "payment_order"
    document_number: str = ""
    value_date: Day | None = None
    counterparty: Party = Party()
    vs: str = ""
    ss: str = ""
    ks: str = ""
    end_to_end_id: str = ""
    booked_at: datetime | None = None
    visible_at: datetime | None = None
    withdrawn_at: datetime | None = None


class Generate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of invented payments; twins and corrections as a share, or true for a few."""

    first: Day = field(name="from")
    last: Day = field(name="to")
    count: int
    seed: int = 0
    twins: bool | float = False
    corrections: bool | float = False


class Payments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either items or generate, or both."""

    items: list[Item] = []
    generate: Generate | None = None


@post("/control/v1/accounts/{account:str}/payments")
async def add(
    request: AnyRequest, account: FromPath[str], sandbox: NamedDependency[Sandbox]
) -> Response[bytes]:
    """Add payments; what happens now is pushed now, what lies ahead when the clock gets there."""
    found = account_named(sandbox, account)
    wish = await read(request, Payments)
    if not wish.items and wish.generate is None:
        raise Rejected("items", "Say items or generate.")
    now = sandbox.now
    ids = next_bank_ids(sandbox.world, found)
    entries = [
        _entry(found, item, item.bank_id or ids(_day(found, item, now)), now, place)
        for place, item in enumerate(wish.items)
    ]
    await sandbox.add_payments(found, entries, since=now)
    if wish.generate is not None:
        made = _generated(sandbox, found, wish.generate)
        await sandbox.add_payments(found, made, since=now)
        entries += made
    return answer({"count": len(entries), "bank_ids": [row.bank_id for row in entries]}, 201)


@get("/control/v1/accounts/{account:str}/ledger")
async def ledger(
    request: AnyRequest, account: FromPath[str], sandbox: NamedDependency[Sandbox]
) -> Response[bytes]:
    """The booked truth of from..to as of now: opening + items = closing."""
    found = account_named(sandbox, account)
    first = _asked_day(request, "from", found.opened)
    last = _asked_day(request, "to", sandbox.today(found))
    figures = sandbox.world.turnovers(found, first, last, sandbox.now)
    rows = sandbox.world.ledger(found, first, last, sandbox.now)
    return answer(
        {
            "opening": money(figures.opening),
            "closing": money(figures.closing),
            "items": [_shape(row) for row in rows if row.status == "booked"],
        }
    )


@get("/control/v1/companies/{company:str}/invoices")
async def invoices(company: FromPath[str], sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """The invoices that the company's purposes speak of, with the payments that paid them."""
    return answer({"items": [one for one in sandbox.world.invoices if one.company == company]})


def _generated(sandbox: Sandbox, account: Account, wish: Generate) -> list[Entry]:
    if wish.last < wish.first:
        raise Rejected("generate.to", "The stretch ends before it begins.")
    if not 0 <= wish.count <= MOST_ROWS:
        raise Rejected("generate.count", f"Between 0 and {MOST_ROWS} rows.")
    return generated(
        sandbox.world,
        account,
        wish.first,
        wish.last,
        wish.count,
        wish.seed,
        twins=_share(wish.twins, "generate.twins"),
        corrections=_share(wish.corrections, "generate.corrections"),
    )


def _share(wish: bool | float, name: str) -> float:  # noqa: FBT001 - the wire allows both
    share = SHARE_WHEN_TRUE if wish is True else float(wish)
    if not 0 <= share <= 1:
        raise Rejected(name, "A share lies between 0 and 1.")
    return share


def _day(account: Account, item: Item, now: datetime) -> date:
    return item.date or bank_day(item.at or now, account.country)


def _entry(account: Account, item: Item, bank_id: str, now: datetime, place: int) -> Entry:
    """The item in the books; a past day without an instant is booked at its noon."""
    name = f"items[{place}]"
    if item.amount <= 0:
        raise Rejected(f"{name}.amount", "An amount is positive; the direction says which way.")
    for word in ("at", "booked_at", "visible_at", "withdrawn_at"):
        instant: datetime | None = getattr(item, word)
        if instant is not None and instant.tzinfo is None:
            raise Rejected(f"{name}.{word}", "An instant needs its zone.")
    day = _day(account, item, now)
    at = item.at
    if at is None:
        noon = start_of_day(day, account.country) + HALF_A_DAY
        at = now if day == bank_day(now, account.country) else noon
    return Entry(
        bank_id=bank_id,
        date=bank_day(item.booked_at, account.country) if item.booked_at else day,
        at=at,
        direction=item.direction,
        amount=item.amount,
        currency=item.currency or account.currency,
        purpose=item.purpose,
        kind=item.kind,
        document_number=item.document_number or _numbered(account, bank_id),
        document_date=day,
        value_date=item.value_date or day,
        counterparty=item.counterparty,
        vs=item.vs,
        ss=item.ss,
        ks=item.ks,
        end_to_end_id=item.end_to_end_id,
        booked_at=item.booked_at,
        visible_at=item.visible_at,
        withdrawn_at=item.withdrawn_at,
    )


def _numbered(account: Account, bank_id: str) -> str:
    """Every Russian payment order has a number; what its bank tells must stand in the truth too."""
    return bank_id[-6:].lstrip("0") if account.country == "RU" else ""


def _asked_day(request: AnyRequest, name: str, usual: date) -> date:
    text = request.query_params.get(name)
    if text is None:
        return usual
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Rejected(name, f"{text!r} is no day such as 2026-03-01.") from error


def _shape(row: Entry) -> dict[str, Any]:
    far = row.counterparty
    return {
        "bank_id": row.bank_id,
        "date": row.date,
        "direction": row.direction,
        "amount": money(row.amount),
        "currency": row.currency,
        "purpose": row.purpose,
        "document_number": row.document_number,
        "counterparty": {
            "name": far.name or None,
            "inn": far.inn or None,
            "account": far.account or None,
            "iban": far.iban or None,
        },
    }


ROUTES = (add, ledger, invoices)
