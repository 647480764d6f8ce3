"""How a customer lets us in: by a consent signed at the bank, or by a key of his own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
import pytest

from providers.contract import Answered, Ask, Expected, Grant, Granted, Next, Refused
from providers.tochka.bank import ASKED
from providers.tochka.provider import Tochka
from schemas.account import Owner
from schemas.codes import Code
from tests.providers.tochka.conftest import (
    ASK,
    BANKING,
    CLIENT_ID,
    CONSENT_ID,
    CONSENTS,
    FORBIDDEN,
    GRANT,
    NOW,
    Script,
    refusal,
    token,
)

TOKENS = {
    "access_token": "CANARY-access-new",
    "refresh_token": "CANARY-refresh-new",
    "token_type": "bearer",
    "expires_in": 86400,
    "state": None,
    "user_id": "5c0b2f0e-0000-4a4a-9c9c-bbbbbbbbbbbb",
}
MEMO = {"consent_id": CONSENT_ID}
CODE = {"code": "CANARY-code", "state": "s" * 40, "token_id": "ignored"}
TOMORROW = NOW + timedelta(days=1)


def consents(**changed: Any) -> dict[str, Any]:
    told = {"consentId": CONSENT_ID, "status": "Authorised", "permissions": list(ASKED)}
    return {"Data": {"Consent": [{**told, **changed}]}}


def customers(*told: tuple[str, str, str | None]) -> dict[str, Any]:
    return {
        "Data": {
            "Customer": [
                {
                    "customerCode": code,
                    "customerType": "Business",
                    "isResident": True,
                    "fullName": f"company {code}",
                    "taxCode": inn,
                    "kpp": kpp,
                }
                for code, inn, kpp in told
            ]
        }
    }


def key(**claims: Any) -> dict[str, str]:
    return {"token": token(**{"iss": CLIENT_ID, **claims})}


async def resumed(tochka: Tochka, ask: Ask, params: dict[str, str], now: datetime) -> Granted:
    answer = await tochka.resume(ask, MEMO, Answered(params), now)
    assert isinstance(answer, Granted)
    return answer


async def entered(tochka: Tochka, ask: Ask, now: datetime) -> Granted:
    answer = await tochka.begin(ask, now)
    assert isinstance(answer, Granted)
    return answer


@pytest.mark.parametrize("form", ["flat", "list", "object"])
async def test_the_walk_begins_with_a_consent_to_sign(
    tochka: Tochka, script: Script, form: str
) -> None:
    """The paper says a list, all clients read it flat: the id is found in each form."""
    script.says("POST", "/connect/token", {"access_token": "CANARY-client", "expires_in": 86400})
    script.says("POST", CONSENTS, f"new_consent_{form}")
    step = await tochka.begin(ASK, NOW)

    assert isinstance(step, Next)
    assert (step.kind, step.memo) == ("redirect", MEMO)
    parts = urlsplit(step.url or "")
    assert parts._replace(query="").geturl() == "https://enter.test/connect/authorize"
    assert dict(parse_qsl(parts.query)) == {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": ASK.redirect_uri,
        "scope": "accounts balances customers statements",
        "state": ASK.state,
        "consent_id": CONSENT_ID,
    }
    asked, made = script.requests
    assert parse_qs(asked.content.decode())["grant_type"] == ["client_credentials"]
    assert made.headers["authorization"] == "Bearer CANARY-client"
    assert msgspec.json.decode(made.content) == {"Data": {"permissions": list(ASKED)}}


async def test_a_consent_without_an_id_is_no_consent(tochka: Tochka, script: Script) -> None:
    """Sending the customer to sign nothing would end in a riddle."""
    script.says("POST", "/connect/token", {"access_token": "x"})
    script.says("POST", CONSENTS, {"Data": {"Consent": []}})

    with pytest.raises(Refused) as refused:
        await tochka.begin(ASK, NOW)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED


async def test_the_customer_returns_with_a_code(tochka: Tochka, script: Script) -> None:
    """All that later calls need is in the grant, and the company is the one that was signed in."""
    script.says("POST", "/connect/token", TOKENS)
    script.says("GET", f"{CONSENTS}/{CONSENT_ID}", "consent")
    script.says("GET", f"{BANKING}/customers", "customers")
    granted = await resumed(tochka, ASK, CODE, NOW)

    assert granted == Granted(
        grant=Grant(
            access="CANARY-access-new",
            access_expires_at=NOW + timedelta(days=1),
            access_seconds=86400,
            refresh="CANARY-refresh-new",
            refresh_expires_at=NOW + timedelta(days=30),
            consent_id=CONSENT_ID,
            permissions=ASKED,
            notes={
                "way": "oauth",
                "client_id": CLIENT_ID,
                "customer_code": "301112223",
                "inn": "7709876540",
            },
        ),
        owner=Owner(name='ООО "Наша Фирма"', inn="7709876540", kpp="770901001"),
    )
    assert parse_qs(script.requests[0].content.decode()) == {
        "client_id": [CLIENT_ID],
        "client_secret": ["CANARY-secret-1234"],
        "grant_type": ["authorization_code"],
        "scope": ["accounts balances customers statements"],
        "code": ["CANARY-code"],
        "redirect_uri": [ASK.redirect_uri],
    }


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"error": "access_denied"}, Code.AUTHORISATION_DECLINED),
        ({"error": "server_error"}, Code.BANK_UNAVAILABLE),
        ({"error": "temporarily_unavailable"}, Code.BANK_UNAVAILABLE),
        ({"error": "invalid_scope"}, Code.BANK_CONTRACT_MISSING),
        ({"error": "unauthorized_client"}, Code.BANK_CONTRACT_MISSING),
        ({"error": "never heard of"}, Code.BANK_REFUSAL_UNRECOGNISED),
        ({}, Code.AUTHORISATION_TIMED_OUT),
        ({"code": "x", "state": "another"}, Code.AUTHORISATION_TIMED_OUT),
    ],
)
async def test_a_return_without_our_code_asks_the_bank_nothing(
    tochka: Tochka, script: Script, params: dict[str, str], code: Code
) -> None:
    """A refusal, or a walk that is not this one."""
    with pytest.raises(Refused) as refused:
        await resumed(tochka, ASK, params, NOW)

    assert (refused.value.code, script.requests) == (code, [])


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"error": "invalid_grant"}, Code.AUTHORISATION_TIMED_OUT),
        (400, {"error": "invalid_request"}, Code.AUTHORISATION_TIMED_OUT),
        (200, {"error": "invalid_grant"}, Code.AUTHORISATION_TIMED_OUT),
        (401, {"error": "invalid_client"}, Code.BANK_SECRET_EXPIRED),
        (401, b"no", Code.BANK_SECRET_EXPIRED),
        (400, {"error": "unauthorized_client"}, Code.BANK_CONTRACT_MISSING),
        (503, b"<html>", Code.BANK_UNAVAILABLE),
        (418, b"tea", Code.BANK_REFUSAL_UNRECOGNISED),
    ],
)
async def test_a_code_that_is_not_taken(
    tochka: Tochka, script: Script, status: int, body: Any, code: Code
) -> None:
    """A code lives 5 minutes; our own secret is another matter."""
    script.says("POST", "/connect/token", body, status=status)

    with pytest.raises(Refused) as refused:
        await resumed(tochka, ASK, CODE, NOW)

    assert refused.value.code is code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"status": "Rejected"}, Code.AUTHORISATION_DECLINED),
        ({"status": "Revoked"}, Code.CONSENT_REVOKED),
        ({"status": "AwaitingAuthorisation"}, Code.BANK_CONFIRMATION_PENDING),
        ({"expirationDateTime": "2026-03-20T11:30:00+00:00"}, Code.CONSENT_EXPIRED),
        ({"permissions": ["ReadAccountsBasic"]}, Code.PERMISSIONS_REDUCED),
    ],
)
async def test_a_consent_that_does_not_let_us_read(
    tochka: Tochka, script: Script, changed: dict[str, Any], code: Code
) -> None:
    """Better told at the end of the walk than at the first statement."""
    script.says("POST", "/connect/token", TOKENS)
    script.says(
        "GET", f"{CONSENTS}/{CONSENT_ID}", {"Data": consents(**changed)["Data"]["Consent"][0]}
    )

    with pytest.raises(Refused) as refused:
        await resumed(tochka, ASK, CODE, NOW)

    assert refused.value.code is code


async def test_a_consent_that_is_gone_was_revoked(tochka: Tochka, script: Script) -> None:
    """The table's word for 404 speaks of accounts."""
    script.says("POST", "/connect/token", TOKENS)
    script.says("GET", f"{CONSENTS}/{CONSENT_ID}", refusal(404, "no", "HTTPNotFound"), status=404)

    with pytest.raises(Refused) as refused:
        await resumed(tochka, ASK, CODE, NOW)

    assert refused.value.code is Code.CONSENT_REVOKED


async def test_a_consent_that_nobody_may_see_does_not_spoil_the_walk(
    tochka: Tochka, script: Script
) -> None:
    """Whether a customer's token may ask for it is told nowhere; the companies decide then."""
    script.says("POST", "/connect/token", TOKENS)
    script.says("GET", f"{CONSENTS}/{CONSENT_ID}", FORBIDDEN, status=403)
    script.says("GET", f"{BANKING}/customers", "customers")
    granted = await resumed(tochka, ASK, CODE, NOW)

    assert (granted.grant.consent_id, granted.grant.permissions) == (CONSENT_ID, ASKED)


async def test_a_person_without_the_right_is_told_so(tochka: Tochka, script: Script) -> None:
    """The consent allows it and the bank still refuses."""
    script.says("POST", "/connect/token", TOKENS)
    script.says("GET", f"{CONSENTS}/{CONSENT_ID}", "consent")
    script.says("GET", f"{BANKING}/customers", FORBIDDEN, status=403)

    with pytest.raises(Refused) as refused:
        await resumed(tochka, ASK, CODE, NOW)

    assert refused.value.code is Code.USER_RIGHTS_INSUFFICIENT


@pytest.mark.parametrize(
    ("owner", "chosen"),
    [
        (Owner(inn="7701"), "A"),
        (Owner(inn="7702", kpp="770201001"), "B"),
        (Owner(inn="7702", kpp="770301001"), "C"),
        (Owner(inn="7702"), "B"),
        (Owner(inn="7704", kpp="770401001"), "D"),
        (Owner(), None),
    ],
)
async def test_the_company_is_found_by_its_tax_numbers(
    tochka: Tochka, script: Script, owner: Owner, chosen: str | None
) -> None:
    """One login may hold several companies; without a name none is picked at random."""
    script.says("GET", CONSENTS, consents())
    script.says(
        "GET",
        f"{BANKING}/customers",
        customers(
            ("A", "7701", None),
            ("B", "7702", "770201001"),
            ("C", "7702", "770301001"),
            ("D", "7704", "0"),
        ),
    )
    asked = msgspec.structs.replace(ASK, owner=owner, credentials=key())
    granted = await entered(tochka, asked, NOW)

    assert granted.grant.notes.get("customer_code") == chosen
    assert (granted.owner.inn is None) == (chosen is None)


@pytest.mark.parametrize(
    ("owner", "field"),
    [(Owner(inn="7799"), "inn"), (Owner(inn="7702", kpp="779901001"), "kpp")],
)
async def test_another_company_is_refused(
    tochka: Tochka, script: Script, owner: Owner, field: str
) -> None:
    """Whoever signs in with the wrong login learns it at once, without whole numbers."""
    script.says("GET", CONSENTS, consents())
    script.says("GET", f"{BANKING}/customers", customers(("B", "7702", "770201001")))

    with pytest.raises(Refused) as refused:
        await entered(tochka, msgspec.structs.replace(ASK, owner=owner, credentials=key()), NOW)

    assert refused.value.code is Code.ORGANISATION_DETAILS_MISMATCH
    assert refused.value.evidence["field"] == field
    assert refused.value.evidence["wanted"].startswith("…")


async def test_an_expected_account_tells_the_company(tochka: Tochka, script: Script) -> None:
    """Where several are open and only an account number was named."""
    script.says("GET", CONSENTS, consents())
    script.says(
        "GET",
        f"{BANKING}/customers",
        customers(("301112223", "7701", None), ("304445556", "7702", None)),
    )
    script.says("GET", f"{BANKING}/accounts", "accounts")
    expected = (Expected(number="40702810212340000444"),)
    asked = msgspec.structs.replace(ASK, expected=expected, credentials=key())
    granted = await entered(tochka, asked, NOW)

    assert granted.grant.notes["customer_code"] == "304445556"


async def test_a_login_without_a_company_has_nothing_to_read(
    tochka: Tochka, script: Script
) -> None:
    """The list may hold the person only."""
    script.says("GET", CONSENTS, consents())
    person = {"customerCode": "1", "customerType": "Personal", "fullName": "x"}
    script.says("GET", f"{BANKING}/customers", {"Data": {"Customer": [person]}})

    with pytest.raises(Refused) as refused:
        await entered(tochka, msgspec.structs.replace(ASK, credentials=key()), NOW)

    assert refused.value.code is Code.USER_RIGHTS_INSUFFICIENT


async def test_a_key_lets_us_in_at_once(tochka: Tochka, script: Script) -> None:
    """Whose it is, by which client, until when, and what it may: all learnt before saying yes."""
    script.says("GET", CONSENTS, "consents")
    script.says("GET", f"{BANKING}/customers", "customers")
    told = token(iss="fedcba9876543210fedcba9876543210", exp=1_790_000_000)
    asked = msgspec.structs.replace(ASK, credentials={"token": f" Bearer {told}\n"})
    granted = await entered(tochka, asked, NOW)

    ends = datetime.fromtimestamp(1_790_000_000, UTC)
    assert granted.grant == Grant(
        access=told,
        access_expires_at=ends,
        consent_id="22222222-0001-4a4a-9c9c-aaaaaaaaaaaa",
        consent_expires_at=ends,
        permissions=(*ASKED, "CreatePaymentForSign", "ReadSBPData1C"),
        notes={
            "way": "key",
            "client_id": "fedcba9876543210fedcba9876543210",
            "customer_code": "301112223",
            "inn": "7709876540",
        },
    )
    assert {request.headers["authorization"] for request in script.requests} == {f"Bearer {told}"}


async def test_a_key_s_consent_is_that_of_its_company(tochka: Tochka, script: Script) -> None:
    """Rights are ticked per company: the fuller ones of another company do not count."""
    listed = [
        {"consentId": "a", "customerCode": "A", "status": "Authorised", "permissions": list(ASKED)},
        {"consentId": "b", "customerCode": "B", "status": "Authorised", "permissions": []},
    ]
    script.says("GET", CONSENTS, {"Data": {"Consent": listed}})
    script.says("GET", f"{BANKING}/customers", customers(("A", "7701", None), ("B", "7702", None)))

    with pytest.raises(Refused) as refused:
        await entered(
            tochka,
            msgspec.structs.replace(ASK, owner=Owner(inn="7702"), credentials=key()),
            NOW,
        )

    assert refused.value.code is Code.PERMISSIONS_REDUCED
    assert "ReadStatements" in refused.value.evidence["missing"]


@pytest.mark.parametrize("claims", [{}, {"exp": None}, {"exp": 1e300}, {"exp": "soon"}])
async def test_a_key_without_a_readable_end_is_endless(
    tochka: Tochka, script: Script, claims: dict[str, Any]
) -> None:
    """Endless keys exist, and only the bank can judge one."""
    script.says("GET", CONSENTS, consents())
    script.says("GET", f"{BANKING}/customers", "customers")
    granted = await entered(tochka, msgspec.structs.replace(ASK, credentials=key(**claims)), NOW)

    assert (granted.grant.access_expires_at, granted.grant.consent_expires_at) == (None, None)


@pytest.mark.parametrize("told", ["working_token", "sandbox.jwt.token"])
async def test_a_key_that_says_nothing_is_tried(tochka: Tochka, script: Script, told: str) -> None:
    """The bank's own test keys are no JWTs."""
    script.says("GET", CONSENTS, consents())
    script.says("GET", f"{BANKING}/customers", "customers")
    granted = await entered(tochka, msgspec.structs.replace(ASK, credentials={"token": told}), NOW)

    assert granted.grant.notes == {"way": "key", "customer_code": "301112223", "inn": "7709876540"}


@pytest.mark.parametrize("told", ["ключ", "short", "with\x00zero-and-more", "a" * 9000])
async def test_what_cannot_be_a_key_is_not_sent(tochka: Tochka, script: Script, told: str) -> None:
    """A pasted sentence must not end up in a header."""
    with pytest.raises(Refused) as refused:
        await tochka.begin(msgspec.structs.replace(ASK, credentials={"token": told}), NOW)

    assert (refused.value.code, script.requests) == (Code.ACCESS_TOKEN_REJECTED, [])


async def test_an_expired_key_is_told_with_its_end(tochka: Tochka, script: Script) -> None:
    """The bank would only say 403, as it does of a missing right."""
    with pytest.raises(Refused) as refused:
        await tochka.begin(
            msgspec.structs.replace(ASK, credentials=key(exp=int(NOW.timestamp()))), NOW
        )

    assert refused.value.code is Code.ACCESS_TOKEN_REJECTED
    assert refused.value.evidence == {"expired_at": "2026-03-20T11:30:00+00:00"}
    assert script.requests == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, FORBIDDEN),
        (401, {"message": "The access token is missing"}),
        (200, {"Data": {"Consent": []}}),
        (200, consents(clientId="somebody-else")),
    ],
)
async def test_a_key_that_the_bank_does_not_know(
    tochka: Tochka, script: Script, status: int, body: Any
) -> None:
    """Deleted, re-issued or never there: a new one is needed."""
    script.says("GET", CONSENTS, body, status=status)

    with pytest.raises(Refused) as refused:
        await tochka.begin(msgspec.structs.replace(ASK, credentials=key()), NOW)

    assert refused.value.code is Code.ACCESS_TOKEN_REJECTED


async def test_a_bank_that_is_down_says_nothing_about_a_key(tochka: Tochka, script: Script) -> None:
    """Nobody should make a new key for that."""
    script.says("GET", CONSENTS, b"Internal Server Error", status=500)

    with pytest.raises(Refused) as refused:
        await tochka.begin(msgspec.structs.replace(ASK, credentials=key()), NOW)

    assert refused.value.code is Code.BANK_UNAVAILABLE


async def test_a_renewal_gives_a_new_pair(tochka: Tochka, script: Script) -> None:
    """The old refresh token is spent; everything else in the grant stays."""
    script.says("POST", "/connect/token", TOKENS)
    renewed = await tochka.renew(GRANT, NOW)

    assert renewed == msgspec.structs.replace(
        GRANT,
        access="CANARY-access-new",
        access_expires_at=TOMORROW,
        access_seconds=86400,
        refresh="CANARY-refresh-new",
        refresh_expires_at=NOW + timedelta(days=30),
    )
    assert parse_qs(script.requests[0].content.decode())["refresh_token"] == [GRANT.refresh]


async def test_a_renewal_without_a_new_refresh_token_keeps_the_old(
    tochka: Tochka, script: Script
) -> None:
    """With its own end, which such an answer does not move."""
    script.says("POST", "/connect/token", {"access_token": "a", "expires_in": "3600"})
    renewed = await tochka.renew(GRANT, NOW)

    assert (renewed.refresh, renewed.refresh_expires_at) == (
        GRANT.refresh,
        GRANT.refresh_expires_at,
    )


@pytest.mark.parametrize(
    ("answer", "day", "code"),
    [
        ((400, {"error": "invalid_grant"}), 20, Code.CONSENT_REVOKED),
        ((200, {"error": "whatever"}), 20, Code.CONSENT_REVOKED),
        ((400, {"error": "invalid_request"}), 20, Code.CONSENT_REVOKED),
        ((403, FORBIDDEN), 20, Code.CONSENT_REVOKED),
        ((400, {"error": "invalid_grant"}), 51, Code.CONSENT_EXPIRED),
        ((401, {"error": "invalid_client"}), 51, Code.BANK_SECRET_EXPIRED),
        ((429, b""), 20, Code.BANK_RATE_LIMITED),
    ],
)
async def test_a_renewal_that_is_refused(
    tochka: Tochka, script: Script, answer: tuple[int, Any], day: int, code: Code
) -> None:
    """After 30 days nobody withdrew anything: the token has simply run out."""
    status, body = answer
    script.says("POST", "/connect/token", body, status=status)

    with pytest.raises(Refused) as refused:
        await tochka.renew(GRANT, datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day))

    assert refused.value.code is code


async def test_a_key_cannot_be_renewed(tochka: Tochka, script: Script) -> None:
    """Its owner makes a new one in the cabinet."""
    with pytest.raises(Refused) as refused:
        await tochka.renew(Grant(access="x", notes={"way": "key"}), NOW)

    assert (refused.value.code, script.requests) == (Code.ACCESS_TOKEN_REJECTED, [])


async def test_an_older_path_for_consents_can_be_set(
    opened: Callable[..., Tochka],
    script: Script,
) -> None:
    """Some applications were registered when it lay elsewhere."""
    script.says("POST", "/connect/token", {"access_token": "x"})
    script.says("POST", "/uapi/v1.0/consents", "new_consent_flat", status=201)
    step = await opened(consents_path="/v1.0/consents").begin(ASK, NOW)

    assert isinstance(step, Next)
    assert step.memo == MEMO
