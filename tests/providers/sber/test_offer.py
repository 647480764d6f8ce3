"""The customer signs an offer; what it gave is checked before anything is believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from providers.contract import Answered, Ask, Expected, Finding, Grant, Granted, Next, Refused
from providers.sber.bank import Settings
from providers.sber.provider import Sber
from providers.transport import Wire
from schemas.account import FoundAccount, Owner
from schemas.codes import Code
from tests.providers.sber.conftest import FIXTURES, Script

STATE = "s" * 43
MAIN = "40702810938000012345"
ASK = Ask(state=STATE, redirect_uri="https://mostik.test/connect/sber/callback")
TOKEN = "/v2/oauth/token"
USER = "/v2/oauth/user-info"
REVOKE = "/v1/oauth/revoke"
PAIR = {
    "access_token": "CANARY-new-access",
    "token_type": "Bearer",
    "expires_in": 3600,
    "refresh_token": "CANARY-new-refresh",
    "scope": "openid inn accounts GET_CLIENT_ACCOUNTS GET_STATEMENT_ACCOUNT",
}
USER_INFO = json.loads((FIXTURES / "user_info.json").read_bytes())


def form(script: Script) -> dict[str, str]:
    body = script.requests[0].content.decode()
    return {name: values[0] for name, values in parse_qs(body).items()}


@pytest.fixture
def comes_back(
    script: Script, sber: Sber, jws: Callable[[Any], str], now: datetime
) -> Callable[..., Any]:
    """Walk through the bank and back; arguments change what the bank says."""

    async def walk(
        ask: Ask = ASK,
        *,
        id_token: dict[str, Any] | None = None,
        user_info: Any = None,
        params: dict[str, str] | None = None,
        pair: dict[str, Any] | None = None,
        provider: Sber | None = None,
    ) -> Granted | Next:
        used = provider or sber
        step = await used.begin(ask, now)
        assert isinstance(step, Next)
        claims = {
            "iss": "http://sbi.internal:9443/ic/sso",
            "aud": "10777",
            "azp": "10777",
            "exp": int(now.timestamp()) + 300,
            "nonce": step.memo["nonce"],
            "amr": "{pwd, mca, mfa, otp, sms}",
            **(id_token or {}),
        }
        if not script.answers.get(TOKEN):
            script.says(TOKEN, {**PAIR, "id_token": jws(claims), **(pair or {})})
        told = USER_INFO if user_info is None else user_info
        script.says(USER, told if isinstance(told, bytes) else jws(told).encode())
        return await used.resume(
            ask, step.memo, Answered(params or {"code": "c1", "state": ask.state}), now
        )

    return walk


async def test_the_customer_is_sent_to_sign_the_offer(sber: Sber, now: datetime) -> None:
    """The browser goes to the other host, with our state, a nonce and nothing that pays."""
    step = await sber.begin(ASK, now)

    assert isinstance(step, Next)
    url = urlsplit(step.url or "")
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert step.kind == "sign_offer"
    assert f"{url.scheme}://{url.netloc}{url.path}" == (
        "https://sbi.test/ic/sso/api/v2/oauth/authorize"
    )
    assert query == {
        "response_type": "code",
        "client_id": "10777",
        "redirect_uri": ASK.redirect_uri,
        "scope": Settings().scope,
        "state": STATE,
        "nonce": step.memo["nonce"],
    }
    assert len(step.memo["nonce"]) >= 36


async def test_the_code_becomes_a_grant_with_its_owner(
    script: Script, comes_back: Any, now: datetime
) -> None:
    """Whose it is, which accounts, and the nearer of the two ends: the offer's or the token's."""
    granted = await comes_back()

    assert granted.owner == Owner(
        name='ООО "Лесной Причал"', inn="7709123453", kpp="770901001", ico=None
    )
    assert granted.grant == Grant(
        access="CANARY-new-access",
        access_expires_at=now + timedelta(hours=1),
        access_seconds=3600,
        refresh="CANARY-new-refresh",
        refresh_expires_at=now + timedelta(days=180),
        consent_expires_at=now + timedelta(days=180),
        permissions=tuple(PAIR["scope"].split()),  # type: ignore[attr-defined]
        notes={
            "organisation": "a1b2c3",
            "inn": "7709123453",
            "accounts": "40702810938000012345,40702840938000054821,40802810938000000011",
            "offer_ends": "2027-02-28T21:00:00+00:00",
        },
    )
    assert form(script) == {
        "grant_type": "authorization_code",
        "code": "c1",
        "redirect_uri": ASK.redirect_uri,
        "client_id": "10777",
        "client_secret": "CANARY-secret-1234",
    }


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ("2026-04-01T12:00:00Z", datetime(2026, 4, 1, 12, tzinfo=UTC)),
        ("2026-04-01T12:00:00", datetime(2026, 4, 1, 9, tzinfo=UTC)),
        ("2026-04-01", datetime(2026, 4, 1, 21, tzinfo=UTC)),
        ("2099-04-01T12:00:00Z", datetime(2026, 9, 16, 11, 30, tzinfo=UTC)),
        ("next spring", datetime(2026, 9, 16, 11, 30, tzinfo=UTC)),
        (None, datetime(2026, 9, 16, 11, 30, tzinfo=UTC)),
    ],
)
async def test_the_consent_ends_with_the_offer_or_the_refresh_token(
    comes_back: Any, ends: str | None, expected: datetime
) -> None:
    """The date's format is undocumented: what cannot be read leaves the token's own end."""
    granted = await comes_back(user_info={**USER_INFO, "offerExpirationDate": ends})

    assert granted.grant.consent_expires_at == expected


async def test_user_info_may_be_plain_json(comes_back: Any) -> None:
    """Contours differ in whether they sign it."""
    granted = await comes_back(user_info=json.dumps(USER_INFO).encode())

    assert granted.owner.inn == "7709123453"


async def test_older_contours_take_the_parameters_from_the_query(
    script: Script, settings: Settings, line: Wire, comes_back: Any
) -> None:
    """The old papers want an empty body; both styles are seen alive."""
    old = Sber(msgspec.structs.replace(settings, token_style="query"), line)

    await comes_back(provider=old)

    assert script.requests[0].content == b""
    assert script.asked(TOKEN)[0] == {
        "grant_type": "authorization_code",
        "code": "c1",
        "redirect_uri": ASK.redirect_uri,
        "client_id": "10777",
        "client_secret": "CANARY-secret-1234",
    }


async def test_pkce_is_sent_where_it_was_agreed(
    script: Script, settings: Settings, line: Wire, comes_back: Any, now: datetime
) -> None:
    """The challenge goes with the browser, the verifier only with the code."""
    agreed = Sber(msgspec.structs.replace(settings, pkce=True), line)
    step = await agreed.begin(ASK, now)

    await comes_back(provider=agreed)

    assert isinstance(step, Next)
    assert "code_challenge_method=S256" in (step.url or "")
    assert step.memo["code_verifier"] not in (step.url or "")
    assert len(form(script)["code_verifier"]) >= 43


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"error": "access_denied"}, Code.AUTHORISATION_DECLINED),
        (
            {
                "error": "access_denied",
                "error_description": "Пользователь отказался подписать оферту",
            },
            Code.AUTHORISATION_DECLINED,
        ),
        (
            {"error": "access_denied", "error_description": "Недостаточно прав"},
            Code.NO_SIGNING_RIGHT,
        ),
        (
            {"error": "access_denied", "error_description": "the user has no signing right"},
            Code.NO_SIGNING_RIGHT,
        ),
        ({"error": "invalid_scope"}, Code.BANK_CONTRACT_MISSING),
        ({"error": "unauthorized_client"}, Code.BANK_CONTRACT_MISSING),
        ({"error": "server_error"}, Code.BANK_UNAVAILABLE),
        ({"error": "temporarily_unavailable"}, Code.BANK_UNAVAILABLE),
        ({"error": "a_new_word"}, Code.BANK_REFUSAL_UNRECOGNISED),
        ({}, Code.AUTHORISATION_TIMED_OUT),
        ({"code": "c1", "state": "z" * 43}, Code.AUTHORISATION_TIMED_OUT),
    ],
)
async def test_a_customer_who_comes_back_without_a_code_is_told_why(
    comes_back: Any, params: dict[str, str], code: Code
) -> None:
    """Refusing, lacking the right to sign, and our own contract are different people's business."""
    with pytest.raises(Refused) as refused:
        await comes_back(params={"state": STATE, **params})

    assert refused.value.code is code


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"error": "invalid_grant"}, Code.AUTHORISATION_TIMED_OUT),
        (
            400,
            {"error": "invalid_grant", "error_description": "user has no right to sign"},
            Code.NO_SIGNING_RIGHT,
        ),
        (403, {"error": "access_denied"}, Code.AUTHORISATION_DECLINED),
        (400, {"error": "invalid_client"}, Code.BANK_SECRET_EXPIRED),
        (401, {"error": "invalid_client"}, Code.BANK_SECRET_EXPIRED),
        (400, {"error": "unauthorized_client"}, Code.BANK_CONTRACT_MISSING),
        (400, {"error": "invalid_request"}, Code.BANK_REFUSAL_UNRECOGNISED),
        (200, {"token_type": "Bearer"}, Code.BANK_FORMAT_CHANGED),
    ],
)
async def test_a_code_that_is_not_taken_is_told_why(
    script: Script, comes_back: Any, status: int, body: object, code: Code
) -> None:
    """A code lives two minutes and serves once."""
    script.says(TOKEN, body, status=status)

    with pytest.raises(Refused) as refused:
        await comes_back()

    assert refused.value.code is code


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"nonce": "another"}, Code.AUTHORISATION_TIMED_OUT),
        ({"nonce": None}, Code.AUTHORISATION_TIMED_OUT),
        ({"exp": 1}, Code.AUTHORISATION_TIMED_OUT),
        ({"aud": "10778"}, Code.BANK_FORMAT_CHANGED),
        ({"aud": []}, Code.BANK_FORMAT_CHANGED),
        ({"azp": "10778"}, Code.BANK_FORMAT_CHANGED),
    ],
)
async def test_an_id_token_of_somebody_else_opens_nothing(
    comes_back: Any, claims: dict[str, Any], code: Code
) -> None:
    """The signature cannot be checked, so every claim that can be is."""
    with pytest.raises(Refused) as refused:
        await comes_back(id_token=claims)

    assert refused.value.code is code


@pytest.mark.parametrize("token", [None, "", "a.b", "a.***.c", "a.e30.c"])
async def test_an_id_token_that_is_none_opens_nothing(comes_back: Any, token: str | None) -> None:
    """Without it nothing binds the tokens to this attempt."""
    with pytest.raises(Refused) as refused:
        await comes_back(pair={"id_token": token})

    assert refused.value.code is Code.BANK_FORMAT_CHANGED


async def test_issuers_are_compared_where_they_are_set(
    script: Script, settings: Settings, line: Wire, comes_back: Any
) -> None:
    """They differ between contours and between the two tokens, so any is taken by default."""
    strict = {
        "id_token": msgspec.structs.replace(settings, id_token_issuer="https://sbi.sberbank.ru"),
        "user_info": msgspec.structs.replace(settings, user_info_issuer="https://sbi.sberbank.ru"),
    }

    for place in strict.values():
        script.answers.clear()
        with pytest.raises(Refused) as refused:
            await comes_back(provider=Sber(place, line))
        assert refused.value.evidence["where"].endswith("iss: another issuer")


async def test_user_info_of_another_partner_is_refused(comes_back: Any) -> None:
    """Its audience, where it names one, must be us."""
    with pytest.raises(Refused) as refused:
        await comes_back(user_info={**USER_INFO, "aud": ["10778"]})

    assert refused.value.code is Code.BANK_FORMAT_CHANGED


@pytest.mark.parametrize("accounts", [None, []])
async def test_an_offer_without_accounts_was_not_signed(
    script: Script, comes_back: Any, accounts: Any
) -> None:
    """The token works and opens nothing."""
    script.says(CLIENT, {"cause": "ACTION_ACCESS_EXCEPTION"}, status=403)

    with pytest.raises(Refused) as refused:
        await comes_back(user_info={**USER_INFO, "accounts": accounts})

    assert refused.value.code is Code.OFFER_NOT_SIGNED


async def test_a_bank_that_is_still_at_it_is_waited_for(script: Script, comes_back: Any) -> None:
    """Right after the signing the accounts take up to half an hour: the tokens must not be lost."""
    busy = {"cause": "ACCESS_EXCEPTION", "message": "Подключение услуги обрабатывается."}
    script.says(CLIENT, busy, status=403)

    granted = await comes_back(user_info={**USER_INFO, "accounts": []})

    assert granted.grant.access == "CANARY-new-access"


async def test_an_own_company_signs_no_offer(
    settings: Settings, line: Wire, comes_back: Any
) -> None:
    """Only a platform's customers do; others signed an application once."""
    own = Sber(msgspec.structs.replace(settings, contract="company"), line)

    granted = await comes_back(provider=own, user_info={"sub": "a", "inn": "7709123453"})

    assert granted.owner.inn == "7709123453"


async def test_an_offer_that_is_over_opens_nothing(comes_back: Any) -> None:
    """The bank would refuse every call."""
    with pytest.raises(Refused) as refused:
        await comes_back(user_info={**USER_INFO, "offerExpirationDate": "2026-03-20T00:00:00Z"})

    assert refused.value.code is Code.OFFER_EXPIRED


async def test_accounts_that_were_not_ticked_are_named(comes_back: Any) -> None:
    """The customer must revoke the offer and sign anew, so he is told what it has and lacks."""
    ask = msgspec.structs.replace(ASK, expected=(Expected("40702810938000007777"),))

    with pytest.raises(Refused) as refused:
        await comes_back(ask)

    assert refused.value.code is Code.ACCOUNT_NOT_IN_OFFER
    assert refused.value.evidence == {"wanted": "…7777", "found": ["…2345", "…4821", "…0011"]}


async def test_one_account_of_several_that_is_missing_does_not_stop_the_others(
    comes_back: Any,
) -> None:
    """It is remembered and listed as missing, and the rest is read."""
    ask = msgspec.structs.replace(
        ASK, expected=(Expected(MAIN), Expected("40702810938000007777"), Expected(iban="SK31"))
    )

    granted = await comes_back(ask)

    assert granted.grant.notes["expected"] == f"{MAIN},40702810938000007777"


async def test_another_organisation_is_noticed_first(comes_back: Any) -> None:
    """Of another organisation every account is missing too, which would mislead."""
    ask = msgspec.structs.replace(
        ASK, owner=Owner(inn="5001122339"), expected=(Expected("40702810938000007777"),)
    )

    with pytest.raises(Refused) as refused:
        await comes_back(ask)

    assert refused.value.code is Code.ORGANISATION_DETAILS_MISMATCH
    assert refused.value.evidence == {"wanted": "…2339", "found": ["…3453"]}


async def test_renewing_takes_the_new_pair_and_keeps_the_rest(
    script: Script, sber: Sber, grant: Grant, now: datetime
) -> None:
    """The refresh token rotates, and its 180 days begin anew; notes stay."""
    script.says(TOKEN, PAIR)

    renewed = await sber.renew(grant, now)

    assert renewed == Grant(
        access="CANARY-new-access",
        access_expires_at=now + timedelta(hours=1),
        access_seconds=3600,
        refresh="CANARY-new-refresh",
        refresh_expires_at=now + timedelta(days=180),
        consent_expires_at=now + timedelta(days=180),
        permissions=tuple(PAIR["scope"].split()),  # type: ignore[attr-defined]
        notes=grant.notes,
    )
    assert form(script)["refresh_token"] == "CANARY-refresh-b7e1f4c2"


async def test_renewing_again_with_the_same_grant_works(
    script: Script, sber: Sber, grant: Grant, now: datetime
) -> None:
    """The answer was lost; the bank keeps the used token in reserve and may give another pair."""
    script.says(TOKEN, PAIR, {"access_token": "a2", "expires_in": "3600"})

    first = await sber.renew(grant, now)
    second = await sber.renew(grant, now)

    assert first.refresh == "CANARY-new-refresh"
    assert (second.access, second.refresh) == ("a2", grant.refresh)
    assert second.refresh_expires_at == grant.refresh_expires_at
    assert script.requests[0].content == script.requests[1].content


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2026, 3, 20, tzinfo=UTC), Code.CONSENT_REVOKED),
        (datetime(2026, 9, 2, tzinfo=UTC), Code.CONSENT_EXPIRED),
        (datetime(2027, 3, 1, tzinfo=UTC), Code.OFFER_EXPIRED),
    ],
)
async def test_a_dead_refresh_token_is_told_by_our_own_dates(
    script: Script, sber: Sber, grant: Grant, at: datetime, code: Code
) -> None:
    """`invalid_grant` alone does not say whether it ran out or was taken back."""
    script.says(
        TOKEN,
        {"error": "invalid_grant", "error_description": "Unknown refresh token"},
        status=400,
    )

    with pytest.raises(Refused) as refused:
        await sber.renew(grant, at)

    assert refused.value.code is code


async def test_revoking_gives_both_tokens_back(
    script: Script, sber: Sber, grant: Grant, now: datetime
) -> None:
    """One that the bank no longer knows is given back already."""
    script.says(REVOKE, b"")
    await sber.revoke(grant, now)
    script.says(REVOKE, {"error": "invalid_token"}, status=400)
    await sber.revoke(grant, now)

    hints = [
        parse_qs(request.content.decode())["token_type_hint"][0] for request in script.requests
    ]
    assert hints == ["refresh_token", "access_token"] * 2


async def test_revoking_that_is_refused_says_so(
    script: Script, sber: Sber, grant: Grant, now: datetime
) -> None:
    """A permission that stays open must not look closed."""
    script.says(REVOKE, {"error": "invalid_client"}, status=401)

    with pytest.raises(Refused) as refused:
        await sber.revoke(grant, now)

    assert refused.value.code is Code.BANK_SECRET_EXPIRED


CLIENT = "/v1/client-info"
SUMMARY = "/v2/statement/summary"
DENIED = {"cause": "ACTION_ACCESS_EXCEPTION", "message": "Нет доступа"}


@pytest.mark.parametrize(
    ("told", "number", "finding"),
    [
        ({}, MAIN, Finding()),
        ({"accounts": []}, MAIN, Finding(Code.OFFER_NOT_SIGNED)),
        (
            {"accounts": [{"accountNumber": "40702810938000001177"}]},
            MAIN,
            Finding(Code.ACCOUNT_NOT_IN_OFFER, {"wanted": "…2345", "found": ["…1177"]}),
        ),
        (
            {"offerExpirationDate": "2026-03-01T00:00:00Z", "accounts": []},
            MAIN,
            Finding(Code.OFFER_EXPIRED, {"expired_at": "2026-03-01T00:00:00+00:00"}),
        ),
        (
            {"accounts": [{"accountNumber": "40702810938000000088"}]},
            "40702810938000000088",
            Finding(Code.ACCOUNT_CLOSED, {"wanted": "…0088"}),
        ),
        (
            {"accounts": [{"accountNumber": "42102810938000000077"}]},
            "42102810938000000077",
            Finding(Code.ACCOUNT_KIND_NOT_SUPPORTED, {"wanted": "…0077"}),
        ),
    ],
)
async def test_a_refusal_is_settled_by_asking_the_offer_first(
    *,
    script: Script,
    sber: Sber,
    grant: Grant,
    account: FoundAccount,
    now: datetime,
    told: dict[str, Any],
    number: str,
    finding: Finding,
) -> None:
    """One 403 hides an account never ticked, an offer taken back, and one that ran out."""
    script.says(USER, {**USER_INFO, **told})
    script.says(CLIENT, "client_info")
    script.says(SUMMARY, "summary")

    found = await sber.probe(grant, msgspec.structs.replace(account, reference=number), now)

    assert found == finding


@pytest.mark.parametrize("where", [CLIENT, SUMMARY])
async def test_what_is_offered_and_still_refused_is_our_contract(
    *, script: Script, sber: Sber, grant: Grant, account: FoundAccount, now: datetime, where: str
) -> None:
    """Only the bank's manager can add a service to it."""
    script.says(USER, USER_INFO)
    script.says(CLIENT, "client_info")
    script.says(SUMMARY, "summary")
    script.says(where, DENIED, status=403)

    finding = await sber.probe(grant, account, now)

    assert finding == Finding(Code.BANK_CONTRACT_MISSING)


async def test_a_connection_is_probed_without_an_account(
    script: Script, sber: Sber, grant: Grant, now: datetime
) -> None:
    """A connection that never had an offer is told apart from one whose offer was taken back."""
    script.says(USER, {**USER_INFO, "accounts": None})
    new = msgspec.structs.replace(grant, notes={})

    assert await sber.probe(new, None, now) == Finding(Code.OFFER_NOT_SIGNED)
    script.says(USER, USER_INFO)
    script.says(CLIENT, "client_info")
    assert await sber.probe(new, None, now) == Finding()


async def test_a_probe_with_a_dead_token_asks_for_a_new_one(
    script: Script, sber: Sber, grant: Grant, account: FoundAccount, now: datetime
) -> None:
    """Whether the grant is dead shows when it is renewed, which is not the probe's business."""
    script.says(USER, {"error": "invalid_token"}, status=401)

    with pytest.raises(Refused) as refused:
        await sber.probe(grant, account, now)

    assert refused.value.code is Code.ACCESS_TOKEN_REJECTED


async def test_other_troubles_of_a_probe_are_told_as_they_are(
    script: Script, sber: Sber, grant: Grant, account: FoundAccount, now: datetime
) -> None:
    """A bank that is down has not said why it refused."""
    script.says(USER, USER_INFO)
    script.says(CLIENT, {"cause": "UNAVAILABLE_RESOURCE_EXCEPTION"}, status=503)

    with pytest.raises(Refused) as refused:
        await sber.probe(grant, account, now)

    assert refused.value.code is Code.BANK_UNAVAILABLE
