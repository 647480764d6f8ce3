"""Every row of the table is reached by what the bank would say, and no secret by anybody."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from providers.contract import Grant, Refused
from providers.sber import refusals
from providers.sber.provider import Sber
from providers.sber.refusals import Said
from providers.transport import Answer
from schemas.account import FoundAccount
from schemas.codes import Code
from tests.providers.sber.conftest import Script

TOKEN = "5d0c7a3190fe4b528a162f9be1c0aa77CANARY"
NO_CERTIFICATE = (
    b"<html><head><title>400 No required SSL certificate was sent</title></head>"
    b"<body><center><h1>400 Bad Request</h1></center><hr>nginx</body></html>"
)
WRONG_CERTIFICATE = b"<html><title>400 The SSL certificate error</title></html>"


def fault(cause: str, message: str) -> bytes:
    return (
        f'{{"cause":"{cause}","referenceId":"7f3e2a10-0000-4000-8000-000000000001",'
        f'"message":"{message}","checks":null,"fieldNames":["x"]}}'
    ).encode()


SPOKEN = [
    (400, NO_CERTIFICATE, Code.BANK_CERTIFICATE_REJECTED),
    (400, WRONG_CERTIFICATE, Code.BANK_CERTIFICATE_REJECTED),
    (400, fault("WORKFLOW_FAULT", "Дата выписки позже текущей"), Code.DAY_NOT_OPEN_YET),
    (
        400,
        fault("WORKFLOW_FAULT", "Запрошенной страницы с операциями не существует."),
        Code.STATEMENT_INCOMPLETE,
    ),
    (
        400,
        fault("WORKFLOW_FAULT", "Счет не является действующим на запрошенную дату."),
        Code.ACCOUNT_CLOSED,
    ),
    (400, fault("WORKFLOW_FAULT", "Превышена глубина выписки"), Code.HISTORY_LIMIT_EXCEEDED),
    (400, fault("WORKFLOW_FAULT", "Дата выписки ранее допустимой"), Code.HISTORY_LIMIT_EXCEEDED),
    (400, fault("VALIDATION_FAULT", "Ошибка при разборе"), Code.BANK_REFUSAL_UNRECOGNISED),
    (
        400,
        fault("VALIDATION_FAULT", "Ошибка при разборе").replace(b'"x"', b'"accountNumber"'),
        Code.ACCOUNT_NOT_FOUND,
    ),
    (400, b"", Code.BANK_REFUSAL_UNRECOGNISED),
    (401, fault("UNAUTHORIZED", "accessToken not found"), Code.ACCESS_TOKEN_REJECTED),
    (403, fault("ACTION_ACCESS_EXCEPTION", "Нет доступа"), Code.ACCESS_UNCLEAR),
    (403, fault("ACCESS_EXCEPTION", "Нет доступа"), Code.ACCESS_UNCLEAR),
    (403, fault("ACTION_ACCESS_EXCEPTION", "Нет [GET_X]"), Code.BANK_CONTRACT_MISSING),
    (403, fault("ACTION_ACCESS_EXCEPTION", "Недостаточно прав"), Code.USER_RIGHTS_INSUFFICIENT),
    (
        403,
        fault("ACTION_ACCESS_EXCEPTION", "не входит в предоставленные разрешения"),
        Code.PERMISSIONS_REDUCED,
    ),
    (403, fault("ACCESS_EXCEPTION", "Услуга обрабатывается"), Code.BANK_CONFIRMATION_PENDING),
    (404, fault("RESOURCE_NOT_FOUND", "Не найден указанный urlPath"), Code.BANK_FORMAT_CHANGED),
    (404, b"<html>not here</html>", Code.BANK_REFUSAL_UNRECOGNISED),
    (415, b"", Code.BANK_REFUSAL_UNRECOGNISED),
    (429, fault("TOO_MANY_REQUESTS", ""), Code.BANK_RATE_LIMITED),
    (500, fault("UNKNOWN_EXCEPTION", "?"), Code.BANK_UNAVAILABLE),
    (502, b"<html>bad gateway</html>", Code.BANK_UNAVAILABLE),
    (503, b"[]", Code.BANK_UNAVAILABLE),
    (504, b"", Code.BANK_TIMEOUT),
]


@pytest.mark.parametrize(("status", "body", "code"), SPOKEN)
def test_a_refusal_of_the_data_host_has_its_code(status: int, body: bytes, code: Code) -> None:
    """The same status hides different people's business, so the words decide."""
    refused = refusals.refusal(refusals.REFUSALS, Answer(status, {}, body))

    assert (refused.code, refused.status) == (code, status)


OAUTH = [
    (refusals.EXCHANGE, 400, "invalid_grant", Code.AUTHORISATION_TIMED_OUT),
    (refusals.EXCHANGE, 400, "access_denied", Code.AUTHORISATION_DECLINED),
    (refusals.RENEWAL, 400, "invalid_grant", Code.CONSENT_REVOKED),
    (refusals.RENEWAL, 401, "invalid_client", Code.BANK_SECRET_EXPIRED),
    (refusals.RENEWAL, 400, "invalid_scope", Code.BANK_CONTRACT_MISSING),
    (refusals.RENEWAL, 400, "unauthorized_client", Code.BANK_CONTRACT_MISSING),
    (refusals.RENEWAL, 400, "server_error", Code.BANK_UNAVAILABLE),
    (refusals.RENEWAL, 401, "invalid_token", Code.ACCESS_TOKEN_REJECTED),
    (refusals.RENEWAL, 400, "unsupported_grant_type", Code.BANK_REFUSAL_UNRECOGNISED),
]


@pytest.mark.parametrize(("table", "status", "error", "code"), OAUTH)
def test_a_refusal_of_the_token_host_has_its_code(
    table: tuple[refusals.Row, ...], status: int, error: str, code: Code
) -> None:
    """A dead code is the customer's to repeat, a dead refresh token ends the connection."""
    body = f'{{"error":"{error}","error_description":"..."}}'.encode()

    assert refusals.refusal(table, Answer(status, {}, body)).code is code


RENEWALS = [
    ("Unknown refresh token", Code.CONSENT_REVOKED),
    ("Offer expired", Code.OFFER_EXPIRED),
    ("Refresh token expired", Code.CONSENT_EXPIRED),
    ("User password changed", Code.CREDENTIALS_CHANGED),
    ("Пароль изменён", Code.CREDENTIALS_CHANGED),
    ("User is blocked", Code.USER_BLOCKED),
    ("Пользователь заблокирован", Code.USER_BLOCKED),
]


@pytest.mark.parametrize(("words", "code"), RENEWALS)
def test_the_end_of_a_renewal_is_told_by_its_description(words: str, code: Code) -> None:
    """One `invalid_grant` ends it for many reasons; all but the first wording are guesses."""
    body = f'{{"error":"invalid_grant","error_description":"{words}"}}'.encode()

    assert refusals.refusal(refusals.RENEWAL, Answer(400, {}, body)).code is code


@pytest.mark.parametrize("words", [row.words for row in refusals.NO_RIGHT])
def test_every_wording_of_a_missing_right_is_known(words: str) -> None:
    """The bank's sentence is not documented; each of these is a guess of our own."""
    assert refusals.declined("access_denied", f"— {words} —").code is Code.NO_SIGNING_RIGHT


def test_every_row_is_reached() -> None:
    """A row that nothing reaches is a fact nobody checks."""
    spoken = [(status, refusals.words(Answer(status, {}, body))) for status, body, _ in SPOKEN]
    reached = {refusals.fitting(refusals.REFUSALS, *said) for said in spoken}

    assert set(refusals.REFUSALS) <= reached


def test_the_bank_reference_is_kept_for_its_support() -> None:
    """Support of the bank asks for it first; it opens nothing."""
    answer = Answer(500, {}, fault("UNKNOWN_EXCEPTION", "?"))

    refused = refusals.refusal(refusals.REFUSALS, answer)

    assert refused.evidence == {"bank_reference": "7f3e2a10-0000-4000-8000-000000000001"}


def test_the_wait_that_the_bank_asks_for_is_kept() -> None:
    """The header is not documented and honoured where it comes."""
    answer = Answer(429, {"retry-after": "7"}, b"")

    assert refusals.refusal(refusals.REFUSALS, answer).retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (202, b"", Said.FORMING),
        (202, fault("STATEMENT_RESPONSE_PROCESSING", "wait"), Said.FORMING),
        (404, fault("DATA_NOT_FOUND", ""), Said.NOTHING),
        (404, fault("DATA_NOT_FOUND_EXCEPTION", ""), Said.NOTHING),
        (404, fault("RESOURCE_NOT_FOUND", "urlPath"), None),
        (404, b"", None),
        (400, fault("WORKFLOW_FAULT", "Счет не является действующим"), Said.NOT_ACTIVE),
        (400, fault("WORKFLOW_FAULT", "Дата выписки позже текущей"), None),
        (403, fault("DATA_NOT_FOUND", ""), None),
    ],
)
def test_only_what_is_known_to_be_quiet_is_no_refusal(
    status: int, body: bytes, said: Said | None
) -> None:
    """A wrong address must never pass for an empty day."""
    assert refusals.said(Answer(status, {}, body)) is said


@pytest.mark.parametrize(
    "body",
    [
        fault("UNAUTHORIZED", f"accessToken not found by value = {TOKEN}"),
        fault("UNAUTHORIZED", "accessToken not found by value = 5d0c7a31-90fe-4b52-8a16-CANARY-1"),
        fault("X", "Счет 40702810938000012345 CANARY").replace(b" CANARY", b""),
        b'{"error":"invalid_request","access_token":"CANARY"}',
        f"<html>token={TOKEN}</html>".encode(),
    ],
)
def test_a_refusal_repeats_no_token_and_no_account(body: bytes) -> None:
    """This bank writes the very token into its message, and everything here is kept for support."""
    refused = refusals.refusal(refusals.REFUSALS, Answer(401, {}, body))

    told = f"{refused.words} {refused.body} {refused.evidence}"
    assert "CANARY" not in told
    assert "40702810938000012345" not in told


async def test_no_secret_stands_in_what_is_kept_of_the_calls(
    script: Script, sber: Sber, grant: Grant, account: FoundAccount, now: datetime
) -> None:
    """The journal of a renewal and of a refused read is shown to support."""
    script.says(
        "/token",
        {"access_token": "CANARY-a", "refresh_token": "CANARY-r", "id_token": "eyJh.CANARY.x"},
    )
    script.says("/client-info", fault("ACTION_ACCESS_EXCEPTION", "?"), status=403)
    script.says("/user-info", "user_info")
    await sber.renew(grant, now)
    with pytest.raises(Refused):
        await sber.accounts(grant, now)

    kept = repr(script.exchanges)
    assert len(script.exchanges) == 3
    assert "CANARY" not in kept
    assert account.reference not in kept
