"""Asking the bank why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import msgspec
import pytest

from providers.contract import Finding, Grant, Refused
from providers.tatra.provider import Tatra
from schemas.account import FoundAccount
from schemas.codes import Code
from tests.providers.tatra.script import Script, fixture, refusal

LIST = "GET /v3/accounts"
ROWS = "GET /transactions"
STATUS = "GET /v3/consents/7c7b1a90-5d1e-4f0f-9a64-2d1c7b0e9a11"

Tuned = Callable[..., Tatra]


@pytest.fixture(autouse=True)
def _all_is_well(script: Script) -> None:
    script.says(STATUS, {"consentStatus": "valid"})
    script.says(LIST, fixture("accounts.json"))
    script.says(ROWS, {"transactions": []})


async def test_nothing_wrong_is_no_finding(
    tatra: Tatra, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """Then whatever was refused has passed."""
    assert await tatra.probe(grant, linked, now) == Finding()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("received", Code.BANK_CONFIRMATION_PENDING),
        ("partiallyAuthorised", Code.BANK_CONFIRMATION_PENDING),
        ("rejected", Code.AUTHORISATION_DECLINED),
        ("revokedByPsu", Code.CONSENT_REVOKED),
        ("expired", Code.CONSENT_EXPIRED),
        ("terminatedByTpp", Code.CONNECTION_CLOSED),
    ],
)
async def test_the_consent_answers_first(
    *, tatra: Tatra, script: Script, grant: Grant, now: datetime, status: str, code: Code
) -> None:
    """When it is dead nothing else matters."""
    script.says(STATUS, {"consentStatus": status})

    assert await tatra.probe(grant, None, now) == Finding(code, {"consent": status})
    assert script.asked(LIST) == []


async def test_a_consent_that_is_gone_was_withdrawn(
    tatra: Tatra, script: Script, grant: Grant, now: datetime
) -> None:
    """The bank forgets it, and we did not delete it."""
    script.says(STATUS, httpx.Response(404))

    assert (await tatra.probe(grant, None, now)).code is Code.CONSENT_REVOKED


async def test_an_account_is_found_by_its_iban(
    tatra: Tatra, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """Its reference changes with every consent."""
    renewed = msgspec.structs.replace(linked, reference="of an older consent")

    assert await tatra.probe(grant, renewed, now) == Finding()


async def test_rows_that_stay_refused_are_the_persons_missing_right(
    tatra: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """Consent, list and account are all right, and still nobody may look at the movements."""
    script.says(ROWS, refusal(403, "NO_AUTHORIZATION"))

    assert (await tatra.probe(grant, linked, now)).code is Code.USER_RIGHTS_INSUFFICIENT


async def test_an_account_that_left_the_list_is_named(
    tatra: Tatra, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """Four digits of what was wanted and of what is there are enough for support."""
    gone = msgspec.structs.replace(linked, iban="SK0000000000000000004821")

    assert await tatra.probe(grant, gone, now) == Finding(
        Code.ACCOUNT_NOT_FOUND,
        {"wanted": "…4821", "found": ["…2334", "…6543", "…1111", "…5678"]},
    )


async def test_one_bank_of_several_has_run_out(
    tatra: Tatra, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """Each linked bank has 180 days of its own: the evidence says which, and that others live."""
    raiffeisen = msgspec.structs.replace(linked, iban="SK5511000000002611111111", currency="CZK")

    of_account = await tatra.probe(grant, raiffeisen, now)
    of_all = await tatra.probe(grant, None, now)

    link = {
        "wanted": "…1111",
        "bank": "Raiffeisen banka",
        "expired_at": "2026-05-11T22:00:00+00:00",
    }
    assert of_account == Finding(Code.CONSENT_EXPIRED, link)
    assert of_all == Finding(
        Code.CONSENT_EXPIRED,
        {**link, "banks": ["Raiffeisen banka"], "accounts": ["…1111"], "living": 3},
    )


async def test_a_closed_account_says_so(
    tatra: Tatra, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """It stays in the list as deleted."""
    closed = msgspec.structs.replace(linked, iban="SK3109000000005012345678")

    assert (await tatra.probe(grant, closed, now)).code is Code.ACCOUNT_CLOSED


@pytest.mark.parametrize(
    ("answer", "usage", "code"),
    [
        (refusal(403, "NO_CONTRACT"), "TPP", Code.BANK_CONTRACT_MISSING),
        (refusal(403, "NO_AUTHORIZATION"), "TPP", Code.USER_RIGHTS_INSUFFICIENT),
        (refusal(403, "NO_AUTHORIZATION"), "FAC_BBTB", Code.BANK_CONFIRMATION_PENDING),
        (refusal(403, "SERVICE_BLOCKED"), "TPP", Code.USER_BLOCKED),
    ],
)
async def test_a_refused_list_settles_the_reason(
    *,
    tuned: Tuned,
    script: Script,
    grant: Grant,
    now: datetime,
    answer: httpx.Response,
    usage: str,
    code: Code,
) -> None:
    """The consent lives, so that the application or the user is the reason."""
    script.says(LIST, answer)

    assert (await tuned(usage_type=usage).probe(grant, None, now)).code is code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(401), Code.ACCESS_TOKEN_REJECTED),
        (httpx.Response(500), Code.BANK_UNAVAILABLE),
        (httpx.Response(418), Code.BANK_REFUSAL_UNRECOGNISED),
    ],
)
async def test_a_bank_that_cannot_answer_gives_no_finding(
    *, tatra: Tatra, script: Script, grant: Grant, now: datetime, answer: Any, code: Code
) -> None:
    """Its trouble says nothing about the customer's access."""
    script.says(LIST, answer)

    with pytest.raises(Refused) as refused:
        await tatra.probe(grant, None, now)

    assert refused.value.code is code


async def test_without_a_consent_only_the_list_is_asked(
    tuned: Tuned, script: Script, grant: Grant, own: FoundAccount, now: datetime
) -> None:
    """Final consumers have none."""
    bare = msgspec.structs.replace(grant, consent_id=None)

    assert await tuned(usage_type="FAC").probe(bare, own, now) == Finding()
    assert script.asked(STATUS) == []
