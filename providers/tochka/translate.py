"""A statement's rows and balances from Tochka's words to ours; pure functions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, DecimalException
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from providers.contract import Refused
from providers.tochka import wire
from schemas.codes import Code
from schemas.numbers import NumberInvalid, iban, inn, kpp
from schemas.numbers.minor import in_units, normal_currency, to_minor, unfit, unit
from schemas.statement import Figures
from schemas.transaction import NOBODY, Counterparty, Direction, Entry
from schemas.window import Window

DIRECTIONS: dict[str, Direction] = {
    "Credit": "credit",
    "Debit": "debit",
    # the bank's prose writes them small
    "credit": "credit",
    "debit": "debit",
}

KINDS: dict[str | None, str | None] = {
    None: None,
    "Неопределенное значение": None,
    "Платежное поручение": "payment_order",
    "Платежное требование": "payment_demand",
    "Денежный чек, РКО": "cash",
    "Объявление на взнос наличными, ПКО": "cash",
    "Требование-поручение": "payment_demand",
    "Инкассовое поручение": "collection",
    "Расчетный чек": "cheque",
    "Аккредитив": "letter_of_credit",
    "Мемориальный ордер": "memo_order",
    "Погашение кредита": "loan_repayment",
    "Выдача кредита": "loan",
    "Авизо": "advice",
    "Банковские карты": "card",
    "Платежный ордер": "payment_warrant",
    "Банковский ордер": "bank_order",
    "Ордер по передаче ценностей": "valuables_order",
    "Программный ордер": "system_order",
    "Импортированная запись": "imported",
}

MOSCOW = ZoneInfo("Europe/Moscow")
_NUMBER_DIGITS = 20
# No Russian commercial bank is older; an earlier day would only order statements without end.
OLDEST = date(1988, 1, 1)

_CARD_WORDS = "дата операции:"
_CARD_TIME = re.compile(r"дата операции:(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d)\(МСК\)")

_ROWS = "$.Data.Statement.Transaction"
NEAR = timedelta(days=31)
"""How far a row that came along may lie outside before its date cannot be true."""


@lru_cache(maxsize=64)
def _money(told: str) -> tuple[str, Decimal]:
    letters = normal_currency(told)
    return letters, unit(letters)


def unreadable(where: str, why: str) -> Refused:
    """A value that decodes and cannot be true; `where` is its path, `why` never repeats it."""
    return Refused(Code.BANK_FORMAT_CHANGED, evidence={"where": f"{why} - at `{where}`"})


def number(account_id: str) -> str:
    """The account's own 20 digits, whether or not the BIC follows."""
    return account_id.split("/", 1)[0][:_NUMBER_DIGITS]


def ending(told: str | None) -> str:
    """As much of a number as may be shown."""
    return f"…{(told or '')[-4:]}"


def instant(theirs: datetime | None) -> datetime | None:
    """The bank writes +00:00; an instant without a zone is taken for the same."""
    if theirs is None:
        return None
    return theirs.replace(tzinfo=UTC) if theirs.tzinfo is None else theirs.astimezone(UTC)


def entries(rows: Sequence[wire.Transaction], within: Window) -> tuple[Entry, ...]:
    """All rows of one statement, each under a key of its own.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` with the path of a row that cannot be true.
    """
    made: list[Entry] = []
    day, text, inside = None, "", False
    for theirs in rows:
        # most rows stand on the same day as the row before
        if theirs.document_process_date != day:
            day = theirs.document_process_date
            text = day.isoformat()
            inside = within.first <= day <= within.last
            if not inside and not within.first - NEAR <= day <= within.last + NEAR:
                where = f"{_ROWS}[{len(made)}].documentProcessDate"
                raise unreadable(where, "a day far outside of the statement")
        if not inside:
            # A neighbour that came along; the statement of its own day tells that day whole.
            continue
        try:
            made.append(entry(theirs, text))
        except NumberInvalid as odd:
            raise unreadable(f"{_ROWS}[{len(made)}].Amount", str(odd)) from odd
        except KeyError as odd:
            where = f"{_ROWS}[{len(made)}].creditDebitIndicator"
            raise unreadable(where, "neither Credit nor Debit") from odd
    if len({ours.key for ours in made}) == len(made):
        return tuple(made)
    return tuple(_told_apart(made))


def entry(theirs: wire.Transaction, day: str) -> Entry:
    """One row; the far side is chosen by the indicator, never by which side is filled in.

    The key is the payment's id (of rows before 2024-02, the transaction's), then day, direction
    and minor units. The payment's id survives a memorial order's becoming a payment order, the
    transaction's may not. But one payment may stand in several rows: itself and its fee, the parts
    of a payment executed bit by bit, its return. All that tells these apart is in the row itself,
    so a row has the same key whichever window it is read in and whatever is read beside it; and
    what is in the key of a booked row cannot change without changing a closed day's balance.

    Raises:
        NumberInvalid: for an amount or a currency that cannot be.
        KeyError: for an unknown indicator.
    """
    direction = DIRECTIONS[theirs.credit_debit_indicator]
    currency, smallest = _money(theirs.amount.currency)
    try:
        amount = in_units(theirs.amount.amount, smallest)
        if amount <= 0:
            raise NumberInvalid("range", "an amount is more than nothing")
    except DecimalException:
        raise unfit(theirs.amount.amount, currency) from None
    payment, transaction = theirs.payment_id, theirs.transaction_id
    known = payment or transaction
    if payment and transaction:
        ids = {"payment_id": payment, "transaction_id": transaction}
    else:
        ids = {"payment_id" if payment else "transaction_id": known} if known else {}
    if direction == "credit":
        far = _far(theirs.debtor_party, theirs.debtor_account, theirs.debtor_agent)
    else:
        far = _far(theirs.creditor_party, theirs.creditor_account, theirs.creditor_agent)
    kind = KINDS.get(theirs.transaction_type_code, "")
    purpose, document = theirs.description or "", theirs.document_number
    units = str(amount).replace(".", "").lstrip("0")
    return Entry(
        f"{known}|{day}|{direction}|{units}" if known else "",
        direction,
        amount,
        currency,
        theirs.document_process_date,
        None,
        _paid_by_card_at(purpose) if _CARD_WORDS in purpose else None,
        document if document and document.strip("0 ") else None,
        None,
        _own_word(theirs.transaction_type_code) if kind == "" else kind,
        purpose,
        far,
        ids,
        "pending" if theirs.status == "Pending" else "booked",
    )


def _own_word(code: str | None) -> str | None:
    return (code or "").strip().lower() or None


def _told_apart(made: list[Entry]) -> list[Entry]:
    """Rows that agree in all of the key: repeats of a transaction go, real twins are numbered.

    All of them stand on one day, and a statement always holds whole days: the numbers do not
    depend on the window either.
    """
    groups: dict[str, list[Entry]] = defaultdict(list)
    for ours in made:
        groups[ours.key].append(ours)
    apart: list[Entry] = []
    for key, group in groups.items():
        if not key:
            apart.extend(group)
            continue
        known: set[str] = set()
        twins = []
        for ours in group:
            transaction = ours.bank_ids.get("transaction_id")
            if transaction is None or transaction not in known:
                twins.append(ours)
            if transaction is not None:
                known.add(transaction)
        twins.sort(key=lambda ours: ours.bank_ids.get("transaction_id", ""))
        apart.append(twins[0])
        apart.extend(
            msgspec.structs.replace(ours, key=f"{key}|{place}")
            for place, ours in enumerate(twins[1:], 2)
        )
    return apart


def _far(
    party: wire.Party | None, account: wire.FarAccount | None, agent: wire.Agent | None
) -> Counterparty:
    if party is None and account is None and agent is None:
        return NOBODY
    name = tax = reason = told = international = bic = bank = None
    # What begins with another digit than 0 and is all digits needs no second look.
    if party is not None:
        name, tax, reason = party.name, party.inn, party.kpp
        if tax and (tax[0] == "0" or not tax.isdecimal()):
            tax = inn.known(tax)
        if reason and (reason[0] == "0" or not reason.isdecimal()):
            reason = kpp.known(reason)
    if account is not None:
        told = account.identification
        if account.scheme_name == "RU.CBR.CellphoneNumber":
            told = None
        elif told and (told[0] == "0" or not told.isdecimal()):
            told, international = _foreign(told.strip())
    if agent is not None:
        bic, bank = agent.identification, agent.name
    return Counterparty(
        name or None,
        tax or None,
        reason or None,
        told or None,
        international,
        bic or None,
        bank or None,
    )


def _foreign(told: str) -> tuple[str | None, str | None]:
    """Account and IBAN of a currency payment; a telephone number and zeros are neither."""
    if told.startswith("+") or not told.strip("0"):
        return None, None
    if iban.is_valid(told):
        return None, iban.compact(told)
    return told or None, None


def _paid_by_card_at(purpose: str) -> datetime | None:
    """When the card was used, which only the purpose tells, in Moscow time."""
    found = _CARD_TIME.search(purpose)
    if found is None:
        return None
    day, month, year, hour, minute = map(int, found.groups())
    try:
        local = datetime(year, month, day, hour, minute, tzinfo=MOSCOW)
    except ValueError:
        return None
    return local.astimezone(UTC) if year >= OLDEST.year else None


def figures(theirs: wire.Statement, within: Window, currency: str) -> tuple[Figures, ...]:
    """Both balances of the statement, in the account's currency and signed.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` for a balance that cannot be.
    """
    opening, closing = theirs.start_date_balance, theirs.end_date_balance
    if opening is None and closing is None:
        return ()
    for name, told in (("startDateBalance", opening), ("endDateBalance", closing)):
        if told is not None:
            possible(told, currency, f"$.Data.Statement.{name}")
    return (Figures(first=within.first, last=within.last, opening=opening, closing=closing),)


def possible(told: Decimal, currency: str, where: str) -> None:
    """Let a signed amount pass that the currency can have.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` with its path for any other.
    """
    try:
        to_minor(told, currency)
    except NumberInvalid as odd:
        raise unreadable(where, str(odd)) from odd


def currency_of(told: str, where: str) -> str:
    """The currency in letters.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` where it is none.
    """
    try:
        return _money(told)[0]
    except NumberInvalid as odd:
        raise unreadable(where, str(odd)) from odd
