"""SberBusiness ID: codes, tokens, secrets, and who signed in."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import msgspec
import pytest

from sandbox.bank import Rejected
from sandbox.sber.bank import BANK
from sandbox.sber.books import Books
from sandbox.state import Sandbox
from tests.sandbox.sber.partner import BACK, CREDENTIALS, DAY, SCOPE, Partner

TOKEN = "/sber/ic/sso/api/v2/oauth/token"
SECRETS = "/sber/fintech/api/applications/secrets/v1/refresh-client-secret"


def claims_of(jws: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    header, payload, signature = (
        urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in jws.split(".")
    )
    return json.loads(header), json.loads(payload), signature


async def test_the_answer_has_the_shape_of_the_papers(partner: Partner) -> None:
    """38 characters a token, an hour of life, an id_token beside them."""
    pair = await partner.connect()

    assert sorted(pair) == [
        "access_token",
        "expires_in",
        "id_token",
        "refresh_token",
        "scope",
        "token_type",
    ]
    assert (len(pair["access_token"]), len(pair["refresh_token"])) == (38, 38)
    assert (pair["token_type"], pair["expires_in"], pair["scope"]) == ("Bearer", 3600, SCOPE)


async def test_the_id_token_carries_a_gost_signature(partner: Partner) -> None:
    """An algorithm that no library verifies, and an amr that only looks like a set."""
    pair = await partner.connect()
    header, claims, signature = claims_of(pair["id_token"])

    assert header == {"typ": "JWT", "alg": "gost34.10-2012"}
    assert len(signature) == 64
    assert (claims["aud"], claims["azp"], claims["nonce"]) == ("mostik", "mostik", "n-1")
    assert (claims["acr"], claims["amr"]) == ("loa-3", "{pwd, mca, mfa, otp, sms}")
    assert claims["exp"] - claims["iat"] == 300
    assert len(claims["sub"]) == 64


async def test_user_info_is_signed_and_names_the_offered_accounts(partner: Partner) -> None:
    """Accounts outside the offer do not show, nor do claims nobody asked for."""
    await partner.connect([partner.number])
    answer = await partner.user_info()
    header, claims, signature = claims_of(answer.text)

    assert answer.headers["content-type"] == "application/jwt"
    assert (header["alg"], len(signature)) == ("gost34.10-2012", 64)
    assert claims["inn"] == partner.company.inn
    assert claims["accounts"] == [
        {
            "accountNumber": partner.number,
            "bic": "044525225",
            "corrAccountNumber": "30101810400000000225",
        }
    ]
    assert claims["offerExpirationDate"] == "2027-11-20T12:00:00+03:00"
    assert len(claims["HashOrgId"]) == 64
    assert "phone_number" not in claims


async def test_user_info_may_be_plain_json(partner: Partner) -> None:
    """Some contours answer without a signature."""
    partner.behave(sber={"user_info_as": "json"})
    await partner.connect()
    answer = await partner.get("/ic/sso/api/v1/oauth/user-info")

    assert answer.json()["inn"] == partner.company.inn


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_the_token_endpoint_takes_query_parameters_too(
    partner: Partner, version: str
) -> None:
    """The old spec put all of it into the query, and production still takes it."""
    back = await partner.authorise()
    asked = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": BACK}
    path = f"/sber/ic/sso/api/{version}/oauth/token"
    answer = await partner.http.post(path, params={**CREDENTIALS, **asked})

    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"


async def test_a_code_is_good_once(partner: Partner) -> None:
    """The second exchange is refused."""
    back = await partner.authorise()
    asked = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": BACK}
    first, second = await partner.token(**asked), await partner.token(**asked)

    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")


async def test_a_code_lives_two_minutes(partner: Partner) -> None:
    """A customer's browser that dawdles has to start anew."""
    back = await partner.authorise()
    partner.sandbox.clock.advance(timedelta(minutes=2))
    answer = await partner.token(
        grant_type="authorization_code", code=back["code"], redirect_uri=BACK
    )

    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": "Authorization code expired",
    }


async def test_a_code_belongs_to_its_redirect_and_verifier(partner: Partner) -> None:
    """Exact match of the address; PKCE where it was begun."""
    verifier = "v" * 43
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
    asked = {"grant_type": "authorization_code", "redirect_uri": BACK}
    elsewhere = await partner.token(
        **{**asked, "code": (await partner.authorise())["code"], "redirect_uri": f"{BACK}&x=1"}
    )
    bare = await partner.token(**asked, code=(await partner.authorise(**pkce))["code"])
    proven = await partner.token(
        **asked, code=(await partner.authorise(**pkce))["code"], code_verifier=verifier
    )

    assert [one.status_code for one in (elsewhere, bare, proven)] == [400, 400, 200]


async def test_an_access_token_lives_an_hour_and_a_refresh_renews_it(partner: Partner) -> None:
    """The 401 names the token in its message, as the bank's does."""
    pair = await partner.connect()
    partner.sandbox.clock.advance(timedelta(hours=1))
    dead = await partner.statement("summary")
    partner.pair = (await partner.refresh()).json()
    alive = await partner.statement("summary")

    assert (dead.status_code, dead.json()["cause"]) == (401, "UNAUTHORIZED")
    assert dead.json()["message"] == f"accessToken not found by value = {pair['access_token']}"
    assert alive.status_code == 200


async def test_a_used_refresh_token_answers_with_the_same_pair_in_reserve(
    partner: Partner,
) -> None:
    """An answer that got lost can be asked for again, for two hours."""
    first = await partner.connect()
    new = (await partner.refresh(first["refresh_token"])).json()
    partner.sandbox.clock.advance(timedelta(minutes=119))
    again = (await partner.refresh(first["refresh_token"])).json()
    partner.sandbox.clock.advance(timedelta(minutes=1))
    over = await partner.refresh(first["refresh_token"])

    assert again["refresh_token"] == new["refresh_token"] != first["refresh_token"]
    assert over.status_code == 400
    assert over.json()["error_description"] == "Unknown refresh token"


async def test_a_refresh_token_dies_after_half_a_year(partner: Partner) -> None:
    """180 days without a refresh end the connection."""
    await partner.connect()
    partner.sandbox.clock.advance(timedelta(days=180))
    answer = await partner.refresh()

    assert answer.json()["error_description"] == "Refresh token expired"


async def test_years_of_refreshing_do_not_fill_the_memory(partner: Partner) -> None:
    """Dead pairs are forgotten."""
    pair = await partner.connect()
    for _ in range(20):
        partner.sandbox.clock.advance(timedelta(hours=3))
        pair = (await partner.refresh(pair["refresh_token"])).json()

    assert len(partner.sandbox.store(Books).pairs) < 5


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "stranger"}, "invalid_client"),
    ],
)
async def test_the_token_endpoint_refuses_by_the_rfc(
    partner: Partner, asked: dict[str, str], error: str
) -> None:
    """Body of RFC 6749, status 400."""
    answer = await partner.token(**asked)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_an_old_secret_is_invalid_client(partner: Partner) -> None:
    """40 days, unless somebody changes it in time; the status is a switch."""
    partner.behave(sber={"client_secret_days": 40, "invalid_client_status": 401})
    await partner.connect()
    partner.sandbox.clock.advance(timedelta(days=41))
    answer = await partner.refresh()

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_secret_is_changed_by_query_and_made_perpetual_by_json(partner: Partner) -> None:
    """Both ways kill the old secret at once."""
    pair = await partner.connect()
    path = "/sber/ic/sso/api/v1/change-client-secret"
    query = {**CREDENTIALS, "access_token": pair["access_token"], "new_client_secret": "fresh"}
    changed = await partner.http.post(path, params=query)
    old = await partner.refresh()
    body = {"clientId": "mostik", "clientSecret": "fresh"}
    perpetual = (await partner.http.post(SECRETS, json=body)).json()["clientSecret"]
    fresh = await partner.token(
        grant_type="refresh_token", refresh_token=pair["refresh_token"], client_secret=perpetual
    )

    assert changed.json() == {"clientSecretExpiration": 40}
    assert old.json()["error"] == "invalid_client"
    assert fresh.status_code == 200


async def test_a_secret_is_not_changed_without_its_papers(partner: Partner) -> None:
    """No access token, no new secret, no JSON: refused, and the old one lives on."""
    pair = await partner.connect()
    path = "/sber/ic/sso/api/v1/change-client-secret"
    token = {"access_token": pair["access_token"]}
    answers = [
        await partner.http.post(path, params={**CREDENTIALS, "new_client_secret": "x"}),
        await partner.http.post(path, params={**CREDENTIALS, **token}),
        await partner.http.post(SECRETS, content=b"{"),
    ]

    assert [answer.status_code for answer in answers] == [401, 400, 400]
    assert (await partner.refresh()).status_code == 200


async def test_revoking_a_refresh_token_ends_both(partner: Partner) -> None:
    """RFC 7009: 200 with nothing in it, for unknown tokens as well."""
    pair = await partner.connect()
    path = "/sber/ic/sso/api/v2/oauth/revoke"
    answers = [
        await partner.http.post(path, data={**CREDENTIALS, "token": token})
        for token in (pair["refresh_token"], "unknown")
    ]
    wrong = await partner.http.post(path, data={"client_id": "mostik", "token": "x"})

    assert [(one.status_code, one.content) for one in answers] == [(200, b""), (200, b"")]
    assert wrong.status_code == 400
    assert (await partner.statement()).status_code == 401
    assert (await partner.refresh()).json()["error"] == "invalid_grant"


async def test_revoking_an_access_token_leaves_the_refresh_token(partner: Partner) -> None:
    """The hint is not needed: the bank knows its tokens."""
    pair = await partner.connect()
    path = "/sber/ic/sso/api/v1/oauth/revoke"
    await partner.http.post(path, data={**CREDENTIALS, "token": pair["access_token"]})

    assert (await partner.statement()).status_code == 401
    assert (await partner.refresh()).status_code == 200


@pytest.mark.parametrize(
    ("form", "accepted"),
    [("both", (200, 200)), ("bearer", (200, 401)), ("bare", (401, 200))],
)
async def test_the_token_goes_with_the_word_bearer_or_without(
    partner: Partner, form: str, accepted: tuple[int, int]
) -> None:
    """Production takes Bearer, the bank's examples show the bare token."""
    partner.behave(sber={"authorization": form})
    access = (await partner.connect())["access_token"]
    answers = [
        await partner.http.get("/sber/fintech/api/v1/client-info", headers={"Authorization": text})
        for text in (f"Bearer {access}", access)
    ]

    assert tuple(answer.status_code for answer in answers) == accepted


async def test_a_product_alias_is_all_of_the_contract(partner: Partner) -> None:
    """The cabinet hands out di-<uuid>; the answer's scope is not the asked one."""
    pair = await partner.connect(scope="openid di-9a1c")

    assert "GET_STATEMENT_ACCOUNT" in pair["scope"].split()
    assert (await partner.statement()).status_code == 200


async def test_what_the_contract_lacks_is_not_granted(partner: Partner) -> None:
    """A scope that moves money never comes back."""
    pair = await partner.connect(scope=f"{SCOPE} PAY_DOC_RU FILES")

    assert pair["scope"] == SCOPE


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"state": ""}, "invalid_request"),
        ({"scope": "inn openid"}, "invalid_scope"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_authorize_sends_errors_back_to_the_partner(
    partner: Partner, changes: dict[str, str], error: str
) -> None:
    """By redirect, since client and address are known."""
    answer = await partner.http.get(partner.url(**changes))
    location = answer.headers["location"]

    assert answer.status_code == 302
    assert location.startswith(f"{BACK}&error={error}")


@pytest.mark.parametrize("changes", [{"client_id": "stranger"}, {"redirect_uri": ""}])
async def test_authorize_redirects_nobody_to_strangers(
    partner: Partner, changes: dict[str, str]
) -> None:
    """Unknown client or address: the error stays on the bank's page."""
    answer = await partner.http.get(partner.url(**changes))

    assert (answer.status_code, "location" in answer.headers) == (400, False)
    with pytest.raises(Rejected):
        await partner.authorise(**changes)


async def test_access_keys_made_by_hand_open_the_accounts(partner: Partner) -> None:
    """The cabinet gives a pair without any redirect."""
    expires = datetime(2026, 12, 1, tzinfo=UTC)
    partner.pair = BANK.mint(partner.sandbox, partner.company, None, expires)

    assert (await partner.statement()).status_code == 200
    assert (await partner.client_info()).status_code == 200
    with pytest.raises(Rejected):
        BANK.mint(partner.sandbox, partner.company, ["PAY_DOC_RU"], None)


async def test_the_books_survive_export_and_import(partner: Partner, sandbox: Sandbox) -> None:
    """The whole state is JSON, so that a case can be repeated elsewhere."""
    await partner.connect()
    await partner.statement(day=DAY)
    await partner.statement("increment", day=datetime(2026, 11, 20, tzinfo=UTC).date())
    books = sandbox.store(Books)

    assert msgspec.json.decode(msgspec.json.encode(books), type=Books) == books


async def test_no_certificate_is_nginxs_html(partner: Partner, http: httpx.AsyncClient) -> None:
    """400 text/html, before anybody looks at the token."""
    await partner.connect()
    partner.behave(sber={"client_certificate": "missing"})
    answers = [await partner.statement(), await http.post(TOKEN), await partner.user_info()]
    partner.behave(sber={"client_certificate": "refused"})
    refused = await partner.client_info()

    assert {
        (one.status_code, one.headers["content-type"].partition(";")[0]) for one in answers
    } == {(400, "text/html")}
    assert "No required SSL certificate was sent" in answers[0].text
    assert "The SSL certificate error" in refused.text
