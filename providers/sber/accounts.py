"""Which accounts there are: client-info crossed with the offer and with what the customer named."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from providers.sber import wire
from providers.sber.bank import Contract
from providers.sber.translate import calendar, changed, currency_of
from schemas.account import AccountStatus, FoundAccount, Owner
from schemas.codes import Code
from schemas.numbers import NumberInvalid, account

_CALCULATED = "calculated"
# docs host/statements of 2025-12: whose statements each set of contract may read.
READABLE: Mapping[Contract, frozenset[str]] = {
    "platform": frozenset({_CALCULATED}),
    "holding": frozenset({_CALCULATED, "transit", "specialTransit"}),
    "company": frozenset({_CALCULATED, "transit", "specialTransit", "deposit"}),
}
_KINDS = {
    _CALCULATED: "settlement",
    "transit": "transit",
    "specialTransit": "transit",
    "deposit": "deposit",
    "loan": "loan",
    "budget": "special",
    "assuranceRegistration": "special",
}
# For a type that no paper of the bank's names, the number's first digits decide.
_STATEMENT_KINDS = frozenset({"settlement", "sole_proprietor", "non_resident"})
_STATUSES: Mapping[str, AccountStatus] = {"BLOCKED": "blocked", "CLOSED": "closed"}

BANK_NAME = "ПАО Сбербанк"
"""Whose accounts the answers are about; no answer says it."""


def listed(
    contract: Contract,
    info: wire.ClientInfo,
    offered: Mapping[str, str | None],
    expected: Collection[str],
    missing: Code = Code.ACCOUNT_NOT_IN_OFFER,
) -> tuple[FoundAccount, ...]:
    """Every account with the reason why it cannot be read, if there is one.

    `offered` maps the offer's account numbers to their BIC; `missing` is why an expected account
    is in none of the bank's lists.

    Raises:
        Refused: `BANK_FORMAT_CHANGED` where currency or a date is none.
    """
    owner = Owner(
        name=info.short_name or info.full_name or None,
        inn=info.inn or None,
        kpp=info.kpps[0] if info.kpps else None,
    )
    found = []
    for place, theirs in enumerate(info.accounts or ()):
        try:
            found.append(_found(contract, theirs, owner, offered))
        except (NumberInvalid, ValueError) as broken:
            raise changed(f"$.accounts[{place}]: no such currency or date") from broken
    known = {theirs.number for theirs in info.accounts or ()}
    found += [
        _unlisted(number, offered, owner, missing)
        for number in dict.fromkeys([*offered, *expected])
        if number not in known
    ]
    return tuple(found)


def _found(
    contract: Contract, theirs: wire.Account, owner: Owner, offered: Mapping[str, str | None]
) -> FoundAccount:
    status = _STATUSES.get(theirs.state or "", "open")
    if theirs.type in _KINDS:
        kind = _KINDS[theirs.type]
        readable = theirs.type in READABLE[contract]
    else:
        kind = account.kind(theirs.number).value
        readable = kind in _STATEMENT_KINDS
    unfit = None
    if status == "closed":
        unfit = Code.ACCOUNT_CLOSED
    elif not readable:
        unfit = Code.ACCOUNT_KIND_NOT_SUPPORTED
    elif contract == "platform" and theirs.number not in offered:
        unfit = Code.ACCOUNT_NOT_IN_OFFER
    return FoundAccount(
        reference=theirs.number,
        number=theirs.number,
        bic=theirs.bic or offered.get(theirs.number) or None,
        bank_name=BANK_NAME,
        currency=currency_of(theirs.currency_code or theirs.number[5:8])[0],
        kind=kind,
        name=theirs.name or None,
        owner=owner,
        status=status,
        unfit=unfit,
        opened_on=calendar(theirs.open_date),
        closed_on=calendar(theirs.close_date),
        provable=True,
        settles=True,
    )


def _unlisted(
    number: str, offered: Mapping[str, str | None], owner: Owner, missing: Code
) -> FoundAccount:
    """An account that only the offer names, or only the customer did when connecting."""
    kind = account.kind(number)
    unfit = None if number in offered else missing
    try:
        money = account.currency(number)
    except NumberInvalid:
        # whatever was typed: it is listed to be explained, and nothing is counted in it
        money = "RUB"
    return FoundAccount(
        reference=number,
        number=number,
        bic=offered.get(number),
        bank_name=BANK_NAME,
        currency=money,
        kind=kind.value,
        owner=owner,
        unfit=unfit,
        provable=True,
        settles=True,
    )
