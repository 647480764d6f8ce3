"""From Tatra's words to ours: rows of an account, and the accounts themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from functools import lru_cache

from providers.contract import Refused
from providers.tatra import symbols, wire
from schemas.codes import Code
from schemas.numbers.minor import digits, normal_currency
from schemas.transaction import NO_SYMBOLS, NOBODY, Counterparty, Entry, Symbols
from schemas.window import Window

BOOKED = frozenset({"BOOKED", "booked", "Booked", "BOOK", "", None})
"""A row without a state is booked: linked banks leave fields out. All other words are pending."""

PENDING_PREFIX = "pending:"
"""A pending row's id is not its id once booked; the prefix keeps the two from meeting."""

NO_REFERENCE = frozenset({"NOTPROVIDED", "notprovided", "NotProvided", "", None})

FAR_SIDE = re.compile(r"CCINT \d{4}/\d{6}-\d{10}")
"""How the bank speaks of a payment within the country: the far bank, prefix and account."""

# The Slovak Banking Association's codes; meanings were inferred from real narratives.
KINDS = {
    "10000401000": "transfer",
    "10000403000": "transfer",
    "10000201000": "transfer",
    "10000105000": "standing_order",
    "10000502000": "direct_debit",
    "30000101000": "cash",
    "30000201000": "card",
    "40000203000": "fee",
    "40000601000": "fee",
    "40000605000": "fee",
    "40000606000": "fee",
    "20000101000": "cash",
    "90000101000": "loan",
}

# Families of ISO 20022 (`PMNT-RCDT-ESCT`), in case linked banks write those.
FAMILIES = {
    "RCDT": "transfer",
    "ICDT": "transfer",
    "RRCT": "transfer",
    "IRCT": "transfer",
    "RDDT": "direct_debit",
    "IDDT": "direct_debit",
    "CCRD": "card",
    "MCRD": "card",
    "CNTR": "cash",
}

_YEARS = range(1990, 2101)
# bound once: looked up through the amount, the same rounding takes three times as long
_in_units = Context(prec=18, traps=[Inexact, InvalidOperation]).quantize


@lru_cache(maxsize=2_048)
def day_of(told: str) -> date:
    """The day of a date or of an instant as written.

    Raises:
        ValueError: for what is no day, or a year in which no bank kept this account.
    """
    day = date.fromisoformat(told[:10])
    if day.year not in _YEARS:
        raise ValueError("a year out of the world")
    return day


@lru_cache(maxsize=256)
def currency_of(told: str) -> tuple[str, Decimal]:
    """The currency's letters and its smallest unit."""
    letters = normal_currency(told)
    return letters, Decimal(1).scaleb(-digits(letters))


def exact(amount: Decimal, unit: Decimal) -> Decimal:
    """The amount without its sign, in whole units.

    Raises:
        DecimalException: when it is no number, or a digit would be lost.
    """
    if not amount.is_finite():
        raise InvalidOperation
    return _in_units(amount.copy_abs(), unit)


@lru_cache(maxsize=512)
def kind_of(code: str) -> str:
    """A short word for the bank's transaction code, else that code itself."""
    known = KINDS.get(code)
    if known is None:
        known = next((FAMILIES[part] for part in code.split("-") if part in FAMILIES), None)
    return known or code.lower()


def entries(
    rows: Sequence[wire.Transaction],
    want: Window,
    *,
    today: date,
    seen: set[str],
    pending: bool = False,
) -> list[Entry]:
    """The rows of a page that fall into the window and were not `seen`; their keys are added to it.

    A pending row that has no day yet stands on `today`, or on the window's last day where the bank
    tells it among older rows: it is told once only, and would be lost between two windows.
    `pending` says of all rows that they are.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` with the place of a value that cannot be.
    """
    made = []
    first, last = want.first, want.last
    place = 0
    try:
        for place, row in enumerate(rows):  # noqa: B007 - told when a value cannot be
            booked = not pending and row.transaction_state in BOOKED
            told = row.transaction_id or row.entry_reference
            key = ""
            if told:
                key = str(told) if booked else f"{PENDING_PREFIX}{told}"
                if key in seen:
                    continue
                seen.add(key)
            when = row.booking_date or row.value_date or row.authorization_date
            # a booked row without any day fails like a day that is none
            day = day_of(when or "") if when or booked else min(today, last)
            if first <= day <= last:
                made.append(_entry(row, key, day, booked=booked))
    except (ValueError, DecimalException) as odd:
        raise Refused(
            Code.BANK_FORMAT_CHANGED,
            evidence={"where": f"$.transactions[{place}]", "why": type(odd).__name__},
        ) from odd
    return made


def _entry(row: wire.Transaction, key: str, day: date, *, booked: bool) -> Entry:
    money = row.transaction_amount
    currency, unit = currency_of(money.currency)
    amount = money.amount
    debit = amount.is_signed()
    if not amount.is_finite():
        raise InvalidOperation
    amount = _in_units(amount.copy_abs(), unit)
    # the far side is chosen by the sign, never by which side happens to be filled in
    if debit:
        party = _party(row.creditor_name, row.creditor_account, row.creditor_agent)
    else:
        party = _party(row.debtor_name, row.debtor_account, row.debtor_agent)
    if party is NOBODY and row.trading_party_identification:
        # card rows name the shop here and nowhere else
        party = Counterparty(row.trading_party_identification)
    reference = row.end_to_end_id
    purpose = row.remittance_information_unstructured or _narrative(row, party)
    written, code = row.variable_symbol, row.bank_transaction_code
    if written:
        specific, constant = row.specific_symbol, row.constant_symbol
        own = Symbols(
            symbols.variable(written),
            symbols.variable(specific) if specific else None,
            symbols.constant(constant) if constant else None,
        )
    else:
        own = _symbols(row, reference, purpose)
    valued = row.value_date
    if booked and not (row.entry_reference or row.original_transaction_id or row.payment_reference):
        ids = {"operation_id": key} if key else {}
    else:
        ids = _ids(row)
    return Entry(
        key,
        "debit" if debit else "credit",
        amount,
        currency,
        day,
        (day if valued == row.booking_date else day_of(valued)) if valued else None,
        None,
        None,
        None,
        kind_of(code) if code else "card" if row.card_number else None,
        purpose,
        party,
        ids,
        "booked" if booked else "pending",
        own,
        None if reference in NO_REFERENCE else reference,
        _reversed(row) if row.is_reversal else None,
    )


def _narrative(row: wire.Transaction, party: Counterparty) -> str:
    """The bank's own words where the payer wrote none, unless they only name the far side again."""
    told = row.additional_information or ""
    return "" if told == party.name or FAR_SIDE.fullmatch(told) else told


def _party(
    name: str | None, account: wire.Reference | None, agent: wire.Agent | str | None
) -> Counterparty:
    iban = number = bic = bank = None
    if account is not None:
        iban, number = account.iban or None, account.bban or None
        if iban and (iban[0] <= "9" or " " in iban):
            iban = iban.replace(" ", "")
            if iban[:1] <= "9":
                # a domestic number in the wrong field, as rows in crowns have it
                iban, number = None, iban
    if agent is not None:
        if isinstance(agent, wire.Agent):
            bic, bank = agent.bic or None, agent.name or None
        else:
            bic = agent or None
    if name or iban or number or bic or bank:
        return Counterparty(name or None, None, None, number, iban, bic, bank)
    return NOBODY


def _reversed(row: wire.Transaction) -> str | None:
    """The id of the movement that a reversal takes back, where it is told."""
    taken_back = row.original_transaction_id
    return str(taken_back) if taken_back else None


def _symbols(row: wire.Transaction, reference: str | None, purpose: str) -> Symbols:
    """The bank's own fields first, then the end-to-end id, then what the payer wrote."""
    found = symbols.from_reference(reference) if reference else NO_SYMBOLS
    if found.variable is None and purpose:
        written = symbols.from_text(purpose)
        if written is not NO_SYMBOLS:
            found = Symbols(
                written.variable,
                found.specific or written.specific,
                found.constant or written.constant,
            )
    if not (row.specific_symbol or row.constant_symbol):
        return found
    return Symbols(
        found.variable,
        symbols.variable(row.specific_symbol) or found.specific,
        symbols.constant(row.constant_symbol) or found.constant,
    )


def _ids(row: wire.Transaction) -> dict[str, str]:
    """Every id that the bank gave the row."""
    told = row.transaction_id
    ids = {"operation_id": str(told)} if told else {}
    if row.entry_reference:
        ids["entry_reference"] = str(row.entry_reference)
    if row.original_transaction_id:
        ids["original_operation_id"] = str(row.original_transaction_id)
    if row.payment_reference:
        ids["payment_reference"] = row.payment_reference
    return ids
