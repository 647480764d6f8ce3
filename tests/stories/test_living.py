"""A connection that breaks: from the bank's side, from ours, by a password or a missing tick."""

from __future__ import annotations

import pytest

from tests.stories.story import NOTHING, Json, Story

ONE = [{"currency": "RUB"}]


async def _connected(story: Story, bank: str, **more: str) -> tuple[Json, Json, Json]:
    """A company at a bank with a few days loaded: company, connection, account."""
    company = await story.company("RU", {bank: ONE})
    number = company["accounts"][0]["number"]
    await story.behaviour(bank, delivery={"every_minutes": 0})
    await story.payments(number, **{"from": story.day(-4), "to": story.day(-1), "count": 12})
    connection = await story.connected(bank, company, days=4, **more)
    await story.run_for(hours=1)
    return company, connection, await story.only_account(connection)


async def _ids(story: Story, account: Json) -> set[str]:
    return {row["id"] for row in await story.items("/transactions", account_id=account["id"])}


@pytest.mark.parametrize("bank", ["sber", "tochka"])
async def test_an_access_withdrawn_at_the_bank_is_noticed_and_mended_with_one_call(
    story: Story, bank: str
) -> None:
    """The ids stay, and the payments of the days in between come after the customer's yes."""
    company, connection, account = await _connected(story, bank, schedule="hourly")
    before = await _ids(story, account)
    await story.happens(bank, "CONSENT_REVOKED", times=1000, company=company["id"])
    await story.run_for(hours=3)
    revoked = await story.connection_now(connection)
    await story.pays(account["number"], "150.00", "Оплата по счету 12")
    await story.run_for(hours=14)
    during = await _ids(story, account)
    mended = await story.again(connection, "reconnect")
    await story.run_for(hours=1)
    after = await story.only_account(connection)

    assert (revoked["status"], revoked["problem"]["code"]) == ("revoked", "CONSENT_REVOKED")
    assert revoked["problem"]["actor"] == "customer"
    assert during == before
    assert (mended["id"], mended["status"]) == (connection["id"], "active")
    assert after["id"] == account["id"]
    assert await _ids(story, account) > before
    assert await story.differences(after) == NOTHING


async def test_a_connection_ended_here_is_ended_at_the_bank_and_stays_readable(
    story: Story,
) -> None:
    """Nothing is asked any more; reconnected, it goes on with the same ids and no hole."""
    company, connection, account = await _connected(story, "tochka", schedule="hourly")
    before = await _ids(story, account)
    closed = await story.ask("DELETE", f"/connections/{connection['id']}")
    seen = len(story.sandbox.journal.since(0))
    await story.pays(account["number"], "90.00", "Оплата по счету 13")
    await story.run_for(hours=20)
    asked = story.sandbox.journal.since(0)[seen:]
    kept = await _ids(story, account)
    refused = await story.refused("POST", f"/connections/{connection['id']}/check")
    mended = await story.again(connection, "reconnect")
    await story.run_for(hours=1)

    assert (closed["status"], closed["problem"]["code"]) == ("closed", "CONNECTION_CLOSED")
    assert closed["closed_at"]
    assert [line.path for line in asked if line.direction == "in"] == []
    assert kept == before
    assert refused["code"] == "CONNECTION_CLOSED"
    assert mended["organisation"]["inn"] == company["inn"]
    assert (await story.only_account(mended))["id"] == account["id"]
    assert await _ids(story, account) > before
    assert await story.differences(account) == NOTHING


async def test_a_new_password_at_the_bank_asks_for_a_new_sign_in(story: Story) -> None:
    """The bank ends the access with the old password; the customer signs in once more."""
    await story.behaviour("sber", sber={"password_change_kills_tokens": True})
    company, connection, account = await _connected(story, "sber")
    await story.tell(f"/customers/{company['login']}", {"password": "a newer one"}, "PATCH")
    await story.run_for(hours=2)
    stopped = await story.connection_now(connection)
    await story.again(connection, "reconnect")
    await story.pays(account["number"], "40.00", "Оплата по счету 14")
    await story.run_for(hours=1)

    assert stopped["status"] == "action_required"
    assert stopped["problem"]["code"] == "CREDENTIALS_CHANGED"
    assert stopped["problem"]["steps"]
    assert await story.differences(account) == NOTHING


async def test_a_permission_unticked_at_the_bank_is_ticked_there_again(story: Story) -> None:
    """The steps lead to the tick; the connection heals by itself once it is there."""
    company, connection, account = await _connected(story, "tochka")
    await story.happens("tochka", "PERMISSIONS_REDUCED", times=1000, company=company["id"])
    await story.run_for(hours=2)
    stopped = await story.connection_now(connection)
    diagnosis = await story.ask("GET", f"/connections/{connection['id']}/diagnosis")
    await story.again(connection, "reconnect")
    await story.run_for(hours=1)
    mended = await story.connection_now(connection)

    assert stopped["status"] == "action_required"
    assert stopped["problem"]["code"] == "PERMISSIONS_REDUCED"
    assert diagnosis["problem"]["code"] == "PERMISSIONS_REDUCED"
    assert "failed" in {check["state"] for check in diagnosis["checks"]}
    assert (mended["status"], mended["problem"]) == ("active", None)
    assert await story.differences(account) == NOTHING
