"""One refusal, many causes: which of them it is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from providers.contract import Finding, Grant, Refused
from providers.tochka.bank import ASKED
from providers.tochka.provider import Tochka
from schemas.codes import Code
from tests.providers.tochka.conftest import (
    ACCOUNT,
    BANKING,
    CLIENT_ID,
    CONSENT_ID,
    CONSENTS,
    FORBIDDEN,
    GRANT,
    NOW,
    Script,
)

KEY = msgspec.structs.replace(
    GRANT, refresh=None, consent_id=None, notes={**GRANT.notes, "way": "key"}
)


def consents(**changed: Any) -> dict[str, Any]:
    told = {
        "consentId": CONSENT_ID,
        "clientId": CLIENT_ID,
        "customerCode": "301112223",
        "status": "Authorised",
        "permissions": list(ASKED),
        "isValid": True,
    }
    return {"Data": {"Consent": [{**told, **changed}]}}


def account(number: str, **changed: Any) -> dict[str, Any]:
    told = {
        "accountId": f"{number}/044525104",
        "customerCode": "301112223",
        "currency": "RUB",
        "status": "Enabled",
    }
    return {**told, **changed}


def all_is_well(script: Script) -> None:
    script.says("GET", CONSENTS, "consents")
    script.says("GET", f"{BANKING}/customers", "customers")
    script.says("GET", f"{BANKING}/accounts", "accounts")
    script.says("POST", f"{BANKING}/statements", "ordered")


@pytest.mark.parametrize("grant", [GRANT, KEY], ids=["oauth", "key"])
async def test_nothing_is_found_where_nothing_is_wrong(
    tochka: Tochka, script: Script, grant: Grant
) -> None:
    """The refusal has passed; the console's check now shows green."""
    all_is_well(script)

    assert await tochka.probe(grant, ACCOUNT, NOW) == Finding()
    assert script.requests[0].headers["customer-code"] == "301112223"


async def test_without_an_account_none_is_looked_for(tochka: Tochka, script: Script) -> None:
    """A connection may be checked as a whole."""
    all_is_well(script)

    assert await tochka.probe(GRANT, None, NOW) == Finding()
    assert [path for _, path in script.sent()] == [CONSENTS, f"{BANKING}/customers"]


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"status": "Revoked"}, Finding(Code.CONSENT_REVOKED, {"status": "Revoked"})),
        ({"status": "Rejected"}, Finding(Code.CONSENT_REVOKED, {"status": "Rejected"})),
        ({"isValid": False}, Finding(Code.CONSENT_EXPIRED)),
        (
            {"expirationDateTime": "2026-03-20T14:30:00+03:00"},
            Finding(Code.CONSENT_EXPIRED, {"expired_at": "2026-03-20T11:30:00+00:00"}),
        ),
        (
            {"permissions": [each for each in ASKED if each != "ReadStatements"]},
            Finding(Code.PERMISSIONS_REDUCED, {"missing": ["ReadStatements"]}),
        ),
        (
            {"status": "AwaitingAuthorisation"},
            Finding(Code.BANK_CONFIRMATION_PENDING, {"status": "AwaitingAuthorisation"}),
        ),
        ({"consentId": "another"}, Finding(Code.CONSENT_REVOKED)),
    ],
)
async def test_a_consent_is_the_first_suspect(
    tochka: Tochka, script: Script, changed: dict[str, Any], finding: Finding
) -> None:
    """What it says settles the matter before anything else is asked."""
    script.says("GET", CONSENTS, consents(**changed))

    assert await tochka.probe(GRANT, ACCOUNT, NOW) == finding


async def test_a_missing_right_to_call_us_is_no_finding(tochka: Tochka, script: Script) -> None:
    """Reading goes on without pushes."""
    all_is_well(script)
    script.answers["GET", CONSENTS] = []
    script.says("GET", CONSENTS, consents(permissions=list(ASKED[:-1]), isValid=None))

    assert await tochka.probe(GRANT, ACCOUNT, NOW) == Finding()


async def test_a_key_past_its_end_needs_no_question(tochka: Tochka, script: Script) -> None:
    """The bank would only say 403."""
    ended = msgspec.structs.replace(KEY, access_expires_at=NOW)

    assert await tochka.probe(ended, ACCOUNT, NOW) == Finding(
        Code.ACCESS_TOKEN_REJECTED, {"expired_at": "2026-03-20T11:30:00+00:00"}
    )
    assert script.requests == []


@pytest.mark.parametrize(
    ("grant", "code"),
    [(KEY, Code.ACCESS_TOKEN_REJECTED), (GRANT, Code.CONSENT_REVOKED)],
    ids=["key", "oauth"],
)
@pytest.mark.parametrize("listed", [(403, FORBIDDEN), (200, {"Data": {"Consent": []}})])
async def test_whoever_may_not_even_ask_is_locked_out(
    tochka: Tochka, script: Script, grant: Grant, code: Code, listed: tuple[int, Any]
) -> None:
    """A deleted key and a dead consent look alike; asked twice, without the company's header."""
    script.says("GET", CONSENTS, listed[1], status=listed[0])

    assert await tochka.probe(grant, ACCOUNT, NOW) == Finding(code)
    assert ["customer-code" in request.headers for request in script.requests] == [True, False]


async def test_a_consent_past_its_end_is_told_even_by_a_locked_door(
    tochka: Tochka, script: Script
) -> None:
    """What an expired consent is answered with is told nowhere; we kept its end."""
    script.says("GET", CONSENTS, FORBIDDEN, status=403)
    ended = msgspec.structs.replace(GRANT, consent_expires_at=NOW)

    assert (await tochka.probe(ended, ACCOUNT, NOW)).code is Code.CONSENT_EXPIRED


@pytest.mark.parametrize("path", [CONSENTS, f"{BANKING}/customers"])
async def test_a_dead_token_is_told_as_such(tochka: Tochka, script: Script, path: str) -> None:
    """It is renewed then, which no other finding would lead to."""
    all_is_well(script)
    script.answers["GET", path] = []
    script.says("GET", path, b"", status=401)

    assert await tochka.probe(GRANT, ACCOUNT, NOW) == Finding(Code.ACCESS_TOKEN_REJECTED)


@pytest.mark.parametrize("path", ["customers", "accounts"])
async def test_what_the_consent_allows_the_person_may_not(
    tochka: Tochka, script: Script, path: str
) -> None:
    """The rights of whoever signed were taken away inside the company."""
    all_is_well(script)
    script.answers["GET", f"{BANKING}/{path}"] = []
    script.says("GET", f"{BANKING}/{path}", FORBIDDEN, status=403)

    assert await tochka.probe(GRANT, ACCOUNT, NOW) == Finding(Code.USER_RIGHTS_INSUFFICIENT)


async def test_statements_that_stay_refused_are_the_persons_missing_right(
    tochka: Tochka, script: Script
) -> None:
    """Consent, company and account are all right: only an order tells what is not."""
    all_is_well(script)
    script.answers["POST", f"{BANKING}/statements"] = []
    script.says("POST", f"{BANKING}/statements", FORBIDDEN, status=403)

    assert await tochka.probe(GRANT, ACCOUNT, NOW) == Finding(Code.USER_RIGHTS_INSUFFICIENT)


async def test_a_company_that_is_not_listed_is_another_one_s(
    tochka: Tochka, script: Script
) -> None:
    """A wrong company is the first cause that the bank itself names."""
    all_is_well(script)
    script.answers["GET", f"{BANKING}/customers"] = []
    person = {"customerCode": "300000555", "customerType": "Personal"}
    script.says("GET", f"{BANKING}/customers", {"Data": {"Customer": [person]}})

    assert await tochka.probe(GRANT, ACCOUNT, NOW) == Finding(
        Code.ACCOUNT_OF_OTHER_ORGANISATION, {"wanted": "…2223", "found": ["…0555"]}
    )


@pytest.mark.parametrize(
    ("listed", "finding"),
    [
        (
            account("40702810912340001177"),
            Finding(Code.ACCOUNT_NOT_FOUND, {"wanted": "…0077", "found": ["…1177"]}),
        ),
        (
            account("40702810912340000077", customerCode="304445556"),
            Finding(Code.ACCOUNT_OF_OTHER_ORGANISATION, {"wanted": "…2223", "found": ["…5556"]}),
        ),
        (
            account("40702810912340000077", status="Deleted"),
            Finding(Code.ACCOUNT_CLOSED, {"wanted": "…0077"}),
        ),
        (account("40702810912340000077", status="Disabled"), Finding()),
    ],
)
async def test_the_account_is_the_last_suspect(
    tochka: Tochka, script: Script, listed: dict[str, Any], finding: Finding
) -> None:
    """Gone, moved to another company, or closed; a blocked one can be read."""
    all_is_well(script)
    script.answers["GET", f"{BANKING}/accounts"] = []
    script.says("GET", f"{BANKING}/accounts", {"Data": {"Account": [listed]}})

    assert await tochka.probe(GRANT, ACCOUNT, NOW) == finding


@pytest.mark.parametrize("path", [CONSENTS, f"{BANKING}/customers"])
async def test_a_bank_that_is_down_finds_nothing(tochka: Tochka, script: Script, path: str) -> None:
    """An outage during the question is an outage, whatever the question was."""
    all_is_well(script)
    script.answers["GET", path] = []
    script.says("GET", path, b"Internal Server Error", status=500)

    with pytest.raises(Refused) as refused:
        await tochka.probe(GRANT, ACCOUNT, NOW)

    assert refused.value.code is Code.BANK_UNAVAILABLE
