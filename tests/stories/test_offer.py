"""Sber's offer: which accounts it names, what happens without it, and how it is mended."""

from __future__ import annotations

from tests.stories.story import NOTHING, Json, Story

ONE = [{"currency": "RUB"}]


async def _furnished(story: Story, accounts: int = 1, days: int = 4) -> Json:
    """A company at Sber whose accounts have moved in the last days."""
    company = await story.company("RU", {"sber": ONE * accounts})
    for account in company["accounts"]:
        span = {"from": story.day(-days), "to": story.day(-1)}
        await story.payments(account["number"], **span, count=3 * days)
    return company


async def test_an_account_left_out_of_the_offer_comes_in_once_it_is_signed_anew(
    story: Story,
) -> None:
    """The signed one works meanwhile, and keeps its id and its rows when the offer is new."""
    company = await _furnished(story, accounts=2)
    signed, forgotten = (account["number"] for account in company["accounts"])
    wanted = [{"number": a["number"], "bic": a["bic"]} for a in company["accounts"]]
    connection = await story.connected(
        "sber", company, days=4, accounts=[signed], expected_accounts=wanted
    )
    await story.run_for(hours=1)
    before = {account["number"]: account for account in await story.accounts_of(connection)}
    early = await story.differences(before[signed])
    mended = await story.again(connection, "reconnect", accounts=[signed, forgotten])
    await story.run_for(hours=1)
    after = {account["number"]: account for account in await story.accounts_of(connection)}
    problem = connection["problem"]

    assert connection["status"] == "active"
    assert (problem["code"], problem["number"]) == ("ACCOUNT_NOT_IN_OFFER", "MB-1202")
    assert problem["evidence"]["wanted"] == f"…{forgotten[-4:]}"
    assert problem["evidence"]["found"] == [f"…{signed[-4:]}"]
    assert (problem["actor"], problem["retry"]["kind"]) == ("customer", "after_action")
    assert [step["id"] for step in problem["steps"]][-2:] == ["reconnect", "sign_offer"]
    assert early == NOTHING
    assert not before[forgotten]["eligible"]
    assert before[forgotten]["problem"]["code"] == "ACCOUNT_NOT_IN_OFFER"
    assert (mended["status"], mended["problem"]) == ("active", None)
    assert {n: a["id"] for n, a in before.items()} == {n: a["id"] for n, a in after.items()}
    assert after[forgotten]["selected"]
    assert [await story.differences(account) for account in after.values()] == [NOTHING, NOTHING]


async def test_whoever_does_not_sign_is_asked_again_in_one_call(story: Story) -> None:
    """Unticking, saving, clearing cookies, ticking: the article's ritual is `reconnect` here."""
    company = await _furnished(story)
    wish = story.order("sber", company, history_from=story.day(-4))
    made = await story.ask("POST", "/connections", wish)
    told = await story.customer(made, "refuse")
    refused = await story.connection_now(made)
    mended = await story.again(made, "reconnect")
    await story.run_for(hours=1)

    assert made["status"] == "awaiting_customer"
    assert told["status"] == refused["status"] == "action_required"
    assert told["code"] == refused["problem"]["code"] == "AUTHORISATION_DECLINED"
    assert (mended["id"], mended["status"]) == (made["id"], "active")
    assert await story.differences(await story.only_account(made)) == NOTHING


async def test_an_offer_that_is_not_signed_is_named_and_ends_with_signing(story: Story) -> None:
    """The access is there and the accounts are not: the customer signs, and the gap is filled."""
    company = await _furnished(story)
    connection = await story.connected("sber", company, days=4, schedule="hourly")
    await story.run_for(hours=2)
    account = await story.only_account(connection)
    await story.happens("sber", "OFFER_NOT_SIGNED", times=1000, company=company["id"])
    await story.pays(account["number"], "777.00", "Оплата по счету 7")
    await story.run_for(hours=15)
    stopped = await story.connection_now(connection)
    meanwhile = await story.differences(account)
    await story.again(connection, "reconnect")
    await story.run_for(hours=1)
    mended = await story.only_account(connection)

    assert (stopped["status"], stopped["problem"]["code"]) == ("revoked", "OFFER_NOT_SIGNED")
    assert len(meanwhile["lacking"]) == 1
    assert mended["id"] == account["id"]
    assert await story.differences(mended) == NOTHING


async def test_a_signature_that_the_bank_works_on_is_waited_for(story: Story) -> None:
    """A quarter to half an hour after signing the data comes by itself; nobody is bothered."""
    company = await _furnished(story)
    await story.behaviour("sber", confirmation_minutes=20)
    early = await story.connected("sber", company, days=4)
    await story.run_for(minutes=10)
    middle = await story.connection_now(early)
    await story.run_for(minutes=15)
    late = await story.connection_now(early)
    await story.run_for(hours=1)

    assert early["status"] == middle["status"] == "confirming"
    assert middle["problem"]["code"] == "BANK_CONFIRMATION_PENDING"
    assert (late["status"], late["problem"]) == ("active", None)
    assert await story.differences(await story.only_account(late)) == NOTHING


async def test_who_may_not_sign_hears_that_somebody_else_must(story: Story) -> None:
    """A bookkeeper without the right of signature comes back with nothing signed."""
    company = await _furnished(story)
    await story.tell(f"/customers/{company['login']}", {"may_sign": False}, "PATCH")
    made = await story.ask("POST", "/connections", story.order("sber", company))
    told = await story.customer(made)
    await story.tell(f"/customers/{company['login']}", {"may_sign": True}, "PATCH")
    mended = await story.again(made, "reconnect")

    assert (told["status"], told["code"]) == ("action_required", "NO_SIGNING_RIGHT")
    assert mended["status"] == "active"
