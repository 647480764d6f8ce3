"""INN, the Russian taxpayer's number: 10 digits for an organisation, 12 for a person.

>>> validate("7707 083 893")
'7707083893'
>>> is_valid("7707083894")
False
"""

from __future__ import annotations

import re

from stdnum.exceptions import InvalidChecksum
from stdnum.ru import inn as stdnum_inn

from schemas.numbers import NumberInvalid, holds, without_spaces

_SHAPE = re.compile(r"[0-9]{10}|[0-9]{12}")


def compact(number: str) -> str:
    """The digits as the tax service writes them, without spaces."""
    return without_spaces(number)


def validate(number: str) -> str:
    """The compact number, after its length, region and check digits.

    Raises:
        NumberInvalid: `shape`, `region` (the first two digits are never 00) or `checksum`.

    >>> validate("0012345678")
    Traceback (most recent call last):
    ...
    schemas.numbers.NumberInvalid: no tax region has the number 00
    """
    inn = compact(number)
    if not _SHAPE.fullmatch(inn):
        raise NumberInvalid("shape", "an INN has 10 or 12 digits")
    if inn.startswith("00"):
        raise NumberInvalid("region", "no tax region has the number 00")
    try:
        stdnum_inn.validate(inn)
    except InvalidChecksum:
        raise NumberInvalid("checksum", "the check digits of the INN do not fit") from None
    return inn


def is_valid(number: str) -> bool:
    """Whether `validate` would accept the number."""
    return holds(validate, number)


def known(number: str | None) -> str | None:
    """The number a bank told, or None where it wrote "0", zeros or nothing.

    The number is not judged: a foreign organisation's five-digit code stands in the same field.

    >>> known("0000000000"), known(""), known("7707083893")
    (None, None, '7707083893')
    """
    inn = compact(number or "")
    return inn if inn.strip("0") else None
