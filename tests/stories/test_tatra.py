"""Slovak banks behind Tatra: who connects how, for how long, how fast, and how it is prolonged."""

from __future__ import annotations

from datetime import timedelta

from tests.stories.story import NOTHING, Json, Story, instant

ONE = [{"currency": "EUR"}]
ZONE = "Europe/Bratislava"


async def _company(story: Story, *banks: str) -> Json:
    """A company with an account at each bank that has moved in the last days."""
    company = await story.company("SK", dict.fromkeys(banks, ONE))
    for account in company["accounts"]:
        span = {"from": story.day(-10), "to": story.day(-1)}
        await story.payments(account["iban"], **span, count=10)
    return company


async def _connected(story: Story, *banks: str, **more: str) -> tuple[Json, Json]:
    """Such a company, connected through Tatra: company, connection."""
    company = await _company(story, *banks)
    return company, await story.connected("tatra", company, days=20, **more)


async def _by_iban(story: Story, connection: Json) -> dict[str, Json]:
    return {account["iban"]: account for account in await story.accounts_of(connection)}


async def _differences(story: Story, connection: Json) -> list[Json]:
    return [await story.differences(one) for one in await story.accounts_of(connection)]


async def test_without_a_wish_the_first_load_goes_three_months_back(story: Story) -> None:
    """Older rows stay at the bank; what is within three months is complete and proven."""
    company = await story.company("SK", {"tatra": ONE})
    iban = company["accounts"][0]["iban"]
    await story.payments(iban, **{"from": story.day(-130), "to": story.day(-1), "count": 60})
    made = await story.ask("POST", "/connections", story.order("tatra", company))
    told = await story.customer(made)
    await story.run_for(hours=2)
    connection = await story.connection_now(made)
    account = await story.only_account(connection)
    load = await story.last_load(account)
    older = await story.items("/transactions", to=story.day(-92, ZONE))

    assert told == {"connection": made["id"], "status": "active"}
    assert made["next"]["kind"] == "redirect"
    assert connection["history_from"] == account["history_from"] == story.day(-90, ZONE)
    assert (load["state"], load["from"]) == ("complete", story.day(-90, ZONE))
    assert older == []
    assert await story.differences(account) == NOTHING


async def test_one_connection_reaches_several_banks_and_another_is_added_later(
    story: Story,
) -> None:
    """Tatra, ČSOB and Fio at first; VÚB joins by `renew`, and nobody's id changes."""
    banks = ("tatra", "csob", "fio", "vub")
    company = await _company(story, *banks)
    ibans = {account["bank"]: account["iban"] for account in company["accounts"]}
    first = [ibans[bank] for bank in banks[:3]]
    connection = await story.connected("tatra", company, days=20, accounts=first, schedule="hourly")
    await story.run_for(hours=15)
    before = await _by_iban(story, connection)
    await story.again(connection, "renew", accounts=[*first, ibans["vub"]])
    await story.run_for(hours=24)
    after = await _by_iban(story, connection)

    assert set(before) == set(first)
    assert {a["bank"] for a in before.values()} == {"tatra"}
    assert before[ibans["csob"]]["bank_name"] == "ČSOB"
    assert {iban: after[iban]["id"] for iban in before} == {i: a["id"] for i, a in before.items()}
    assert set(after) == set(ibans.values())
    assert await _differences(story, connection) == [NOTHING] * 4


async def test_own_rows_come_at_once_and_those_of_other_banks_several_times_a_day(
    story: Story,
) -> None:
    """Tatra pushes; the others are read when their windows come, four times a day at most."""
    company, connection = await _connected(story, "tatra", "csob", schedule="hourly")
    await story.let_push("tatra")
    await story.run_for(hours=5)
    own, other = (account["iban"] for account in company["accounts"])
    await story.pays(own, "11.00", "Faktúra 11")
    await story.pays(other, "12.00", "Faktúra 12")
    await story.run_for(minutes=1)
    at_once = await story.items("/transactions", **{"from": story.day(0, ZONE)})
    await story.run_for(hours=18)
    later = await story.items("/transactions", **{"from": story.day(-1, ZONE)})
    arrived = next(row for row in later if row["amount"] == "12.00")
    waited = instant(arrived["received_at"]) - instant(at_once[0]["received_at"])
    facts = await story.ask("GET", "/banks/tatra")

    assert connection["status"] == "active"
    assert facts["capabilities"]["push"]
    assert facts["capabilities"]["unattended_reads_per_day"] == 4
    assert [row["amount"] for row in at_once] == ["11.00"]
    assert timedelta(minutes=30) < waited < timedelta(hours=18)
    assert await _differences(story, connection) == [NOTHING, NOTHING]


async def test_after_180_days_the_customer_renews_and_nothing_is_missing(story: Story) -> None:
    """He is warned a month ahead, loses nothing when he is late, and the ids stay."""
    company, connection = await _connected(story, "tatra", schedule="daily")
    await story.run_for(hours=2)
    before = await story.only_account(connection)
    ends = instant(connection["consent"]["expires_at"])
    await story.advance(ends - timedelta(days=29))
    await story.settle()
    warned = await story.connection_now(connection)
    await story.advance(ends + timedelta(days=1))
    await story.settle()
    expired = await story.connection_now(connection)
    await story.pays(company["accounts"][0]["iban"], "180.00", "Po termíne")
    await story.advance(ends + timedelta(days=5))
    await story.settle()
    asked = await story.ask("POST", f"/connections/{connection['id']}/renew")
    told = await story.customer(asked)
    await story.run_for(hours=2)
    renewed = await story.connection_now(connection)
    after = await story.only_account(connection)
    missed = await story.items("/transactions", q="Po termíne")

    granted = instant(connection["consent"]["granted_at"])
    assert ends - granted == timedelta(days=180)
    assert (warned["status"], warned["problem"]["code"]) == ("active", "CONSENT_EXPIRING")
    assert (expired["status"], expired["problem"]["code"]) == ("expired", "CONSENT_EXPIRED")
    assert told["status"] == renewed["status"] == "active"
    assert renewed["problem"] is None
    assert instant(renewed["consent"]["expires_at"]) > ends + timedelta(days=180)
    assert after["id"] == before["id"]
    assert len(missed) == 1
    assert await story.differences(after) == NOTHING


async def test_a_consent_renewed_in_time_never_stops_the_reading(story: Story) -> None:
    """While the customer is asked the old consent works; one who says no loses nothing."""
    _, connection = await _connected(story, "tatra")
    await story.run_for(hours=2)
    asked = await story.ask("POST", f"/connections/{connection['id']}/renew")
    refused = await story.customer(asked, "refuse")
    still = await story.connection_now(connection)
    renewed = await story.again(connection, "renew")
    await story.run_for(hours=2)

    assert asked["status"] == "active"
    assert refused == {
        "connection": connection["id"], "status": "active", "code": "AUTHORISATION_DECLINED",
    }  # fmt: skip
    assert still["consent"]["expires_at"] == connection["consent"]["expires_at"]
    assert (renewed["status"], renewed["problem"]) == ("active", None)
    assert renewed["consent"]["expires_at"] > connection["consent"]["expires_at"]
    assert await _differences(story, connection) == [NOTHING]


async def test_a_registration_left_halfway_is_taken_up_again(story: Story) -> None:
    """Who is no client of Tatra registers first; leaving the form ends in a clear next step."""
    company = await story.company("SK", {"csob": ONE})
    await story.happens("tatra", "REGISTRATION_INCOMPLETE", company=company["id"])
    made = await story.ask("POST", "/connections", story.order("tatra", company))
    told = await story.customer(made)
    mended = await story.again(made, "reconnect")

    assert (told["status"], told["code"]) == ("action_required", "REGISTRATION_INCOMPLETE")
    assert mended["status"] == "active"


async def test_a_pairing_cancelled_here_is_cancelled_at_tatra(story: Story) -> None:
    """The consent ends there, the rows stay here."""
    _, connection = await _connected(story, "tatra")
    await story.run_for(hours=2)
    account = await story.only_account(connection)
    closed = await story.ask("DELETE", f"/connections/{connection['id']}")
    ended = [line for line in story.sandbox.journal.since(0) if line.method == "DELETE"]

    assert closed["status"] == "closed"
    assert [line.status for line in ended] == [204]
    assert await story.items("/transactions", account_id=account["id"])
    assert await story.differences(account) == NOTHING
