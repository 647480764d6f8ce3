"""Every code that Tochka can cause, told in the bank's words, true for whoever asks why."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox import scenario
from sandbox.tochka.bank import BANK
from sandbox.tochka.situations import PLUMBING
from tests.sandbox.tochka.conftest import Caller, Connected, returned

FORBIDDEN = (403, "Forbidden by consent")


async def words(live: Connected) -> tuple[int, str | None]:
    """Status and reason of one more statement order."""
    answer = await live.order(live.caller.accounts[0], "2026-11-01", "2026-11-02")
    body = answer.json()
    return answer.status_code, body["Errors"][0]["message"] if "Errors" in body else None


async def consent_of(live: Connected) -> dict[str, Any]:
    found: dict[str, Any] = (await live.read("/consent/v1.0/consents"))["Consent"][0]
    return found


@pytest.mark.parametrize(
    ("code", "told_as"),
    [
        ("CONSENT_REVOKED", ("Revoked", True)),
        ("CONSENT_EXPIRED", ("Authorised", False)),
        ("BANK_CONFIRMATION_PENDING", ("AwaitingAuthorisation", True)),
    ],
)
@pytest.mark.parametrize("way", ["oauth", "key"])
async def test_a_state_of_the_consent_stands_in_the_list(
    caller: Caller, code: str, told_as: tuple[str, bool], way: str
) -> None:
    """The 403 hides it, and asking for consents does not use the order up."""
    live = caller.keyed() if way == "key" else await caller.connected()
    caller.order(code, times=2)
    first = await words(live)
    told = [await consent_of(live) for _ in range(3)][-1]
    second = await words(live)
    after = await consent_of(live)

    assert first == second == FORBIDDEN
    assert (told["status"], told["isValid"]) == told_as
    assert after == told
    assert await words(live) == (200, None)
    assert (await consent_of(live))["status"] == "Authorised"


async def test_reduced_permissions_lack_statements(caller: Caller) -> None:
    """Everything else still works, which is what tells it from the other cases."""
    live = await caller.connected()
    caller.order("PERMISSIONS_REDUCED")
    refused = await words(live)
    consent = await consent_of(live)
    accounts = await live.get("/open-banking/v1.0/accounts")

    assert refused == FORBIDDEN
    assert "ReadStatements" not in consent["permissions"]
    assert "ReadBalances" in consent["permissions"]
    assert accounts.status_code == 200


async def test_insufficient_rights_leave_everything_else_right(caller: Caller) -> None:
    """What is left when consent, customer and account are all as they should be."""
    live = await caller.connected()
    before = await live.read("/open-banking/v1.0/accounts")
    caller.order("USER_RIGHTS_INSUFFICIENT")

    assert await words(live) == FORBIDDEN
    assert (await consent_of(live))["status"] == "Authorised"
    assert await live.read("/open-banking/v1.0/accounts") == before
    assert (await live.get("/open-banking/v1.0/balances")).status_code == 200


@pytest.mark.parametrize(
    ("code", "field", "value"),
    [
        ("ACCOUNT_CLOSED", "status", "Deleted"),
        ("ACCOUNT_KIND_NOT_SUPPORTED", "accountSubType", "CreditCard"),
    ],
)
async def test_a_state_of_the_account_stands_in_its_row(
    caller: Caller, code: str, field: str, value: str
) -> None:
    """Of the account it was ordered for, and of no other."""
    live = await caller.connected()
    account, other = caller.accounts
    caller.order(code, account=account)
    refused = await words(live)
    rows = (await live.read("/open-banking/v1.0/accounts"))["Account"]
    works = await live.order(other, "2026-11-01", "2026-11-02")
    still = (await live.read("/open-banking/v1.0/accounts"))["Account"]

    assert refused == FORBIDDEN
    assert [one[field] == value for one in rows] == [True, False]
    assert works.status_code == 200
    assert still == rows


async def test_an_account_may_vanish(caller: Caller) -> None:
    """It is neither listed nor answered alone, and the company is right."""
    live = await caller.connected()
    account, other = caller.accounts
    caller.order("ACCOUNT_NOT_FOUND", account=account)
    refused = await words(live)
    rows = (await live.read("/open-banking/v1.0/accounts"))["Account"]
    alone = await live.get(f"/open-banking/v1.0/accounts/{account.number}/{account.bic}")

    assert refused == FORBIDDEN
    assert [one["accountId"][:20] for one in rows] == [other.number]
    assert alone.status_code == 403


async def test_an_account_may_belong_to_another_company_of_the_login(caller: Caller) -> None:
    """Listed under a customerCode whose INN is another's; our own company is there as well."""
    live = await caller.connected()
    account = caller.accounts[0]
    before = (await live.read("/open-banking/v1.0/customers"))["Customer"]
    caller.order("ACCOUNT_OF_OTHER_ORGANISATION", account=account)
    refused = await words(live)
    row = (await live.read("/open-banking/v1.0/accounts"))["Account"][0]
    customers = (await live.read("/open-banking/v1.0/customers"))["Customer"]
    owner = next(one for one in customers if one["customerCode"] == row["customerCode"])

    assert refused == FORBIDDEN
    assert owner["taxCode"] != caller.company.inn
    assert before[0] in customers


async def test_a_company_may_have_another_inn_than_expected(caller: Caller) -> None:
    """The same customerCode, other details."""
    live = await caller.connected()
    before = (await live.read("/open-banking/v1.0/customers"))["Customer"][0]
    caller.order("ORGANISATION_DETAILS_MISMATCH")
    refused = await words(live)
    after = (await live.read("/open-banking/v1.0/customers"))["Customer"][0]

    assert refused == FORBIDDEN
    assert after["customerCode"] == before["customerCode"]
    assert after["taxCode"] != before["taxCode"]


async def test_a_deleted_key_is_forbidden_everything(caller: Caller) -> None:
    """Its consents cannot be read either: that is how it is told from a lost right."""
    live = caller.keyed()
    caller.order("ACCESS_TOKEN_REJECTED")
    refused = await words(live)
    consents = await live.get("/consent/v1.0/consents")

    assert refused == FORBIDDEN
    assert consents.status_code == 403
    assert await words(live) == (200, None)


async def test_a_rejected_token_can_be_refreshed(caller: Caller) -> None:
    """Over OAuth it is a 401, and a refresh is the cure."""
    live = await caller.connected()
    caller.order("ACCESS_TOKEN_REJECTED")
    refused = await live.order(caller.accounts[0], "2026-11-01", "2026-11-02")
    refreshed = await live.refresh()

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert refreshed.status_code == 200


async def test_an_expired_secret_shows_at_the_refresh(caller: Caller) -> None:
    """Data is a 401 until the refresh has been refused; then the order is used up."""
    live = await caller.connected()
    caller.order("BANK_SECRET_EXPIRED")
    refused = await live.order(caller.accounts[0], "2026-11-01", "2026-11-02")
    refresh = await live.refresh()

    assert refused.status_code == 401
    assert (refresh.status_code, refresh.json()["error"]) == (401, "invalid_client")
    assert await words(live) == (200, None)


async def test_a_revoked_consent_cannot_be_refreshed(caller: Caller) -> None:
    """An expired one can, unless the switch says otherwise: what the bank does is unknown."""
    live = await caller.connected()
    caller.order("CONSENT_REVOKED")
    revoked = await live.refresh()
    caller.sandbox.injections.waiting.clear()
    caller.order("CONSENT_EXPIRED")
    caller.behave(tochka={"refresh_outlives_consent": False})
    expired = await live.refresh()

    assert [one.json()["error"] for one in (revoked, expired)] == ["invalid_grant"] * 2


async def test_agreeing_anew_ends_it(caller: Caller) -> None:
    """Orders not yet used up go as well, those that no agreement can end stay."""
    await caller.connected()
    caller.order("CONSENT_REVOKED", times=1000)
    caller.order("ACCOUNT_CLOSED", times=1000, account=caller.accounts[1])
    live = await caller.connected()

    assert await words(live) == (200, None)
    assert [one.code for one in caller.sandbox.injections.waiting] == ["ACCOUNT_CLOSED"]


async def test_a_first_agreement_ends_nothing(caller: Caller) -> None:
    """A situation loaded before the connection begins must still come to pass."""
    caller.order("CONSENT_REVOKED")
    live = await caller.connected()

    assert await words(live) == FORBIDDEN


async def test_an_end_may_be_near(caller: Caller) -> None:
    """All works; the consent says that it ends in three days."""
    live = await caller.connected()
    caller.order("CONSENT_EXPIRING")
    consent = await consent_of(live)

    assert await words(live) == (200, None)
    assert consent["expirationDateTime"] == "2026-11-23T09:00:00.000000+00:00"


async def test_a_consent_really_ends(caller: Caller) -> None:
    """By the clock, with no word for it but isValid."""
    caller.behave(consent_days=10, access_token_minutes=60 * 24 * 30)
    live = await caller.connected()
    before = await consent_of(live)
    caller.sandbox.clock.advance(timedelta(days=10))
    refused = await words(live)
    after = await consent_of(live)

    assert refused == FORBIDDEN
    assert (before["isValid"], after["isValid"]) == (True, False)
    assert after["status"] == "Authorised"


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("STATEMENT_BEING_PREPARED", 200, None),
        ("LOAD_IN_PARTS", 200, None),
        ("STATEMENT_LOST", 404, "Not found statement under account"),
    ],
)
async def test_polls_can_be_made_to_wait_or_miss(
    caller: Caller, code: str, status: int, error: str | None
) -> None:
    """Only polls use these orders up."""
    caller.behave(not_ready_answers=0)
    live = await caller.connected()
    account = caller.accounts[0]
    caller.order(code)
    statement_id = await live.ordered(account, "2026-11-01", "2026-11-02")
    forced = await live.poll(account, statement_id)
    after = (await live.poll(account, statement_id)).json()["Data"]["Statement"][0]

    assert forced.status_code == status
    if error is None:
        assert forced.json()["Data"]["Statement"][0]["status"] == "Processing"
    else:
        assert forced.json()["Errors"][0]["message"] == error
    assert after["status"] == "Ready"


async def test_a_failed_statement_stays_failed(caller: Caller) -> None:
    """A new one has to be ordered."""
    live = await caller.connected()
    account = caller.accounts[0]
    caller.order("STATEMENT_FAILED")
    statement_id = await live.ordered(account, "2026-11-01", "2026-11-02")
    told = [
        (await live.poll(account, statement_id)).json()["Data"]["Statement"][0]["status"]
        for _ in range(3)
    ]

    assert told == ["Error"] * 3


async def test_an_incomplete_statement_contradicts_itself(caller: Caller) -> None:
    """Rows are missing, the balances are whole; the next answer is whole again."""
    live = await caller.connected()
    account = caller.accounts[0]
    caller.order("STATEMENT_INCOMPLETE")
    short = await live.statement(account, "2026-10-01", "2026-11-19")
    whole = (await live.poll(account, short["statementId"])).json()["Data"]["Statement"][0]

    assert len(short["Transaction"]) < len(whole["Transaction"])
    assert short["endDateBalance"] == whole["endDateBalance"]


@pytest.mark.parametrize("path", ["statements", "balances"])
@pytest.mark.parametrize("code", sorted(PLUMBING))
async def test_plumbing_breaks_in_the_banks_way(caller: Caller, code: str, path: str) -> None:
    """Each once, then all is well."""
    caller.behave(hang_seconds=0, retry_after_seconds=30)
    live = await caller.connected()
    caller.order(code)
    address = f"/open-banking/v1.0/{path}"
    broken, healed = await live.get(address), await live.get(address)
    statuses = {
        "BANK_UNAVAILABLE": 424,
        "BANK_TIMEOUT": 504,
        "BANK_RATE_LIMITED": 429,
        "BANK_REFUSAL_UNRECOGNISED": 409,
        "BANK_FORMAT_CHANGED": 200,
    }

    assert broken.status_code == statuses[code]
    assert healed.status_code == 200
    assert "Data" in healed.json()
    assert code != "BANK_FORMAT_CHANGED" or "Data" not in broken.json()
    assert code != "BANK_RATE_LIMITED" or broken.headers["Retry-After"] == "30"


async def test_an_outage_is_json_and_text_by_turns(caller: Caller) -> None:
    """Both have been seen."""
    live = await caller.connected()
    caller.order("BANK_UNAVAILABLE", times=2)
    first = await live.get("/open-banking/v1.0/balances")
    second = await live.get("/open-banking/v1.0/balances")

    assert (first.status_code, first.json()["code"]) == (424, "424")
    assert (second.status_code, second.text) == (500, "Internal Server Error")
    assert second.headers["content-type"].startswith("text/plain")


async def test_the_page_and_the_code_can_be_forced(caller: Caller) -> None:
    """A refusal although the customer said yes, and a code that is too old."""
    caller.order("AUTHORISATION_DECLINED")
    declined = await BANK.authorise(
        caller.sandbox, caller.link(await caller.consent()), "approve", ()
    )
    caller.order("AUTHORISATION_TIMED_OUT")
    late = await BANK.authorise(caller.sandbox, caller.link(await caller.consent()), "approve", ())
    answer = await caller.exchange(returned(late)["code"])

    assert returned(declined)["error"] == "access_denied"
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_old_error_words_are_a_switch(caller: Caller) -> None:
    """Releases until 1.81 called the same things otherwise."""
    caller.behave(tochka={"error_words": "v1.81"})
    live = await caller.connected()
    caller.order("CONSENT_REVOKED")
    answer = await live.order(caller.accounts[0], "2026-11-01", "2026-11-02")

    assert answer.json()["Errors"][0]["errorCode"] == "HTTPForbidden"


def test_every_situation_has_a_scenario() -> None:
    """What QA can force, QA can also load by name and read about."""
    stories = [scenario.load(name) for name in scenario.names()]
    promised = {code for one in stories if one.bank == "tochka" for code in one.expect}

    assert sorted(set(BANK.situations) - promised) == []
