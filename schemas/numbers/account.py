"""The Russian account number: 20 digits, `BBBBB CCC K FFFF NNNNNNN`.

Balance account (5), currency (3), control key (1), branch (4), own number (7). The key is that of
the Bank of Russia's regulation of 1997-09-08 No. 515, and its examples are ours:

>>> validate("406028107 0000 0000025", bic="049805746")
'40602810700000000025'
>>> validate("30101810800000000746", bic="049805000")
'30101810800000000746'
>>> validate("40602810700000000052", bic="049805746")
Traceback (most recent call last):
...
schemas.numbers.NumberInvalid: the control key fits another account number or another BIC
"""

from __future__ import annotations

import re
from enum import StrEnum

from schemas.numbers import NumberInvalid, bic, holds, minor, without_spaces

_SHAPE = re.compile(r"[0-9]{20}")
_KEY_AT = 8
_WEIGHTS = (7, 1, 3)

# kept in a unit of the Bank of Russia: correspondent, the treasury's old and single accounts
_CENTRAL_BANK_KEEPS = ("30101", "40101", "40102")
# accounts of the treasury's own clients carry no key
_TREASURY_CLIENT = "03"


class AccountKind(StrEnum):
    """What an account is for, told by its first digits."""

    SETTLEMENT = "settlement"
    SOLE_PROPRIETOR = "sole_proprietor"
    NON_RESIDENT = "non_resident"
    SPECIAL = "special"
    PERSONAL_CARD = "personal_card"
    TRANSIT = "transit"
    DEPOSIT = "deposit"
    LOAN = "loan"
    OVERDRAFT = "overdraft"
    CORRESPONDENT = "correspondent"
    PAYMENT_SYSTEM = "payment_system"
    TREASURY = "treasury"
    BANK_INTERNAL = "bank_internal"
    OTHER = "other"


# The Bank of Russia's plan of accounts (809-P); of several prefixes that fit the longest decides.
_PREFIXES: dict[AccountKind, str] = {
    AccountKind.SETTLEMENT: "40501 40502 40503 40601 40602 40603 40701 40702 40703",
    AccountKind.SOLE_PROPRIETOR: "40802",
    AccountKind.NON_RESIDENT: "40804 40805 40806 40807",
    # earmarked: state orders, payment agents and their suppliers, nominal accounts
    AccountKind.SPECIAL: "40506 40606 40706 40821 40822 40823 40825",
    AccountKind.PERSONAL_CARD: "40817 40820",
    AccountKind.TRANSIT: "40903 40911",
    AccountKind.DEPOSIT: "410 411 412 413 414 415 416 417 418 419 420 421 422 423 425 426",
    AccountKind.LOAN: "441 442 443 444 445 446 447 448 449 450 451 452 453 454 455 456 457 458 459",
    AccountKind.OVERDRAFT: "45101 45201 45301 45401 45509",
    AccountKind.CORRESPONDENT: "30101 30102 30109 30110 30111",
    AccountKind.PAYMENT_SYSTEM: "30232 30233",
    AccountKind.TREASURY: "03 40101 40102",
    AccountKind.BANK_INTERNAL: "474 603 613 706",
}
_KINDS = {prefix: kind for kind, prefixes in _PREFIXES.items() for prefix in prefixes.split()}
_LENGTHS = sorted({len(prefix) for prefix in _KINDS}, reverse=True)


def compact(number: str) -> str:
    """The digits without the spaces and dots that people group them by.

    >>> compact("40702.810.1.2345.6789012")
    '40702810123456789012'
    """
    return without_spaces(number).replace(".", "")


def validate(number: str, bic: str | None = None) -> str:
    """The compact number; with the BIC of the bank that keeps it also its control key.

    Raises:
        NumberInvalid: `shape` or `key`.
    """
    account = compact(number)
    if not _SHAPE.fullmatch(account):
        raise NumberInvalid("shape", "a Russian account number has 20 digits")
    if bic is not None and key_fits(account, bic) is False:
        raise NumberInvalid("key", "the control key fits another account number or another BIC")
    return account


def is_valid(number: str, bic: str | None = None) -> bool:
    """Whether `validate` would accept the number, at this bank when a BIC is given."""
    return holds(lambda told: validate(told, bic), number)


def key_fits(number: str, bic: str) -> bool | None:
    """Whether the control key agrees with number and BIC; None where there is no key to check.

    Raises:
        NumberInvalid: `shape` of either number.

    >>> key_fits("03100643000000018500", "004525987") is None
    True
    """
    account = validate(number)
    if account.startswith(_TREASURY_CLIENT):
        return None
    return _sum(account, bic) % 10 == 0


def control_key(number: str, bic: str) -> str:
    """The ninth digit this number must have at this bank, whatever stands there now.

    Raises:
        NumberInvalid: `shape` of either number, or of a treasury account, which has no key.

    >>> control_key("40602810000000000025", "049805746")
    '7'
    """
    account = validate(number)
    if account.startswith(_TREASURY_CLIENT):
        raise NumberInvalid("shape", "an account of the treasury's client has no control key")
    blank = account[:_KEY_AT] + "0" + account[_KEY_AT + 1 :]
    return str(_sum(blank, bic) % 10 * 3 % 10)


def _sum(account: str, number: str) -> int:
    """The sum of the last digits of the 23 products; a right key makes it end in 0."""
    return sum(
        int(digit) * _WEIGHTS[place % 3] % 10
        for place, digit in enumerate(_keeper(account, bic.validate(number)) + account)
    )


def _keeper(account: str, number: str) -> str:
    """Three digits of the BIC: who keeps the account, a unit of the Bank of Russia or a bank."""
    if account.startswith(_CENTRAL_BANK_KEEPS) or bic.is_central_bank(number):
        return "0" + number[4:6]
    return number[6:]


def kind(number: str) -> AccountKind:
    """What the account is for, by its first digits; `other` where the table has no row.

    >>> kind("40817810099910004312").value, kind("45201810000000000001").value
    ('personal_card', 'overdraft')
    """
    account = compact(number)
    for length in _LENGTHS:
        if found := _KINDS.get(account[:length]):
            return found
    return AccountKind.OTHER


def currency(number: str) -> str:
    """The ISO 4217 letters of the account's currency; 810, the rouble's old code, is RUB.

    Raises:
        NumberInvalid: `shape`, or `currency` where the three digits are no currency's.

    >>> currency("40702840100000000001"), currency("40702810100000000001")
    ('USD', 'RUB')
    """
    return minor.normal_currency(validate(number)[5:_KEY_AT])
