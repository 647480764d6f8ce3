"""Consents at Tatra: made empty, filled by the customer, renewed by another, ended by either."""

from datetime import timedelta

import pytest

from sandbox.state import Sandbox
from sandbox.world import Account
from tests.sandbox.tatra.caller import BASE, Caller, turn


async def test_a_new_consent_is_received_and_says_no_more(caller: Caller) -> None:
    """No access, no dates: the customer chooses at the bank."""
    answer = await caller.http.post(
        f"{BASE}/v3/consents",
        headers={**await caller.service(), "X-Request-ID": "r1"},
        json={"combinedServiceIndicator": True},
    )

    assert answer.status_code == 201
    assert answer.json() == {
        "consentId": answer.json()["consentId"],
        "consentStatus": "received",
    }
    assert answer.headers["x-request-id"] == "r1"


async def test_the_old_version_takes_basic(caller: Caller) -> None:
    """v1 needs no service token, v3 does."""
    old = await caller.http.post(f"{BASE}/v1/consents", auth=caller.basic)
    new = await caller.http.post(f"{BASE}/v3/consents", auth=caller.basic)

    assert (old.status_code, new.status_code) == (201, 401)


@pytest.mark.usefixtures("own")
async def test_a_consent_is_valid_then_expired(sandbox: Sandbox, caller: Caller) -> None:
    """180 days from the customer's yes."""
    connected = await caller.connected()
    before = await caller.status(connected.consent_id)
    turn(sandbox, access_token_minutes=60 * 24 * 365)
    connected.tokens = (await connected.refresh()).json()
    sandbox.clock.advance(timedelta(days=180))
    answer = await connected.get("/v3/accounts")
    refreshed = await connected.refresh()

    assert [before, await caller.status(connected.consent_id)] == ["valid", "expired"]
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "CONSENT_EXPIRED")
    assert refreshed.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("whose", ["service", "customer"])
@pytest.mark.usefixtures("own")
async def test_a_consent_is_ended_with_either_token(caller: Caller, whose: str) -> None:
    """Clients disagree on which; the second time it is gone."""
    connected = await caller.connected()
    headers = await caller.service() if whose == "service" else connected.headers
    url = f"{BASE}/v3/consents/{connected.consent_id}"
    first = await caller.http.delete(url, headers=headers)
    again = await caller.http.delete(url, headers=await caller.service())
    answer = await connected.get("/v3/accounts")

    assert [first.status_code, again.status_code, answer.status_code] == [204, 404, 401]


async def test_a_renewed_consent_gives_other_account_ids(caller: Caller, own: Account) -> None:
    """The old id is unknown under the new token; the IBAN tells them apart."""
    first = await caller.connected(own.iban)
    second = await caller.connected(own.iban)
    old_id, new_id = await first.id_of(own), await second.id_of(own)
    answer = await second.get(f"/v5/accounts/{old_id}/transactions?dateFrom=2026-11-01")
    still = await first.get(f"/v5/accounts/{old_id}/transactions?dateFrom=2026-11-01")

    assert old_id != new_id
    assert (answer.status_code, answer.json()["errorCode"]) == (404, "NO_ACCOUNT")
    assert still.status_code == 200


@pytest.mark.usefixtures("own")
async def test_access_may_need_half_an_hour_to_work(sandbox: Sandbox, caller: Caller) -> None:
    """Until then the consent is received and nothing is authorised."""
    turn(sandbox, confirmation_minutes=30)
    connected = await caller.connected()
    early = await connected.get("/v3/accounts")
    sandbox.clock.advance(timedelta(minutes=30))
    late = await connected.get("/v3/accounts")

    assert (early.status_code, early.json()["errorCode"]) == (403, "NO_AUTHORIZATION")
    assert late.status_code == 200


async def test_a_customer_may_withdraw_between_two_calls(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """Nobody tells the client; the next call finds out."""
    turn(sandbox, consent_dies_after_calls=1)
    connected = await caller.connected()
    path = f"/v3/accounts/{await connected.id_of(own)}/balances"
    answers = [await connected.get(path) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 401]
    assert answers[1].json()["errorCode"] == "CONSENT_INVALID"
    assert await caller.status(connected.consent_id) == "revokedByPsu"


async def test_a_stranger_sees_no_consent(caller: Caller) -> None:
    """An unknown id is 404."""
    answer = await caller.http.get(f"{BASE}/v3/consents/none", headers=await caller.service())

    assert (answer.status_code, answer.json()["errorCode"]) == (404, "CONSENT_UNKNOWN")


@pytest.mark.usefixtures("own")
async def test_a_consent_id_header_does_nothing_or_is_lost(
    sandbox: Sandbox, caller: Caller
) -> None:
    """The token names the consent; whether the header harms is not known."""
    connected = await caller.connected()
    ignored = await connected.get("/v3/accounts", **{"Consent-ID": connected.consent_id})
    turn(sandbox, tatra={"consent_id_header": "404"})
    lost = await connected.get("/v3/accounts", **{"Consent-ID": connected.consent_id})

    assert (ignored.status_code, lost.status_code) == (200, 404)
