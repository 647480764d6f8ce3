"""Tochka's refusals, named after the situation; the reason is in `Errors[0].message`."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from litestar import Response
from litestar.exceptions import HTTPException

from sandbox.state import Sandbox
from sandbox.tochka.store import BANK_ID
from sandbox.tochka.wire import plain

TOP_MESSAGE = "Что-то пошло не так"
# the quotes are part of the value in the bank's own examples
HELP_URL = '"http://enter.tochka.com/open-banking/docs"'
LONGEST_MESSAGE = 603
# errorCode until release 1.81
OLD_WORDS = {400: "HTTPBadRequest", 403: "HTTPForbidden", 404: "HTTPNotFound"}


class Refused(HTTPException):
    """Raised in a handler: the bank's answer is ready, nothing more is to be done."""

    def __init__(self, answer: Response[Any]) -> None:
        super().__init__(status_code=answer.status_code or 500)
        self.answer = answer


def forbidden_by_consent(sandbox: Sandbox) -> Refused:
    """One wording for a missing right, a dead consent or key, and a wrong company."""
    return _errors(sandbox, 403, "Something going wrong", "Forbidden by consent")


def field_refused(sandbox: Sandbox, path: str, words: str) -> Refused:
    """A field check of the request; the path is joined by hyphens."""
    return _errors(sandbox, 400, "Validation Error", f"Field {path} : {words}")


def body_refused(sandbox: Sandbox) -> Refused:
    """The body is not JSON at all."""
    return _errors(sandbox, 400, "Validation Error", "JSON decode error")


def statement_not_found(sandbox: Sandbox) -> Refused:
    """Never ordered, of another account, or forgotten after a day."""
    return _errors(sandbox, 404, "HTTPNotFound", "Not found statement under account")


def not_found(sandbox: Sandbox, words: str) -> Refused:
    """Any other thing that is not there; the words are a guess."""
    return _errors(sandbox, 404, "HTTPNotFound", words)


def dependent_service_failed(sandbox: Sandbox) -> Refused:
    """Something behind the API does not answer."""
    if sandbox.chance(sandbox.behaviour(BANK_ID).html_error_share):
        return internal_error_as_text()
    return _errors(sandbox, 424, "Something going wrong", "Something going wrong")


def internal_error(sandbox: Sandbox) -> Refused:
    """The bank's own fault, as JSON or, in some, as text."""
    if sandbox.chance(sandbox.behaviour(BANK_ID).html_error_share):
        return internal_error_as_text()
    return _errors(sandbox, 500, "HTTPInternalError", "Something going wrong")


def internal_error_as_text() -> Refused:
    """A 500 that is no JSON."""
    return _text(500, "Internal Server Error", "text/plain")


def gave_up_waiting() -> Refused:
    """What the bank's front says when nobody behind it answered in time."""
    return _text(504, "<html><body><h1>504 Gateway Time-out</h1></body></html>", "text/html")


def too_many_requests(sandbox: Sandbox) -> Refused:
    """Nothing is published about limits; the words are a guess."""
    refused = _errors(sandbox, 429, "Too Many Requests", "Too Many Requests")
    seconds = sandbox.behaviour(BANK_ID).retry_after_seconds
    if seconds:
        refused.answer.headers["Retry-After"] = str(seconds)
    return refused


def words_nobody_knows(sandbox: Sandbox) -> Refused:
    """A refusal that no paper of the bank mentions."""
    words = "Операция приостановлена по решению подразделения 47"
    return _errors(sandbox, 409, "OperationSuspended", words)


def no_such_route(method: str, path: str) -> Refused:
    """An unknown path, version or method: 501, never 404; the words are a guess."""
    id_ = str(uuid5(NAMESPACE_URL, f"{method} {path}"))
    return _ready(501, id_, "HTTPNotImplemented", "Not Implemented")


def webhook_probe_failed(sandbox: Sandbox) -> Refused:
    """The address did not answer 200 to a test webhook; the words are a guess."""
    status = sandbox.behaviour(BANK_ID).tochka.failed_probe_status
    words = "Validation Error" if status == 400 else "Something going wrong"  # noqa: PLR2004 - a status
    return _errors(sandbox, status, words, "Webhook url did not respond with 200")


def webhook_exists(sandbox: Sandbox) -> Refused:
    """A second PUT, when the bank is set to mind it."""
    return _errors(sandbox, 400, "Validation Error", "Webhook already exists")


def token_missing(sandbox: Sandbox) -> Refused:
    """No Authorization header."""
    return _unauthorised(sandbox, "invalid_request", "The access token is missing")


def token_rejected(sandbox: Sandbox) -> Refused:
    """An unknown or expired OAuth token."""
    return _unauthorised(sandbox, "invalid_token", "The access token is invalid or has expired")


def oauth(status: int, error: str, description: str) -> Refused:
    """A refusal of the OAuth server, RFC 6749 (the bank publishes none)."""
    return Refused(plain({"error": error, "error_description": description}, status))


def client_unknown() -> Refused:
    """Wrong client id or secret."""
    return oauth(401, "invalid_client", "Invalid client authentication")


def grant_rejected(words: str) -> Refused:
    """A code or refresh token that is too old, used, or not this client's."""
    return oauth(400, "invalid_grant", words)


def _unauthorised(sandbox: Sandbox, error: str, words: str) -> Refused:
    shape = sandbox.behaviour(BANK_ID).tochka.unauthorised_shape
    if shape == "errors":
        return _errors(sandbox, 401, "HTTPUnauthorized", words)
    if shape == "message":
        return Refused(plain({"message": words}, 401))
    return oauth(401, error, words)


def _errors(sandbox: Sandbox, status: int, error_code: str, words: str) -> Refused:
    if sandbox.behaviour(BANK_ID).tochka.error_words == "v1.81":
        error_code = OLD_WORDS.get(status, error_code)
    return _ready(status, sandbox.uuid(), error_code, words)


def _ready(status: int, id_: str, error_code: str, words: str) -> Refused:
    told = {"errorCode": error_code, "message": words[:LONGEST_MESSAGE], "url": HELP_URL}
    body = {"code": str(status), "id": id_, "message": TOP_MESSAGE, "Errors": [told]}
    return Refused(plain(body, status))


def _text(status: int, words: str, media_type: str) -> Refused:
    answer = Response(
        content=words.encode(), status_code=status, media_type=f"{media_type}; charset=utf-8"
    )
    return Refused(answer)
