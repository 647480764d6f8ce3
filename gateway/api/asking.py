"""What a request asks: its query and its body, read strictly and refused with the field's name."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from msgspec import Meta, Struct

from gateway.problems import ProblemError
from gateway.store.keys import Caller
from schemas.cases import Language
from schemas.codes import Code

T = TypeVar("T")
AnyRequest = Request[Any, Caller, Any]

JSON = "application/json"
QUERY_FIELDS_MAX = 40
TEXT_MAX = 2_000
"""No field of ours needs a longer text; a purpose to search for is far shorter."""
STRINGS_DEEP_MAX = 50

Limit = Annotated[int, Meta(ge=1, le=500, description="How many items a page has at most.")]
Cursor = Annotated[
    str, Meta(max_length=1_000, description="`next_cursor` of the page before; opaque.")
]
Id = Annotated[str, Meta(max_length=64)]

_NAMED = re.compile(r"field `([^`]+)`")


class Page(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The part of a list's query that all lists share."""

    limit: Limit = 100
    cursor: Cursor | None = None


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """A query or a body in which nothing may stand."""


class Span(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A period of bank days; both ends are included."""

    first: date | None = msgspec.field(name="from", default=None)
    last: date | None = msgspec.field(name="to", default=None)


def caller_of(request: AnyRequest) -> Caller:
    """Whose key the request came with."""
    found: Caller = request.scope["auth"]
    return found


def language_for(request: AnyRequest) -> Language:
    """The language that people's texts are wanted in."""
    language: Language = request.scope["state"]["language"]
    return language


def query(request: AnyRequest, kind: type[T]) -> T:
    """The query string as that type.

    Raises:
        ProblemError: REQUEST_INVALID for whatever is unknown, doubled or of another form.
    """
    given: dict[str, str] = {}
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=QUERY_FIELDS_MAX,
        )
    except ValueError as odd:
        raise invalid("query", "The query string is not UTF-8 in percent-encoding.") from odd
    for name, value in pairs:
        if name in given:
            raise invalid(name, f"`{name[:64]}` is given twice.")
        given[name] = value
    _refuse_odd_texts(given, "")
    limit = given.get("limit", "1")
    if not (limit.isascii() and limit.isdecimal()):
        raise invalid("limit", "Expected a whole number.")
    try:
        return msgspec.convert(given, type=kind, strict=False)
    except msgspec.ValidationError as odd:
        raise misfit(odd) from odd


async def body(request: AnyRequest, kind: type[T]) -> T:
    """The JSON body as that type; no body at all counts as `{}`.

    Raises:
        ProblemError: REQUEST_INVALID for whatever is unknown or of another form.
    """
    raw = await request.body()
    _refuse_other_media(request, empty=not raw)
    try:
        given = msgspec.json.decode(raw or b"{}")
    except RecursionError as deep:
        raise invalid("body", "The body is nested too deeply.") from deep
    except UnicodeDecodeError as odd:
        raise invalid("body", "The body is not UTF-8.") from odd
    except msgspec.DecodeError as odd:
        raise invalid("body", f"The body is not JSON: {odd}.") from odd
    _refuse_odd_texts(given, "")
    try:
        return msgspec.convert(given, type=kind)
    except msgspec.ValidationError as odd:
        raise misfit(odd) from odd


def _refuse_other_media(request: AnyRequest, *, empty: bool) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise invalid("Content-Encoding", "Send the body as it is, not compressed.", status=415)
    media, _, _ = request.headers.get("content-type", "").partition(";")
    if not empty and media.strip().lower() != JSON:
        raise invalid("Content-Type", f"Send the body as {JSON}.", status=415)


def _refuse_odd_texts(value: Any, place: str, depth: int = 0) -> None:
    """Refuse texts that no ledger keeps: with control characters, or endless."""
    if depth > STRINGS_DEEP_MAX:
        raise invalid(place, "The body is nested too deeply.")
    if isinstance(value, str):
        if len(value) > TEXT_MAX:
            raise invalid(place, f"A text has at most {TEXT_MAX} characters.")
        if any(letter < " " or letter == "\x7f" for letter in value):
            raise invalid(place, "A text has no control characters.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _refuse_odd_texts(name, place, depth + 1)
            _refuse_odd_texts(inner, f"{place}.{name}".lstrip("."), depth + 1)
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            _refuse_odd_texts(inner, f"{place}[{n}]", depth + 1)


def misfit(odd: msgspec.ValidationError) -> ProblemError:
    """The field and the sentence out of msgspec's words."""
    sentence, _, place = str(odd).partition(" - at `")
    field = place.removesuffix("`").removeprefix("$").lstrip(".")
    named = _NAMED.search(sentence)
    if named:
        field = f"{field}.{named[1]}".lstrip(".")
    return invalid(field or "body", f"{sentence}.")


def invalid(field: str, sentence: str, *, status: int | None = None) -> ProblemError:
    """A field that does not fit, with the sentence that says why."""
    shown = field[:100].encode("utf-8", "replace").decode()
    return ProblemError(
        Code.REQUEST_INVALID, detail=f"{shown}: {sentence}", field=shown, status=status
    )


def unknown(field: str) -> ProblemError:
    """Nothing of this caller's has that id; a foreign one is answered alike."""
    return ProblemError(Code.NOT_FOUND, field=field)
