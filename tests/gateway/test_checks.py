"""The check before connecting: each slip the support desk knows, found without a bank."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.checks import Details, Finding, Findings, Lookups, check
from schemas.bank import Bank, Capabilities, Flow, LinkedBank
from schemas.codes import Code
from schemas.numbers import account
from schemas.numbers.account import AccountKind

TODAY = date(2026, 11, 21)
BIC = "044525974"
OTHER_BIC = "044525225"


def _bank(**changes: Any) -> Bank:
    facts: dict[str, Any] = {
        "id": "sever",
        "name": "Север",
        "country": "RU",
        "countries": ("RU",),
        "currencies": ("RUB",),
        "flow": Flow.OAUTH,
        "zone": "Europe/Moscow",
        "bics": (BIC,),
        "documentation": "https://bank.example/docs",
        "capabilities": Capabilities(max_history_days=1825),
    }
    return Bank(**(facts | changes))


SEVER = _bank()
ANY_BRANCH = _bank(bics=())
YUG = _bank(id="yug", name="Юг", bics=(OTHER_BIC,))
DUNAJ = _bank(
    id="dunaj",
    name="Dunaj",
    country="SK",
    countries=("SK",),
    currencies=("EUR",),
    zone="Europe/Bratislava",
    bics=("TATRSKBX",),
    reaches=(LinkedBank("slsp", "Slovenská sporiteľňa", "GIBASKBX", "0900"),),
)
LOOKUPS = Lookups(banks=(SEVER, YUG, DUNAJ))


def _number(prefix: str, bic: str = BIC) -> str:
    blank = f"{prefix}810000000001234"
    blank = f"{blank[:8]}0{blank[9:]}".ljust(20, "7")
    return blank[:8] + account.control_key(blank, bic) + blank[9:]


def _iban(bank: str) -> str:
    number = int("".join(str(int(letter, 36)) for letter in f"{bank}0000000012345671SK00"))
    return f"SK{98 - number % 97:02d}{bank}0000000012345671"


def _check(bank: Bank, **details: Any) -> Findings:
    return check(bank, Details(**details), TODAY, LOOKUPS)


def _told(answer: Findings) -> list[tuple[Code, str, Any]]:
    return [(f.code, f.field, f.evidence.get("reason")) for f in answer.findings]


SETTLEMENT = _number("40702")
INVALID = Code.ACCOUNT_DETAILS_INVALID


def test_right_details_pass() -> None:
    """A check that finds fault with good details is worse than none."""
    answer = _check(
        SEVER,
        account_number=SETTLEMENT,
        bic=BIC,
        inn="7707083893",
        kpp="773601001",
        history_from=date(2026, 11, 12),
    )

    assert answer.findings == ()
    assert answer.ok
    assert answer.account_kind is AccountKind.SETTLEMENT


def test_nothing_given_is_nothing_wrong() -> None:
    """Every field may be left out, even all of them."""
    answer = _check(SEVER)

    assert answer.ok
    assert answer.account_kind is None
    assert answer.history.windows == 1
    assert answer.history.advice_code is None


@pytest.mark.parametrize(
    ("bic", "reason"),
    [
        ("44525974", "shape"),
        ("0445259744", "shape"),
        ("TATRSKBX", "shape"),
        (" ", "shape"),
        ("044525593", "other_bank"),
    ],
)
def test_a_bic_that_cannot_be_this_banks_is_told(bic: str, reason: str) -> None:
    """Both the slip of the finger and the wrong bank have their own advice."""
    assert _told(_check(SEVER, bic=bic)) == [(INVALID, "bic", reason)]


def test_the_bank_that_keeps_the_bic_is_named_when_we_connect_it() -> None:
    """The customer picked the wrong tile, and we can say which is the right one."""
    found = _check(SEVER, bic=OTHER_BIC).findings[0]

    assert found.evidence == {
        "field": "bic",
        "reason": "other_bank",
        "bank": "sever",
        "keeper": "yug",
    }


def test_a_bank_with_many_branches_takes_any_bic() -> None:
    """An empty list in the descriptor says that nobody could list them all."""
    number = _number("40702", "042202603")

    assert _check(ANY_BRANCH, bic="042202603", account_number=number).ok


@pytest.mark.parametrize("number", [SETTLEMENT[:19], SETTLEMENT + "0", "4070281O" + SETTLEMENT[8:]])
def test_an_account_of_another_shape_is_told(number: str) -> None:
    """Twenty digits, no fewer, no more, no letters."""
    answer = _check(SEVER, account_number=number)

    assert _told(answer) == [(INVALID, "account_number", "shape")]
    assert answer.account_kind is None


@given(place=st.integers(9, 19), by=st.integers(1, 9))
def test_a_mistyped_digit_fails_the_control_key(place: int, by: int) -> None:
    """With the BIC given or not: the descriptor knows where the account must be kept."""
    typed = SETTLEMENT[:place] + str((int(SETTLEMENT[place]) + by) % 10) + SETTLEMENT[place + 1 :]

    for details in ({"account_number": typed}, {"account_number": typed, "bic": BIC}):
        assert _told(_check(SEVER, **details)) == [(INVALID, "account_number", "key")]


def test_evidence_shows_four_digits_and_no_more() -> None:
    """Evidence is logged and shown on screens; whole account numbers are not."""
    typed = SETTLEMENT[:-1] + str((int(SETTLEMENT[-1]) + 1) % 10)
    found = _check(SEVER, account_number=typed, bic=BIC).findings[0]

    assert found.evidence["given"] == f"…{typed[-4:]}"
    assert typed not in str(found.evidence)


def test_a_key_that_fits_another_bic_of_the_bank_points_at_the_bic() -> None:
    """The account is right and the branch is wrong: that is another field to correct."""
    two = _bank(bics=(BIC, "044525104"))
    number = _number("40702", "044525104")
    found = _check(two, account_number=number, bic=BIC).findings

    assert [finding.evidence["fits_bic"] for finding in found] == [["044525104"]]


def test_an_unreadable_bic_does_not_make_the_account_wrong() -> None:
    """One slip is one finding."""
    assert _told(_check(SEVER, account_number=SETTLEMENT, bic="44525974")) == [
        (INVALID, "bic", "shape")
    ]


def test_without_any_bic_the_key_is_not_judged() -> None:
    """There is nothing to reckon it by."""
    assert _check(ANY_BRANCH, account_number=SETTLEMENT).ok


@pytest.mark.parametrize("prefix", ["30101", "30102", "30109", "30110"])
def test_a_correspondent_account_is_told_before_its_key(prefix: str) -> None:
    """People copy the wrong line of the bank's page; "typo" would send them in circles."""
    wrong_key = f"{prefix}810000000000746"
    found = _check(SEVER, account_number=wrong_key, bic=BIC).findings

    assert [finding.code for finding in found] == [Code.CORRESPONDENT_ACCOUNT_GIVEN]


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        ("40817", "personal_card"),
        ("40820", "personal_card"),
        ("45201", "overdraft"),
        ("45206", "loan"),
        ("42102", "deposit"),
        ("42301", "deposit"),
        ("40911", "transit"),
        ("30233", "payment_system"),
        ("47422", "bank_internal"),
        ("40102", "treasury"),
    ],
)
def test_card_credit_deposit_and_treasury_accounts_are_refused(prefix: str, kind: str) -> None:
    """Banks open settlement accounts to programs and no others; the number gives it away."""
    answer = _check(SEVER, account_number=_number(prefix), bic=BIC)
    given = _number(prefix)[-4:]

    assert answer.findings == (
        Finding(
            Code.ACCOUNT_KIND_NOT_SUPPORTED,
            "account_number",
            {"field": "account_number", "given": f"…{given}", "kind": kind},
        ),
    )
    assert answer.account_kind == kind


def test_a_treasury_clients_account_is_refused_without_a_key() -> None:
    """It has no control key, so the prefix alone decides."""
    found = _check(SEVER, account_number="03100643000000018500", bic=BIC).findings

    assert [finding.code for finding in found] == [Code.ACCOUNT_KIND_NOT_SUPPORTED]


@pytest.mark.parametrize("prefix", ["40702", "40703", "40802", "40807", "40602", "40821", "40706"])
def test_accounts_of_companies_and_sole_proprietors_pass(prefix: str) -> None:
    """Earmarked and non-resident accounts are the bank's own decision, not ours."""
    assert _check(SEVER, account_number=_number(prefix), bic=BIC).ok


def test_a_mistyped_prefix_is_told_as_both() -> None:
    """40817 for 40802 may be a card or a slip, and the failing key says which is likelier."""
    typed = "40817" + _number("40802")[5:]

    assert [finding.code for finding in _check(SEVER, account_number=typed, bic=BIC).findings] == [
        INVALID,
        Code.ACCOUNT_KIND_NOT_SUPPORTED,
    ]


@pytest.mark.parametrize(
    ("field", "number", "reason"),
    [
        ("inn", "770708389", "shape"),
        ("inn", "7707083894", "checksum"),
        ("inn", "0012345678", "region"),
        ("kpp", "77360100", "shape"),
        ("kpp", "7736ab001", "shape"),
    ],
)
def test_slips_in_inn_and_kpp_name_their_field(field: str, number: str, reason: str) -> None:
    """A typo is not a mismatch: nobody has compared it with the bank's own figures yet."""
    assert _told(_check(SEVER, **{field: number})) == [(Code.REQUEST_INVALID, field, reason)]


@pytest.mark.parametrize("nothing", ["", "0", "000000000", "0000000000"])
def test_zeros_for_inn_and_kpp_mean_none(nothing: str) -> None:
    """A sole proprietor has no KPP, and programs write a zero for it."""
    assert _check(SEVER, inn=nothing, kpp=nothing).ok


@pytest.mark.parametrize("code", ["1100", "0900"])
def test_an_iban_of_the_bank_or_of_one_reached_through_it_passes(code: str) -> None:
    """Some banks are connected through another bank's interface."""
    answer = _check(DUNAJ, iban=_iban(code), history_from=TODAY)

    assert answer.findings == ()
    assert answer.account_kind is None


@pytest.mark.parametrize(
    ("iban", "reason"),
    [
        ("SK3212000000198742637541", "checksum"),
        ("SK31", "shape"),
        ("SK3512000000198742637542", "checksum"),
        ("CZ6508000000192000145399", "country"),
    ],
)
def test_a_wrong_iban_is_told(iban: str, reason: str) -> None:
    """Remainder, shape, and whether the bank works in that country at all."""
    assert _told(_check(DUNAJ, iban=iban)) == [(INVALID, "iban", reason)]


def test_an_iban_whose_base_number_fails_the_weights_is_told() -> None:
    """The remainder may be right over an account no Slovak bank would have opened."""
    digits = "02000000000012345672"
    remainder = int("".join(str(int(c, 36)) for c in f"{digits}SK00")) % 97

    assert _told(_check(DUNAJ, iban=f"SK{98 - remainder:02d}{digits}")) == [
        (INVALID, "iban", "weights")
    ]


def test_an_iban_of_another_bank_names_that_bank() -> None:
    """The name comes from the central bank's list."""
    answer = _check(DUNAJ, iban=_iban("0200"))

    assert _told(answer) == [(INVALID, "iban", "other_bank")]
    assert answer.findings[0].evidence["keeper"] == "Všeobecná úverová banka, a.s."


def test_an_iban_of_a_bank_nobody_lists_shows_its_code() -> None:
    """A bank that left the register has no name any more."""
    found = _check(DUNAJ, iban="SK3112000000198742637541").findings

    assert [finding.evidence["keeper"] for finding in found] == ["1200"]


@pytest.mark.parametrize(
    ("bic", "reasons"),
    [
        ("TATRSKBX", []),
        ("tatrskbxxxx", []),
        ("TATR", ["shape"]),
        ("GIBASKBX", ["disagrees_with_iban"]),
        ("SUBASKBX", ["other_bank", "disagrees_with_iban"]),
    ],
)
def test_a_swift_code_must_agree_with_bank_and_iban(bic: str, reasons: list[str]) -> None:
    """The last three letters name a branch and are nobody's mistake."""
    found = _check(DUNAJ, bic=bic, iban=_iban("1100")).findings

    assert [finding.evidence["reason"] for finding in found] == reasons


def test_each_country_has_its_own_kind_of_number() -> None:
    """An IBAN at a Russian bank means the wrong bank was picked, and the other way round."""
    russian, slovak = _check(SEVER, iban=_iban("1100")), _check(DUNAJ, account_number=SETTLEMENT)

    assert _told(russian) == [(Code.REQUEST_INVALID, "iban", "account_number_wanted")]
    assert _told(slovak) == [(Code.REQUEST_INVALID, "account_number", "iban_wanted")]


def test_a_day_before_the_banks_memory_is_told_with_the_earliest_day() -> None:
    """Otherwise the load would fail days later at its first window."""
    bank = _bank(capabilities=Capabilities(max_history_days=90))
    answer = _check(bank, history_from=date(2026, 8, 22))

    assert [(f.code, f.evidence) for f in answer.findings] == [
        (
            Code.HISTORY_LIMIT_EXCEEDED,
            {"field": "history_from", "asked": "2026-08-22", "earliest": "2026-08-23"},
        )
    ]
    assert answer.history.earliest == date(2026, 8, 23)
    assert answer.history.windows == 10


def test_the_earliest_day_itself_is_allowed() -> None:
    """A limit of 90 days reaches 90 days back."""
    bank = _bank(capabilities=Capabilities(max_history_days=90))

    assert _check(bank, history_from=date(2026, 8, 23)).ok


def test_a_bank_without_a_limit_has_no_earliest_day() -> None:
    """None is not "today"."""
    answer = _check(_bank(capabilities=Capabilities()), history_from=date(2001, 1, 1))

    assert answer.ok
    assert answer.history.earliest is None


def test_a_day_to_come_is_no_beginning() -> None:
    """It is a slip in the year, mostly."""
    answer = _check(SEVER, history_from=TODAY + timedelta(days=1))

    assert [finding.code for finding in answer.findings] == [Code.PERIOD_INVALID]
    assert answer.history.windows == 1


@pytest.mark.parametrize(
    ("days", "windows", "minutes", "advice"),
    [
        (1, 1, 30, None),
        (10, 1, 30, None),
        (11, 2, 60, Code.LOAD_IN_PARTS),
        (181, 19, 570, Code.LOAD_IN_PARTS),
        (480, 48, 1440, Code.LOAD_IN_PARTS),
        (481, 49, 1470, Code.LOAD_PERIOD_TOO_LONG),
        (1095, 110, 3300, Code.LOAD_PERIOD_TOO_LONG),
    ],
)
def test_the_load_takes_half_an_hour_for_ten_days(
    days: int, windows: int, minutes: int, advice: Code | None
) -> None:
    """More than a day is worth a warning; neither advice makes the details wrong."""
    answer = _check(SEVER, history_from=TODAY - timedelta(days=days - 1))

    assert answer.ok
    assert answer.history.windows == windows
    assert answer.history.eta == timedelta(minutes=minutes)
    assert answer.history.advice_code == advice


def test_every_slip_is_told_at_once() -> None:
    """A form corrected field by field makes people give up."""
    answer = _check(
        SEVER,
        bic="1",
        account_number="2",
        iban="3",
        inn="4",
        kpp="5",
        history_from=date(1999, 1, 1),
    )

    assert not answer.ok
    assert [finding.field for finding in answer.findings] == [
        "bic",
        "account_number",
        "iban",
        "inn",
        "kpp",
        "history_from",
    ]
