"""Russian account numbers: the control key and what the first digits say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.numbers import NumberInvalid, account, bic
from schemas.numbers.account import AccountKind

banks = st.builds(
    "04{:02d}{:02d}{:03d}".format, st.integers(1, 99), st.integers(0, 99), st.integers(50, 999)
)
accounts = st.builds(
    "{}{}0{:04d}{:07d}".format,
    st.sampled_from(["40702", "40802", "40703", "40817", "30101", "45201", "40102"]),
    st.sampled_from(["810", "840", "978", "156"]),
    st.integers(0, 9999),
    st.integers(0, 9_999_999),
)


def _keyed(number: str, bank: str) -> str:
    return number[:8] + account.control_key(number, bank) + number[9:]


@pytest.mark.parametrize(
    ("number", "bank", "key"),
    [
        ("30101810800000000746", "049805000", "8"),
        ("30101810800000000746", "049805746", "8"),
        ("40602810700000000025", "049805746", "7"),
    ],
)
def test_the_regulations_own_examples_come_out(number: str, bank: str, key: str) -> None:
    """Regulation No. 515 of 1997-09-08 computes these two; the unit's digits stand in both BICs."""
    assert account.control_key(number, bank) == key
    assert account.validate(number, bank) == number


@pytest.mark.parametrize(
    ("number", "bank"),
    [
        # correspondent accounts that banks print beside their BIC
        ("30101810400000000225", "044525225"),
        ("30101810145250000974", "044525974"),
        ("30101810200000000593", "044525593"),
        ("30101810700000000187", "044525187"),
        # the treasury's single account, kept in a unit of the Bank of Russia
        ("40102810845370000004", "004525987"),
        ("40101810400000010002", "046015001"),
    ],
)
def test_accounts_kept_in_the_central_bank_follow_the_units_rule(number: str, bank: str) -> None:
    """Digits 5-6 of the BIC stand for who keeps the account, not the bank's own three."""
    assert account.key_fits(number, bank) is True


@pytest.mark.parametrize("number", ["03100643000000018500", "03271643000000010100"])
def test_a_treasury_clients_account_has_no_key(number: str) -> None:
    """Taxes go there; a check that does not exist must not refuse them."""
    assert account.key_fits(number, "004525987") is None
    assert account.is_valid(number, "004525987")
    with pytest.raises(NumberInvalid):
        account.control_key(number, "004525987")


@given(number=accounts, bank=banks)
def test_a_computed_key_always_fits_and_no_other_digit_does(number: str, bank: str) -> None:
    """The key is one digit of ten, so the other nine are typing mistakes."""
    right = account.control_key(number, bank)
    fitting = [key for key in "0123456789" if account.key_fits(number[:8] + key + number[9:], bank)]

    assert fitting == [right]


@given(number=accounts, bank=banks, place=st.integers(5, 19), data=st.data())
def test_one_mistyped_digit_of_an_account_is_noticed(
    number: str, bank: str, place: int, data: st.DataObject
) -> None:
    """The weights 7, 1, 3 have no factor in common with 10, so every changed digit shows."""
    right = _keyed(number, bank)
    digit = data.draw(st.sampled_from("0123456789").filter(lambda d: d != right[place]))
    typed = right[:place] + digit + right[place + 1 :]

    assert account.is_valid(right, bank)
    assert not account.is_valid(typed, bank)


@given(number=accounts.filter(lambda n: not n.startswith(("30101", "40102"))), data=st.data())
def test_a_mistyped_end_of_the_bic_is_noticed(number: str, data: st.DataObject) -> None:
    """The end of the BIC is under the same key as the account."""
    bank = data.draw(banks)
    right = _keyed(number, bank)
    digit = data.draw(st.sampled_from("0123456789").filter(lambda d: d != bank[-1]))

    assert not account.is_valid(right, bank[:-1] + digit)


@pytest.mark.parametrize(
    "number",
    ["", "4070281010000000000", "407028101000000000011", "4070281O100000000001", "40702-8101"],
)
def test_an_account_of_another_shape_is_refused(number: str) -> None:
    """Letters and missing digits are told before any sum is made."""
    with pytest.raises(NumberInvalid) as refused:
        account.validate(number)

    assert refused.value.word == "shape"


def test_a_failing_key_has_its_own_word() -> None:
    """Twenty good digits at a wrong bank is another advice than nineteen digits."""
    with pytest.raises(NumberInvalid) as refused:
        account.validate("40602810800000000025", "049805746")

    assert refused.value.word == "key"


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        ("40501", AccountKind.SETTLEMENT),
        ("40602", AccountKind.SETTLEMENT),
        ("40701", AccountKind.SETTLEMENT),
        ("40702", AccountKind.SETTLEMENT),
        ("40703", AccountKind.SETTLEMENT),
        ("40802", AccountKind.SOLE_PROPRIETOR),
        ("40807", AccountKind.NON_RESIDENT),
        ("40706", AccountKind.SPECIAL),
        ("40821", AccountKind.SPECIAL),
        ("40817", AccountKind.PERSONAL_CARD),
        ("40820", AccountKind.PERSONAL_CARD),
        ("40911", AccountKind.TRANSIT),
        ("42102", AccountKind.DEPOSIT),
        ("42301", AccountKind.DEPOSIT),
        ("42601", AccountKind.DEPOSIT),
        ("45201", AccountKind.OVERDRAFT),
        ("45401", AccountKind.OVERDRAFT),
        ("45206", AccountKind.LOAN),
        ("45502", AccountKind.LOAN),
        ("45812", AccountKind.LOAN),
        ("45915", AccountKind.LOAN),
        ("30101", AccountKind.CORRESPONDENT),
        ("30110", AccountKind.CORRESPONDENT),
        ("30233", AccountKind.PAYMENT_SYSTEM),
        ("40101", AccountKind.TREASURY),
        ("40102", AccountKind.TREASURY),
        ("03100", AccountKind.TREASURY),
        ("47422", AccountKind.BANK_INTERNAL),
        ("60322", AccountKind.BANK_INTERNAL),
        ("70601", AccountKind.BANK_INTERNAL),
        ("61304", AccountKind.BANK_INTERNAL),
        ("99999", AccountKind.OTHER),
        ("", AccountKind.OTHER),
    ],
)
def test_the_first_digits_say_what_an_account_is_for(prefix: str, kind: AccountKind) -> None:
    """A credit or card account cannot be connected, and the number alone gives it away."""
    assert account.kind(prefix.ljust(20, "0") if prefix else "") is kind


@pytest.mark.parametrize(
    ("digits", "letters"),
    [
        ("810", "RUB"),
        ("643", "RUB"),
        ("840", "USD"),
        ("978", "EUR"),
        ("156", "CNY"),
        ("392", "JPY"),
        ("051", "AMD"),
    ],
)
def test_digits_six_to_eight_are_the_currency(digits: str, letters: str) -> None:
    """Bank accounts still carry the rouble's number of before 1998."""
    assert account.currency(f"40702{digits}000000000001") == letters


def test_a_currency_that_does_not_exist_is_refused() -> None:
    """Guessing roubles would show a foreign balance a hundred times too small."""
    with pytest.raises(NumberInvalid) as refused:
        account.currency("40702999000000000001")

    assert refused.value.word == "currency"


@pytest.mark.parametrize("number", ["044525225", "004525987", "015402901", "03 45 25 000"])
def test_a_bic_begins_with_04_or_a_treasury_pair(number: str) -> None:
    """Since 2021 the treasury's units have BICs that begin with 00 to 03."""
    assert bic.is_valid(number)


@pytest.mark.parametrize(
    "number", ["", "44525225", "0445252255", "054525225", "144525225", "04452522O", "TATRSKBX"]
)
def test_a_bic_of_another_shape_is_refused(number: str) -> None:
    """A lost leading zero is the slip spreadsheets make."""
    with pytest.raises(NumberInvalid) as refused:
        bic.validate(number)

    assert refused.value.word == "shape"


@given(banks)
def test_a_banks_own_bic_is_not_a_unit_of_the_central_bank(bank: str) -> None:
    """Banks are numbered from 050, so the key is reckoned by their own three digits."""
    assert not bic.is_central_bank(bank)
    assert bic.is_central_bank(bank[:6] + "001")
