"""Valid identifiers out of chance: Russian accounts, INN, KPP, OGRN, Slovak IBAN, ICO.

Spelled here on its own, so that a control key misread elsewhere shows.
"""

from random import Random

from msgspec import Struct

# control key of a Russian account: weights over the BIC's last three digits and the number
# (Bank of Russia, order of calculating the control key, 1997)
ACCOUNT_WEIGHTS = (7, 1, 3)
KEY_PLACE = 8
CURRENCY_DIGITS = {"RUB": "810", "USD": "840", "EUR": "978", "CNY": "156", "CZK": "203"}
# first five digits by kind; "settlement" of a sole trader (INN of 12 digits) is 40802
BALANCE_ACCOUNTS = {
    "settlement": "40702",
    "transit": "40702",
    "deposit": "42103",
    "card": "40817",
    "loan": "45206",
    "overdraft": "45201",
    "budget": "40603",
}
INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_12 = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
ICO_WEIGHTS = (8, 7, 6, 5, 4, 3, 2)
# National Bank of Slovakia: weights of the prefix and of the base number, modulo 11
PREFIX_WEIGHTS = (10, 5, 8, 4, 2, 1)
BASE_WEIGHTS = (6, 3, 7, 9, 10, 5, 8, 4, 2, 1)
REGIONS = ("77", "78", "50", "66", "54", "16", "23", "61", "59", "74")


class House(Struct, frozen=True):
    """A bank as payments name it."""

    name: str
    bic: str
    corr_account: str = ""
    code: str = ""  # Slovak bank code


HOUSES = {
    "sber": House("ПАО СБЕРБАНК", "044525225", "30101810400000000225"),
    "tochka": House("ООО «Банк Точка»", "044525104", "30101810745374525104"),
    "tatra": House("Tatra banka", "TATRSKBX", code="1100"),
    "csob": House("CSOB", "CEKOSKBX", code="7500"),
    # a branch of Tatra banka: the IBAN alone does not tell them apart
    "raiffeisen": House("Raiffeisen banka", "TATRSKBX", code="1100"),
    "slsp": House("Slovenska sporitelna", "GIBASKBX", code="0900"),
    "fio": House("Fio banka", "FIOZSKBX", code="8330"),
    "vub": House("VUB banka", "SUBASKBX", code="0200"),
}
BANKS_OF = {
    "RU": (
        HOUSES["sber"],
        HOUSES["tochka"],
        House("АО «ТБанк»", "044525974", "30101810145250000974"),
        House("АО «АЛЬФА-БАНК»", "044525593", "30101810200000000593"),
        House("БАНК ВТБ (ПАО)", "044525187", "30101810700000000187"),
        House("Банк ГПБ (АО)", "044525823", "30101810200000000823"),
    ),
    "SK": (
        HOUSES["tatra"],
        HOUSES["csob"],
        HOUSES["slsp"],
        HOUSES["vub"],
        HOUSES["fio"],
        House("UniCredit Bank", "UNCRSKBX", code="1111"),
        House("365.bank", "POBNSKBA", code="6500"),
    ),
}


def account_key_holds(number: str, bic: str) -> bool:
    """Whether the ninth digit of a 20-digit account is right for that BIC."""
    digits = bic[-3:] + number
    return sum(int(d) * ACCOUNT_WEIGHTS[i % 3] for i, d in enumerate(digits)) % 10 == 0


def account_number(rng: Random, bic: str, kind: str, currency: str, *, trader: bool = False) -> str:
    """A 20-digit account with the control key that its BIC demands."""
    head = "40802" if trader and kind == "settlement" else BALANCE_ACCOUNTS[kind]
    tail = f"{rng.randrange(1, 10000):04d}{rng.randrange(10**7):07d}"
    draft = f"{head}{CURRENCY_DIGITS[currency]}0{tail}"
    return next(
        number
        for key in "0123456789"
        if account_key_holds(number := draft[:KEY_PLACE] + key + draft[KEY_PLACE + 1 :], bic)
    )


def inn(rng: Random, *, person: bool = False) -> str:
    """An INN with its check digits: ten digits, twelve for a person."""
    head = rng.choice(REGIONS) + f"{rng.randrange(1, 100):02d}"
    if not person:
        draft = f"{head}{rng.randrange(10**5):05d}"
        return draft + _check(draft, INN_10)
    draft = f"{head}{rng.randrange(10**6):06d}"
    for weights in INN_12:
        draft += _check(draft, weights)
    return draft


def inn_holds(value: str) -> bool:
    """Whether the check digits of an INN are right."""
    if not value.isdecimal() or len(value) not in (10, 12):
        return False
    if len(value) == len(INN_10) + 1:
        return value[-1] == _check(value[:-1], INN_10)
    return all(value[len(weights)] == _check(value[: len(weights)], weights) for weights in INN_12)


def kpp(inn_: str) -> str:
    """The KPP of a head office at the tax office that the INN names."""
    return f"{inn_[:4]}01001"


def ogrn(rng: Random, inn_: str) -> str:
    """A registration number of 13 digits, check digit right."""
    draft = f"1{rng.randrange(2, 24):02d}{inn_[:2]}{rng.randrange(10**7):07d}"
    return f"{draft}{int(draft) % 11 % 10}"


def ico(rng: Random) -> str:
    """A Slovak company number of 8 digits, check digit right."""
    draft = f"{rng.randrange(3_000_000, 5_600_000):07d}"
    total = sum(int(d) * w for d, w in zip(draft, ICO_WEIGHTS, strict=True))
    return f"{draft}{(11 - total % 11) % 10}"


def iban(rng: Random, code: str) -> str:
    """A Slovak IBAN: mod 97 and the national weights of prefix and base both hold."""
    prefix = _weighted(rng, PREFIX_WEIGHTS) if rng.random() < 0.4 else "000000"  # noqa: PLR2004 - about the real share
    base = _weighted(rng, BASE_WEIGHTS)
    inner = f"{code}{prefix}{base}"
    return f"SK{98 - _mod_97(f'{inner}SK00'):02d}{inner}"


def iban_holds(value: str) -> bool:
    """Whether an IBAN's mod 97 is 1 and, for Slovakia, the national weights hold."""
    if _mod_97(value[4:] + value[:4]) != 1:
        return False
    if not value.startswith("SK"):
        return True
    prefix, base = value[8:14], value[14:]
    return _total(prefix, PREFIX_WEIGHTS) % 11 == 0 and _total(base, BASE_WEIGHTS) % 11 == 0


def _weighted(rng: Random, weights: tuple[int, ...]) -> str:
    """Digits whose weighted sum is a multiple of 11, the last weight being 1."""
    while True:
        draft = "".join(str(rng.randrange(10)) for _ in weights[:-1])
        missing = -_total(draft, weights[:-1]) % 11
        if missing < 10 and draft.strip("0"):  # noqa: PLR2004 - one digit must do
            return f"{draft}{missing}"


def _total(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=True))


def _check(digits: str, weights: tuple[int, ...]) -> str:
    return str(_total(digits, weights) % 11 % 10)


def _mod_97(text: str) -> int:
    return int("".join(str(int(letter, 36)) for letter in text)) % 97
