"""The catalogue as it is shipped: whole, in three languages, and frozen."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import cases
from schemas.cases import Actor, Audience, Case, Category, Language, RetryKind, Text
from schemas.codes import Code

FROZEN = Path(__file__).parents[1] / "house" / "codes.txt"
BLOCKS = {
    Code.BANK_NOT_SUPPORTED: "MB-1001",
    Code.CONSENT_EXPIRED: "MB-2001",
    Code.LOAD_IN_PARTS: "MB-3001",
    Code.BANK_UNAVAILABLE: "MB-4001",
    Code.REQUEST_INVALID: "MB-6001",
}
CYRILLIC = re.compile(r"[\u0400-\u04ff]")
SLOVAK = re.compile(r"[áäčďéíĺľňóôŕšťúýž]", re.IGNORECASE)
OTHER_PRODUCTS = re.compile(r"контур|пульс|kontur|pulse|kros|аспро|aspro", re.IGNORECASE)


def spoken(case: Case, language: Language) -> Iterator[Text]:
    """Every version of the case in this language: the general one and the banks'."""
    yield case.text(language)
    for bank in case.banks:
        yield case.text(language, bank)


def lines(text: Text) -> tuple[str, ...]:
    """All that a person reads."""
    return (text.title, text.cause, *(step.text for step in text.steps))


@pytest.mark.parametrize("code", Code)
def test_every_code_has_three_languages_and_a_step(code: Code) -> None:
    """A person who meets a code can read what happened and what to do."""
    case = cases.case(code)

    assert code == case.code
    assert set(Language) == set(case.texts)
    assert all(text.steps for language in Language for text in spoken(case, language))


def test_codes_and_numbers_are_those_of_the_frozen_list() -> None:
    """A code in a log, a screenshot or an integrator's `if` keeps its meaning for ever."""
    known = [f"{code} {case.number}" for code, case in cases.load().items()]

    assert FROZEN.read_text("utf-8").splitlines() == known


def test_numbers_grow_in_the_order_of_the_codes() -> None:
    """Together with the firsts of the blocks this keeps each number in its code's block."""
    numbers = [cases.case(code).number for code in Code]

    assert sorted(set(numbers)) == numbers
    assert {code: cases.case(code).number for code in BLOCKS} == BLOCKS


@pytest.mark.parametrize("code", Code)
def test_the_steps_are_the_same_in_every_language(code: Code) -> None:
    """A step ticked off in one language stays ticked when the reader changes the language."""
    case = cases.case(code)
    versions = [
        [[step.id for step in text.steps] for text in spoken(case, language)]
        for language in Language
    ]

    assert [versions[0]] * len(Language) == versions


@pytest.mark.parametrize("code", Code)
def test_each_language_is_written_in_its_own_letters(code: Code) -> None:
    """A text pasted under the wrong language, or Slovak without its marks, shows here."""
    case = cases.case(code)
    russian = [line for text in spoken(case, Language.RU) for line in lines(text)]
    slovak = [line for text in spoken(case, Language.SK) for line in lines(text)]
    english = [line for text in spoken(case, Language.EN) for line in lines(text)]

    assert [line for line in russian if not CYRILLIC.search(line)] == []
    assert [line for line in slovak + english if CYRILLIC.search(line)] == []
    assert [line for line in english if SLOVAK.search(line)] == []
    assert [text for text in spoken(case, Language.SK) if not SLOVAK.search(text.cause)] == []


@pytest.mark.parametrize("code", Code)
def test_the_texts_are_short_whole_sentences_about_our_own_product(code: Code) -> None:
    """They stand on cards and are read out on the phone."""
    texts = [text for lang in Language for text in spoken(cases.case(code), lang)]
    sentences = [line for text in texts for line in lines(text)[1:]]

    assert [text.title for text in texts if len(text.title) > 70 or text.title[-1] in ".!"] == []
    assert [line for line in sentences if len(line) > 240 or line[-1] not in ".…"] == []
    assert [line for text in texts for line in lines(text) if OTHER_PRODUCTS.search(line)] == []


@pytest.mark.parametrize("code", Code)
def test_who_acts_and_what_kind_it_is_agree(code: Code) -> None:
    """The console asks the actor to move and chooses the button by the category."""
    case = cases.case(code)
    actors = {
        Category.PROGRESS: {Actor.NOBODY},
        Category.WAIT: {Actor.NOBODY, Actor.INTEGRATOR},
        Category.CUSTOMER_ACTS_AT_BANK: {Actor.CUSTOMER},
        Category.CUSTOMER_ACTS_HERE: {Actor.CUSTOMER},
        Category.FIX_INPUT: {Actor.CUSTOMER, Actor.INTEGRATOR},
        Category.RECONNECT: {Actor.CUSTOMER, Actor.INTEGRATOR},
        Category.BANK_FAULT: {Actor.BANK},
        Category.OPERATOR_ACTS: {Actor.OPERATOR},
        Category.INTEGRATOR_ACTS: {Actor.INTEGRATOR},
    }
    readers = {
        Actor.CUSTOMER: Audience.CUSTOMER,
        Actor.INTEGRATOR: Audience.INTEGRATOR,
        Actor.OPERATOR: Audience.OPERATOR,
    }

    assert case.actor in actors[case.category]
    assert readers.get(case.actor, Audience.CUSTOMER) == case.audience


def test_nobody_is_asked_to_wait_for_an_action_that_no_one_takes() -> None:
    """Where nobody acts, the retry must come by itself or at a known time."""
    stuck = [
        case.code
        for case in cases.load().values()
        if case.actor in {Actor.NOBODY, Actor.BANK}
        and case.retry not in {RetryKind.AT, RetryKind.AUTOMATIC}
    ]

    assert stuck == []


def test_a_bank_s_menus_replace_the_general_words() -> None:
    """The one article of the seed with exact menus: the account list behind the gear at Sber."""
    case = cases.case(Code.ACCOUNT_NOT_IN_OFFER)
    steps = [step.id for step in case.text(Language.RU, "sber").steps]
    texts = " ".join(lines(case.text(Language.RU, "sber")))

    assert steps == [
        "sign_in_bank",
        "open_all_products",
        "open_connected_products",
        "open_account_list",
        "revoke_offer",
        "reconnect",
        "sign_offer",
    ]
    for menu in (
        "Все продукты и услуги",
        "Подключенные продукты",
        "шестерёнку",
        "Управление сервисами",
        "Подключенные сервисы",
    ):
        assert menu in texts
    assert case.text(Language.RU, "sber").title == case.text(Language.RU).title
    assert case.text(Language.RU, "a bank without words of its own") == case.text(Language.RU)


def test_cut_permissions_lead_through_the_bank_s_integration_page() -> None:
    """The seed's article on changed passwords, cut rights and permissions, in its order."""
    steps = [step.id for step in cases.case(Code.PERMISSIONS_REDUCED).text(Language.RU, None).steps]

    assert steps == [
        "sign_in_bank",
        "open_integrations",
        "open_details",
        "open_access_settings",
        "tick_everything",
        "confirm_changes",
        "check_now",
        "reconnect",
    ]


def test_the_catalogue_is_read_fast_enough_not_to_delay_the_start() -> None:
    """Every process reads it before it serves; the best of five leaves out a busy machine."""
    spent = []
    for _ in range(5):
        began = time.process_time()
        cases.load()
        spent.append(time.process_time() - began)

    assert min(spent) < 0.03
