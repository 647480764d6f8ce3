"""Tokens at Tatra: who gets one, for how long, and in which words the others are refused."""

from datetime import timedelta

import pytest

from sandbox.state import Sandbox
from sandbox.tatra import oauth
from sandbox.world import Account, Company
from tests.sandbox.tatra.caller import BASE, CALLBACK, Caller, returned, turn


async def test_a_service_token_comes_by_basic_and_by_body(caller: Caller) -> None:
    """Both kinds of client are seen in the wild."""
    form = {"grant_type": "client_credentials", "scope": "PREMIUM_AIS"}
    by_basic = await caller.token(**form)
    secret = {"client_id": "mostik", "client_secret": "rehearsal"}
    by_body = await caller.http.post(f"{BASE}/auth/oauth/v2/token", data={**form, **secret})

    assert by_basic.json().keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert by_body.json()["expires_in"] == 86400


async def test_a_wrong_secret_is_invalid_client(caller: Caller) -> None:
    """The gateway product answers 401 with its own header."""
    caller.basic = ("mostik", "wrong")
    answer = await caller.token(grant_type="client_credentials")

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "x-ca-err" in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "PREMIUM_AIS"}, "invalid_scope"),
        ({"scope": "PREMIUM_AIS:nobody"}, "invalid_scope"),
        ({"scope": "PREMIUM_AIS:a PREMIUM_PIS"}, "invalid_scope"),
        ({"client_id": "stranger"}, "invalid_client"),
        ({"redirect_uri": "javascript:alert(1)"}, "invalid_redirect_uri"),
        ({"response_type": "token"}, "invalid_request"),
    ],
)
async def test_authorise_refuses_what_does_not_fit(
    caller: Caller, changes: dict[str, str], error: str
) -> None:
    """Each slip has its own word, shown at the bank and not sent back."""
    consent_id = await caller.consent()
    query = {"scope": f"PREMIUM_AIS:{consent_id}", **changes}
    answer = await caller.http.get(caller.url(**query))

    assert answer.json()["error"] == error


async def test_a_registered_redirect_is_compared_byte_for_byte(
    sandbox: Sandbox, caller: Caller
) -> None:
    """A slash too many is another address."""
    turn(sandbox, tatra={"registered_redirect_uris": [CALLBACK]})
    scope = f"PREMIUM_AIS:{await caller.consent()}"
    good = await caller.http.get(caller.url(scope))
    bad = await caller.http.get(caller.url(scope, redirect_uri=f"{CALLBACK}/"))

    assert good.status_code == 303
    assert (bad.status_code, bad.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "x" * 64}, {"redirect_uri": "http://127.0.0.1/other"}, {"code": "nothing"}],
)
@pytest.mark.usefixtures("own")
async def test_a_code_needs_its_verifier_and_address(
    sandbox: Sandbox, caller: Caller, changes: dict[str, str]
) -> None:
    """A stolen code alone opens nothing."""
    url = caller.url(f"PREMIUM_AIS:{await caller.consent()}")
    code = returned(await oauth.authorise(sandbox, url, "approve", ()))["code"]
    answer = await caller.exchange(**{"code": code, **changes})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.usefixtures("own")
async def test_a_code_serves_once_and_five_minutes(sandbox: Sandbox, caller: Caller) -> None:
    """The second exchange and the late one end alike."""
    url = caller.url(f"PREMIUM_AIS:{await caller.consent()}")
    first = returned(await oauth.authorise(sandbox, url, "approve", ()))["code"]
    second = returned(await oauth.authorise(sandbox, url, "approve", ()))["code"]
    good = await caller.exchange(first)
    again = await caller.exchange(first)
    sandbox.clock.advance(timedelta(minutes=5))
    late = await caller.exchange(second)

    assert good.status_code == 200
    assert [again.json()["error"], late.json()["error"]] == ["invalid_grant"] * 2


@pytest.mark.usefixtures("own")
async def test_a_refresh_token_is_used_up_by_its_use(sandbox: Sandbox, caller: Caller) -> None:
    """Where the bank rotates, whoever keeps the old one is locked out."""
    turn(sandbox, tatra={"refresh_rotation": "rotates"})
    connected = await caller.connected()
    first = await connected.refresh()
    again = await connected.refresh()

    assert first.json()["refresh_token"] != connected.tokens["refresh_token"]
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.usefixtures("own")
async def test_a_refresh_may_leave_the_token_out(sandbox: Sandbox, caller: Caller) -> None:
    """Then the old one goes on."""
    turn(sandbox, tatra={"refresh_rotation": "left_out"})
    connected = await caller.connected()
    answers = [await connected.refresh() for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "refresh_token" not in answers[0].json()


@pytest.mark.usefixtures("own")
async def test_an_access_token_lives_an_hour(sandbox: Sandbox, caller: Caller) -> None:
    """After that the bank says so, and a refresh helps."""
    connected = await caller.connected()
    sandbox.clock.advance(timedelta(hours=1))
    answer = await connected.get("/v3/accounts")
    connected.tokens = (await connected.refresh()).json()

    assert (answer.status_code, answer.json()["errorCode"]) == (401, "TOKEN_EXPIRED")
    assert await connected.accounts()


@pytest.mark.usefixtures("own")
async def test_a_service_token_reads_no_accounts(caller: Caller) -> None:
    """For a TPP the customer's own token is needed."""
    answer = await caller.http.get(f"{BASE}/v3/accounts", headers=await caller.service())

    assert (answer.status_code, answer.json()["errorCode"]) == (401, "TOKEN_INVALID")


async def test_a_bare_or_missing_token_is_unknown(caller: Caller) -> None:
    """Only Bearer is understood."""
    answers = [
        await caller.http.get(f"{BASE}/v3/accounts", headers=headers)
        for headers in ({}, {"Authorization": "abc"}, {"Authorization": "Bearer abc"})
    ]

    assert {answer.json()["errorCode"] for answer in answers} == {"TOKEN_UNKNOWN"}


async def test_a_business_banking_client_needs_no_customer(
    sandbox: Sandbox, caller: Caller, company: Company, own: Account
) -> None:
    """The consent was given inside Business banking; the service token reads."""
    minted = oauth.mint(sandbox, company, ["FAC_BBTB"], None)
    caller.basic = (minted["client_id"], minted["client_secret"])
    answer = await caller.http.get(f"{BASE}/v3/accounts", headers=await caller.service())

    ibans = [one["accountReference"]["iban"] for one in answer.json()["accounts"]]
    assert own.iban in ibans


async def test_an_own_accounts_client_authorises_with_the_bare_scope(
    sandbox: Sandbox, caller: Caller, company: Company, own: Account
) -> None:
    """The usage type FAC has no consent resource."""
    minted = oauth.mint(sandbox, company, None, None)
    caller.basic = (minted["client_id"], minted["client_secret"])
    location = await oauth.authorise(sandbox, caller.url("PREMIUM_AIS"), "approve", [own.iban])
    tokens = (await caller.exchange(returned(location)["code"])).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    listed = await caller.http.get(f"{BASE}/v3/accounts", headers=headers)
    consent = await caller.http.post(f"{BASE}/v3/consents", headers=await caller.service())

    assert len(listed.json()["accounts"]) == 1
    assert (consent.status_code, consent.json()["errorCode"]) == (403, "NOT_ALLOWED_OPER")


async def test_a_minted_secret_may_end(sandbox: Sandbox, caller: Caller, company: Company) -> None:
    """Then only new credentials help."""
    until = sandbox.now + timedelta(days=1)
    minted = oauth.mint(sandbox, company, None, until)
    caller.basic = (minted["client_id"], minted["client_secret"])
    before = await caller.token(grant_type="client_credentials")
    sandbox.clock.advance(timedelta(days=1))
    after = await caller.token(grant_type="client_credentials")

    assert (before.status_code, after.status_code) == (200, 401)


async def test_the_customer_may_refuse_or_walk_away(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """A refusal comes back and ends the consent; walking away leaves it waiting."""
    refused, left = await caller.consent(), await caller.consent()
    location = await oauth.authorise(
        sandbox, caller.url(f"PREMIUM_AIS:{refused}"), "refuse", [own.iban]
    )
    nothing = await oauth.authorise(sandbox, caller.url(f"PREMIUM_AIS:{left}"), "abandon", ())
    statuses = [await caller.status(refused), await caller.status(left)]

    assert returned(location) == {
        "error": "access_denied",
        "error_description": "The resource owner denied the request",
        "state": "s1",
    }
    assert nothing is None
    assert statuses == ["rejected", "received"]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("base", ["/tatra/premium/sandbox", "/tatra"])
async def test_every_prefix_leads_to_the_same_bank(caller: Caller, base: str) -> None:
    """Production, the bank's test installation and the bare form."""
    connected = await caller.connected()
    answer = await connected.get(f"http://banks{base}/v3/accounts")
    href = answer.json()["accounts"][0]["_links"]["transactions"]["href"]

    assert href.startswith(f"http://banks{base}/v5/accounts/")


async def test_what_is_no_path_has_no_body(caller: Caller) -> None:
    """The gateway before the bank says only 404 or 405, with the request id."""
    lost = await caller.http.get(f"{BASE}/v9/nothing", headers={"X-Request-ID": "r1"})
    wrong = await caller.http.delete(f"{BASE}/v3/accounts")

    assert (lost.status_code, lost.content, lost.headers["x-request-id"]) == (404, b"", "r1")
    assert wrong.status_code == 405
