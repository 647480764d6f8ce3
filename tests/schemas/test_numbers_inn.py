"""Taxpayers' numbers: what a slip of the finger looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.numbers import NumberInvalid, inn, kpp


def _inn10(head: str) -> str:
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    return head + str(sum(w * int(d) for w, d in zip(weights, head, strict=True)) % 11 % 10)


def _inn12(head: str) -> str:
    first, second = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    for weights in (first, second):
        head += str(sum(w * int(d) for w, d in zip(weights, head, strict=True)) % 11 % 10)
    return head


regions = st.integers(1, 99).map("{:02d}".format)
organisations = st.tuples(regions, st.from_regex("[0-9]{7}", fullmatch=True)).map(
    lambda parts: _inn10("".join(parts))
)
people = st.tuples(regions, st.from_regex("[0-9]{8}", fullmatch=True)).map(
    lambda parts: _inn12("".join(parts))
)


@pytest.mark.parametrize(
    "number",
    # well-known companies, a person's number from the tax service's examples, a foreign company
    ["7707083893", "7728168971", "7710140679", "7721581040", "500100732259", "9909125356"],
)
def test_numbers_in_public_registers_are_right(number: str) -> None:
    """The weights are those of the tax service and not a reading of them that fits itself."""
    assert inn.validate(number) == number


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("", "shape"),
        ("0", "shape"),
        ("770708389", "shape"),
        ("77070838930", "shape"),
        ("7707083893000", "shape"),
        ("77O7083893", "shape"),
        ("7707-083893", "shape"),
        ("\uff17\uff17\uff10\uff17\uff10\uff18\uff13\uff18\uff19\uff13", "shape"),
        ("٧٧٠٧٠٨٣٨٩٣", "shape"),
        ("-707083893", "shape"),
        ("0000000000", "region"),
        ("000000000000", "region"),
        ("0012345678", "region"),
        ("7707083894", "checksum"),
        ("7707083839", "checksum"),
        ("500100732258", "checksum"),
        ("500100732249", "checksum"),
    ],
)
def test_a_wrong_inn_is_refused_with_its_reason(number: str, word: str) -> None:
    """The word goes into the finding's evidence, so each slip has its own."""
    with pytest.raises(NumberInvalid) as refused:
        inn.validate(number)

    assert refused.value.word == word
    assert not inn.is_valid(number)


@given(number=st.one_of(organisations, people), data=st.data())
def test_one_mistyped_digit_is_nearly_always_noticed(number: str, data: st.DataObject) -> None:
    """Weights modulo 11 find a changed digit, save where the remainder 10 is written as 0."""
    place = data.draw(st.integers(2, len(number) - 1))
    digit = data.draw(st.sampled_from("0123456789").filter(lambda d: d != number[place]))
    typed = number[:place] + digit + number[place + 1 :]

    assert inn.is_valid(number)
    assert not inn.is_valid(typed) or _ends_by_remainder_ten(number, typed)


def _ends_by_remainder_ten(*numbers: str) -> bool:
    weights: dict[int, list[tuple[int, ...]]] = {
        10: [(2, 4, 10, 3, 5, 9, 4, 6, 8)],
        12: [(7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)],
    }
    return any(
        sum(w * int(d) for w, d in zip(row, number, strict=False)) % 11 == 10
        for number in numbers
        for row in weights[len(number)]
    )


@pytest.mark.parametrize("nothing", [None, "", " ", "0", "0000000000", "000000000000"])
def test_the_ways_banks_write_no_inn_all_mean_none(nothing: str | None) -> None:
    """Statements carry zeros where a person has no number; a zero must never match a payer."""
    assert inn.known(nothing) is None
    assert kpp.known(nothing) is None


def test_a_number_the_bank_told_is_kept_even_when_it_is_not_russian() -> None:
    """A foreign organisation has a five-digit code in the same field, which is still its name."""
    assert inn.known(" 12345 ") == "12345"
    assert inn.known("7707083893") == "7707083893"


@pytest.mark.parametrize("number", ["773601001", "7736AB001", " 7736 01 001 ", "997950001"])
def test_a_kpp_has_office_reason_and_serial(number: str) -> None:
    """The reason may be letters, the largest taxpayers' offices begin with 99."""
    assert kpp.is_valid(number)


@pytest.mark.parametrize(
    "number",
    ["", "0", "77360100", "7736010011", "7736ab001", "773601O01", "7736АБ001", "77360100\uff11"],
)
def test_a_kpp_of_another_shape_is_refused(number: str) -> None:
    """It has no check digit; the shape is all that can be checked, so it is checked exactly."""
    with pytest.raises(NumberInvalid) as refused:
        kpp.validate(number)

    assert refused.value.word == "shape"


def test_a_told_kpp_is_kept() -> None:
    """Only zeros mean none."""
    assert kpp.known("773601001") == "773601001"
