"""Payments out of Tochka: from the connection on by itself, earlier ones by hand, each reviewed."""

from __future__ import annotations

from tests.stories.story import NOTHING, Json, Story

ONE = [{"currency": "RUB", "opening_balance": "1000.00"}]


async def _connected(story: Story, accounts: int = 1, **more: str) -> tuple[Json, list[Json]]:
    """Connected from today on: the connection and its accounts."""
    company = await story.company("RU", {"tochka": ONE * accounts})
    await story.behaviour("tochka", delivery={"every_minutes": 0})
    connection = await story.connected("tochka", company, days=0, **more)
    return connection, await story.accounts_of(connection)


async def test_only_the_chosen_accounts_load_from_the_day_of_connecting_on(story: Story) -> None:
    """Of two accounts one is chosen, and a payment of yesterday is not fetched unasked."""
    connection, (chosen, other) = await _connected(story, accounts=2, schedule="hourly")
    address = f"/connections/{connection['id']}/accounts"
    listed = (await story.ask("PUT", address, {"selected": [chosen["id"]]}))["items"]
    await story.run_for(minutes=5)
    for account in (chosen, other):
        await story.pays(account["number"], "5.00", "Вчера", date=story.day(-1))
        await story.pays(account["number"], "10.00", "Сегодня")
    await story.run_for(minutes=65)
    rows = {a["id"]: await story.items("/transactions", account_id=a["id"]) for a in listed}

    assert connection["status"] == "active"
    assert [account["selected"] for account in listed] == [True, False]
    assert [(row["purpose"], row["review"]) for row in rows[chosen["id"]]] == [("Сегодня", "new")]
    assert rows[other["id"]] == []
    assert await story.differences(chosen, story.day()) == NOTHING


async def test_a_month_before_the_connection_is_loaded_by_hand_and_only_that_month(
    story: Story,
) -> None:
    """The answer tells how many payments were found; the months in between stay unread."""
    connection, (account,) = await _connected(story, schedule="hourly")
    month = {"from": "2026-07-01", "to": "2026-07-31"}
    await story.payments(account["number"], **month, count=25)
    await story.payments(account["number"], **{"from": "2026-08-01", "to": "2026-10-31"}, count=30)
    ordered = await story.ask("POST", "/loads", {"account_id": account["id"], **month})
    await story.run_for(hours=3)
    load = await story.ask("GET", f"/loads/{ordered['id']}")
    rows = await story.items("/transactions", account_id=account["id"], **month)
    every = await story.items("/transactions", account_id=account["id"])
    truth = await story.truth(account["number"], **month)
    days = await story.days(account, **{"from": "2026-07-01", "to": "2026-10-31"})

    assert (ordered["state"], ordered["progress"]["done"]) == ("running", 0)
    assert load["state"] == "complete"
    assert load["found"] == len(rows) == len(truth["items"])
    assert {row["review"] for row in rows} == {"new"}
    assert len(every) == len(rows)
    assert days == {"proven": 31, "missing": 92}
    assert (await story.connection_now(connection))["status"] == "active"


async def test_new_payments_are_confirmed_or_rejected_one_by_one_or_together(
    story: Story,
) -> None:
    """A rejected one leaves the lists and stays in the ledger; no later load brings it back."""
    _, (account,) = await _connected(story, schedule="hourly")
    for amount in ("1.00", "2.00", "3.00", "4.00"):
        await story.pays(account["number"], amount, f"Оплата {amount}")
    await story.run_for(minutes=65)
    new = await story.items("/transactions", account_id=account["id"], review="new")
    first, second, third, fourth = (row["id"] for row in new)
    await story.ask("POST", "/transactions/review", {"confirm": [first]})
    await story.ask("POST", "/transactions/review", {"confirm": [second], "reject": [third]})
    await story.ask("POST", "/transactions/review", {"reject": [fourth]})
    await story.run_for(hours=3)
    back = (await story.ask("POST", "/transactions/review", {"restore": [fourth]}))["items"]
    shelves = {
        word: {r["id"] for r in await story.items("/transactions", review=word)}
        for word in ("new", "confirmed", "rejected")
    }
    shown = {row["id"] for row in await story.items("/transactions", account_id=account["id"])}
    digest = await story.ask("GET", f"/accounts/{account['id']}/digest", **{"from": story.day()})
    changes = await story.items_of_feed()

    assert shelves == {"new": {fourth}, "confirmed": {first, second}, "rejected": {third}}
    assert shown == {first, second, fourth}
    assert back[0]["review"] == "new"
    assert (await story.ask("GET", f"/transactions/{third}"))["review"] == "rejected"
    assert [day["count"] for day in digest["days"]] == [4]
    assert [c["type"] for c in changes if c["transaction"]["id"] == third] == ["added", "modified"]


async def test_a_balance_fixed_on_a_day_carries_to_the_days_that_are_not_proven(
    story: Story,
) -> None:
    """Before the bank's own figures begin, the anchor speaks, and says that it is the anchor."""
    _, (account,) = await _connected(story)
    await story.pays(account["number"], "250.00", "Оплата по счету 1")
    await story.run_for(minutes=65)
    address = f"/accounts/{account['id']}"
    before = await story.refused("GET", f"{address}/balance?date=2026-06-30")
    anchor = {"date": "2026-06-30", "balance": "-120.50"}
    fixed = await story.ask("PUT", f"{address}/anchor", anchor)
    then = await story.ask("GET", f"{address}/balance", date="2026-06-30")
    later = await story.ask("GET", f"{address}/balance", date="2026-07-15")
    today = await story.ask("GET", f"{address}/balance", date=story.day())
    truth = await story.truth(account["number"])

    assert before["code"] == "NOT_FOUND"
    assert fixed["anchor"] == anchor
    assert (then["amount"], then["sign"], then["source"]) == ("120.50", "debit", "anchor")
    assert (then["complete"], then["from_date"]) == (True, "2026-06-30")
    assert (later["source"], later["complete"]) == ("anchor", False)
    assert (today["source"], today["amount"]) == ("bank", truth["closing"])


async def test_a_payment_is_there_within_the_minute_when_the_bank_calls(story: Story) -> None:
    """A schedule of once a day is no wait where the bank pushes."""
    _, (account,) = await _connected(story, schedule="daily")
    await story.run_for(minutes=5)
    await story.pays(account["number"], "33.00", "Оплата по счету 33")
    await story.run_for(minutes=1)
    rows = await story.items("/transactions", account_id=account["id"])

    assert [row["amount"] for row in rows] == ["33.00"]
    assert await story.differences(account) == NOTHING
