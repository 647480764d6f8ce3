"""What needs no server: banks, checks, explanations."""

from __future__ import annotations

import json

import pytest

from providers import BANKS
from schemas.codes import Code
from tests.gateway.cli.conftest import Shell


def test_all_banks_are_listed_with_their_limits(shell: Shell) -> None:
    """The same descriptors that GET /v1/banks shows."""
    items = json.loads(shell("banks", "--json").stdout)["items"]

    assert {bank["id"] for bank in items} == set(BANKS)
    assert all(bank["capabilities"]["window_days"] >= 1 for bank in items)


def test_the_table_of_banks_names_them(shell: Shell) -> None:
    """Without --json it is read by somebody."""
    done = shell("banks")

    assert all(entrance.bank.name in done.stdout for entrance in BANKS.values())


def test_details_without_a_slip_end_with_zero(shell: Shell) -> None:
    """The number and its key were made for Sber's BIC."""
    words = ("--bank", "sber", "--account-number", "40702810200000000001", "--bic", "044525225")
    done = shell("check", *words, "--json")
    told = json.loads(done.stdout)

    assert (done.exit_code, told["ok"]) == (0, True)
    assert set(told) == {"ok", "findings", "account_kind", "history"}
    assert set(told["history"]) == {"earliest", "windows", "eta", "advice_code"}


def test_a_finding_ends_with_one_and_its_code_comes_first(shell: Shell) -> None:
    """`mostik check … || support` can read the code from the first word."""
    words = ("--bank", "sber", "--account-number", "30101810400000000225")
    done = shell("check", *words, "--lang", "ru")

    assert done.exit_code == 1
    assert done.stderr.split()[0] == Code.CORRESPONDENT_ACCOUNT_GIVEN
    assert "1." in done.stderr
    assert "Расчётный" in done.stderr


def test_every_finding_is_told(shell: Shell) -> None:
    """Whoever repairs the first slip should not meet the second one afterwards."""
    words = ("--bank", "sber", "--inn", "1234567890", "--kpp", "12")
    done = shell("check", *words, "--json")

    assert [each["evidence"]["field"] for each in json.loads(done.stdout)["findings"]] == [
        "inn",
        "kpp",
    ]


def test_an_unknown_bank_is_a_problem_and_not_a_crash(shell: Shell) -> None:
    """The list of banks grows; a script may be newer than the installation."""
    done = shell("check", "--bank", "nobody")

    assert done.exit_code == 1
    assert done.stderr.startswith("BANK_NOT_SUPPORTED")


@pytest.mark.parametrize("words", ["ACCOUNT_NOT_IN_OFFER", "MB-1202", "mb 1202", "1202"])
def test_a_code_is_found_however_it_is_read_out(shell: Shell, words: str) -> None:
    """Support hears it on the phone."""
    told = json.loads(shell("explain", words, "--json", "--lang", "sk").stdout)

    assert (told["code"], told["language"]) == ("ACCOUNT_NOT_IN_OFFER", "sk")
    assert told["steps"]


def test_a_bank_has_its_own_words(shell: Shell) -> None:
    """A step names the menu that the customer sees."""
    general = shell("explain", "MB-1202").stdout
    special = shell("explain", "MB-1202", "--bank", "sber").stdout

    assert general != special
    assert "Sber" in special


def test_words_find_several_cases_best_first(shell: Shell) -> None:
    """Nobody knows the codes by heart."""
    items = json.loads(shell("explain", "offer", "signd", "--json").stdout)["items"]
    told = shell("explain", "offer signd").stdout

    assert items[0]["code"] == "OFFER_NOT_SIGNED"
    assert len(items) > 1
    assert told.startswith("OFFER_NOT_SIGNED MB-1201")
    assert "ACCOUNT_NOT_IN_OFFER" in told


def test_what_no_case_knows_ends_with_one(shell: Shell) -> None:
    """Silence with a zero would look like an answer."""
    done = shell("explain", "xylophone")

    assert done.exit_code == 1
    assert done.stderr.startswith("NOT_FOUND")
