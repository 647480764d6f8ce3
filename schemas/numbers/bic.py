"""BIC, the Bank of Russia's nine-digit number of a bank; not the SWIFT code of the same name.

>>> validate("044 525 225")
'044525225'
>>> is_valid("TATRSKBX")
False
"""

from __future__ import annotations

import re

from schemas.numbers import NumberInvalid, holds, without_spaces

# 04 is a participant of the Russian payment system, 00-03 its treasury and its own units
_SHAPE = re.compile(r"(?:04|0[0-3])[0-9]{7}")

# digits 7-9 of banks begin at 050; below stand the Bank of Russia's own units
_FIRST_BANK = "050"


def compact(number: str) -> str:
    """The nine digits without spaces."""
    return without_spaces(number)


def validate(number: str) -> str:
    """The compact number: 04 or 00-03, region, Bank of Russia unit, participant.

    Raises:
        NumberInvalid: `shape`; there is no check digit, the control key of an account proves both.
    """
    bic = compact(number)
    if not _SHAPE.fullmatch(bic):
        raise NumberInvalid("shape", "a Russian BIC has 9 digits and begins with 04 or 00-03")
    return bic


def is_valid(number: str) -> bool:
    """Whether `validate` would accept the number."""
    return holds(validate, number)


def is_central_bank(number: str) -> bool:
    """Whether the last three digits name a unit of the Bank of Russia and not a bank.

    >>> is_central_bank("049805000"), is_central_bank("044525225")
    (True, False)
    """
    return compact(number)[6:] < _FIRST_BANK
