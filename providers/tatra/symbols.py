"""Slovak payment symbols, wherever a payer or his bank has written them.

>>> from_reference("/VS2026000117/SS/KS0308")
Symbols(variable='2026000117', specific=None, constant='0308')
>>> from_reference("VS0012345678")
Symbols(variable='0012345678', specific=None, constant=None)
>>> from_text("FA 17 VS: 0000123 KS:308")
Symbols(variable='0000123', specific=None, constant='308')
"""

from __future__ import annotations

import re
from functools import lru_cache

from schemas.transaction import NO_SYMBOLS, Symbols

VARIABLE_DIGITS = 10
CONSTANT_DIGITS = 4

_IN_REFERENCE = re.compile(r"(?:^|/)(VS|SS|KS)([0-9]{1,35})(?![0-9])", re.IGNORECASE)
# Each may follow a word's edge only and takes all digits at once, so the time is linear.
_VARIABLE_IN_TEXT = re.compile(r"\bVS[:.\s]{0,5}([0-9]{1,40})(?![0-9])", re.IGNORECASE)
# `ks` is also the Slovak for pieces and SS a common abbreviation: digits must touch, or a colon.
_OTHER_IN_TEXT = re.compile(r"\b(SS|KS)(?::\s{0,3})?([0-9]{1,40})(?![0-9])")


def variable(digits: str | None) -> str | None:
    """A variable or specific symbol with its leading zeros; None for nothing or only zeros."""
    if not digits:
        return None
    if digits[0] > "0" and digits[-1] != " " and len(digits) <= VARIABLE_DIGITS:
        return digits
    return _fitted(digits, VARIABLE_DIGITS)


@lru_cache(maxsize=1_024)
def constant(digits: str | None) -> str | None:
    """A constant symbol; ten digits padded with zeros become the four that are meant."""
    return _fitted(digits, CONSTANT_DIGITS) if digits else None


def _fitted(digits: str, most: int) -> str | None:
    said = digits.strip(" ")
    if not said.strip("0"):
        return None
    if len(said) <= most:
        return said
    # longer only by padding; anything else is no symbol
    return None if said[:-most].strip("0") else said[-most:]


# A bank fills the empty form in for all who write nothing, and shops and wages come again.
@lru_cache(maxsize=4_096)
def from_reference(reference: str) -> Symbols:
    """The symbols in an end-to-end id: `/VS1/SS2/KS3`, or `VS1` alone as rows in crowns have it."""
    found = {name.upper(): digits for name, digits in _IN_REFERENCE.findall(reference)}
    return _made(found) if found else NO_SYMBOLS


@lru_cache(maxsize=4_096)
def from_text(text: str) -> Symbols:
    """The symbols in what the payer wrote, the first of each kind."""
    found: dict[str, str] = {}
    if "KS" in text or "SS" in text:
        found = dict(reversed(_OTHER_IN_TEXT.findall(text)))
    if "VS" in text.upper() and (seen := _VARIABLE_IN_TEXT.search(text)):
        found["VS"] = seen[1]
    return _made(found) if found else NO_SYMBOLS


def _made(found: dict[str, str]) -> Symbols:
    return Symbols(variable(found.get("VS")), variable(found.get("SS")), constant(found.get("KS")))
