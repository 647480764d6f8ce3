"""Whom a company trades with: a steady circle, so that purposes and accounts repeat as in life."""

from random import Random

from msgspec import Struct

from sandbox import numbers
from sandbox.entry import Party
from sandbox.names import COMPANY_NAMES, PEOPLE, legal_name
from sandbox.world import Country

BUYERS, SUPPLIERS = 18, 10


class Circle(Struct, frozen=True):
    """A company's partners, its bank and the state, as the far side of payments."""

    buyers: tuple[Party, ...]
    suppliers: tuple[Party, ...]
    staff: tuple[Party, ...]
    treasury: Party
    own_bank: Party


def circle(rng: Random, country: Country, bank: str) -> Circle:
    """The partners that this chance gives; the same chance gives the same partners."""
    names = list(COMPANY_NAMES[country])
    rng.shuffle(names)
    partners = tuple(
        _partner(rng, country, names[place % len(names)], place)
        for place in range(BUYERS + SUPPLIERS)
    )
    house = numbers.HOUSES[bank]
    return Circle(
        buyers=partners[:BUYERS],
        suppliers=partners[BUYERS:],
        staff=tuple(_person(rng, country, name) for name in PEOPLE[country]),
        treasury=_treasury(rng, country),
        own_bank=_own_bank(rng, country, house),
    )


def _partner(rng: Random, country: Country, word: str, place: int) -> Party:
    house = rng.choice(numbers.BANKS_OF[country])
    if country == "SK":
        return Party(
            name=legal_name(word, "SK"),
            ico=numbers.ico(rng),
            iban=numbers.iban(rng, house.code),
            bic=house.bic,
            bank_name=house.name,
        )
    trader = place % 6 == 5  # noqa: PLR2004 - about every sixth partner is a sole trader
    inn = numbers.inn(rng, person=trader)
    return Party(
        name=f"ИП {rng.choice(PEOPLE['RU'])}" if trader else legal_name(word, "RU"),
        inn=inn,
        kpp="" if trader else numbers.kpp(inn),
        account=numbers.account_number(rng, house.bic, "settlement", "RUB", trader=trader),
        bic=house.bic,
        corr_account=house.corr_account,
        bank_name=house.name,
    )


def _person(rng: Random, country: Country, name: str) -> Party:
    house = rng.choice(numbers.BANKS_OF[country])
    if country == "SK":
        iban = numbers.iban(rng, house.code)
        return Party(name=name, iban=iban, bic=house.bic, bank_name=house.name)
    return Party(
        name=name,
        inn=numbers.inn(rng, person=True),
        account=numbers.account_number(rng, house.bic, "card", "RUB"),
        bic=house.bic,
        corr_account=house.corr_account,
        bank_name=house.name,
    )


def _treasury(rng: Random, country: Country) -> Party:
    if country == "SK":
        return Party(
            name="Danovy urad Bratislava",
            iban=numbers.iban(rng, "8180"),
            bic="SPSRSKBA",
            bank_name="Statna pokladnica",
        )
    return Party(
        name="Казначейство России (ФНС России)",
        inn="7727406020",
        kpp="770801001",
        account="03100643000000018500",
        bic="017003983",
        corr_account="40102810445370000059",
        bank_name="ОТДЕЛЕНИЕ ТУЛА БАНКА РОССИИ//УФК по Тульской области, г Тула",
    )


def _own_bank(rng: Random, country: Country, house: numbers.House) -> Party:
    if country == "SK":
        return Party(name=house.name, bic=house.bic, bank_name=house.name)
    return Party(
        name=house.name,
        inn=numbers.inn(rng),
        kpp="770801001",
        account=numbers.account_number(rng, house.bic, "settlement", "RUB"),
        bic=house.bic,
        corr_account=house.corr_account,
        bank_name=house.name,
    )
