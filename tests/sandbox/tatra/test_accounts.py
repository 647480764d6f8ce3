"""Tatra's accounts: one list over all linked banks, balances in any order."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from sandbox.clock import bank_day
from sandbox.state import Sandbox
from sandbox.tatra import pulls
from sandbox.world import Account
from tests.sandbox.tatra.caller import Caller, turn

FIELDS = {
    "accountId", "accountReference", "bankCode", "bankName", "bic", "name", "displayName",
    "product", "cashAccountType", "usage", "status", "consentExpirationDate", "dateUpdated",
    "balances", "_links",
}  # fmt: skip


async def test_an_account_has_the_fields_of_the_papers(
    sandbox: Sandbox, caller: Caller, own: Account, other: Account
) -> None:
    """Nothing but them when the bank is asked to behave."""
    turn(sandbox, unknown_fields=False)
    turn(sandbox, "csob", unknown_fields=False)
    found = {
        one["accountReference"]["iban"]: one for one in await (await caller.connected()).accounts()
    }

    assert {frozenset(one) for one in found.values()} == {frozenset(FIELDS)}
    assert found[own.iban]["bankCode"] == "1100"
    assert found[own.iban]["consentExpirationDate"] == "2027-05-19"
    assert (found[other.iban]["bankCode"], found[other.iban]["bankName"]) == ("7500", "ČSOB")
    assert sorted(one["accountReference"]["currency"] for one in found.values()) == [
        "CZK", "EUR", "EUR",
    ]  # fmt: skip


@pytest.mark.usefixtures("own")
async def test_without_asking_there_are_no_balances(caller: Caller) -> None:
    """The naive client shows nothing or zero."""
    answer = await (await caller.connected()).get("/v3/accounts")

    assert all("balances" not in one for one in answer.json()["accounts"])


async def test_balances_are_true_numbers_in_any_order(
    sandbox: Sandbox, caller: Caller, other: Account
) -> None:
    """The first of the list is not the one the customer sees; types nobody knows come along."""
    connected = await caller.connected()
    path = f"/v3/accounts/{await connected.id_of(other)}/balances"
    answers = [(await connected.get(path)).json()["balances"] for _ in range(12)]
    at = pulls.as_of(sandbox, other)
    booked = sandbox.world.balance(other, bank_day(at, "SK"), at)
    told = {one["balanceType"]: one["balanceAmount"]["amount"] for one in answers[0]}

    assert len({tuple(one["balanceType"] for one in answer) for answer in answers}) > 1
    assert told.keys() == {"interimBooked", "interimAvailable", "blockedFunds"}
    assert Decimal(str(told["interimBooked"])) == booked


async def test_amounts_are_json_numbers_as_short_as_can_be(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """1499.0, never "1499.00": the literal has to be read, not the float."""
    own.opening_balance = Decimal("1499.00")
    turn(sandbox, tatra={"fallback_balance_types": True})
    connected = await caller.connected()
    raw = (await connected.get(f"/v3/accounts/{await connected.id_of(own)}/balances")).content
    row = msgspec.json.decode(raw)["balances"][0]

    assert isinstance(row["balanceAmount"]["amount"], int | float)
    assert b'"amount":"' not in raw


async def test_one_account_comes_wrapped(caller: Caller, own: Account) -> None:
    """v3 and v5 alike."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    answers = [await connected.get(f"/{v}/accounts/{account_id}") for v in ("v3", "v5")]

    assert [answer.json()["account"]["accountId"] for answer in answers] == [account_id] * 2


@pytest.mark.usefixtures("own")
async def test_the_list_fails_now_and_then(sandbox: Sandbox, caller: Caller) -> None:
    """Known of the real bank: a 500 with a valid token, healed by a second try."""
    connected = await caller.connected()
    turn(sandbox, tatra={"accounts_error_share": 0.5})
    answers = [await connected.get("/v3/accounts") for _ in range(20)]
    bad = next(answer for answer in answers if answer.status_code == 500)

    assert {answer.status_code for answer in answers} == {200, 500}
    assert bad.json()["errorCode"] == "INTERNAL_ERROR"


async def test_each_bank_has_an_expiry_of_its_own(
    sandbox: Sandbox, caller: Caller, own: Account, other: Account
) -> None:
    """One link ends, the rest of the connection goes on."""
    turn(sandbox, "csob", tatra={"link_days": 30})
    turn(sandbox, access_token_minutes=60 * 24 * 60)
    connected = await caller.connected()
    ids = {a.key: await connected.id_of(a) for a in (own, other)}
    sandbox.clock.advance(timedelta(days=31))
    own_answer = await connected.get(f"/v3/accounts/{ids[own.key]}/balances")
    other_answer = await connected.get(f"/v3/accounts/{ids[other.key]}/balances")
    listed = {one["accountId"]: one for one in await connected.accounts()}

    assert own_answer.status_code == 200
    assert (other_answer.status_code, other_answer.json()["errorCode"]) == (401, "CONSENT_EXPIRED")
    assert listed[ids[other.key]]["consentExpirationDate"] == "2026-12-20"


async def test_a_closed_account_is_listed_as_deleted(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """And its rows are gone."""
    connected = await caller.connected()
    account_id = await connected.id_of(own)
    own.closed = sandbox.today(own)
    listed = {one["accountId"]: one["status"] for one in await connected.accounts()}
    answer = await connected.get(f"/v3/accounts/{account_id}/balances")

    assert listed[account_id] == "deleted"
    assert answer.json()["errorCode"] == "NO_ACCOUNT"


async def test_a_user_without_rights_sees_the_list_only(
    sandbox: Sandbox, caller: Caller, own: Account
) -> None:
    """The consent is fine, the person may not."""
    sandbox.world.customers_of(own.company)[0].may_sign = False
    connected = await caller.connected()
    answer = await connected.get(f"/v3/accounts/{await connected.id_of(own)}/balances")

    assert (answer.status_code, answer.json()["errorCode"]) == (403, "NO_AUTHORIZATION")
