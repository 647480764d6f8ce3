"""IBANs: published examples, and the weights under which Slovak banks number accounts."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.numbers import NumberInvalid, iban

SLOVAK = "SK3112000000198742637541"


def _with_check_digits(country: str, bban: str) -> str:
    number = "".join(str(int(letter, 36)) for letter in bban + country + "00")
    return f"{country}{98 - int(number) % 97:02d}{bban}"


def _base(head: int) -> str | None:
    digits = f"{head:09d}"
    rest = sum(int(d) * w for d, w in zip(digits, (6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    return None if rest == 1 else f"{digits}{(11 - rest) % 11}"


slovak = st.builds(
    lambda bank, head: (bank, _base(head)),
    st.sampled_from(["0200", "0900", "1100", "7500", "8180"]),
    st.integers(1, 999_999_999),
).filter(lambda parts: parts[1] is not None)
slovak_ibans = slovak.map(lambda parts: _with_check_digits("SK", f"{parts[0]}000000{parts[1]}"))


@pytest.mark.parametrize(
    "number",
    [
        # the registry's own examples, country by country
        "SK31 1200 0000 1987 4263 7541",
        "CZ65 0800 0000 1920 0014 5399",
        "AT61 1904 3002 3457 3201",
        "BE68 5390 0754 7034",
        "DE89 3704 0044 0532 0130 00",
        "FR14 2004 1010 0505 0001 3M02 606",
        "GB29 NWBK 6016 1331 9268 19",
        "HU42 1177 3016 1111 1018 0000 0000",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
        "NO93 8601 1117 947",
        "PL61 1090 1014 0000 0712 1981 2874",
        # a published e-money account, which the national weights do not bind
        "SK33 9952 0000 0001 0216 3513",
        "sk31 1200 0000 1987 4263 7541",
    ],
)
def test_published_ibans_are_right(number: str) -> None:
    """What the central registry prints must pass, grouped or not, in either case."""
    assert iban.validate(number) == number.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("", "shape"),
        ("SK", "shape"),
        ("SK31-1200-0000-1987-4263-7541", "shape"),
        ("SK31120000001987426375", "checksum"),
        ("SK311200000019874263754\uff11", "shape"),
        ("\uff33K3112000000198742637541", "shape"),
        ("ßK3112000000198742637541", "shape"),
        ("3112000000198742637541SK", "shape"),
        ("SK3212000000198742637541", "checksum"),
        ("SK3112000000198742637514", "checksum"),
        ("SK0012000000198742637541", "checksum"),
        ("SK9912000000198742637541", "checksum"),
        (_with_check_digits("XX", "12000000198742637541"), "country"),
        (_with_check_digits("SK", "1200000019874263754"), "shape"),
        (_with_check_digits("SK", "12000000198742637542"), "weights"),
        (_with_check_digits("SK", "12000000188742637541"), "weights"),
        (_with_check_digits("CZ", "08000000192000145398"), "weights"),
    ],
)
def test_a_wrong_iban_is_refused_with_its_reason(number: str, word: str) -> None:
    """A right remainder over a wrong base number is what a careless generator makes."""
    with pytest.raises(NumberInvalid) as refused:
        iban.validate(number)

    assert refused.value.word == word
    assert not iban.is_valid(number)


@pytest.mark.parametrize("bank", ["9952", "9954"])
def test_emoney_banks_number_their_accounts_freely(bank: str) -> None:
    """Their numbers were never promised to fit the weights of the clearing."""
    assert iban.is_valid(_with_check_digits("SK", f"{bank}0000000102163514"))


@given(number=slovak_ibans, place=st.integers(2, 23), data=st.data())
def test_one_mistyped_digit_of_an_iban_is_noticed(
    number: str, place: int, data: st.DataObject
) -> None:
    """97 is prime and larger than any change one digit makes."""
    digit = data.draw(st.sampled_from("0123456789").filter(lambda d: d != number[place]))
    typed = number[:place] + digit + number[place + 1 :]

    assert iban.is_valid(number)
    assert not iban.is_valid(typed)


@given(number=slovak_ibans, place=st.integers(4, 22))
def test_two_swapped_digits_of_an_iban_are_noticed(number: str, place: int) -> None:
    """The commonest slip after the single digit."""
    assume(number[place] != number[place + 1])
    typed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert not iban.is_valid(typed)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (SLOVAK, "1200"),
        ("CZ6508000000192000145399", "0800"),
        ("DE89370400440532013000", "37040044"),
        ("GB29NWBK60161331926819", "NWBK"),
    ],
)
def test_the_banks_code_stands_where_the_country_puts_it(number: str, code: str) -> None:
    """The code is what a chosen bank is compared with."""
    assert iban.bank_code(number) == code


@pytest.mark.parametrize(
    ("code", "bic"),
    [
        ("0900", "GIBASKBX"),
        ("1100", "TATRSKBX"),
        ("7500", "CEKOSKBX"),
        ("8180", "SPSRSKBA"),
    ],
)
def test_slovak_banks_are_known_by_name_and_bic(code: str, bic: str) -> None:
    """The names come from the central bank's list, so nobody types them here."""
    found, name, swift = iban.bank_of(_with_check_digits("SK", f"{code}0000000012345671"))

    assert (found, swift) == (code, bic)
    assert name


def test_a_bank_that_left_the_register_has_a_code_only() -> None:
    """The registry's example names a bank that no longer exists."""
    assert iban.bank_of(SLOVAK) == ("1200", None, None)


def test_the_country_is_the_first_two_letters() -> None:
    """Even before anything else is known to be right."""
    assert iban.country(" sk31") == "SK"


def test_the_registry_of_banks_is_not_read_until_someone_asks() -> None:
    """Every start of every process would pay for a list that one check a day reads."""
    program = "import sys; from schemas.numbers import iban; print('schwifty' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert told.stdout.strip() == b"False"
