"""The OAuth server: three grants, single-use refresh tokens, dead codes."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.bank import Rejected
from sandbox.tochka.bank import BANK
from tests.sandbox.tochka.conftest import CALLBACK, NOW, Caller, returned


async def test_a_clients_own_token_has_three_fields(caller: Caller) -> None:
    """The papers show exactly these, with a token of 32 characters."""
    answer = await caller.token(grant_type="client_credentials", scope="accounts")
    told = answer.json()

    assert answer.status_code == 200
    assert sorted(told) == ["access_token", "expires_in", "token_type"]
    assert (len(told["access_token"]), told["expires_in"], told["token_type"]) == (
        32,
        86400,
        "bearer",
    )


async def test_a_code_becomes_a_pair_once(caller: Caller) -> None:
    """The code is good for one try, and the state comes back as it was sent."""
    consent_id = await caller.consent()
    location = await BANK.authorise(caller.sandbox, caller.link(consent_id), "approve", ())
    code = returned(location)["code"]
    first = await caller.exchange(code)
    again = await caller.exchange(code)

    assert sorted(first.json()) == [
        "access_token",
        "expires_in",
        "refresh_token",
        "state",
        "token_type",
        "user_id",
    ]
    assert first.json()["state"] == "s1"
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


async def test_a_code_dies_after_five_minutes(caller: Caller) -> None:
    """A customer who comes back late has to begin anew."""
    consent_id = await caller.consent()
    location = await BANK.authorise(caller.sandbox, caller.link(consent_id), "approve", ())
    caller.sandbox.clock.advance(timedelta(minutes=5))
    late = await caller.exchange(returned(location)["code"])

    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")


async def test_another_redirect_address_is_refused(caller: Caller) -> None:
    """RFC 6749 wants the two to be the same."""
    consent_id = await caller.consent()
    location = await BANK.authorise(caller.sandbox, caller.link(consent_id), "approve", ())
    answer = await caller.exchange(returned(location)["code"], redirect_uri=f"{CALLBACK}/x")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("client", [("mostik", "wrong"), ("nobody", "rehearsal")])
async def test_a_wrong_client_is_refused(caller: Caller, client: tuple[str, str]) -> None:
    """An unknown client and a wrong secret look the same."""
    answer = await caller.token(
        client_id=client[0], client_secret=client[1], grant_type="client_credentials"
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_refresh_token_is_good_once(caller: Caller) -> None:
    """Whoever keeps the old one is locked out."""
    live = await caller.connected()
    new = await live.refresh()
    again = await live.refresh()

    assert new.json()["refresh_token"] != live.tokens["refresh_token"]
    assert new.json()["state"] is None
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


async def test_grace_lets_a_used_refresh_token_work_on(caller: Caller) -> None:
    """Whether the bank is that kind is unknown, so it is a switch."""
    caller.behave(tochka={"refresh_grace_seconds": 30})
    live = await caller.connected()
    await live.refresh()
    within = await live.refresh()
    caller.sandbox.clock.advance(timedelta(seconds=31))
    after = await live.refresh()

    assert (within.status_code, after.status_code) == (200, 400)


async def test_tokens_end_by_the_clock(caller: Caller) -> None:
    """A day for access, thirty for refresh."""
    live = await caller.connected()
    caller.sandbox.clock.advance(timedelta(days=1))
    stale = await live.get("/open-banking/v1.0/accounts")
    caller.sandbox.clock.advance(timedelta(days=29))
    over = await live.refresh()

    assert stale.status_code == 401
    assert stale.json() == {
        "error": "invalid_token",
        "error_description": "The access token is invalid or has expired",
    }
    assert (over.status_code, over.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("shape", "fields"),
    [
        ("gateway", ["error", "error_description"]),
        ("message", ["message"]),
        ("errors", ["Errors", "code", "id", "message"]),
    ],
)
async def test_a_missing_token_is_told_in_three_shapes(
    caller: Caller, shape: str, fields: list[str]
) -> None:
    """Nobody wrote the body of a 401 down, so all reported shapes are there."""
    caller.behave(tochka={"unauthorised_shape": shape})
    answer = await caller.http.get("/uapi/open-banking/v1.0/accounts")

    assert answer.status_code == 401
    assert sorted(answer.json()) == fields
    assert "The access token is missing" in answer.text


async def test_introspection_is_a_json_string_with_a_jwt(caller: Caller) -> None:
    """The body is text in quotes; the older form with `token` gets an object."""
    live = await caller.connected()
    value = live.tokens["access_token"]
    answer = await caller.http.post("/connect/introspect", data={"access_token": value})
    other = await caller.http.post("/connect/introspect", data={"token": value})
    key = RSAKey.import_key((await caller.http.get("/doc/openapi/static/keys/public")).json())
    claims = jwt.decode(answer.json(), key, algorithms=["RS256"]).claims

    assert (claims["iss"], claims["aud"]) == ("enter.tochka.com", "mostik")
    assert other.json()["active"] is True
    assert other.json()["sub"] == claims["sub"]


@pytest.mark.parametrize("path", ["consent/v1.0", "v1.0", "open-banking/v1.0"])
async def test_consents_are_made_at_three_addresses(caller: Caller, path: str) -> None:
    """Older clients post to older addresses, and the bank still answers, flat."""
    answer = await caller.http.post(
        f"/uapi/{path}/consents",
        json={"Data": {"permissions": ["ReadStatements"]}},
        headers=await caller.own(),
    )
    told = answer.json()["Data"]

    assert answer.status_code == 200
    assert told["status"] == "AwaitingAuthorisation"
    assert told["creationDateTime"] == "2026-11-20T09:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Field Data-permissions : Field required"),
        ({"permissions": ["ReadAll"]}, "Field Data-permissions-0 : Input should be 'ReadAcc"),
        (
            {"permissions": ["ReadStatements"], "expirationDateTime": "2020-01-01T00:00:00Z"},
            "Field Data-expirationDateTime : Datetime should be in the future",
        ),
    ],
)
async def test_a_wrong_consent_is_told_by_field(
    caller: Caller, data: dict[str, object], words: str
) -> None:
    """The path of the field is joined by hyphens, the rest is pydantic's text."""
    answer = await caller.http.post(
        "/uapi/consent/v1.0/consents", json={"Data": data}, headers=await caller.own()
    )
    told = answer.json()

    assert answer.status_code == 400
    assert (told["code"], told["message"]) == ("400", "Что-то пошло не так")
    assert told["Errors"][0]["errorCode"] == "Validation Error"
    assert told["Errors"][0]["message"].startswith(words)
    assert told["Errors"][0]["url"] == '"http://enter.tochka.com/open-banking/docs"'


async def test_a_key_is_a_jwt_and_a_consent(caller: Caller) -> None:
    """Its issuer is the client id, its end is exp, and its rights can be read back."""
    live = caller.keyed(permissions=["ReadStatements"], expires=NOW + timedelta(days=30))
    token = live.tokens["access_token"]
    key = RSAKey.import_key((await caller.http.get("/doc/openapi/static/keys/public")).json())
    claims = jwt.decode(token, key, algorithms=["RS256"]).claims
    listed = (await live.read("/consent/v1.0/consents"))["Consent"]
    caller.sandbox.clock.advance(timedelta(days=31))
    over = await live.get("/consent/v1.0/consents")

    assert claims["iss"] == live.tokens["client_id"]
    assert claims["exp"] == int((NOW + timedelta(days=30)).timestamp())
    assert [one["permissions"] for one in listed] == [["ReadStatements"]]
    assert (over.status_code, over.json()["Errors"][0]["message"]) == (403, "Forbidden by consent")


async def test_a_new_key_may_delete_the_older(caller: Caller) -> None:
    """A re-issue changes token and client id, and the old token is a 403."""
    caller.behave(tochka={"one_key_per_company": True})
    old, new = caller.keyed(), caller.keyed()
    gone = await old.get("/open-banking/v1.0/accounts")
    works = await new.get("/open-banking/v1.0/accounts")

    assert (gone.status_code, works.status_code) == (403, 200)
    assert old.tokens["client_id"] != new.tokens["client_id"]


async def test_the_cabinet_knows_its_rights(caller: Caller) -> None:
    """A misspelt right must not become a key that can do nothing."""
    with pytest.raises(Rejected, match="ReadAll"):
        caller.keyed(permissions=["ReadAll"])
