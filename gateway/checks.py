"""What can be said of account and organisation details before any bank is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from msgspec import Struct

from schemas.bank import Bank
from schemas.codes import Code
from schemas.numbers import NumberInvalid, account, bic, iban, inn, kpp
from schemas.numbers.account import AccountKind

# history comes in windows of ten days, one every half hour
WINDOW_DAYS = 10
WINDOW_TAKES = timedelta(minutes=30)
LONG_LOAD = timedelta(days=1)

# kinds that no bank lets an accounting program read
REFUSED_KINDS = frozenset(
    {
        AccountKind.PERSONAL_CARD,
        AccountKind.TRANSIT,
        AccountKind.DEPOSIT,
        AccountKind.LOAN,
        AccountKind.OVERDRAFT,
        AccountKind.PAYMENT_SYSTEM,
        AccountKind.TREASURY,
        AccountKind.BANK_INTERNAL,
    }
)

_RUSSIA = "RU"
_SWIFT = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_SWIFT_BANK = slice(8)


class Details(Struct, frozen=True, kw_only=True):
    """What the customer typed; everything may be missing."""

    account_number: str | None = None
    bic: str | None = None
    iban: str | None = None
    inn: str | None = None
    kpp: str | None = None
    history_from: date | None = None


class Lookups(Struct, frozen=True):
    """Where names come from: the banks we connect, and the registry of Slovak and foreign banks."""

    banks: tuple[Bank, ...] = ()
    bank_of: Callable[[str], tuple[str, str | None, str | None]] = iban.bank_of
    """IBAN -> national code, name, SWIFT BIC."""


class Finding(Struct, frozen=True):
    """One thing that is wrong: its code, the field it was found in, and what shows it."""

    code: Code
    field: str
    evidence: Mapping[str, str | list[str]]


class History(Struct, frozen=True):
    """How far back the bank goes, and how long the asked period will take to come."""

    earliest: date | None
    """None where the bank states no limit."""
    windows: int
    eta: timedelta
    advice_code: Code | None


class Findings(Struct, frozen=True):
    """The answer of a check; advice on the load's length is no finding."""

    ok: bool
    findings: tuple[Finding, ...]
    account_kind: AccountKind | None
    history: History


def check(bank: Bank, details: Details, today: date, lookups: Lookups) -> Findings:
    """Everything the descriptor proves wrong about the details; `today` is the bank's own date."""
    history = _history(bank, details.history_from, today)
    findings = (
        *_of_bic(bank, details, lookups),
        *_of_account(bank, details),
        *_of_iban(bank, details, lookups),
        *_of_organisation(details),
        *_of_period(details.history_from, history.earliest, today),
    )
    return Findings(
        ok=not findings,
        findings=findings,
        account_kind=_kind(details.account_number),
        history=history,
    )


def _invalid(field: str, reason: str, **evidence: str | list[str]) -> Finding:
    """A slip in one field; the number itself is not repeated."""
    return _found(Code.ACCOUNT_DETAILS_INVALID, field, reason=reason, **evidence)


def _found(code: Code, field: str, **evidence: str | list[str]) -> Finding:
    """Evidence leaves in a problem that has no place of its own for the field, so it names it."""
    return Finding(code, field, {"field": field, **evidence})


def _tail(number: str) -> str:
    """Enough of a number to tell it from its neighbours and no more."""
    return f"…{number[-4:]}"


def _of_bic(bank: Bank, details: Details, lookups: Lookups) -> Iterator[Finding]:
    if not details.bic:
        return
    told = _compact_bic(bank, details.bic)
    if not _bic_has_shape(bank, told):
        yield _invalid("bic", "shape")
    elif bank.bics and told not in _kept_bics(bank):
        owner = next((other.id for other in lookups.banks if told in other.bics), None)
        yield _other_bank(bank, "bic", owner)


def _compact_bic(bank: Bank, told: str) -> str:
    """The nine digits, or the first eight letters of a SWIFT code, which name the bank."""
    if bank.country == _RUSSIA:
        return bic.compact(told)
    swift = bic.compact(told).upper()
    return swift[_SWIFT_BANK] if _SWIFT.fullmatch(swift) else swift


def _bic_has_shape(bank: Bank, told: str) -> bool:
    return bic.is_valid(told) if bank.country == _RUSSIA else bool(_SWIFT.fullmatch(told))


def _kept_bics(bank: Bank) -> list[str]:
    """The BICs of the bank itself, then of the banks reached through it, SWIFT ones to 8 places."""
    known = (*bank.bics, *(other.bic for other in bank.reaches))
    return [_compact_bic(bank, told) for told in known]


def _other_bank(bank: Bank, field: str, owner: str | None) -> Finding:
    named = {"keeper": owner} if owner else {}
    return _invalid(field, "other_bank", bank=bank.id, **named)


def _kind(number: str | None) -> AccountKind | None:
    return account.kind(number) if number and account.is_valid(number) else None


def _of_account(bank: Bank, details: Details) -> Iterator[Finding]:
    if not details.account_number:
        return
    if bank.country != _RUSSIA:
        yield _found(Code.REQUEST_INVALID, "account_number", reason="iban_wanted")
        return
    try:
        number = account.validate(details.account_number)
    except NumberInvalid as slip:
        yield _invalid("account_number", slip.word)
        return
    kind = account.kind(number)
    if kind is AccountKind.CORRESPONDENT:
        yield _found(Code.CORRESPONDENT_ACCOUNT_GIVEN, "account_number", given=_tail(number))
        return
    yield from _of_key(bank, number, details.bic)
    if kind in REFUSED_KINDS:
        yield _found(
            Code.ACCOUNT_KIND_NOT_SUPPORTED, "account_number", given=_tail(number), kind=kind.value
        )


def _of_key(bank: Bank, number: str, told: str | None) -> Iterator[Finding]:
    """The control key, at the BIC that was told or else at any of the bank's own.

    A key that fits one of the bank's other BICs is told too: then the BIC is the likelier slip.
    """
    if told and not bic.is_valid(told):
        return
    own = [known for known in _kept_bics(bank) if bic.is_valid(known)]
    tried = [bic.compact(told)] if told else own
    if not tried or any(account.is_valid(number, at) for at in tried):
        return
    fitting = [at for at in own if at not in tried and account.is_valid(number, at)]
    hint = {"fits_bic": fitting} if fitting else {}
    yield _invalid("account_number", "key", given=_tail(number), bic=tried, **hint)


def _of_iban(bank: Bank, details: Details, lookups: Lookups) -> Iterator[Finding]:
    if not details.iban:
        return
    if bank.country == _RUSSIA:
        yield _found(Code.REQUEST_INVALID, "iban", reason="account_number_wanted")
        return
    try:
        number = iban.validate(details.iban)
    except NumberInvalid as slip:
        yield _invalid("iban", slip.word)
        return
    if bank.countries and iban.country(number) not in bank.countries:
        yield _invalid("iban", "country", given=iban.country(number), bank=bank.id)
        return
    code, name, swift = lookups.bank_of(number)
    keeper = swift[_SWIFT_BANK] if swift else None
    codes = {other.code for other in bank.reaches}
    if bank.bics and keeper not in _kept_bics(bank) and code not in codes:
        yield _other_bank(bank, "iban", name or code)
    told = _compact_bic(bank, details.bic) if details.bic else None
    if told and keeper and _bic_has_shape(bank, told) and told != keeper:
        yield _invalid("bic", "disagrees_with_iban", keeper=name or code)


def _of_organisation(details: Details) -> Iterator[Finding]:
    """Slips in INN and KPP; "0" and zeros say that there is none.

    They are no account details, whose text sends people to compare BIC and account number, and
    no mismatch either, since nobody has asked the bank: the field is of a form that cannot be.
    """
    for field, told, judge in (
        ("inn", inn.known(details.inn), inn.validate),
        ("kpp", kpp.known(details.kpp), kpp.validate),
    ):
        if told is None:
            continue
        try:
            judge(told)
        except NumberInvalid as slip:
            yield _found(Code.REQUEST_INVALID, field, reason=slip.word)


def _of_period(asked: date | None, earliest: date | None, today: date) -> Iterator[Finding]:
    if asked is None:
        return
    told = str(asked)
    if asked > today:
        yield _found(Code.PERIOD_INVALID, "history_from", asked=told, latest=str(today))
    elif earliest and asked < earliest:
        limit = str(earliest)
        yield _found(Code.HISTORY_LIMIT_EXCEEDED, "history_from", asked=told, earliest=limit)


def _history(bank: Bank, asked: date | None, today: date) -> History:
    """The estimate counts only days the bank has: from `earliest`, and today when none is asked."""
    depth = bank.capabilities.max_history_days
    earliest = None if depth is None else today - timedelta(days=depth)
    first = min(asked or today, today)
    if earliest:
        first = max(first, earliest)
    days = (today - first).days + 1
    windows = -(-days // WINDOW_DAYS)
    eta = windows * WINDOW_TAKES
    return History(earliest, windows, eta, _advice(windows, eta))


def _advice(windows: int, eta: timedelta) -> Code | None:
    if eta > LONG_LOAD:
        return Code.LOAD_PERIOD_TOO_LONG
    return Code.LOAD_IN_PARTS if windows > 1 else None
