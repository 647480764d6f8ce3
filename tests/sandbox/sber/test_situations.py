"""Each code this bank can cause, forced on a live connection, by the words a reader would see."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import httpx
import pytest

from sandbox.sber import situations
from sandbox.sber.books import Books
from tests.sandbox.sber.partner import BACK, SCOPE, Partner

ACCESS = "ACTION_ACCESS_EXCEPTION"
# what the statement call says first, where one answer settles it
AT_ONCE = {
    "STATEMENT_BEING_PREPARED": (202, "STATEMENT_RESPONSE_PROCESSING"),
    "LOAD_IN_PARTS": (202, "STATEMENT_RESPONSE_PROCESSING"),
    "DAY_NOT_OPEN_YET": (400, "WORKFLOW_FAULT"),
    "HISTORY_LIMIT_EXCEEDED": (400, "WORKFLOW_FAULT"),
    "ACCOUNT_CLOSED": (400, "WORKFLOW_FAULT"),
    "ACCOUNT_NOT_FOUND": (400, "VALIDATION_FAULT"),
    "ACCESS_TOKEN_REJECTED": (401, "UNAUTHORIZED"),
    "BANK_UNAVAILABLE": (503, "UNAVAILABLE_RESOURCE_EXCEPTION"),
    "BANK_RATE_LIMITED": (429, "TOO_MANY_REQUESTS"),
    "BANK_REFUSAL_UNRECOGNISED": (409, "DECLINED_BY_SECURITY_POLICY"),
}
# 403 until somebody asks on
BY_PROBE = (
    "OFFER_NOT_SIGNED",
    "ACCOUNT_NOT_IN_OFFER",
    "OFFER_EXPIRED",
    "ACCOUNT_KIND_NOT_SUPPORTED",
    "ACCOUNT_OF_OTHER_ORGANISATION",
    "ORGANISATION_DETAILS_MISMATCH",
    "CONSENT_REVOKED",
    "USER_RIGHTS_INSUFFICIENT",
    "PERMISSIONS_REDUCED",
    "BANK_CONTRACT_MISSING",
)
# 401, and the refresh says why
BY_REFRESH = {
    "CONSENT_EXPIRED": "Refresh token expired",
    "CREDENTIALS_CHANGED": "User password changed",
    "USER_BLOCKED": "User is blocked",
    "BANK_SECRET_EXPIRED": "Client secret expired",
}


def claims_of(answer: httpx.Response) -> dict[str, Any]:
    payload = answer.text.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def named_in(claims: dict[str, Any]) -> list[str]:
    return [account["accountNumber"] for account in claims["accounts"]]


def words(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["cause"]


@pytest.mark.parametrize("code", AT_ONCE)
async def test_some_are_told_at_once_and_pass(partner: Partner, code: str) -> None:
    """As often as ordered, then the truth again."""
    await partner.connect()
    partner.order(code, times=2)
    answers = [await partner.statement() for _ in range(3)]

    assert [words(answer) for answer in answers[:2]] == [AT_ONCE[code]] * 2
    assert answers[2].status_code == 200


@pytest.mark.parametrize("code", BY_PROBE)
async def test_an_ambiguous_refusal_stays_true_until_the_next_free_call(
    partner: Partner, code: str
) -> None:
    """Probes find it as often as they ask; the next call that nobody ordered to fail is free."""
    await partner.connect()
    healthy = claims_of(await partner.user_info())
    partner.order(code)
    refused = await partner.statement()
    probes = [(await partner.user_info()).text.split(".")[1:2] for _ in range(2)]
    again = await partner.statement()
    afterwards = claims_of(await partner.user_info())

    assert words(refused) == (403, ACCESS)
    assert probes[0] == probes[1]
    assert again.status_code == 200
    assert afterwards == healthy
    assert partner.sandbox.store(Books).forced == {}


async def test_no_offer_means_no_accounts_anywhere(partner: Partner) -> None:
    """user-info without the claim, client-info refused."""
    await partner.connect()
    partner.order("OFFER_NOT_SIGNED")
    await partner.statement()

    assert "accounts" not in claims_of(await partner.user_info())
    assert words(await partner.client_info()) == (403, ACCESS)


async def test_an_account_not_in_the_offer_is_missing_from_the_lists(partner: Partner) -> None:
    """The other account still shows."""
    await partner.connect()
    partner.order("ACCOUNT_NOT_IN_OFFER")
    await partner.statement()
    named = named_in(claims_of(await partner.user_info()))
    listed = [one["number"] for one in (await partner.client_info()).json()["accounts"]]

    assert named == [partner.accounts[1].number]
    assert partner.number not in listed


async def test_an_offer_for_another_account_names_it(partner: Partner) -> None:
    """No offer is empty: where the only account is hidden, a readable neighbour stands there."""
    await partner.connect([partner.number])
    healthy = claims_of(await partner.user_info())
    partner.order("ACCOUNT_NOT_IN_OFFER")
    await partner.statement()
    named = named_in(claims_of(await partner.user_info()))
    neighbour = await partner.statement("summary", accountNumber=named[0])
    await partner.statement()

    assert len(named) == 1
    assert named != [partner.number]
    assert neighbour.json()["closingBalance"]["amount"] == "0.00"
    assert claims_of(await partner.user_info()) == healthy


async def test_an_expired_offer_says_since_when(partner: Partner) -> None:
    """OfferExpirationDate is past, the account still listed, the refresh refused."""
    await partner.connect()
    partner.order("OFFER_EXPIRED")
    await partner.statement()
    claims = claims_of(await partner.user_info())

    assert claims["offerExpirationDate"] == "2026-11-19T12:00:00+03:00"
    assert partner.number in named_in(claims)
    assert (await partner.refresh()).status_code == 200


async def test_a_revoked_consent_shows_at_user_info_and_refresh(partner: Partner) -> None:
    """403 on data, 401 on user-info, invalid_grant at the end."""
    await partner.connect()
    partner.order("CONSENT_REVOKED")
    await partner.statement()
    info, refreshed = await partner.user_info(), await partner.refresh()

    assert (info.status_code, info.json()["error"]) == (401, "invalid_token")
    assert refreshed.json() == {
        "error": "invalid_grant",
        "error_description": "Unknown refresh token",
    }


async def test_a_revoked_consent_may_just_hide_the_accounts(partner: Partner) -> None:
    """Nobody has seen what user-info says then, so it is a switch."""
    partner.behave(sber={"revoked_user_info": "no_accounts"})
    await partner.connect()
    partner.order("CONSENT_REVOKED")
    await partner.statement()

    assert "accounts" not in claims_of(await partner.user_info())


async def test_another_organisations_account_is_told_when_ordered(partner: Partner) -> None:
    """By nature the words are those of any 403; an order must be tellable."""
    await partner.connect()
    partner.order("ACCOUNT_OF_OTHER_ORGANISATION")
    answer = await partner.statement()

    assert answer.json()["message"] == "Счет не принадлежит организации пользователя"


async def test_the_wrong_kind_is_a_loan_in_client_info(partner: Partner) -> None:
    """user-info omits it, client-info tells why."""
    await partner.connect()
    partner.order("ACCOUNT_KIND_NOT_SUPPORTED")
    await partner.statement()
    accounts = (await partner.client_info()).json()["accounts"]
    kinds = {one["number"]: one["type"] for one in accounts}

    assert kinds[partner.number] == "loan"
    assert partner.number not in named_in(claims_of(await partner.user_info()))


@pytest.mark.parametrize(
    ("code", "listed"),
    [("ACCOUNT_OF_OTHER_ORGANISATION", False), ("ORGANISATION_DETAILS_MISMATCH", True)],
)
async def test_another_organisation_has_another_inn(
    partner: Partner, code: str, *, listed: bool
) -> None:
    """Both differ by whether the account is among those of the offer."""
    await partner.connect()
    partner.order(code)
    await partner.statement()
    claims = claims_of(await partner.user_info())
    told = (await partner.client_info()).json()

    assert claims["inn"] == told["inn"] != partner.company.inn
    assert claims["orgKpp"] == told["kpps"][0] != partner.company.kpp
    assert (partner.number in named_in(claims)) == listed


async def test_a_mismatch_shows_right_after_the_exchange(partner: Partner) -> None:
    """user-info is where a reader looks first; it may begin there."""
    partner.order("ORGANISATION_DETAILS_MISMATCH")
    await partner.connect()

    assert claims_of(await partner.user_info())["inn"] != partner.company.inn
    assert (await partner.client_info()).json()["inn"] != partner.company.inn


async def test_rights_permissions_and_contract_differ_by_words_and_by_client_info(
    partner: Partner,
) -> None:
    """The account is listed, and still 403: three causes, three sentences."""
    await partner.connect()
    told = {}
    for code in ("USER_RIGHTS_INSUFFICIENT", "PERMISSIONS_REDUCED", "BANK_CONTRACT_MISSING"):
        partner.order(code)
        refused = await partner.statement()
        assert partner.number in named_in(claims_of(await partner.user_info()))
        told[code] = (refused.json()["message"], (await partner.client_info()).status_code)
        await partner.statement()

    assert told == {
        "USER_RIGHTS_INSUFFICIENT": (
            "У пользователя недостаточно прав для выполнения операции",
            403,
        ),
        "PERMISSIONS_REDUCED": ("Операция не входит в предоставленные разрешения", 200),
        "BANK_CONTRACT_MISSING": ("Отсутствует доступ к сервисам: [GET_STATEMENT_ACCOUNT]", 200),
    }


async def test_reduced_permissions_come_back_with_a_smaller_scope(partner: Partner) -> None:
    """A refresh tells; only the customer brings them back."""
    await partner.connect()
    partner.order("PERMISSIONS_REDUCED")
    await partner.statement()
    partner.pair = (await partner.refresh()).json()
    reduced = await partner.statement()
    await partner.connect()

    assert partner.pair["scope"] == SCOPE
    assert words(reduced) == (403, ACCESS)
    assert (await partner.statement()).status_code == 200


@pytest.mark.parametrize("code", BY_REFRESH)
async def test_a_dead_token_is_explained_by_the_refresh(partner: Partner, code: str) -> None:
    """401 on data, then the word of the token endpoint; a new sign-in heals it."""
    await partner.connect()
    partner.order(code, times=3)
    refused, refreshed = await partner.statement(), await partner.refresh()
    await partner.connect()
    healed = await partner.statement()

    assert words(refused) == (401, "UNAUTHORIZED")
    assert refreshed.json()["error_description"] == BY_REFRESH[code]
    assert healed.status_code == 200
    assert partner.sandbox.injections.waiting == []


@pytest.mark.parametrize("code", sorted(situations.AT_THE_REFRESH))
async def test_an_idle_connection_learns_it_at_the_refresh(partner: Partner, code: str) -> None:
    """Nobody read a statement since: the first to hear of it is the refresh."""
    await partner.connect()
    partner.order(code)
    answers = [await partner.refresh() for _ in range(2)]

    assert {answer.status_code for answer in answers} == {400}


async def test_authorising_anew_heals_what_was_in_force(partner: Partner) -> None:
    """Revoke and sign again is the cure of the seeds."""
    await partner.connect([partner.number])
    partner.order("ACCOUNT_NOT_IN_OFFER", times=50)
    before = await partner.statement()
    await partner.connect()

    assert before.status_code == 403
    assert (await partner.statement()).status_code == 200


async def test_an_order_before_the_first_sign_in_still_strikes(partner: Partner) -> None:
    """A scenario is loaded before anybody connects: signing must not heal what never was."""
    partner.order("OFFER_NOT_SIGNED", times=5)
    await partner.connect()

    assert words(await partner.client_info()) == (403, ACCESS)
    assert words(await partner.statement()) == (403, ACCESS)


async def test_another_account_does_not_heal_under_a_probe(partner: Partner) -> None:
    """Two workers read two accounts: the one's success must not blur the other's cause."""
    await partner.connect()
    partner.order("OFFER_NOT_SIGNED")
    await partner.statement()
    other = await partner.statement(accountNumber=partner.accounts[1].number)
    probed = claims_of(await partner.user_info())

    assert other.status_code == 200
    assert "accounts" not in probed


@pytest.mark.parametrize("what", ["summary", "transactions"])
async def test_an_incomplete_statement_contradicts_itself(partner: Partner, what: str) -> None:
    """Whichever of the two is struck, figures and rows disagree; then they agree again."""

    async def difference() -> int:
        asked = ("summary", "transactions") if what == "summary" else ("transactions", "summary")
        told = {name: (await partner.statement(name)).json() for name in asked}
        figures, rows = told["summary"], told["transactions"]["transactions"]
        counted = figures["creditTransactionsNumber"] + figures["debitTransactionsNumber"]
        return int(counted - len(rows))

    await partner.connect()
    partner.order("STATEMENT_INCOMPLETE")

    assert [await difference(), await difference()] == [1, 0]


async def test_a_spoilt_answer_waits_for_an_answer(partner: Partner) -> None:
    """An answer that is still being formed does not use up the order."""
    partner.behave(not_ready_answers=1)
    await partner.connect()
    partner.order("BANK_FORMAT_CHANGED")
    forming, spoilt = await partner.statement(), await partner.statement()

    assert forming.status_code == 202
    assert isinstance(spoilt.json()["transactions"], dict)


async def test_changed_formats_elsewhere(partner: Partner) -> None:
    """An amount without currency, a list that became an object."""
    await partner.connect()
    partner.order("BANK_FORMAT_CHANGED")
    figures = (await partner.statement("summary")).json()
    partner.order("BANK_FORMAT_CHANGED")
    info = (await partner.client_info()).json()

    assert figures["openingBalance"] == "0.00"
    assert isinstance(info["accounts"], dict)


async def test_silence_ends_in_the_gateways_timeout(partner: Partner) -> None:
    """Who waits long enough gets nginx."""
    partner.behave(hang_seconds=0.01)
    await partner.connect()
    partner.order("BANK_TIMEOUT")
    answer = await partner.statement()

    assert (answer.status_code, answer.text[:6]) == (504, "<html>")


async def test_a_rejected_certificate_is_html(partner: Partner) -> None:
    """The same page as with the switch."""
    await partner.connect()
    partner.order("BANK_CERTIFICATE_REJECTED")
    answer = await partner.statement()

    assert answer.status_code == 400
    assert "No required SSL certificate was sent" in answer.text


@pytest.mark.parametrize(
    ("code", "description"),
    [
        ("AUTHORISATION_DECLINED", "User refused to sign the offer"),
        ("NO_SIGNING_RIGHT", "User has no right to sign the offer"),
    ],
)
async def test_the_page_may_say_no(partner: Partner, code: str, description: str) -> None:
    """access_denied both times; the words differ."""
    partner.order(code)
    back = await partner.authorise()

    assert (back["error"], back["error_description"]) == ("access_denied", description)
    assert back["state"] == "s" * 36
    assert "code" in await partner.authorise()


async def test_a_pending_confirmation_sends_nobody_back(partner: Partner) -> None:
    """Saved at the bank, not finished: no redirect."""
    partner.order("BANK_CONFIRMATION_PENDING")

    assert await partner.authorise() is None


async def test_access_may_begin_later_than_the_signature(partner: Partner) -> None:
    """Half an hour of confirmation: 403 in words of its own, then open."""
    partner.behave(confirmation_minutes=30)
    await partner.connect()
    early = await partner.statement()
    claims = claims_of(await partner.user_info())
    partner.sandbox.clock.set_now(partner.sandbox.store(Books).offers.popitem()[1].effective_at)
    await partner.connect()
    partner.behave(confirmation_minutes=0)
    await partner.connect()

    assert early.status_code == 403
    assert early.json()["message"].startswith("Подключение услуги обрабатывается")
    assert "accounts" not in claims
    assert (await partner.statement()).status_code == 200


async def test_a_late_code_is_refused(partner: Partner) -> None:
    """The redirect comes, the exchange fails."""
    partner.order("AUTHORISATION_TIMED_OUT")
    back = await partner.authorise()
    answer = await partner.token(
        grant_type="authorization_code", code=back["code"], redirect_uri=BACK
    )

    assert answer.json()["error_description"] == "Authorization code expired"


async def test_an_expired_secret_stops_the_exchange_too(partner: Partner) -> None:
    """No new connection can be made either."""
    partner.order("BANK_SECRET_EXPIRED")
    back = await partner.authorise()
    answer = await partner.token(
        grant_type="authorization_code", code=back["code"], redirect_uri=BACK
    )

    assert answer.json()["error"] == "invalid_client"


async def test_what_is_true_of_people_shows_as_well(partner: Partner) -> None:
    """Blocked, or with a new password where that kills tokens: 401 and why."""
    await partner.connect()
    person = partner.sandbox.world.customers_of(partner.company.id)[0]
    person.blocked = True
    blocked, why = await partner.statement(), await partner.refresh()
    person.blocked = False
    person.password_changed_at = partner.sandbox.now.replace(hour=10)
    kept = await partner.statement()
    partner.behave(sber={"password_change_kills_tokens": True})
    changed, because = await partner.statement(), await partner.refresh()

    assert [blocked.status_code, kept.status_code, changed.status_code] == [401, 200, 401]
    assert why.json()["error_description"] == "User is blocked"
    assert because.json()["error_description"] == "User password changed"


async def test_the_customer_withdraws_after_so_many_calls(partner: Partner) -> None:
    """The knob of the common behaviour: revoked between two calls."""
    partner.behave(consent_dies_after_calls=2)
    await partner.connect()
    statuses = [(await partner.statement()).status_code for _ in range(3)]

    assert statuses == [200, 200, 403]
    assert (await partner.refresh()).json()["error"] == "invalid_grant"


async def test_an_offer_runs_out(partner: Partner) -> None:
    """As revoked, but user-info tells the date."""
    partner.behave(consent_days=30, access_token_minutes=60 * 24 * 40)
    await partner.connect()
    partner.sandbox.clock.set_now(partner.sandbox.now.replace(month=12, day=25))
    answer = await partner.statement()
    claims = claims_of(await partner.user_info())

    assert words(answer) == (403, ACCESS)
    assert claims["offerExpirationDate"] == "2026-12-20T12:00:00+03:00"
    assert (await partner.refresh()).json()["error_description"] == "Offer expired"


async def test_a_loan_has_no_statement(partner: Partner) -> None:
    """Listed by client-info, refused by the statement."""
    await partner.connect()
    answer = await partner.statement(accountNumber=partner.accounts[2].number)

    assert answer.json()["message"] == "Операция недоступна для данного типа счета"


async def test_a_token_without_the_operation_reads_nothing(partner: Partner) -> None:
    """The scope of the token decides, not that of the contract."""
    await partner.connect(scope="openid inn")
    answers = [await partner.statement(), await partner.client_info()]

    assert [words(answer) for answer in answers] == [(403, ACCESS)] * 2


async def test_a_contract_without_the_service_names_it(partner: Partner) -> None:
    """Only the bank's manager can add it."""
    await partner.connect()
    partner.sandbox.store(Books).clients["mostik"].services.clear()
    answers = [await partner.statement(), await partner.client_info()]

    assert ["[GET_" in answer.json()["message"] for answer in answers] == [True, True]


def test_every_situation_can_strike_somewhere() -> None:
    """An order that no answer can be would wait for ever."""
    somewhere = (
        situations.AT_THE_PAGE
        | situations.AT_THE_CODE
        | situations.AT_THE_REFRESH
        | situations.IN_THE_ANSWER
        | situations.BEFORE_THE_ANSWER
    )

    assert set(situations.SITUATIONS) == somewhere
    assert {*AT_ONCE, *BY_PROBE, *BY_REFRESH} <= set(situations.SITUATIONS)
