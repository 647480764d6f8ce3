"""Sber's refusals, named after the situation, in the bank's own words where they are known."""

import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from sandbox.state import Sandbox

JSON = "application/json"
HTML = "text/html; charset=utf-8"
NO_SUCH_PATH = "Не найден указанный urlPath"


class Refusal(Exception):  # noqa: N818 - an answer of the bank, not a failure of ours
    """An answer other than the one asked for; one that `hangs` keeps the asker waiting first."""

    def __init__(
        self,
        status: int,
        content: bytes,
        media_type: str = JSON,
        headers: Mapping[str, str] | None = None,
        *,
        hangs: bool = False,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.content = content
        self.media_type = media_type
        self.headers = dict(headers or {})
        self.hangs = hangs

    def response(self) -> Response[bytes]:
        """The refusal as it goes over the wire."""
        return Response(
            content=self.content,
            status_code=self.status,
            media_type=self.media_type,
            headers=self.headers,
        )


def _fault(
    sandbox: Sandbox,
    status: int,
    cause: str,
    message: str,
    *,
    fields: Sequence[str] = (),
    check: str = "",
    headers: Mapping[str, str] | None = None,
) -> Refusal:
    checks = [{"level": "ERROR", "message": check, "fields": list(fields)}] if check else []
    body = {
        "cause": cause,
        "referenceId": sandbox.uuid(),
        "message": message,
        "checks": checks,
        "fieldNames": list(fields),
    }
    return Refusal(status, msgspec.json.encode(body), headers=headers)


def _nginx(status: int, reason: str, sentence: str = "") -> Refusal:
    middle = f"<center>{sentence}</center>\r\n" if sentence else ""
    page = (
        f"<html>\r\n<head><title>{status} {sentence or reason}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {reason}</h1></center>\r\n{middle}"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Refusal(status, page.encode(), "text/html")


# --- before anyone looks at the request -------------------------------------------------------


def certificate_missing() -> Refusal:
    """Seen live: nginx, HTML, no JSON."""
    return _nginx(400, "Bad Request", "No required SSL certificate was sent")


def certificate_refused() -> Refusal:
    """A certificate of another client, or an expired one (unconfirmed words)."""
    return _nginx(400, "Bad Request", "The SSL certificate error")


def gateway_timeout() -> Refusal:
    """The bank thinks for long, then its gateway gives up."""
    refusal = _nginx(504, "Gateway Time-out")
    refusal.hangs = True
    return refusal


def internal(sandbox: Sandbox) -> Refusal:
    """The odd 500 although all is well."""
    return _fault(sandbox, 500, "UNKNOWN_EXCEPTION", "Внутренняя ошибка сервиса")


def maintenance(sandbox: Sandbox) -> Refusal:
    """A backend is down, or works are going on."""
    words = "Сервис временно недоступен. Повторите запрос позднее."
    return _fault(sandbox, 503, "UNAVAILABLE_RESOURCE_EXCEPTION", words)


def as_html(refusal: Refusal) -> Refusal:
    """The same status from the gateway in front, which knows no JSON."""
    return _nginx(refusal.status, HTTPStatus(refusal.status).phrase)


def no_such_path(path: str) -> Refusal:
    """Seen live for the old /v1/statement/*; the cause is a guess."""
    body = {
        "cause": "RESOURCE_NOT_FOUND",
        "referenceId": str(uuid.uuid5(uuid.NAMESPACE_URL, path)),
        "message": NO_SUCH_PATH,
        "checks": [],
        "fieldNames": [],
    }
    return Refusal(404, msgspec.json.encode(body))


def unrouted(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """No such path here, or not with this method."""
    if error.status_code == 405:  # noqa: PLR2004 - the HTTP status
        return _nginx(405, "Not Allowed").response()
    return no_such_path(request.scope["path"]).response()


# --- tokens and traffic -----------------------------------------------------------------------


def token_unknown(sandbox: Sandbox, token: str) -> Refusal:
    """Expired, revoked or never issued; the bank puts the token itself into the message."""
    words = f"accessToken not found by value = {token}"
    return _fault(sandbox, 401, "UNAUTHORIZED", words)


def too_many_requests(sandbox: Sandbox, retry_after_seconds: int) -> Refusal:
    """More than the contract's calls a second."""
    headers = {"Retry-After": str(retry_after_seconds)} if retry_after_seconds else {}
    words = "Превышено допустимое количество запросов"
    return _fault(sandbox, 429, "TOO_MANY_REQUESTS", words, headers=headers)


# --- who may see what -------------------------------------------------------------------------


def not_in_the_offer(sandbox: Sandbox, cause: str) -> Refusal:
    """One 403 for all of: no offer, revoked, expired, account not named in it."""
    return _fault(sandbox, 403, cause, "Доступ к запрошенному ресурсу запрещен")


def service_not_in_contract(sandbox: Sandbox, service: str) -> Refusal:
    """Seen live for FILES: the token is fine, only the bank's manager can add the service."""
    words = f"Отсутствует доступ к сервисам: [{service}]"
    return _fault(sandbox, 403, "ACTION_ACCESS_EXCEPTION", words)


def operation_not_granted(sandbox: Sandbox) -> Refusal:
    """The scope of this token lacks the operation (unconfirmed words)."""
    words = "Операция не входит в предоставленные разрешения"
    return _fault(sandbox, 403, "ACTION_ACCESS_EXCEPTION", words)


def user_rights_insufficient(sandbox: Sandbox) -> Refusal:
    """The user may sign in, but not look at this (unconfirmed words)."""
    words = "У пользователя недостаточно прав для выполнения операции"
    return _fault(sandbox, 403, "ACTION_ACCESS_EXCEPTION", words)


def kind_has_no_statement(sandbox: Sandbox, cause: str) -> Refusal:
    """A card, loan, deposit or overdraft account (unconfirmed words)."""
    return _fault(sandbox, 403, cause, "Операция недоступна для данного типа счета")


def account_of_another_organisation(sandbox: Sandbox, cause: str) -> Refusal:
    """Only with the switch: as a rule the words are those of `not_in_the_offer`."""
    return _fault(sandbox, 403, cause, "Счет не принадлежит организации пользователя")


def not_yet_connected(sandbox: Sandbox, cause: str) -> Refusal:
    """Signed, and the bank is still at it (unconfirmed words)."""
    words = "Подключение услуги обрабатывается. Повторите запрос позднее."
    return _fault(sandbox, 403, cause, words)


def of_no_known_kind(sandbox: Sandbox) -> Refusal:
    """A refusal that no paper of the bank's mentions."""
    words = "Запрос отклонен. Обратитесь в обслуживающее подразделение."
    return _fault(sandbox, 409, "DECLINED_BY_SECURITY_POLICY", words)


# --- what was asked ---------------------------------------------------------------------------


def unreadable(sandbox: Sandbox, field: str) -> Refusal:
    """A value that is no date or no number at all."""
    words = "Неверный формат запроса"
    return _fault(sandbox, 400, "DESERIALIZATION_FAULT", words, fields=[field], check=words)


def wrong_parameter(sandbox: Sandbox, field: str, check: str) -> Refusal:
    """A value of the right type that cannot be."""
    words = "Ошибка при разборе параметров запроса"
    return _fault(sandbox, 400, "VALIDATION_FAULT", words, fields=[field], check=check)


def account_unknown(sandbox: Sandbox) -> Refusal:
    """A well-formed number that the bank does not know (unconfirmed words)."""
    return wrong_parameter(sandbox, "accountNumber", "Счет не найден")


def later_than_today(sandbox: Sandbox) -> Refusal:
    """Also today itself before 03:01 Moscow time: the bank thinks in UTC."""
    return _fault(sandbox, 400, "WORKFLOW_FAULT", "Дата выписки позже текущей")


def older_than_kept(sandbox: Sandbox) -> Refusal:
    """Further back than the bank tells (unconfirmed words)."""
    words = "Дата выписки ранее допустимой"
    return _fault(sandbox, 400, "WORKFLOW_FAULT", words)


def account_not_operating(sandbox: Sandbox) -> Refusal:
    """Closed by that day, or not opened yet."""
    words = "Счет не является действующим на запрошенную дату."
    return _fault(sandbox, 400, "WORKFLOW_FAULT", words)


def no_such_page(sandbox: Sandbox) -> Refusal:
    """A page beyond the last."""
    words = "Запрошенной страницы с операциями не существует."
    return _fault(sandbox, 400, "WORKFLOW_FAULT", words)


def nothing_found(sandbox: Sandbox, cause: str) -> Refusal:
    """No such statement, operation or change."""
    return _fault(sandbox, 404, cause, "Данные не найдены")


def being_formed(sandbox: Sandbox, *, empty: bool) -> Refusal:
    """Not an error by status, shaped like one: ask again."""
    if empty:
        return Refusal(202, b"")
    words = "Выписка формируется. Повторите запрос позднее."
    return _fault(sandbox, 202, "STATEMENT_RESPONSE_PROCESSING", words)


# --- OAuth ------------------------------------------------------------------------------------


def oauth(status: int, error: str, description: str) -> Refusal:
    """The body of RFC 6749, section 5.2."""
    body = {"error": error, "error_description": description}
    headers = {"Cache-Control": "no-store"}
    return Refusal(status, msgspec.json.encode(body), headers=headers)
