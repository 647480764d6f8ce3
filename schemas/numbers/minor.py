"""Money as text, as Decimal and as whole minor units (kopecks, cents), with nothing lost between.

>>> to_minor(parse_amount("18450.00", "RUB"), "RUB")
1845000
>>> from_minor(1845000, "RUB"), from_minor(500, "JPY"), from_minor(-5, "KWD")
('18450.00', '500', '-0.005')
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow

from schemas.numbers import NumberInvalid

# ISO 4217, the exponents that are not 2
_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_OTHER_DIGITS = {code: places for places, codes in _EXPONENTS.items() for code in codes.split()}
_USUAL_DIGITS = 2

# ISO 4217 numbers of the currencies in which Russian banks keep accounts; 810 is the old rouble
_BY_NUMBER = {
    "036": "AUD", "048": "BHD", "051": "AMD", "124": "CAD", "152": "CLP", "156": "CNY",
    "203": "CZK", "208": "DKK", "344": "HKD", "348": "HUF", "352": "ISK", "356": "INR",
    "360": "IDR", "364": "IRR", "368": "IQD", "376": "ILS", "392": "JPY", "398": "KZT",
    "400": "JOD", "410": "KRW", "414": "KWD", "417": "KGS", "434": "LYD", "458": "MYR",
    "484": "MXN", "496": "MNT", "498": "MDL", "512": "OMR", "554": "NZD", "578": "NOK",
    "634": "QAR", "643": "RUB", "682": "SAR", "702": "SGD", "704": "VND", "710": "ZAR",
    "752": "SEK", "756": "CHF", "764": "THB", "784": "AED", "788": "TND", "810": "RUB",
    "818": "EGP", "826": "GBP", "840": "USD", "860": "UZS", "933": "BYN", "934": "TMT",
    "941": "RSD", "944": "AZN", "946": "RON", "949": "TRY", "972": "TJS", "975": "BGN",
    "978": "EUR", "980": "UAH", "981": "GEL", "985": "PLN", "986": "BRL",
}  # fmt: skip
_RENAMED = {"RUR": "RUB", **_BY_NUMBER}
_LETTERS = re.compile(r"[A-Z]{3}")

# The currencies met every day, so that the hot path is one look; others go through `digits`.
_DIGITS = {**dict.fromkeys(_BY_NUMBER.values(), _USUAL_DIGITS), **_OTHER_DIGITS}

# 18 digits fit a 64-bit column; anything that would be rounded or outgrow it is a trap, and the
# bound on exponents keeps "1e999999" from becoming an integer of a million digits.
_EXACT = Context(prec=18, Emax=17, Emin=-40, clamp=0, traps=[Inexact, InvalidOperation, Overflow])
_SCALES = tuple(Decimal(10**places) for places in range(5))
_UNITS = tuple(Decimal(1).scaleb(-places) for places in range(5))
# bound once: looked up through the context, each of them takes twice as long
_times, _whole = _EXACT.multiply, _EXACT.to_integral_exact

in_units = _EXACT.quantize
"""An amount in whole `unit`s; DecimalException when a digit would be lost or there are too many.

What is no number at all comes back as it was: ask `is_finite`.
"""

_AMOUNTS = tuple(
    re.compile(r"[0-9]{1,15}" + (rf"(?:\.[0-9]{{1,{places}}})?" if places else ""))
    for places in range(5)
)


def normal_currency(told: str) -> str:
    """ISO 4217 letters for letters or for a number, with the rouble always RUB.

    Raises:
        NumberInvalid: `currency` for anything but three capital letters or a number of the table.

    >>> [normal_currency(told) for told in ("RUR", "810", "643", "RUB", "978")]
    ['RUB', 'RUB', 'RUB', 'RUB', 'EUR']
    """
    letters = _RENAMED.get(told, told)
    if not _LETTERS.fullmatch(letters):
        raise NumberInvalid("currency", "a currency is three capital letters of ISO 4217")
    return letters


def digits(currency: str) -> int:
    """How many digits stand behind the point: 2 unless ISO 4217 says otherwise.

    Raises:
        NumberInvalid: `currency`, rather than taking "jpy" for a currency with cents.

    >>> digits("RUB"), digits("JPY"), digits("KWD")
    (2, 0, 3)
    """
    return _OTHER_DIGITS.get(normal_currency(currency), _USUAL_DIGITS)


def unit(currency: str) -> Decimal:
    """The currency's smallest unit.

    Raises:
        NumberInvalid: `currency`.

    >>> unit("RUB"), unit("JPY")
    (Decimal('0.01'), Decimal('1'))
    """
    return _UNITS[digits(currency)]


def parse_amount(text: str, currency: str) -> Decimal:
    """The amount of a strict text: at most 15 digits, a point, at most the currency's digits.

    No sign, exponent, space, grouping, comma, or digit of another script.

    Raises:
        NumberInvalid: `shape`, or `currency`.

    >>> parse_amount("18450.5", "RUB")
    Decimal('18450.5')
    >>> parse_amount("1e5", "RUB")
    Traceback (most recent call last):
    ...
    schemas.numbers.NumberInvalid: an amount is digits, then a point and at most 2 digits
    """
    places = digits(currency)
    if not _AMOUNTS[places].fullmatch(text):
        tail = f", then a point and at most {places} digits" if places else " and no point"
        raise NumberInvalid("shape", f"an amount is digits{tail}")
    return Decimal(text)


def to_minor(amount: Decimal, currency: str) -> int:
    """The amount in whole minor units, up to 18 digits.

    Raises:
        NumberInvalid: `digits` when a digit would be lost, `range` when it is no finite number of
            18 digits, `currency`.

    >>> to_minor(Decimal("1.005"), "RUB")
    Traceback (most recent call last):
    ...
    schemas.numbers.NumberInvalid: RUB has 2 digits behind the point, the amount has more
    """
    places = _DIGITS.get(currency)
    if places is None:
        places = digits(currency)
    try:
        return int(_whole(_times(amount, _SCALES[places])))
    except (DecimalException, ValueError, OverflowError):
        raise unfit(amount, currency) from None


def exact(amount: Decimal, currency: str) -> Decimal:
    """The amount with just the digits of its currency, its sign as it was.

    Raises:
        NumberInvalid: as `to_minor`.

    >>> exact(Decimal("18450.5"), "RUB"), exact(Decimal("-7.100"), "EUR")
    (Decimal('18450.50'), Decimal('-7.10'))
    """
    try:
        told = in_units(amount, unit(currency))
    except DecimalException:
        raise unfit(amount, currency) from None
    if not told.is_finite():
        raise unfit(amount, currency)
    return told


def written(amount: Decimal, currency: str) -> tuple[str, int]:
    """The amount as `from_minor` writes it and as `to_minor` counts it, for half of what both cost.

    Raises:
        NumberInvalid: as `to_minor`.

    >>> written(Decimal("18450.5"), "RUB"), written(Decimal("0.05"), "EUR")
    (('18450.50', 1845050), ('0.05', 5))
    """
    try:
        text = str(in_units(amount, _UNITS[_DIGITS.get(currency) or digits(currency)]))
        return text, int(text.replace(".", ""))
    except (DecimalException, ValueError):
        raise unfit(amount, currency) from None


def unfit(amount: Decimal, currency: str) -> NumberInvalid:
    """Why the exact arithmetic stopped: too large or no number at all, else too finely divided."""
    places = digits(currency)
    if not amount.is_finite() or amount.adjusted() + places >= _EXACT.prec:
        return NumberInvalid("range", f"an amount is a finite number of {_EXACT.prec} digits")
    sentence = f"{currency} has {places} digits behind the point, the amount has more"
    return NumberInvalid("digits", sentence)


def from_minor(units: int, currency: str) -> str:
    """The amount as text with exactly the currency's own number of digits.

    Raises:
        NumberInvalid: `currency`.
    """
    places = _DIGITS.get(currency)
    if places is None:
        places = digits(currency)
    if not places:
        return str(units)
    if units < 0:
        return "-" + from_minor(-units, currency)
    text = str(units)
    if len(text) <= places:
        text = text.zfill(places + 1)
    return f"{text[:-places]}.{text[-places:]}"
