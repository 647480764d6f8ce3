"""Invented numbers hold by rules that others wrote down."""

from random import Random

import pytest
import stdnum.ru.inn
import stdnum.ru.ogrn
from schwifty import IBAN

from sandbox import numbers

SEEDS = range(25)


@pytest.mark.parametrize(
    ("number", "bic"),
    # published settlement accounts of charities, and the one in Sber's own description
    [("40702810938000060473", "044525225"), ("40703810938000010045", "044525225")],
)
def test_a_wrong_digit_breaks_the_key(number: str, bic: str) -> None:
    """One key fits, the other nine do not."""
    fits = [
        key for key in "0123456789" if numbers.account_key_holds(number[:8] + key + number[9:], bic)
    ]

    assert len(fits) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_russian_numbers_hold(seed: int) -> None:
    """INN and OGRN by python-stdnum, the account by its key."""
    rng = Random(seed)
    firm, person = numbers.inn(rng), numbers.inn(rng, person=True)
    account = numbers.account_number(rng, "044525104", "settlement", "RUB")

    assert stdnum.ru.inn.is_valid(firm)
    assert numbers.inn_holds(firm)
    assert stdnum.ru.inn.is_valid(person)
    assert numbers.inn_holds(person)
    assert stdnum.ru.ogrn.is_valid(numbers.ogrn(rng, firm))
    assert numbers.account_key_holds(account, "044525104")
    assert account.startswith("40702810")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_slovak_iban_holds(seed: int) -> None:
    """By schwifty, national check included."""
    iban = numbers.iban(Random(seed), "7500")

    assert IBAN(iban, validate_bban=True).bank_code == "7500"
    assert numbers.iban_holds(iban)
    assert not numbers.iban_holds(iban[:-1] + str((int(iban[-1]) + 1) % 10))


def test_the_known_slovak_example_holds() -> None:
    """The example of the IBAN registry."""
    assert numbers.iban_holds("SK3112000000198742637541")


def test_an_ico_has_its_check_digit() -> None:
    """Weights 8 to 2, modulo 11; 31333532 is a well-known one."""
    known = "31333532"
    total = sum(int(d) * w for d, w in zip(known, numbers.ICO_WEIGHTS, strict=False))

    assert (11 - total % 11) % 10 == int(known[-1])
