"""Situations forced on a live connection: the bank's own words, true for probes, healed again."""

import msgspec
import pytest

from sandbox.state import Sandbox
from sandbox.tatra import oauth
from sandbox.tatra.bank import BANK
from sandbox.tatra.store import Books
from sandbox.world import Account
from tests.sandbox.tatra.caller import Caller, Connected, force, returned, turn

SINCE = "2026-10-01"


async def rows(connected: Connected, account_id: str) -> tuple[int, str]:
    answer = await connected.get(f"/v5/accounts/{account_id}/transactions?dateFrom={SINCE}")
    body = answer.json() if answer.content else {}
    return answer.status_code, body.get("errorCode", "") if isinstance(body, dict) else "array"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("BANK_CONTRACT_MISSING", (403, "NO_CONTRACT")),
        ("USER_RIGHTS_INSUFFICIENT", (403, "NO_AUTHORIZATION")),
        ("ACCOUNT_NOT_FOUND", (404, "NO_ACCOUNT")),
        ("ACCOUNT_CLOSED", (404, "NO_ACCOUNT")),
        ("CONSENT_EXPIRED", (401, "CONSENT_EXPIRED")),
        ("CONSENT_REVOKED", (401, "CONSENT_INVALID")),
        ("ACCESS_TOKEN_REJECTED", (401, "TOKEN_UNKNOWN")),
        ("BANK_SECRET_EXPIRED", (401, "TOKEN_EXPIRED")),
        ("HISTORY_LIMIT_EXCEEDED", (400, "PERIOD_INVALID")),
        ("PERIOD_INVALID", (400, "PERIOD_INVALID")),
        ("BANK_UNAVAILABLE", (503, "")),
        ("BANK_TIMEOUT", (504, "")),
        ("BANK_RATE_LIMITED", (429, "")),
        ("BANK_QUOTA_EXHAUSTED", (429, "ACCESS_EXCEEDED")),
        ("BANK_FORMAT_CHANGED", (200, "array")),
        ("BANK_REFUSAL_UNRECOGNISED", (409, "CLIENT_IN_REVIEW")),
    ],
)
async def test_the_next_answer_is_the_situation(
    sandbox: Sandbox, caller: Caller, own: Account, code: str, told: tuple[int, str]
) -> None:
    """In the bank's own words and status."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    force(sandbox, code)

    assert await rows(connected, account_id) == told


async def test_a_revoked_consent_is_revoked_for_probes_and_heals(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """Asking for the status uses nothing up; the next data call finds all well."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    force(sandbox, "CONSENT_REVOKED", times=2)
    first = await rows(connected, account_id)
    statuses = [await caller.status(connected.consent_id) for _ in range(3)]
    refreshed = await connected.refresh()
    second, third = await rows(connected, account_id), await rows(connected, account_id)

    assert statuses == ["revokedByPsu"] * 3
    assert refreshed.json()["error"] == "invalid_grant"
    assert [first[0], second[0], third[0]] == [401, 401, 200]
    assert await caller.status(connected.consent_id) == "valid"


async def test_authorising_anew_heals_what_was_forced(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """However often it was still to happen."""
    first = await caller.connected()
    account_id = await first.id_of(own)
    force(sandbox, "CONSENT_EXPIRED", times=1000)
    refused = await rows(first, account_id)
    second = await caller.connected()
    good = await rows(second, await second.id_of(own))

    assert (refused[0], good[0]) == (401, 200)


async def test_one_bank_may_expire_alone(
    sandbox: Sandbox, caller: Caller, own: Account, other: Account
) -> None:
    """The consent is valid, the other accounts go on, the list shows the day."""
    connected = await caller.connected()
    ids = {a.key: await connected.id_of(a) for a in (own, other)}
    force(sandbox, "CONSENT_EXPIRED", other)
    first = await rows(connected, ids[own.key])
    refused = await rows(connected, ids[other.key])
    listed = {one["accountId"]: one for one in await connected.accounts()}
    healed = await rows(connected, ids[other.key])

    assert [first[0], refused, healed[0]] == [200, (401, "CONSENT_EXPIRED"), 200]
    assert listed[ids[other.key]]["consentExpirationDate"] == "2026-11-19"
    assert await caller.status(connected.consent_id) == "valid"


@pytest.mark.parametrize(
    ("code", "status"), [("ACCOUNT_NOT_FOUND", None), ("ACCOUNT_CLOSED", "deleted")]
)
async def test_the_list_agrees_with_a_lost_account(
    sandbox: Sandbox, caller: Caller, own: Account, code: str, status: str | None
) -> None:
    """Whoever looks why finds it missing, or deleted."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    force(sandbox, code, own)
    await rows(connected, account_id)
    listed = {one["accountId"]: one["status"] for one in await connected.accounts()}
    healed = await rows(connected, account_id)

    assert listed.get(account_id) == status
    assert healed[0] == 200


async def test_a_rejected_token_leaves_the_consent_valid(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """That is how it differs from a revoked consent."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    force(sandbox, "ACCESS_TOKEN_REJECTED")
    await rows(connected, account_id)
    refreshed = await connected.refresh()

    assert refreshed.json()["error"] == "invalid_grant"
    assert await caller.status(connected.consent_id) == "valid"


async def test_a_dead_secret_shows_at_the_next_refresh(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """The token ends early, its renewal is invalid_client, then all is well."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    force(sandbox, "BANK_SECRET_EXPIRED")
    await rows(connected, account_id)
    refused = await connected.refresh()
    connected.tokens = (await connected.refresh()).json()
    healed = await rows(connected, account_id)

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert healed[0] == 200


@pytest.mark.usefixtures("own")
async def test_consents_about_to_end_show_on_the_list(sandbox: Sandbox, caller: Caller) -> None:
    """Seven days from now."""
    connected = await caller.connected()
    force(sandbox, "CONSENT_EXPIRING")
    soon = {one["consentExpirationDate"] for one in await connected.accounts()}
    usual = {one["consentExpirationDate"] for one in await connected.accounts()}

    assert (soon, usual) == ({"2026-11-27"}, {"2027-05-19"})


@pytest.mark.parametrize("code", ["STATEMENT_INCOMPLETE", "LOAD_IN_PARTS"])
async def test_rows_may_be_missing_from_a_good_answer(
    sandbox: Sandbox, caller: Caller, own: Account, code: str
) -> None:
    """200, no next link, and fewer rows than there are."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    force(sandbox, code)
    few = await connected.pages(account_id, dateFrom=SINCE, pageSize="100")
    all_rows = await connected.pages(account_id, dateFrom=SINCE, pageSize="100")

    assert 0 < len(few) < len(all_rows)


async def test_a_task_may_be_slow_lost_or_failed(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """The three ways a statement does not come."""
    turn(sandbox, not_ready_answers=0)
    connected = await caller.connected()
    path = f"/v1/accounts/{await connected.id_of(own)}/statements/tasks"
    body = {
        "dateFromStatements": SINCE,
        "dateToStatements": "2026-10-31",
        "exportType": "XML",
    }
    url = f"http://banks/tatra/premium/production{path}"
    found = {}
    for code in ("STATEMENT_BEING_PREPARED", "STATEMENT_FAILED", "STATEMENT_LOST"):
        answer = await caller.http.post(url, headers=connected.headers, json=body)
        force(sandbox, code)
        polls = [await connected.get(f"{path}/{answer.json()['taskId']}") for _ in range(2)]
        found[code] = [poll.json().get("state") or poll.json()["errorCode"] for poll in polls]

    assert found == {
        "STATEMENT_BEING_PREPARED": ["PROCESSING", "SUCCEEDED"],
        "STATEMENT_FAILED": ["FAILED", "FAILED"],
        "STATEMENT_LOST": ["RESOURCE_UNKNOWN", "RESOURCE_UNKNOWN"],
    }


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AUTHORISATION_DECLINED", "The resource owner denied the request"),
        ("REGISTRATION_INCOMPLETE", "One banking registration was not completed"),
        ("VERIFICATION_CODE_REJECTED", "Verification code was rejected"),
    ],
)
async def test_the_customer_comes_back_without_a_yes(
    sandbox: Sandbox, caller: Caller, own: Account, code: str, words: str
) -> None:
    """However he was told to decide."""
    force(sandbox, code, own)
    url = caller.url(f"PREMIUM_AIS:{await caller.consent()}")
    location = await oauth.authorise(sandbox, url, "approve", [own.iban])

    assert returned(location)["error_description"] == words


async def test_a_code_may_come_too_late(sandbox: Sandbox, caller: Caller, own: Account) -> None:
    """The exchange answers invalid_grant."""
    force(sandbox, "AUTHORISATION_TIMED_OUT")
    url = caller.url(f"PREMIUM_AIS:{await caller.consent()}")
    location = await oauth.authorise(sandbox, url, "approve", [own.iban])
    answer = await caller.exchange(returned(location)["code"])

    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("words", "told"),
    [("token", (401, "TOKEN_INVALID")), ("no_authorization", (403, "NO_AUTHORIZATION"))],
)
async def test_a_dead_consent_may_be_told_in_other_words(
    sandbox: Sandbox, caller: Caller, own: Account, words: str, told: tuple[int, str]
) -> None:
    """Only the status of the consent settles it then."""
    turn(sandbox, tatra={"consent_refusal": words})
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    force(sandbox, "CONSENT_REVOKED")

    assert await rows(connected, account_id) == told
    assert await caller.status(connected.consent_id) == "revokedByPsu"


async def test_errors_may_come_as_a_page_of_the_gateway(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """HTML where JSON was promised."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    turn(sandbox, html_error_share=1)
    force(sandbox, "BANK_CONTRACT_MISSING")
    answer = await connected.get(f"/v5/accounts/{account_id}/transactions?dateFrom={SINCE}")

    assert answer.status_code == 403
    assert answer.text.startswith("<html>")


async def test_a_blocked_customer_is_refused_everywhere(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """Blocked at the bank, whatever the consent says."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    sandbox.world.customers_of(own.company)[0].blocked = True

    assert await rows(connected, account_id) == (403, "SERVICE_BLOCKED")


async def test_the_books_survive_export_and_import(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """A rehearsal goes on elsewhere with the same tokens."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    kept = msgspec.json.encode(sandbox.store(Books))
    sandbox.stores["tatra"] = msgspec.json.decode(kept, type=Books)

    assert (await rows(connected, account_id))[0] == 200


def test_every_situation_says_what_the_bank_does() -> None:
    """A clerk reads it in the control plane."""
    assert all(about.endswith(".") for about in BANK.situations.values())
