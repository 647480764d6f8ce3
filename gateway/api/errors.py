"""The catalogue of codes: what each means, who acts, what to do."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Meta, Struct

from gateway.api.answering import answer, page
from gateway.api.asking import AnyRequest, Page, caller_of, language_for, query, unknown
from gateway.api.cursors import SQL_INTEGER_MAX, Shelf
from gateway.api.operations import operation
from schemas.cases import Case, Language, Text, by_number, case, search
from schemas.codes import Code
from schemas.problem import Step

TAG = "Errors"


class Entry(Struct, frozen=True, kw_only=True):
    """One code in one language; `banks` holds the words that differ at a bank."""

    code: str
    number: str
    status: int
    category: str
    actor: str
    retry: str
    audience: str
    language: str
    title: str
    cause: str
    steps: tuple[Step, ...]
    banks: dict[str, Text]
    type: str


class Errors(Page, frozen=True, kw_only=True):
    """Which codes are wanted."""

    q: Annotated[str, Meta(max_length=200, description="Words, a code or a number.")] | None = None


def told(known: Case, language: Language) -> Entry:
    """A case in one language."""
    text = known.text(language)
    return Entry(
        code=known.code.value,
        number=known.number,
        status=known.status,
        category=known.category.value,
        actor=known.actor.value,
        retry=known.retry.value,
        audience=known.audience.value,
        language=language.value,
        title=text.title,
        cause=text.cause,
        steps=text.steps,
        banks={bank: words[language] for bank, words in known.banks.items()},
        type=f"/docs/errors/{known.code.value}",
    )


def named(code: str) -> Case | None:
    """The case of a code in any case of letters, or of a spoken number."""
    name = code.upper().replace("-", "_")
    return case(Code(name)) if name in Code.__members__ else by_number(code)


@get(
    "/errors",
    opt=operation(
        "All codes, or those that fit some words",
        TAG,
        query=Errors,
        answer=list[Entry],
        codes=(Code.CURSOR_INVALID,),
    ),
)
async def every(request: AnyRequest) -> Response[bytes]:
    """The catalogue, in the order of the numbers, or best fit first."""
    asked = query(request, Errors)
    language = language_for(request)
    found = search(asked.q) if asked.q else sorted(map(case, Code), key=lambda one: one.number)
    shelf = Shelf(caller_of(request).tenant_id, "errors", asked.q)
    start = shelf.find(asked.cursor, int, 0)
    end = min(start + asked.limit, SQL_INTEGER_MAX)
    items = [told(known, language) for known in found[start:end]]
    return page(items, shelf.mark(end) if end < len(found) else None)


@get("/errors/{code:str}", opt=operation("One code", TAG, answer=Entry, codes=(Code.NOT_FOUND,)))
async def one(request: AnyRequest, code: FromPath[str]) -> Response[bytes]:
    """One code, also by its number."""
    known = named(code)
    if known is None:
        raise unknown("code")
    return answer(told(known, language_for(request)))


ROUTES = (every, one)
