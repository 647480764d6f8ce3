"""A seeded stretch of a company's payments, with invoices, twins, storno and corrections."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from zlib import crc32

import msgspec

from sandbox import purposes_ru, purposes_sk
from sandbox.clock import bank_day, start_of_day
from sandbox.draft import Draft
from sandbox.entry import Entry, Revision
from sandbox.partners import circle
from sandbox.world import Account, Invoice, World

MAKERS = {"RU": purposes_ru.MAKERS, "SK": purposes_sk.MAKERS}
OPENS_AT, CLOSES_AT = timedelta(hours=8), timedelta(hours=19)
SATURDAY = 5
WEEKEND_SHARE = 0.1
CARD_HOLDS_DAYS = 2
STORNO_WORD = {"RU": "Сторно операции. ", "SK": "STORNO "}

BankIds = Callable[[date], str]


def generated(  # noqa: PLR0917 - whose, from, to, how many: the order of a sentence
    world: World,
    account: Account,
    first: date,
    last: date,
    count: int,
    seed: int,
    *,
    twins: float = 0.01,
    corrections: float = 0.0,
) -> list[Entry]:
    """About as many payments as asked for between two days, invoices noted in the world.

    Exactly `count` ordinary ones, and on top a twin for a share `twins` of them and a correction
    (storno, later changed, or later withdrawn) for a share `corrections`. The same world, account
    and seed give the same bytes. The entries are not yet in the account's book.
    """
    rng = Random(f"{seed}/{account.key}")
    partners = circle(Random(account.company), account.country, account.bank)
    makers = MAKERS[account.country]
    wheel = list(accumulate(weight for weight, _ in makers))
    ids = next_bank_ids(world, account)
    rows: list[Entry] = []
    serial = crc32(account.company.encode()) % 500 + len(world.invoices)
    moments = _moments(rng, account, first, last, count)
    chosen = rng.choices([maker for _, maker in makers], cum_weights=wheel, k=count)
    for at, maker in zip(moments, chosen, strict=True):
        serial += 1
        day = bank_day(at, account.country)
        draft = maker(rng, day, partners, serial)
        row = _entry(account, draft, ids(day), at, str(serial % 9000 + 1))
        if draft.card is not None and account.country == "SK":
            row = _held(account, row, last)
        rows.append(row)
        _note(world, account, draft, row)
        if rng.random() < twins:
            rows.append(_twin(row, ids(day), at))
        if rng.random() < corrections:
            rows[-1:] = _corrected(rng, account, rows[-1], ids)
    return rows


def next_bank_ids(world: World, account: Account) -> BankIds:
    """Eighteen digits that no other payment of this world has: day, account, running number."""
    place = list(world.accounts).index(account.key)
    book = world.book(account)
    running = len(book)

    def next_id(day: date) -> str:
        nonlocal running
        running += 1
        while (bank_id := f"{day:%y%m%d}{place:05d}{running:07d}") in book:
            running += 1
        return bank_id

    return next_id


def _moments(rng: Random, account: Account, first: date, last: date, count: int) -> list[datetime]:
    """Instants in banking hours, in order, few of them on weekends."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    weights = [WEEKEND_SHARE if day.weekday() >= SATURDAY else 1.0 for day in days]
    open_seconds = int((CLOSES_AT - OPENS_AT).total_seconds())
    starts = {day: start_of_day(day, account.country) + OPENS_AT for day in days}
    return sorted(
        starts[day] + timedelta(seconds=rng.randrange(open_seconds))
        for day in rng.choices(days, weights, k=count)
    )


def _entry(account: Account, draft: Draft, bank_id: str, at: datetime, number: str) -> Entry:
    day = bank_day(at, account.country)
    return Entry(
        bank_id=bank_id,
        date=day,
        at=at,
        direction=draft.direction,
        amount=draft.amount,
        currency=account.currency,
        purpose=draft.purpose,
        kind=draft.kind,
        # Slovak payments carry symbols where Russian ones carry a document number.
        document_number=number if account.country == "RU" else "",
        document_date=day,
        value_date=day,
        counterparty=draft.counterparty,
        vs=draft.vs,
        ss=draft.ss,
        ks=draft.ks,
        end_to_end_id=draft.end_to_end_id,
        card=draft.card,
    )


def _held(account: Account, row: Entry, last: date) -> Entry:
    """A card row is pending first and booked days later, the day that then counts."""
    booked = min(row.date + timedelta(days=CARD_HOLDS_DAYS), max(last, row.date))
    booked_at = start_of_day(booked, account.country) + timedelta(hours=20)
    return msgspec.structs.replace(row, date=booked, value_date=booked, booked_at=booked_at)


def _twin(row: Entry, bank_id: str, at: datetime) -> Entry:
    """The same in every word, seconds later, and yet another payment."""
    return msgspec.structs.replace(
        row, bank_id=bank_id, at=at + timedelta(seconds=40), twin_of=row.bank_id
    )


def _corrected(rng: Random, account: Account, row: Entry, ids: BankIds) -> list[Entry]:
    """The row with what became of it: taken back, told otherwise later, or withdrawn."""
    later = row.at + timedelta(hours=rng.randrange(1, 4))
    fate = rng.choice(("storno", "changed", "withdrawn"))
    if fate == "changed":
        final = Revision(at=later, purpose=row.purpose, kind=row.kind)
        draft = f"Уточняется. {row.purpose}" if account.country == "RU" else "spracovava sa"
        changed = msgspec.structs.replace(
            row, purpose=draft, kind="memo_order", revisions=(*row.revisions, final)
        )
        return [changed]
    if fate == "withdrawn" and row.booked_at is None:
        return [msgspec.structs.replace(row, withdrawn_at=later)]
    when = max(later, row.booked_at or later)
    day = bank_day(when, account.country)
    back = msgspec.structs.replace(
        row,
        bank_id=ids(day),
        date=day,
        at=when,
        value_date=day,
        direction="debit" if row.direction == "credit" else "credit",
        purpose=f"{STORNO_WORD[account.country]}{row.purpose}"[:210],
        kind="storno",
        booked_at=None,
        twin_of=None,
        storno_of=row.bank_id,
        card=None,
    )
    return [row, back]


def _note(world: World, account: Account, draft: Draft, row: Entry) -> None:
    for bill in draft.billed:
        invoice = Invoice(
            company=account.company,
            number=bill.number,
            contract=bill.contract,
            issued=bill.issued,
            amount=bill.amount,
            currency=account.currency,
            buyer_name=row.counterparty.name,
            buyer_inn=row.counterparty.inn,
            buyer_ico=row.counterparty.ico,
            vs=bill.vs,
            paid_by=(row.bank_id,),
        )
        world.invoices.append(invoice)
