"""Finding a case by what a caller reads out, remembers or mistypes."""

import pytest

from schemas import cases
from schemas.cases import Language
from schemas.codes import Code


@pytest.mark.parametrize("number", ["MB-1202", "mb-1202", "MB 1202", "mb1202", " 1202 "])
def test_a_number_read_out_over_the_phone_finds_its_case(number: str) -> None:
    """People leave out the letters and the dash."""
    found = cases.by_number(number)

    assert found == cases.case(Code.ACCOUNT_NOT_IN_OFFER)
    assert cases.search(number) == [found]


@pytest.mark.parametrize("number", ["MB-9999", "", "12021202"])
def test_an_unknown_number_finds_nothing(number: str) -> None:
    """A guess would send the caller through another case's steps."""
    assert cases.by_number(number) is None
    assert cases.search(number) == []


@pytest.mark.parametrize("words", ["OFFER_NOT_SIGNED", "offer_not_signed", "Offer not-signed"])
def test_a_whole_code_answers_alone(words: str) -> None:
    """Whoever types a code wants that one."""
    assert [case.code for case in cases.search(words)] == [Code.OFFER_NOT_SIGNED]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("оферта не подписана", Code.OFFER_NOT_SIGNED),
        ("офферта не подписанна", Code.OFFER_NOT_SIGNED),
        ("счета нет в оферте", Code.ACCOUNT_NOT_IN_OFFER),
        ("изменился пороль", Code.CREDENTIALS_CHANGED),
        ("корр счёт", Code.CORRESPONDENT_ACCOUNT_GIVEN),
        ("дебетовая карта", Code.ACCOUNT_KIND_NOT_SUPPORTED),
        ("выписка частями", Code.LOAD_IN_PARTS),
        ("zmena hesla", Code.CREDENTIALS_CHANGED),
        ("neoverený e-mail nie je potvrdeny", Code.EMAIL_NOT_CONFIRMED),
        ("correspondant account", Code.CORRESPONDENT_ACCOUNT_GIVEN),
        ("too many reqests", Code.RATE_LIMITED),
        ("closed acount", Code.ACCOUNT_CLOSED),
    ],
)
def test_words_in_any_language_find_the_case_in_spite_of_slips(words: str, code: Code) -> None:
    """Support types what it hears: other endings, no diacritics, a letter too many."""
    assert cases.search(words)[0].code == code


def test_a_language_narrows_the_search() -> None:
    """A Slovak clerk is not shown cases that only match by a Russian word."""
    assert cases.search("пароль", Language.SK) == []
    assert cases.search("heslo", Language.SK)[0].code == Code.CREDENTIALS_CHANGED


@pytest.mark.parametrize("words", ["", "   ", "?!", "zzzzzz", "x" * 100_000])
def test_words_that_mean_nothing_find_nothing(words: str) -> None:
    """An empty or endless question is answered at once."""
    assert cases.search(words) == []
