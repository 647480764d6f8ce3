"""Answers: JSON of Structs, pages of ready JSON, problems."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.status_codes import (
    HTTP_400_BAD_REQUEST,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    HTTP_500_INTERNAL_SERVER_ERROR,
)

from gateway.api.asking import JSON, AnyRequest, language_for
from gateway.problems import CONTENT_TYPE, ProblemError
from gateway.product import Product
from gateway.sync.ask import to_trouble
from providers.contract import Refused, Unreachable
from providers.redaction import scrub_text
from schemas.codes import Code

log = structlog.get_logger()

encode = msgspec.json.Encoder(decimal_format="string").encode

SAFE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""Nothing of a ledger stays in a cache, and no browser guesses what it got."""


NO_MORE = b'],"next_cursor":null}'


def answer(
    content: Any, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """JSON of a Struct or of plain values."""
    return ready(encode(content), status, headers=headers)


def ready(
    content: bytes, status: int = 200, *, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """JSON that is already bytes."""
    told = SAFE if headers is None else {**SAFE, **headers}
    return Response(content=content, status_code=status, media_type=JSON, headers=told)


def page(items: Sequence[Any], next_cursor: str | None) -> Response[bytes]:
    """A list of Structs."""
    return answer({"items": items, "next_cursor": next_cursor})


def page_of_docs(docs: Sequence[bytes], next_cursor: str | None) -> Response[bytes]:
    """A list of rows that the ledger keeps as JSON, joined and not encoded again."""
    end = b'],"next_cursor":"%b"}' % next_cursor.encode() if next_cursor else NO_MORE
    return ready(b"".join((b'{"items":[', b",".join(docs), end)))


def refuse(request: AnyRequest, problem: ProblemError) -> Response[bytes]:
    """A problem as the caller reads it."""
    told = problem.told(
        language_for(request),
        instance=request.scope["state"]["path"],
        request_id=request.scope["state"]["request_id"],
    )
    return Response(
        content=encode(told),
        status_code=told.status,
        media_type=CONTENT_TYPE,
        headers={**SAFE, "content-language": told.language, **problem.headers},
    )


def refusal(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Whatever was raised, as a problem; what nobody foresaw is logged and told without a word."""
    problem = _as_problem(request, error)
    if problem.code is Code.INTERNAL:
        frames = traceback.format_tb(error.__traceback__)
        log.error("unforeseen", error=type(error).__name__, words=scrub_text(str(error)), at=frames)
    return refuse(request, problem)


def _as_problem(request: AnyRequest, error: Exception) -> ProblemError:
    match error:
        case ProblemError():
            return error
        case Refused() | Unreachable():
            return from_bank(request.app.state.product, error)
        case NotFoundException():
            return ProblemError(Code.NOT_FOUND, field="path")
        case MethodNotAllowedException():
            allowed = (error.headers or {}).get("allow", "")
            return ProblemError(Code.METHOD_NOT_ALLOWED, field="method", headers={"allow": allowed})
        case HTTPException(status_code=status):
            return _from_status(status)
    return ProblemError(Code.INTERNAL)


def _from_status(status: int) -> ProblemError:
    """A refusal of the web framework, which knows only HTTP."""
    if status == HTTP_413_REQUEST_ENTITY_TOO_LARGE:
        return ProblemError(Code.PAYLOAD_TOO_LARGE, field="body")
    if HTTP_400_BAD_REQUEST <= status < HTTP_500_INTERNAL_SERVER_ERROR:
        return ProblemError(Code.REQUEST_INVALID, status=status)
    return ProblemError(Code.INTERNAL)


def from_bank(
    product: Product, error: Refused | Unreachable, bank: str | None = None
) -> ProblemError:
    """A bank's refusal or silence as the answer to whoever asked."""
    if isinstance(error, Unreachable):
        code = Code.BANK_TIMEOUT if error.trouble == "timeout" else Code.BANK_UNAVAILABLE
        error = Refused(code)
    return ProblemError(error.code, trouble=to_trouble(error, product.clock.now()), bank=bank)
