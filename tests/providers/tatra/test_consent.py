"""The walk that lets us in, and how the permission lives and ends."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from providers.contract import Answered, Ask, Grant, Granted, Next, Refused
from providers.tatra.provider import Tatra
from schemas.codes import Code
from tests.providers.tatra.script import SERVICE, Script, refusal

TOKEN = "POST /auth/oauth/v2/token"
CREATE = "POST /v3/consents"
STATUS = "GET /v3/consents/c-1"
USER = {"access_token": "CANARY-user-1", "refresh_token": "CANARY-r-1", "token_type": "Bearer"}
ASK = Ask(state="s" * 40, redirect_uri="https://mostik.test/connect/tatra/callback")
MEMO = {"verifier": "v" * 64, "consent_id": "c-1"}

Tuned = Callable[..., Tatra]


def form(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def back(**params: str) -> Answered:
    return Answered({"state": ASK.state, **params})


async def test_the_customer_is_sent_to_sign_a_fresh_consent(
    tatra: Tatra, script: Script, now: datetime
) -> None:
    """The consent's id goes into the scope; without PKCE the bank refuses."""
    script.says(CREATE, {"consentId": "c-1", "consentStatus": "received"}, status=201)

    step = await tatra.begin(ASK, now)

    assert isinstance(step, Next)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(step.url or "").query).items()}
    assert asked == {
        "client_id": "mostik",
        "response_type": "code",
        "redirect_uri": ASK.redirect_uri,
        "scope": "PREMIUM_AIS:c-1",
        "state": ASK.state,
        "code_challenge": create_s256_code_challenge(step.memo["verifier"]),
        "code_challenge_method": "S256",
    }
    assert step.memo["consent_id"] == "c-1"
    assert form(script.asked(TOKEN)[0]) == {
        "grant_type": "client_credentials",
        "scope": "PREMIUM_AIS",
    }
    created = script.asked(CREATE)[0]
    assert json.loads(created.content) == {"combinedServiceIndicator": False}
    assert created.headers["authorization"] == "Bearer CANARY-service-91"


async def test_client_and_secret_travel_as_basic(
    tatra: Tatra, script: Script, now: datetime
) -> None:
    """As the public clients do that run against the bank."""
    script.says(CREATE, {"consentId": "c-1"})

    await tatra.begin(ASK, now)

    expected = b64encode(b"mostik:CANARY-secret-77").decode()
    assert script.asked(TOKEN)[0].headers["authorization"] == f"Basic {expected}"


async def test_client_and_secret_may_travel_in_the_body(
    tuned: Tuned, script: Script, now: datetime
) -> None:
    """The other half of the clients does that."""
    script.says(CREATE, {"consentId": "c-1"})

    await tuned(token_auth="body").begin(ASK, now)

    request = script.asked(TOKEN)[0]
    assert form(request)["client_secret"] == "CANARY-secret-77"
    assert "authorization" not in request.headers


async def test_a_final_consumer_has_no_consent(tuned: Tuned, script: Script, now: datetime) -> None:
    """One's own accounts are read under the bare scope."""
    step = await tuned(usage_type="FAC").begin(ASK, now)

    assert isinstance(step, Next)
    assert parse_qs(urlsplit(step.url or "").query)["scope"] == ["PREMIUM_AIS"]
    assert "consent_id" not in step.memo
    assert script.requests == []


async def test_business_banking_needs_no_walk(tuned: Tuned, now: datetime) -> None:
    """There the customer has allowed our client in the bank, so that our own token reads."""
    step = await tuned(usage_type="FAC_BBTB").begin(ASK, now)

    assert step == Granted(
        grant=Grant(
            access="CANARY-service-91",
            access_expires_at=now + timedelta(days=1),
            access_seconds=86400,
            permissions=("PREMIUM_AIS",),
        )
    )


async def test_the_versions_are_settings(tuned: Tuned, script: Script, now: datetime) -> None:
    """Each resource has a version of its own in its path, and they change separately."""
    script.says("POST /v1/consents", {"consentId": "c-1"})

    assert isinstance(await tuned(consents_version=1).begin(ASK, now), Next)


async def test_a_consent_without_id_is_refused(tatra: Tatra, script: Script, now: datetime) -> None:
    """Nothing could be signed."""
    script.says(CREATE, {"consentStatus": "received"})

    with pytest.raises(Refused) as refused:
        await tatra.begin(ASK, now)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED


async def test_the_code_becomes_a_grant(tatra: Tatra, script: Script, now: datetime) -> None:
    """Access for an hour when the bank does not say, the consent for 180 days."""
    script.says(TOKEN, {**USER, "scope": "PREMIUM_AIS:c-1"}, SERVICE)
    script.says(STATUS, {"consentStatus": "valid"})

    done = await tatra.resume(ASK, MEMO, back(code="abc"), now)

    assert done == Granted(
        grant=Grant(
            access="CANARY-user-1",
            access_expires_at=now + timedelta(hours=1),
            access_seconds=3600,
            refresh="CANARY-r-1",
            refresh_expires_at=now + timedelta(days=180),
            consent_id="c-1",
            consent_expires_at=now + timedelta(days=180),
            permissions=("PREMIUM_AIS",),
        )
    )
    assert form(script.asked(TOKEN)[0]) == {
        "grant_type": "authorization_code",
        "code": "abc",
        "redirect_uri": ASK.redirect_uri,
        "code_verifier": "v" * 64,
    }


async def test_the_banks_own_validity_comes_first(
    tatra: Tatra, script: Script, now: datetime
) -> None:
    """Premium consents tell none today; a day is good until it is over."""
    script.says(TOKEN, {**USER, "expires_in": "600"}, SERVICE)
    script.says(STATUS, {"consentStatus": "valid", "validUntil": "2026-08-09"})

    done = await tatra.resume(ASK, MEMO, back(code="abc"), now)

    assert done.grant.consent_expires_at == datetime(2026, 8, 9, 22, tzinfo=UTC)
    assert done.grant.access_seconds == 600


@pytest.mark.parametrize(
    "status",
    [
        httpx.Response(500),
        httpx.Response(200, content=b"{"),
        httpx.Response(200, json={"consentStatus": "valid", "validUntil": "9999-12-31"}),
        httpx.Response(200, json={"consentStatus": "whoKnows"}),
    ],
)
async def test_an_unreadable_status_does_not_lose_the_tokens(
    tatra: Tatra, script: Script, now: datetime, status: httpx.Response
) -> None:
    """The code is used up by then and the customer gone."""
    script.says(TOKEN, USER, SERVICE)
    script.says(STATUS, status)

    assert (await tatra.resume(ASK, MEMO, back(code="abc"), now)).grant.refresh == "CANARY-r-1"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("rejected", Code.AUTHORISATION_DECLINED),
        ("revokedByPsu", Code.CONSENT_REVOKED),
        ("expired", Code.CONSENT_EXPIRED),
    ],
)
async def test_a_dead_consent_grants_nothing(
    tatra: Tatra, script: Script, now: datetime, status: str, code: Code
) -> None:
    """Tokens of a consent that was refused read nothing."""
    script.says(TOKEN, USER, SERVICE)
    script.says(STATUS, {"consentStatus": status})

    with pytest.raises(Refused) as refused:
        await tatra.resume(ASK, MEMO, back(code="abc"), now)

    assert refused.value.code is code


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"error": "access_denied"}, Code.AUTHORISATION_DECLINED),
        (
            {"error": "access_denied", "error_description": "Registration was not completed"},
            Code.REGISTRATION_INCOMPLETE,
        ),
        (
            {"error": "access_denied", "error_description": "Registrácia nebola dokončená"},
            Code.REGISTRATION_INCOMPLETE,
        ),
        (
            {"error": "access_denied", "error_description": "Wrong verification code"},
            Code.VERIFICATION_CODE_REJECTED,
        ),
        (
            {"error": "access_denied", "error_description": "Nesprávny overovací kód"},
            Code.VERIFICATION_CODE_REJECTED,
        ),
        (
            {"error": "invalid_redirect_uri", "error_description": "not registered"},
            Code.BANK_CONTRACT_MISSING,
        ),
        ({"error": "invalid_scope"}, Code.BANK_CONTRACT_MISSING),
        ({"error": "server_error"}, Code.BANK_UNAVAILABLE),
        ({"error": "brand_new"}, Code.BANK_REFUSAL_UNRECOGNISED),
        ({}, Code.AUTHORISATION_TIMED_OUT),
        ({"code": "abc", "state": "of another walk"}, Code.AUTHORISATION_TIMED_OUT),
    ],
)
async def test_coming_back_without_a_code_has_a_reason(
    tatra: Tatra, script: Script, now: datetime, params: dict[str, str], code: Code
) -> None:
    """The customer reads what to do next, not what OAuth calls it."""
    with pytest.raises(Refused) as refused:
        await tatra.resume(ASK, MEMO, back(**params), now)

    assert refused.value.code is code
    assert script.requests == []


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, "invalid_grant", Code.AUTHORISATION_TIMED_OUT),
        (401, "invalid_client", Code.BANK_SECRET_EXPIRED),
        (400, "invalid_client", Code.BANK_SECRET_EXPIRED),
        (400, "invalid_request", Code.BANK_FORMAT_CHANGED),
        (503, "", Code.BANK_UNAVAILABLE),
    ],
)
async def test_a_refused_code_has_a_reason(
    *, tatra: Tatra, script: Script, now: datetime, status: int, error: str, code: Code
) -> None:
    """A code lives five minutes and once; a wrong secret is the operator's business."""
    script.says(TOKEN, {"error": error}, status=status)

    with pytest.raises(Refused) as refused:
        await tatra.resume(ASK, MEMO, back(code="abc"), now)

    assert refused.value.code is code


@pytest.mark.parametrize("fresh", ["CANARY-r-2", None])
async def test_the_refresh_token_rotates_when_the_bank_says_so(
    tatra: Tatra, script: Script, grant: Grant, now: datetime, fresh: str | None
) -> None:
    """It may or may not; without a new one the old one works on."""
    script.says(TOKEN, {**USER, "refresh_token": fresh, "expires_in": 1800})

    renewed = await tatra.renew(grant, now)

    assert renewed == msgspec.structs.replace(
        grant,
        access="CANARY-user-1",
        access_expires_at=now + timedelta(minutes=30),
        access_seconds=1800,
        refresh=fresh or grant.refresh,
    )


@pytest.mark.parametrize(
    ("status", "days", "code"),
    [
        ({"consentStatus": "revokedByPsu"}, 0, Code.CONSENT_REVOKED),
        ({"consentStatus": "expired"}, 0, Code.CONSENT_EXPIRED),
        ({"consentStatus": "valid"}, 0, Code.ACCESS_TOKEN_REJECTED),
        ({"consentStatus": "valid"}, 200, Code.CONSENT_EXPIRED),
    ],
)
async def test_a_dead_refresh_token_tells_expiry_from_withdrawal(
    *,
    tatra: Tatra,
    script: Script,
    grant: Grant,
    now: datetime,
    status: dict[str, str],
    days: int,
    code: Code,
) -> None:
    """The bank says invalid_grant of both, and of tokens it has lost: three texts to read."""
    script.says(TOKEN, httpx.Response(400, json={"error": "invalid_grant"}), SERVICE)
    script.says(f"GET /v3/consents/{grant.consent_id}", status)

    with pytest.raises(Refused) as refused:
        await tatra.renew(grant, now + timedelta(days=days))

    assert (refused.value.code, refused.value.words) == (code, "invalid_grant")


async def test_without_a_refresh_token_the_consent_is_over(
    tatra: Tatra, grant: Grant, now: datetime
) -> None:
    """Only the customer can give another one."""
    with pytest.raises(Refused) as refused:
        await tatra.renew(msgspec.structs.replace(grant, refresh=None), now)

    assert refused.value.code is Code.CONSENT_EXPIRED


async def test_business_banking_renews_by_itself(tuned: Tuned, grant: Grant, now: datetime) -> None:
    """Our own token has no refresh token and needs none."""
    renewed = await tuned(usage_type="FAC_BBTB").renew(grant, now)

    assert renewed.access == "CANARY-service-91"


@pytest.mark.parametrize(
    ("answers", "bearers"),
    [
        ([httpx.Response(204)], 1),
        ([httpx.Response(404)], 1),
        ([refusal(401, "TOKEN_INVALID"), httpx.Response(204)], 2),
        ([httpx.Response(403), httpx.Response(404)], 2),
    ],
)
async def test_the_consent_is_deleted(
    *,
    tatra: Tatra,
    script: Script,
    grant: Grant,
    now: datetime,
    answers: list[Any],
    bearers: int,
) -> None:
    """Which token the bank wants for this is not told: ours first, then the customer's."""
    call = f"DELETE /v3/consents/{grant.consent_id}"
    script.says(call, *answers)

    await tatra.revoke(grant, now)

    sent = [request.headers["authorization"] for request in script.asked(call)]
    assert sent == [f"Bearer {SERVICE['access_token']}", f"Bearer {grant.access}"][:bearers]


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(403)])
async def test_a_consent_that_stays_is_no_success(
    tatra: Tatra, script: Script, grant: Grant, now: datetime, answer: httpx.Response
) -> None:
    """A permission that we think is gone must be gone."""
    script.says(f"DELETE /v3/consents/{grant.consent_id}", answer)

    with pytest.raises(Refused):
        await tatra.revoke(grant, now)
