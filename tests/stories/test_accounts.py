"""Which accounts can be connected at all: mistyped, of a wrong kind, or somebody else's."""

from __future__ import annotations

import pytest

from tests.stories.story import NOTHING, Story

ONE = [{"currency": "RUB"}]


async def test_a_bank_without_integration_is_named_with_those_that_have_one(story: Story) -> None:
    """No link in the settings means no integration: the answer says which banks there are."""
    company = await story.company("RU", {"sber": ONE})
    problem = await story.refused("POST", "/connections", story.order("alfa", company))
    listed = await story.ask("GET", "/banks")

    assert (problem["status"], problem["code"]) == (422, "BANK_NOT_SUPPORTED")
    assert problem["evidence"]["known"] == [bank["id"] for bank in listed["items"]]
    assert problem["evidence"]["known"] == ["sber", "tatra", "tochka"]


async def test_all_slips_in_the_details_are_found_at_once_and_before_the_bank(
    story: Story,
) -> None:
    """A typo, a correspondent account, a card's account, an INN and a KPP that cannot be."""
    company = await story.company("RU", {"sber": ONE})
    good = company["accounts"][0]
    typo = good["number"][:-1] + str((int(good["number"][-1]) + 1) % 10)
    told = {}
    for number in (good["number"], typo, "30101810400000000225"):
        wish = {"bank": "sber", "account_number": number, "bic": good["bic"]}
        told[number] = await story.ask("POST", "/checks", wish)
    several = await story.ask(
        "POST",
        "/checks",
        {"bank": "sber", "account_number": typo, "bic": good["bic"], "inn": "7707083894"},
    )
    codes = {number: [one["code"] for one in answer["findings"]] for number, answer in told.items()}

    assert told[good["number"]]["ok"]
    assert codes == {
        good["number"]: [],
        typo: ["ACCOUNT_DETAILS_INVALID"],
        "30101810400000000225": ["CORRESPONDENT_ACCOUNT_GIVEN"],
    }
    assert len(several["findings"]) == 2
    assert not [line for line in story.sandbox.journal.since(0) if line.bank == "sber"]


@pytest.mark.parametrize("kind", ["loan", "card", "deposit"])
async def test_an_account_of_a_wrong_kind_says_so_and_the_others_load(
    story: Story, kind: str
) -> None:
    """Loans, cards and deposits have no statements here; that is no trouble of the connection."""
    company = await story.company("RU", {"sber": [*ONE, {"currency": "RUB", "kind": kind}]})
    good, wrong = (account["number"] for account in company["accounts"])
    await story.payments(good, **{"from": story.day(-3), "to": story.day(-1), "count": 9})
    connection = await story.connected("sber", company, days=3)
    await story.run_for(hours=1)
    accounts = {account["number"]: account for account in await story.accounts_of(connection)}
    wish = {"account_id": accounts[wrong]["id"], "from": story.day(-3), "to": story.day(-1)}
    refused = await story.refused("POST", "/loads", wish)
    address = f"/connections/{connection['id']}/accounts"
    chosen = await story.refused("PUT", address, {"selected": [accounts[wrong]["id"]]})

    assert (connection["status"], connection["problem"]) == ("active", None)
    assert not accounts[wrong]["eligible"]
    assert not accounts[wrong]["selected"]
    assert accounts[wrong]["problem"]["code"] == "ACCOUNT_KIND_NOT_SUPPORTED"
    assert refused["code"] == chosen["code"] == "ACCOUNT_KIND_NOT_SUPPORTED"
    assert await story.differences(accounts[good]) == NOTHING


async def test_a_company_with_another_inn_is_not_connected_in_its_place(story: Story) -> None:
    """INN and KPP must be those of the organisation; nothing of the other one is kept."""
    ours = await story.company("RU", {"sber": ONE})
    theirs = await story.company("RU", {"sber": ONE})
    made = await story.ask("POST", "/connections", story.order("sber", ours))
    told = await story.customer(made, accounts=[theirs["accounts"][0]["number"]])
    kept = await story.accounts_of(made)
    mended = await story.again(made, "reconnect", accounts=[ours["accounts"][0]["number"]])

    assert (told["status"], told["code"]) == ("action_required", "ORGANISATION_DETAILS_MISMATCH")
    assert kept == []
    assert mended["status"] == "active"
    assert (await story.only_account(made))["owner"]["inn"] == ours["inn"]


async def test_an_account_of_another_organisation_moves_to_where_it_belongs(story: Story) -> None:
    """It is told apart from a typo, and connected for its owner it loads."""
    ours = await story.company("RU", {"tochka": ONE})
    theirs = await story.company("RU", {"tochka": ONE})
    wrong = theirs["accounts"][0]
    await story.payments(
        wrong["number"], **{"from": story.day(-5), "to": story.day(-1), "count": 9}
    )
    both = [ours["accounts"][0], wrong]
    connection = await story.connected(
        "tochka",
        ours,
        days=5,
        accounts=[ours["accounts"][0]["number"]],
        expected_accounts=[{"number": a["number"], "bic": a["bic"]} for a in both],
    )
    moved = await story.connected("tochka", theirs, days=5, accounts=[wrong["number"]])
    await story.run_for(hours=2)
    account = await story.only_account(moved)

    assert connection["status"] == "active"
    assert connection["problem"]["code"] in {
        "ACCOUNT_OF_OTHER_ORGANISATION", "ACCOUNT_NOT_FOUND",
    }  # fmt: skip
    assert account["owner"]["inn"] == theirs["inn"]
    assert await story.differences(account) == NOTHING
