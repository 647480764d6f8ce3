"""KPP, why a Russian organisation stands in a tax office's register; it has no check digit.

>>> validate("7736 0100 1")
'773601001'
>>> validate("7736AB001")
'7736AB001'
"""

from __future__ import annotations

import re

from schemas.numbers import NumberInvalid, holds, without_spaces

_SHAPE = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")


def compact(number: str) -> str:
    """The nine characters without spaces."""
    return without_spaces(number)


def validate(number: str) -> str:
    """The compact number: tax office (4 digits), reason (2 digits or letters), serial (3 digits).

    Raises:
        NumberInvalid: `shape`.
    """
    kpp = compact(number)
    if not _SHAPE.fullmatch(kpp):
        raise NumberInvalid("shape", "a KPP is 4 digits, 2 digits or capital letters, 3 digits")
    return kpp


def is_valid(number: str) -> bool:
    """Whether `validate` would accept the number."""
    return holds(validate, number)


def known(number: str | None) -> str | None:
    """The number a bank told, or None where it wrote "0", zeros or nothing: a person has no KPP.

    >>> known("0"), known(None), known("773601001")
    (None, None, '773601001')
    """
    kpp = compact(number or "")
    return kpp if kpp.strip("0") else None
