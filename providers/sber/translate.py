"""From Sber's words to ours: pure functions, no clock and no call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, DecimalException
from functools import lru_cache

from providers.contract import Refused
from providers.sber import wire
from schemas.account import Balance
from schemas.codes import Code
from schemas.numbers import NumberInvalid, inn, kpp
from schemas.numbers.minor import exact, in_units, normal_currency, unfit, unit
from schemas.statement import Figures
from schemas.transaction import NOBODY, Counterparty, Direction, Entry

# Moscow's clock has not changed since 2014-10-26, and the bank tells no day before 2017.
_MOSCOW = timedelta(hours=3)
_DATE_CHARACTERS = len("2026-03-17")
_SECOND_CHARACTERS = len("2026-03-17T11:42:08")

_DIRECTIONS: dict[str, Direction] = {"CREDIT": "credit", "DEBIT": "debit"}

# The Bank of Russia's ciphers of payment documents.
_KINDS = {
    "01": "payment_order",
    "02": "payment_demand",
    "03": "cash",
    "04": "cash",
    "06": "collection",
    "09": "memo_order",
    "13": "card",
    "16": "payment_warrant",
    "17": "bank_order",
}


# The few currencies of a bank are looked up once; the bound is against a bank gone wild.
@lru_cache(maxsize=64)
def currency_of(told: str) -> tuple[str, Decimal]:
    """A currency's letters and its smallest unit.

    Raises:
        NumberInvalid: for what is no currency.
    """
    letters = normal_currency(told)
    return letters, unit(letters)


def changed(where: str) -> Refused:
    """The refusal of a value that cannot be right, with the path at which it stood."""
    return Refused(Code.BANK_FORMAT_CHANGED, status=200, evidence={"where": where})


def entries(rows: Sequence[wire.Operation], day: date | None, today: date) -> list[Entry]:
    """Operations as entries of the statement's `day`, or each of its own when there is none.

    The day of the statement wins over the operation's date, since the bank's figures count it so;
    `today` serves where a row of the increment has no date.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` with the path of the row that cannot be read.
    """
    made: list[Entry] = []
    for theirs in rows:
        try:
            made.append(_entry(theirs, day, today))
        except (ValueError, KeyError, OverflowError) as broken:
            raise changed(f"$.transactions[{len(made)}]: {_told(broken)}") from broken
    return made


def _told(broken: Exception) -> str:
    """What broke, without repeating a value that may be somebody's."""
    if isinstance(broken, NumberInvalid):
        return str(broken)
    return "unknown direction" if isinstance(broken, KeyError) else "unreadable date"


def _entry(theirs: wire.Operation, day: date | None, today: date) -> Entry:
    roubles, moment = theirs.rur_transfer, theirs.operation_date
    currency, smallest = currency_of(theirs.amount.currency)
    try:
        amount = in_units(theirs.amount.amount, smallest)
        if amount <= 0:
            raise NumberInvalid("range", "an amount is above zero")
    except DecimalException:
        raise unfit(theirs.amount.amount, currency) from None
    direction = _DIRECTIONS[theirs.direction]
    if roubles is not None:
        far, valued = _far_side(roubles, direction), roubles.value_date
        purpose = theirs.payment_purpose
    else:
        foreign = theirs.cur_transfer or theirs.swift_transfer
        far, valued = _far_side_abroad(foreign, theirs.corresponding_account, direction), None
        purpose = theirs.payment_purpose or (foreign.remittance_information if foreign else None)
    key, uuid, code = theirs.operation_id, theirs.uuid, theirs.operation_code
    if key and uuid:
        ids = {"operation_id": key, "uuid": uuid}
    else:
        ids = {"operation_id": key} if key else {"uuid": uuid} if uuid else {}
    if theirs.transaction_id:
        ids["transaction_id"] = str(theirs.transaction_id)
    return Entry(
        key or uuid or "",
        direction,
        amount,
        currency,
        day or bank_day(moment) or today,
        calendar(valued) if valued else None,
        instant(moment) if moment else None,
        theirs.number or None,
        calendar(theirs.document_date),
        _KINDS.get(code) or code.lower() if code else None,
        purpose or "",
        far,
        ids,
    )


def _far_side(theirs: wire.RurTransfer, direction: Direction) -> Counterparty:
    """Chosen by the direction alone, never by which side happens to be filled in."""
    if direction == "credit":
        tax, reason = theirs.payer_inn, theirs.payer_kpp
        return Counterparty(
            theirs.payer_name or None,
            tax if tax and tax[0] != "0" and tax.isdecimal() else _inn(tax),
            reason if reason and reason[0] != "0" and reason.isdecimal() else _kpp(reason),
            theirs.payer_account or None,
            None,
            theirs.payer_bank_bic or None,
            theirs.payer_bank_name or None,
        )
    tax, reason = theirs.payee_inn, theirs.payee_kpp
    return Counterparty(
        theirs.payee_name or None,
        tax if tax and tax[0] != "0" and tax.isdecimal() else _inn(tax),
        reason if reason and reason[0] != "0" and reason.isdecimal() else _kpp(reason),
        theirs.payee_account or None,
        None,
        theirs.payee_bank_bic or None,
        theirs.payee_bank_name or None,
    )


def _far_side_abroad(
    theirs: wire.CurTransfer | None, account: str | None, direction: Direction
) -> Counterparty:
    """From the payment order's fields, or from SWIFT's where those are empty."""
    if theirs is None:
        return Counterparty(account=account) if account else NOBODY
    if direction == "credit":
        return Counterparty(
            theirs.payer_name or theirs.ordering_customer_name or None,
            _inn(theirs.payer_inn),
            _kpp(theirs.payer_kpp),
            theirs.payer_account or theirs.ordering_customer_account or account or None,
            None,
            theirs.payer_bank_bic or None,
            theirs.payer_bank_name or theirs.ordering_institution_name or None,
        )
    return Counterparty(
        theirs.payee_name or theirs.beneficiary_customer_name or None,
        _inn(theirs.payee_inn),
        _kpp(theirs.payee_kpp),
        theirs.payee_account or theirs.beneficiary_customer_account or account or None,
        None,
        theirs.payee_bank_bic or None,
        theirs.payee_bank_name or theirs.beneficiary_bank_name or None,
    )


def _inn(told: str | None) -> str | None:
    # a text of nothing but digits needs no cleaning, only a look whether it is all zeros
    if told and told.isdecimal():
        return told if told.strip("0") else None
    return inn.known(told)


def _kpp(told: str | None) -> str | None:
    if told and told.isdecimal():
        return told if told.strip("0") else None
    return kpp.known(told)


@lru_cache(maxsize=1024)
def calendar(text: str | None) -> date | None:
    """A date of a document; None where the bank wrote nothing.

    Raises:
        ValueError: for what is no date of the last or this century.
    """
    if not text:
        return None
    if not "1900" < text < "2100":
        raise ValueError
    return date.fromisoformat(text[:_DATE_CHARACTERS])


def instant(text: str) -> datetime | None:
    """The aware instant of a text in Moscow's time; None where it is only a day.

    Raises:
        ValueError: for what is no instant of this century.
    """
    if not "2000" < text < "2100":
        raise ValueError
    if len(text) == _SECOND_CHARACTERS:
        return datetime.fromisoformat(text + "Z") - _MOSCOW
    if len(text) <= _DATE_CHARACTERS:
        date.fromisoformat(text)
        return None
    at = datetime.fromisoformat(text)
    return (at - _MOSCOW).replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def bank_day(text: str | None) -> date | None:
    """The Moscow date of an instant as the bank wrote it.

    Raises:
        ValueError: as `instant`.
    """
    if not text:
        return None
    at = instant(text)
    return moscow_day(at) if at is not None else calendar(text)


def moscow_day(at: datetime) -> date:
    """Which day the bank has at an instant."""
    return (at.astimezone(UTC) + _MOSCOW).date()


def moscow_text(at: datetime) -> str:
    """An instant as the increment wants it: Moscow's clock, seconds, no zone."""
    return (at.astimezone(UTC) + _MOSCOW).strftime("%Y-%m-%dT%H:%M:%S")


def figures(theirs: wire.Summary, day: date) -> Figures:
    """The bank's balances, turnovers and counts of one day.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` where a figure is no amount of money.
    """
    return Figures(
        first=day,
        last=day,
        opening=_figure(theirs.opening_balance, "openingBalance"),
        closing=_figure(theirs.closing_balance, "closingBalance"),
        credits=_figure(theirs.credit_turnover, "creditTurnover"),
        debits=_figure(theirs.debit_turnover, "debitTurnover"),
        credit_count=theirs.credit_transactions_number,
        debit_count=theirs.debit_transactions_number,
    )


def _figure(theirs: wire.Amount | None, name: str) -> Decimal | None:
    if theirs is None:
        return None
    try:
        return exact(theirs.amount, currency_of(theirs.currency)[0])
    except NumberInvalid as broken:
        raise changed(f"$.{name}: {broken}") from broken


def balance(theirs: wire.Summary, now: datetime) -> tuple[Balance, ...]:
    """What is booked on the account, from a summary of today; empty where it states no closing.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` where the closing balance is no amount of money.
    """
    amount = _figure(theirs.closing_balance, "closingBalance")
    if amount is None or theirs.closing_balance is None:
        return ()
    try:
        composed = instant(theirs.composed_date_time or "")
    except ValueError:
        # decoration of the figure, not the figure: the time of asking serves as well
        composed = None
    return (
        Balance(
            type="booked",
            amount=abs(amount),
            sign="debit" if amount < 0 else "credit",
            currency=currency_of(theirs.closing_balance.currency)[0],
            as_of=min(composed or now, now),
        ),
    )
