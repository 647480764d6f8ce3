"""The OpenAPI 3.1 document, read off the routes and what each says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any, get_args, get_origin

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from msgspec import Struct

from gateway.api.operations import Operation
from schemas.cases import Actor, Category, RetryKind, case
from schemas.codes import Code
from schemas.problem import Problem

REF = "#/components/schemas/{name}"
PROBLEM = "application/problem+json"
MEDIA = {
    "json": "application/json",
    "events": "text/event-stream",
    "text": "text/plain",
    "html": "text/html",
}

ABOUT = (
    "One read-only API in front of many banks. Money is an unsigned decimal string with `currency`"
    " and `direction`; instants are RFC 3339 in UTC, days `YYYY-MM-DD` in the bank's own zone,"
    " durations ISO 8601. Lists take `limit` and `cursor` and answer `items` and `next_cursor`."
    " Whatever goes wrong is told as RFC 9457 `application/problem+json`, with a code, who acts,"
    " and what to do, in the language of `Accept-Language` (ru, sk, en)."
)

EVERYWHERE = (Code.REQUEST_INVALID, Code.UNAUTHENTICATED, Code.FORBIDDEN)
ON_POST = (Code.IDEMPOTENCY_MISMATCH, Code.IDEMPOTENCY_IN_FLIGHT)

PARAMETERS: dict[str, Any] = {
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "description": "The language of people's texts: ru, sk or en.",
        "schema": {"type": "string", "default": "en"},
    },
    "RequestId": {
        "name": "X-Request-Id",
        "in": "header",
        "description": "Taken when it is printable ASCII of at most 128 characters, else made.",
        "schema": {"type": "string", "maxLength": 128},
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key with the same body gives the first answer again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
}


class Route(Struct, frozen=True):
    """One operation as it is reached."""

    method: str
    path: str
    handler: HTTPRouteHandler
    promise: Operation


def routes(app: Litestar) -> Iterator[Route]:
    """Every operation of the application, by path.

    Raises:
        KeyError: when a handler says nothing of itself.
    """
    for route in sorted(app.routes, key=lambda each: each.path):
        if not isinstance(route, HTTPRoute):
            continue
        path = route.path_format
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods):
                if method != "OPTIONS":
                    yield Route(str(method), path, handler, handler.opt["operation"])


def document(app: Litestar) -> dict[str, Any]:
    """The whole document."""
    found = list(routes(app))
    schemas = _schemas(each.promise for each in found)
    paths: dict[str, dict[str, Any]] = {}
    for route in found:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    queries = {each.promise.query.__name__ for each in found if each.promise.query is not None}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mostik", "version": version("mostik"), "description": ABOUT},
        "tags": [{"name": tag} for tag in dict.fromkeys(each.promise.tag for each in found)],
        "paths": paths,
        "components": {
            "schemas": {name: told for name, told in schemas.items() if name not in queries},
            "parameters": PARAMETERS,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(promises: Iterable[Operation]) -> dict[str, Any]:
    wanted: list[Any] = [Problem]
    for promise in promises:
        wanted += [kind for kind in (promise.query, promise.body, promise.answer) if kind]
    _, found = msgspec.json.schema_components(wanted, ref_template=REF)
    # The words of a problem are closed lists, kept in the catalogue and not in the Struct.
    words = found["Problem"]["properties"]
    words["code"]["enum"] = [code.value for code in Code]
    words["category"]["enum"] = [word.value for word in Category]
    words["actor"]["enum"] = [word.value for word in Actor]
    found["Retry"]["properties"]["kind"]["enum"] = [word.value for word in RetryKind]
    return found


def _schema(kind: Any) -> dict[str, Any]:
    (told,), _ = msgspec.json.schema_components([kind], ref_template=REF)
    return told


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    promise, keyed = route.promise, route.path.startswith("/v1/")
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _in_path(route.path)
    ]
    if promise.query is not None:
        parameters += _in_query(schemas[promise.query.__name__])
    names = ["AcceptLanguage", "RequestId"] if keyed else ["AcceptLanguage"]
    if keyed and route.method == "POST":
        names.append("IdempotencyKey")
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in names]
    spoken = route.handler.fn
    told: dict[str, Any] = {
        "operationId": f"{spoken.__module__.rpartition('.')[2]}_{spoken.__name__}",
        "summary": promise.summary,
        "description": (spoken.__doc__ or "").strip(),
        "tags": [promise.tag],
        "parameters": parameters,
        "responses": _responses(route, keyed=keyed),
        "security": [{"key": []}] if keyed else [],
    }
    if promise.body is not None:
        told["requestBody"] = {
            "required": bool(schemas.get(promise.body.__name__, {}).get("required")),
            "content": {"application/json": {"schema": _schema(promise.body)}},
        }
    return told


def _in_path(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _in_query(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, told in schema["properties"].items():
        required = name in schema.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": told}


def _responses(route: Route, *, keyed: bool) -> dict[str, Any]:
    promise = route.promise
    codes = [*promise.codes]
    if keyed:
        codes += [*EVERYWHERE, *(ON_POST if route.method == "POST" else ())]
    elif promise.query is not None:
        codes.append(Code.REQUEST_INVALID)
    responses: dict[str, Any] = {str(promise.status): _good(promise)}
    for code in dict.fromkeys(codes):
        known = case(code)
        told = responses.setdefault(str(known.status), _problem([]))
        told.setdefault("x-codes", []).append(code.value)
        told["description"] = ", ".join(told["x-codes"])
    responses["default"] = _problem([])
    responses["default"]["description"] = "Any other problem"
    return responses


def _good(promise: Operation) -> dict[str, Any]:
    if promise.kind == "redirect":
        return {
            "description": "The customer goes on to the integrator's page",
            "headers": {"Location": {"schema": {"type": "string"}}},
        }
    schema: dict[str, Any] = {"type": "string"}
    if promise.answer is not None:
        schema = _schema(promise.answer)
    if get_origin(promise.answer) is list:
        schema = _page(get_args(promise.answer)[0])
    return {"description": "Done", "content": {MEDIA[promise.kind]: {"schema": schema}}}


def _page(kind: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": _schema(kind)},
            "next_cursor": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["items", "next_cursor"],
    }


def _problem(codes: list[str]) -> dict[str, Any]:
    return {
        "description": ", ".join(codes),
        "content": {PROBLEM: {"schema": {"$ref": REF.format(name="Problem")}}},
    }
