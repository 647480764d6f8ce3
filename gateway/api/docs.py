"""The documents for people and programs: the API's own page, and a page for each code."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Response, get
from litestar.params import FromPath
from msgspec import Struct

from gateway.api.answering import encode, ready
from gateway.api.asking import AnyRequest, language_for, query, unknown
from gateway.api.errors import named, told
from gateway.api.openapi import document
from gateway.api.operations import operation
from gateway.api.paper import STYLE, html
from schemas.cases import Language, case
from schemas.codes import Code

TAG = "Documents"
NO_KEY_NEEDED = {"cache-control": "public, max-age=300"}


class Shown(Struct, frozen=True, forbid_unknown_fields=True):
    """The language that a link on a page asks for."""

    lang: Language | None = None


class Shelved(Struct):
    """The document, made once for an application when it is first asked for."""

    told: dict[str, Any] | None = None
    encoded: bytes = b""

    def of(self, app: Litestar) -> dict[str, Any]:
        """The document of this application."""
        if self.told is None:
            self.told = document(app)
            self.encoded = encode(self.told)
        return self.told


@get("/openapi.json", opt=operation("This document", TAG, kind="text"))
async def machine_readable(request: AnyRequest) -> Response[bytes]:
    """OpenAPI 3.1."""
    shelved: Shelved = request.app.state.document
    shelved.of(request.app)
    return ready(shelved.encoded, headers=NO_KEY_NEEDED)


@get("/docs", opt=operation("This document as a page", TAG, kind="html"))
async def readable(request: AnyRequest) -> Response[bytes]:
    """Rendered here from the OpenAPI document; no script, nothing from elsewhere."""
    shelved: Shelved = request.app.state.document
    return html("reference.html", document=shelved.of(request.app), shape=shape)


@get("/docs/errors", opt=operation("All codes as a page", TAG, query=Shown, kind="html"))
async def catalogue(request: AnyRequest) -> Response[bytes]:
    """In the order of the numbers, in the asked language."""
    language = query(request, Shown).lang or language_for(request)
    known = sorted((told(case(code), language) for code in Code), key=lambda one: one.number)
    return html("catalogue.html", language=language.value, entries=known)


@get(
    "/docs/errors/{code:str}",
    opt=operation("One code as a page", TAG, query=Shown, kind="html", codes=(Code.NOT_FOUND,)),
)
async def error(request: AnyRequest, code: FromPath[str]) -> Response[bytes]:
    """What happened, why, who acts and what to do; this is a problem's `type`."""
    known = named(code)
    if known is None:
        raise unknown("code")
    language = query(request, Shown).lang or language_for(request)
    return html(
        "error.html",
        language=language.value,
        entry=told(known, language),
        others=[each.value for each in Language if each is not language],
    )


@get("/docs/style.css", opt=operation("How the pages look", TAG, kind="text"))
async def style() -> Response[bytes]:
    """One sheet for all pages."""
    return Response(
        content=STYLE,
        media_type="text/css",
        headers={**NO_KEY_NEEDED, "x-content-type-options": "nosniff"},
    )


def shape(schema: dict[str, Any]) -> str:
    """A schema in a few words, as the page shows it: `string`, `Problem`, `array of Window`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(shape(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(word) for word in schema["enum"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"array of {shape(schema.get('items', {}))}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind


ROUTES = (machine_readable, readable, catalogue, error, style)
