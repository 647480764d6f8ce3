"""Tatra's refusals, each named after the situation that it tells of."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response

AnyRequest = Request[Any, Any, Any]

GATEWAY_PAGE = b"<html><head><title>Error</title></head><body><h1>Service error</h1></body></html>"


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """An answer that is no: status, the bank's code and text; no code is an empty body."""

    def __init__(
        self, status: int, code: str = "", text: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.headers = headers or {}
        self.body = b""
        if code:
            self.body = msgspec.json.encode({"errorCode": code, "errorDescription": text})


class OAuthRefusal(Refusal):
    """A no of the token and authorise endpoints, in the gateway product's shape."""

    def __init__(self, status: int, error: str, text: str, gateway_number: str) -> None:
        super().__init__(status, headers={"x-ca-err": gateway_number, "Cache-Control": "no-store"})
        self.body = msgspec.json.encode({"error": error, "error_description": text})


def told(request: AnyRequest, refusal: Refusal) -> Response[bytes]:
    """Put a refusal on the wire; some come as the gateway's HTML page instead."""
    headers = {**refusal.headers, **echoed(request)}
    html = getattr(request.state, "html_error", False) and not isinstance(refusal, OAuthRefusal)
    if html:
        return Response(GATEWAY_PAGE, status_code=refusal.status, media_type="text/html")
    return Response(
        refusal.body, status_code=refusal.status, media_type="application/json", headers=headers
    )


def unrouted(request: AnyRequest, error: Any) -> Response[bytes]:
    """No such path or method: the gateway answers without a body."""
    return Response(b"", status_code=error.status_code, headers=echoed(request))


def echoed(request: AnyRequest) -> dict[str, str]:
    """The request id as every answer carries it back."""
    request_id = request.headers.get("x-request-id")
    return {"X-Request-ID": request_id} if request_id else {}


# --- OAuth ---


def client_not_recognised() -> Refusal:
    """Wrong client id or secret, or a secret past its life."""
    return OAuthRefusal(
        401, "invalid_client", "The given client credentials were not valid", "3003201"
    )


def grant_not_valid(text: str = "The given grant is invalid") -> Refusal:
    """A code or refresh token that is used, old, revoked or not this client's."""
    return OAuthRefusal(400, "invalid_grant", text, "3003202")


def scope_not_allowed(text: str = "The given scope is not valid") -> Refusal:
    """A bare scope for a TPP, an unknown consent, two scopes."""
    return OAuthRefusal(400, "invalid_scope", text, "3002115")


def request_malformed(text: str) -> Refusal:
    """A parameter is missing or does not fit, PKCE above all."""
    return OAuthRefusal(400, "invalid_request", text, "3002103")


def redirect_not_registered() -> Refusal:
    """The address to come back to is not the registered one, byte for byte."""
    return OAuthRefusal(
        400, "invalid_redirect_uri", "The given redirect_uri is not registered", "3002114"
    )


def grant_type_unknown() -> Refusal:
    """The token endpoint knows three kinds of grant."""
    return OAuthRefusal(
        400, "unsupported_grant_type", "The given grant_type is not supported", "3003105"
    )


# --- tokens and consents ---


def token_unknown() -> Refusal:
    """No token, or one that the bank never gave or has thrown away."""
    return Refusal(401, "TOKEN_UNKNOWN", "Access token is unknown")


def token_invalid() -> Refusal:
    """A service token where a customer's is needed, or the other way round."""
    return Refusal(401, "TOKEN_INVALID", "Access token is invalid for this operation")


def token_expired() -> Refusal:
    """The access token's time is over; a refresh helps."""
    return Refusal(401, "TOKEN_EXPIRED", "Access token has expired")


def consent_expired() -> Refusal:
    """The 180 days are over."""
    return Refusal(401, "CONSENT_EXPIRED", "Consent has expired")


def consent_revoked() -> Refusal:
    """The customer took the consent back at the bank."""
    return Refusal(401, "CONSENT_INVALID", "Consent has been revoked by the user")


def consent_unknown(status: int = 404) -> Refusal:
    """No such consent of this client."""
    return Refusal(status, "CONSENT_UNKNOWN", "Consent does not exist")


def no_contract() -> Refusal:
    """The client has no Premium API contract with the bank."""
    return Refusal(403, "NO_CONTRACT", "Contract for Premium API does not exist")


def no_authorization() -> Refusal:
    """The customer, or this user of his, has not given this client the right."""
    return Refusal(403, "NO_AUTHORIZATION", "Client is not authorized for the requested operation")


def service_blocked() -> Refusal:
    """The bank has blocked this person's access."""
    return Refusal(403, "SERVICE_BLOCKED", "Service is blocked for the user")


def operation_not_allowed() -> Refusal:
    """This usage type of application has no such call."""
    return Refusal(403, "NOT_ALLOWED_OPER", "Operation is not allowed for the application")


# --- accounts, rows and statements ---


def no_account(status: int) -> Refusal:
    """An account id that is not under this consent."""
    return Refusal(status, "NO_ACCOUNT", "Account does not exist")


def product_unknown() -> Refusal:
    """A statement of an account in another bank."""
    return Refusal(404, "PRODUCT_UNKNOWN", "Product is not supported for the account")


def too_early(earliest: date) -> Refusal:
    """Asked for days before the bank's history."""
    return Refusal(400, "PERIOD_INVALID", f"Earliest allowed dateFrom is {earliest.isoformat()}")


def period_backwards() -> Refusal:
    """The last day lies before the first."""
    return Refusal(400, "PERIOD_INVALID", "dateTo must not be earlier than dateFrom")


def argument_illegal(text: str) -> Refusal:
    """A parameter, header or field that is missing or cannot be read."""
    return Refusal(400, "ILLEGAL_ARGUMENT", text)


def statement_gone(what: str) -> Refusal:
    """A task or statement that the bank does not know, or no longer."""
    return Refusal(404, "RESOURCE_UNKNOWN", f"{what} does not exist")


# --- the bank itself ---


def duplicate_call() -> Refusal:
    """The same request id a second time."""
    return Refusal(400, "DUPLICATE_CALL", "Request with the same X-Request-ID already processed")


def internal_error() -> Refusal:
    """The odd 500 that a second try heals."""
    return Refusal(500, "INTERNAL_ERROR", "Internal server error")


def maintenance() -> Refusal:
    """The gateway without the bank behind it."""
    return Refusal(503)


def timed_out() -> Refusal:
    """The gateway waited for the bank in vain."""
    return Refusal(504)


def too_many_requests(retry_after_seconds: int) -> Refusal:
    """The request quota of the moment is used up."""
    wait = {"Retry-After": str(retry_after_seconds)} if retry_after_seconds else {}
    return Refusal(429, headers=wait)


def daily_reads_used() -> Refusal:
    """The unattended reads of this day are used up."""
    return Refusal(
        429, "ACCESS_EXCEEDED", "Maximum number of daily accesses without user is exceeded"
    )


def not_in_any_paper() -> Refusal:
    """A refusal that nobody has described."""
    return Refusal(409, "CLIENT_IN_REVIEW", "Relationship is being reviewed, contact your branch")


def no_such_resource() -> Refusal:
    """What a Consent-ID header does where it is not ignored."""
    return Refusal(404)
