"""IBAN, with the weights by which Slovak and Czech banks check prefix and base number besides.

>>> validate("SK31 1200 0000 1987 4263 7541")
'SK3112000000198742637541'
>>> is_valid("SK32 1200 0000 1987 4263 7541")
False
"""

from __future__ import annotations

import re

from stdnum import iban as stdnum_iban
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat

from schemas.numbers import NumberInvalid, holds, without_spaces

_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
# 98 minus a remainder: 00, 01 and 99 have right remainders too, but nobody issues them
_CHECK_DIGITS = range(2, 99)
_IN = slice(2, 4)

_WEIGHED_COUNTRIES = ("SK", "CZ")
_BANK, _PREFIX, _BASE = slice(4, 8), slice(8, 14), slice(14, 24)
_PREFIX_WEIGHTS = (10, 5, 8, 4, 2, 1)
_BASE_WEIGHTS = (6, 3, 7, 9, 10, 5, 8, 4, 2, 1)
# TrustPay and its like number e-money accounts freely
_EMONEY_BANKS = {("SK", "9952"), ("SK", "9954")}


def compact(number: str) -> str:
    """Capital letters and digits without spaces."""
    told = without_spaces(number)
    return told.upper() if told.isascii() else told


def validate(number: str) -> str:
    """The compact IBAN after its remainder, its country's structure and the national weights.

    Raises:
        NumberInvalid: `shape` (also: not this country's length), `checksum`, `country`, `weights`.

    >>> validate("SK89 7500 0000 0000 1234 5672")
    Traceback (most recent call last):
    ...
    schemas.numbers.NumberInvalid: the remainder by 97 is not 1
    """
    iban = compact(number)
    if not _SHAPE.fullmatch(iban):
        raise NumberInvalid("shape", "an IBAN is two letters, two digits, 11 to 30 characters")
    if int(iban[_IN]) not in _CHECK_DIGITS:
        raise NumberInvalid("checksum", "no IBAN has these check digits")
    try:
        stdnum_iban.validate(iban, check_country=False)
    except InvalidChecksum:
        raise NumberInvalid("checksum", "the remainder by 97 is not 1") from None
    except InvalidComponent:
        raise NumberInvalid("country", "no country of the IBAN registry") from None
    except InvalidFormat:
        raise NumberInvalid("shape", "the country writes its IBANs differently") from None
    if not weights_fit(iban):
        raise NumberInvalid("weights", "prefix or base number fails the national weights")
    return iban


def is_valid(number: str) -> bool:
    """Whether `validate` would accept the number."""
    return holds(validate, number)


def weights_fit(number: str) -> bool:
    """Whether prefix and base number are each divisible by 11 under the Slovak and Czech weights.

    True where the rule does not hold: in other countries and at the e-money banks 9952 and 9954.
    """
    iban = compact(number)
    free = (iban[:2], iban[_BANK]) in _EMONEY_BANKS
    if free or not iban.startswith(_WEIGHED_COUNTRIES):
        return True
    return _weighed(iban[_PREFIX], _PREFIX_WEIGHTS) and _weighed(iban[_BASE], _BASE_WEIGHTS)


def _weighed(digits: str, weights: tuple[int, ...]) -> bool:
    pairs = zip(digits, weights, strict=True)
    return sum(int(digit) * weight for digit, weight in pairs) % 11 == 0


def country(number: str) -> str:
    """The two letters of the country."""
    return compact(number)[:2]


def bank_code(number: str) -> str:
    """The national code of the bank that keeps the account, "" where the registry knows no place.

    Raises:
        NumberInvalid: as `validate`.

    >>> bank_code("SK31 1200 0000 1987 4263 7541")
    '1200'
    """
    iban = validate(number)
    if iban.startswith(_WEIGHED_COUNTRIES):
        return iban[_BANK]
    return bank_of(iban)[0]


def bank_of(number: str) -> tuple[str, str | None, str | None]:
    """Code, name and SWIFT BIC of the bank that keeps the account, as its central bank lists them.

    Raises:
        NumberInvalid: as `validate`.

    >>> bank_of("SK33 9952 0000 0001 0216 3513")
    ('9952', 'Trust Pay, a.s.', 'TPAYSKBX')
    """
    # its registry of all the world's banks is read on import, which only this question is worth
    from schwifty import IBAN  # noqa: PLC0415

    found = IBAN(validate(number), allow_invalid=True)
    return found.bank_code, found.bank_name or None, str(found.bic) if found.bic else None
