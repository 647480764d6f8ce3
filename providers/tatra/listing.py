"""From Tatra's list of accounts to ours: whose bank keeps each, and what may be relied on there."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from decimal import DecimalException

from providers.contract import Refused
from providers.tatra import wire
from providers.tatra.bank import LINKED, LINKED_READS_PER_DAY
from providers.tatra.instants import expiry, instant
from providers.tatra.translate import currency_of, exact
from schemas.account import AccountStatus, Balance, BalanceType, FoundAccount, Owner
from schemas.codes import Code

OWN = "tatra"
UNNAMED = "other"
"""A bank of which the list says nothing: handled with the care that linked banks need."""

# The bank's name speaks first, since Raiffeisen shares Tatra's code and BIC; never the IBAN.
_BY_NAME = (
    ("raiffeisen", "raiffeisen"),
    ("rbsk", "raiffeisen"),
    ("tatra", OWN),
    ("csob", "csob"),
    ("ceskoslovenska obchodna", "csob"),
    ("slsp", "slsp"),
    ("slovenska sporitelna", "slsp"),
    ("fio", "fio"),
    ("vub", "vub"),
    ("vseobecna uverova", "vub"),
)
_BY_CODE = {**{bank.code: bank.id for bank in LINKED}, "5200": "csob", "1100": OWN}
_BY_BIC = {**{bank.bic: bank.id for bank in LINKED}, "TATRSKBX": OWN}

_STATUS: dict[str, AccountStatus] = {"deleted": "closed", "blocked": "blocked"}
_KIND = {"CACC": "current", "SVGS": "savings", "CARD": "card", "LOAN": "loan"}

# What each of our balances is taken from, the best first.
_PREFERRED: dict[BalanceType, tuple[str, ...]] = {
    "available": ("interimAvailable", "forwardAvailable", "closingAvailable"),
    "booked": ("interimBooked", "closingBooked", "openingBooked"),
    "expected": ("expected",),
}
_NO_CURRENCY = "XXX"


def keeper(account: wire.Account, *, own_only: bool) -> str:
    """The id of the bank that keeps the account; `own_only` is true of clients that see no other.

    A bank that is on no list is called by its own code or name.
    """
    code, name = (account.bank_code or "").strip(), _folded(account.bank_name or "")
    for part, bank in _BY_NAME:
        if part in name or part == code.lower():
            return bank
    known = _BY_CODE.get(code.upper())
    if known is None and not code and not name:
        known = _BY_BIC.get((account.bic or "")[:8].upper())
    if known is not None:
        return known
    if own_only and not code and not name:
        return OWN
    return code or name or UNNAMED


def _folded(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).strip()


def found(account: wire.Account, now: datetime, *, own_only: bool) -> FoundAccount:
    """One account of the list.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` for an amount, currency or instant that cannot be.
    """
    bank = keeper(account, own_only=own_only)
    own = bank == OWN
    reference = account.account_reference
    try:
        until = expiry(account.consent_expiration_date) if account.consent_expiration_date else None
        as_of = instant(account.date_updated) if account.date_updated else None
        balances = _balances(account.balances or (), as_of, now)
        told = reference.currency or next((balance.currency for balance in balances), None)
        currency = currency_of(told)[0] if told else _NO_CURRENCY
    except (ValueError, OverflowError, DecimalException) as odd:
        raise Refused(
            Code.BANK_FORMAT_CHANGED,
            evidence={"where": "$.accounts", "account": masked(reference.iban), "why": str(odd)},
        ) from odd
    status = _STATUS.get((account.status or "").lower(), "open")
    written = account.cash_account_type or "CACC"
    kind = _KIND.get(written, written.lower())
    return FoundAccount(
        reference=account.account_id,
        number=reference.bban or None,
        iban=reference.iban.replace(" ", "") if reference.iban else None,
        bic=account.bic or None,
        bank_name=account.bank_name or None,
        linked_bank=None if own else bank,
        currency=currency,
        kind=kind,
        name=account.display_name or account.product or None,
        owner=Owner(name=account.name or None),
        status=status,
        unfit=_unfit(status, kind, until, currency, now),
        balances=balances,
        consent_expires_at=until,
        data_as_of=as_of,
        provable=own,
        settles=own,
        reads_per_day=None if own else LINKED_READS_PER_DAY,
    )


def _unfit(
    status: AccountStatus, kind: str, until: datetime | None, currency: str, now: datetime
) -> str | None:
    if status == "closed":
        return Code.ACCOUNT_CLOSED
    if until is not None and until <= now:
        return Code.CONSENT_EXPIRED
    if kind == "loan":
        # nobody pays into or from a loan: what is owed is no statement (seed 000)
        return Code.ACCOUNT_KIND_NOT_SUPPORTED
    return Code.BANK_FORMAT_CHANGED if currency == _NO_CURRENCY else None


def _balances(
    told: Iterable[wire.Balance], as_of: datetime | None, now: datetime
) -> tuple[Balance, ...]:
    """One balance of each kind, chosen by type; a list of unknown types gives its first."""
    by_type: dict[str, wire.Balance] = {}
    for balance in told:
        by_type.setdefault(balance.balance_type, balance)
    chosen = [
        (kind, by_type[name])
        for kind, names in _PREFERRED.items()
        for name in [next((name for name in names if name in by_type), None)]
        if name is not None
    ]
    if not chosen and by_type:
        name, balance = next(iter(by_type.items()))
        chosen = [("available" if "avail" in name.lower() else "booked", balance)]
    return tuple(_balance(kind, balance, as_of, now) for kind, balance in chosen)


def _balance(
    kind: BalanceType, told: wire.Balance, as_of: datetime | None, now: datetime
) -> Balance:
    currency, unit = currency_of(told.balance_amount.currency)
    amount = told.balance_amount.amount
    return Balance(
        type=kind,
        amount=exact(amount, unit),
        sign="debit" if amount.is_signed() and amount else "credit",
        currency=currency,
        as_of=_dated(told, as_of, now),
    )


def _dated(told: wire.Balance, as_of: datetime | None, now: datetime) -> datetime:
    """When the figure was true: what it says itself, else the bank's copy, never the future.

    A reference date that is over dates the figure at that day's end.
    """
    if told.last_change_date_time:
        return min(instant(told.last_change_date_time), now)
    when = as_of or now
    if told.reference_date and expiry(told.reference_date[:10]) <= when:
        return expiry(told.reference_date[:10])
    return min(when, now)


def masked(number: str | None) -> str:
    """An account as support may see it: its last four characters."""
    return f"…{number[-4:]}" if number else "…"


def same(account: FoundAccount, other: FoundAccount) -> bool:
    """Whether both are one account: by IBAN and currency, since references change on renewal."""
    if account.iban and other.iban:
        return account.iban == other.iban and account.currency == other.currency
    return account.reference == other.reference


def expired(account: FoundAccount, now: datetime) -> bool:
    """Whether the link to this account's bank has run out, whatever the others do."""
    return account.consent_expires_at is not None and account.consent_expires_at <= now
