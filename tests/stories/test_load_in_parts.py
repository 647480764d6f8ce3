"""A first load, told as a support article tells it: in parts, in the bank's order, for hours."""

from __future__ import annotations

from datetime import timedelta

from tests.stories.story import NOTHING, Json, Story, instant

ONE = [{"currency": "RUB"}]
PARTS = {"window_days": 10, "every_minutes": 30, "order": "shuffled", "seed": 5}


def _span(load: Json) -> dict[str, str]:
    """The days of a load."""
    return {"from": load["from"], "to": load["to"]}


async def test_a_period_comes_in_parts_out_of_order_and_is_whole_at_the_end(story: Story) -> None:
    """Ten days every half hour, as the bank likes: each part is in its place, none is waited for.

    Meanwhile the load says how far it is, when it should end, and that nothing is wrong.
    """
    company = await story.company("RU", {"tochka": ONE})
    number = company["accounts"][0]["number"]
    await story.payments(number, **{"from": story.day(-49), "to": story.day(-1), "count": 100})
    await story.behaviour("tochka", delivery=PARTS)
    connection = await story.connected("tochka", company, days=49)
    account = await story.only_account(connection)
    await story.settle()
    early = await story.last_load(account)
    await story.run_for(minutes=65)
    middle = await story.last_load(account)
    known = await story.days(account, **_span(early))
    await story.run_for(hours=2)
    late = await story.last_load(account)
    order = [window["order"] for window in late["windows"]]

    assert early["state"] == middle["state"] == "running"
    assert early["advice_code"] == middle["advice_code"] == "LOAD_IN_PARTS"
    assert early["progress"]["done"] < middle["progress"]["done"] < middle["progress"]["total"]
    assert instant(middle["eta"]) > instant(middle["started_at"])
    assert known["proven"]
    assert known["missing"]
    assert {window["state"] for window in middle["windows"]} > {"received"}
    assert (late["state"], late["eta"], late["advice_code"]) == ("complete", None, None)
    assert late["progress"] == {"done": 5, "total": 5}
    assert sorted(order) == [1, 2, 3, 4, 5]
    assert order != sorted(order)
    assert late["found"] == len(await story.items("/transactions", account_id=account["id"]))
    assert await story.days(account, **_span(late)) == {"proven": 50}
    assert await story.differences(account) == NOTHING


async def test_years_of_history_are_told_to_take_days_before_and_after_ordering(
    story: Story,
) -> None:
    """Who asks for too long a period is advised to choose less, may stop, and keeps what came."""
    company = await story.company("RU", {"tochka": ONE})
    there = company["accounts"][0]
    await story.payments(
        there["number"], **{"from": story.day(-40), "to": story.day(-1), "count": 80}
    )
    await story.behaviour("tochka", delivery=PARTS)
    wish = {"bank": "tochka", "account_number": there["number"], "bic": there["bic"]}
    long = await story.ask("POST", "/checks", {**wish, "history_from": story.day(-500)})
    short = await story.ask("POST", "/checks", {**wish, "history_from": story.day(-60)})
    connection = await story.connected("tochka", company, days=500)
    account = await story.only_account(connection)
    load = await story.last_load(account)
    await story.settle()
    stopped = await story.ask("DELETE", f"/loads/{load['id']}")
    span = {"from": load["from"], "to": story.day(-15)}
    before = await story.days(account, **span)
    await story.run_for(hours=1)
    after = await story.days(account, **span)

    assert long["history"]["advice_code"] == load["advice_code"] == "LOAD_PERIOD_TOO_LONG"
    assert long["history"]["windows"] == load["progress"]["total"]
    assert short["history"]["advice_code"] != "LOAD_PERIOD_TOO_LONG"
    assert instant(load["eta"]) - instant(load["started_at"]) > timedelta(days=1)
    assert stopped["state"] == "cancelled"
    assert before == after
    assert before["missing"]


async def test_a_load_of_a_connection_that_is_closed_does_not_run_for_ever(story: Story) -> None:
    """Whoever waits for its end would wait for ever; reconnected, the days come all the same."""
    company = await story.company("RU", {"tochka": ONE})
    number = company["accounts"][0]["number"]
    await story.payments(number, **{"from": story.day(-30), "to": story.day(-1), "count": 30})
    await story.behaviour("tochka", delivery=PARTS)
    connection = await story.connected("tochka", company, days=30)
    account = await story.only_account(connection)
    await story.settle()
    begun = await story.last_load(account)
    await story.ask("DELETE", f"/connections/{connection['id']}")
    ended = await story.last_load(account)
    await story.again(connection, "reconnect")
    await story.run_for(hours=3)

    assert begun["state"] == "running"
    assert ended["state"] == "failed"
    assert ended["finished_at"]
    assert await story.differences(account) == NOTHING
