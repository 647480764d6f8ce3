"""Money on its way from text to whole minor units and back."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.numbers import NumberInvalid, minor

currencies = st.sampled_from(["RUB", "EUR", "CZK", "JPY", "KRW", "KWD", "TND", "CLF", "XTS"])
units = st.integers(-(10**18) + 1, 10**18 - 1)

HOSTILE = [
    "", " ", "NaN", "nan", "sNaN", "-NaN", "Infinity", "-Infinity", "inf", "1e5", "1E5", "1e-2",
    "1E+2", "0x10", "0b1", "0o7", "1_000", "1_0.00", "_1", "1_", " 10", "10 ", "10\n", "\n10",
    "10\r\n", "\t10", "1 000", "1\u00a0000.00", "1\u2009000", "1\u202f000.00", "1'000", "1,000.00",
    "1,00", "10,5", "1.000,00", "1.000.00", "+10", "-10", "-0", "--1", "10-", "(10)", "10.",
    ".50", ".", "..", "10..00", "10.0.0", "10.001", "10.000", "1234567890123456",
    "0000000000000000", "123456789012345678901234567890", "１０", "１０．００",
    "10.５0", "٣", "१०", "१०.००", "²", "1½", "Ⅷ",
    "10.00 RUB", "RUB 10.00", "₽10", "10₽", "€10.00", "$10", "10%", "ten", "null", "None", "true",
    "False", "[]", "{}", "10\x00", "\x0010", "10\u200b", "\ufeff10", "1\u066b5", "10\u2028", "−10",
    "10;DROP", "0.0.0", "1/2", "10.0O", "l0", "1e", "1.e1", "1.0e1", "0e0", "1d", "1f", "1L",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_amount_is_refused(text: str) -> None:
    """Decimal takes many of these gladly; each would become money nobody sent."""
    with pytest.raises(NumberInvalid) as refused:
        minor.parse_amount(text, "RUB")

    assert refused.value.word == "shape"


def test_the_list_of_hostile_amounts_stays_long() -> None:
    """Whoever shortens it should have to say so."""
    assert len(set(HOSTILE)) >= 90


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("0", "RUB", "0"),
        ("0.00", "RUB", "0.00"),
        ("18450.00", "RUB", "18450.00"),
        ("18450.5", "EUR", "18450.5"),
        ("18450", "810", "18450"),
        ("007.10", "RUR", "007.10"),
        ("999999999999999.99", "USD", "999999999999999.99"),
        ("500", "JPY", "500"),
        ("1.125", "KWD", "1.125"),
        ("1.1234", "CLF", "1.1234"),
    ],
)
def test_a_plain_amount_is_read_exactly(text: str, currency: str, amount: str) -> None:
    """Digits, a point, at most the currency's own digits behind it."""
    assert minor.parse_amount(text, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "currency"), [("500.0", "JPY"), ("500.", "JPY"), ("1.1255", "KWD"), ("1.00005", "CLF")]
)
def test_more_digits_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    """Half a yen does not exist; dropping it silently would be worse than refusing."""
    with pytest.raises(NumberInvalid):
        minor.parse_amount(text, currency)


@given(text=st.text(alphabet="0123456789.,-+eE_ \n１٣NaInf", max_size=20), currency=currencies)
def test_whatever_is_accepted_converts_without_loss(text: str, currency: str) -> None:
    """Refused or exact: there is no third way."""
    try:
        amount = minor.parse_amount(text, currency)
    except NumberInvalid:
        return
    places = minor.digits(currency)
    whole, _, fraction = text.partition(".")

    assert text.isascii()
    assert minor.to_minor(amount, currency) == int(whole + fraction.ljust(places, "0"))


@given(units=units, currency=currencies)
def test_minor_units_survive_the_way_out_and_back(units: int, currency: str) -> None:
    """What we store, show and read again is one number, below zero as well."""
    text = minor.from_minor(units, currency)

    assert minor.to_minor(Decimal(text), currency) == units


@given(units=units, currency=currencies)
def test_an_amount_is_written_with_the_currencys_own_digits(units: int, currency: str) -> None:
    """A consumer that compares texts must never meet 18450.0."""
    whole, point, fraction = minor.from_minor(units, currency).partition(".")

    assert len(fraction) == minor.digits(currency)
    assert bool(point) == bool(fraction)
    assert whole.removeprefix("-").isdigit()


@pytest.mark.parametrize(
    ("units", "currency", "text"),
    [
        (1845000, "RUB", "18450.00"),
        (5, "RUB", "0.05"),
        (50, "RUB", "0.50"),
        (-5, "RUB", "-0.05"),
        (-1845001, "EUR", "-18450.01"),
        (0, "RUB", "0.00"),
        (500, "JPY", "500"),
        (-500, "JPY", "-500"),
        (1, "KWD", "0.001"),
        (12345, "CLF", "1.2345"),
        (7, "RUR", "0.07"),
    ],
)
def test_minor_units_read_as_people_write_them(units: int, currency: str, text: str) -> None:
    """The figures of the contract's own examples."""
    assert minor.from_minor(units, currency) == text


@pytest.mark.parametrize(
    ("amount", "units"),
    [
        ("18450.00", 1845000),
        ("18450", 1845000),
        ("18450.0000", 1845000),
        ("1E+3", 100000),
        ("-0.01", -1),
        ("-0", 0),
        ("0E-60", 0),
        ("9999999999999999.99", 999999999999999999),
    ],
)
def test_a_decimal_becomes_whole_kopecks(amount: str, units: int) -> None:
    """However the bank wrote the same number."""
    assert minor.to_minor(Decimal(amount), "RUB") == units


@pytest.mark.parametrize(
    ("amount", "currency", "word"),
    [
        ("1.005", "RUB", "digits"),
        ("0.001", "EUR", "digits"),
        ("-0.001", "EUR", "digits"),
        ("0.1", "JPY", "digits"),
        ("0.0001", "KWD", "digits"),
        ("1E-60", "RUB", "digits"),
        ("99999999999999999.99", "RUB", "range"),
        ("1e999999", "RUB", "range"),
        ("1e999999", "JPY", "range"),
        ("NaN", "RUB", "range"),
        ("sNaN", "RUB", "range"),
        ("Infinity", "RUB", "range"),
        ("-Infinity", "JPY", "range"),
        ("1.00", "rub", "currency"),
        ("1.00", "", "currency"),
        ("1.00", "999", "currency"),
    ],
)
def test_a_lost_digit_is_an_error_and_never_a_rounding(
    amount: str, currency: str, word: str
) -> None:
    """A kopeck rounded away is a conflict nobody can explain a month later."""
    with pytest.raises(NumberInvalid) as refused:
        minor.to_minor(Decimal(amount), currency)

    assert refused.value.word == word


def test_the_callers_precision_changes_nothing() -> None:
    """The module brings its own exact arithmetic, so a narrow context cannot cut digits."""
    with localcontext() as context:
        context.prec = 3

        assert minor.to_minor(Decimal("123456789.01"), "RUB") == 12345678901


@pytest.mark.parametrize("told", ["RUR", "810", "643", "RUB"])
def test_the_rouble_has_one_name(told: str) -> None:
    """Banks still send the code of before 1998, and one account must not have two currencies."""
    assert minor.normal_currency(told) == "RUB"


@pytest.mark.parametrize("told", ["", "rub", "РУБ", "R", "RUBL", "RUB ", "000", "999", "ＥＵＲ"])
def test_what_is_no_currency_is_refused(told: str) -> None:
    """A guess here would scale every amount that follows."""
    with pytest.raises(NumberInvalid) as refused:
        minor.normal_currency(told)

    assert refused.value.word == "currency"


def test_a_currency_of_no_table_has_two_digits() -> None:
    """ISO 4217 gives most currencies two, and a bank may open accounts in any."""
    assert minor.from_minor(12345, "XTS") == "123.45"


def test_writing_refuses_what_is_no_currency() -> None:
    """The same gate on the way out as on the way in."""
    with pytest.raises(NumberInvalid):
        minor.from_minor(1, "jpy")
