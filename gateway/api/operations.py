"""What an operation promises, said beside its handler and read by the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from schemas.codes import Code

Kind = Literal["json", "events", "text", "html", "redirect"]


class Operation(Struct, frozen=True, kw_only=True):
    """One operation: its sentence, what it reads, what it answers, what may go wrong."""

    summary: str
    tag: str
    query: Any = None
    body: Any = None
    answer: Any = None
    status: int = 200
    kind: Kind = "json"
    codes: tuple[Code, ...] = ()


def operation(
    summary: str,
    tag: str,
    *,
    query: Any = None,
    body: Any = None,
    answer: Any = None,
    status: int = 200,
    kind: Kind = "json",
    codes: tuple[Code, ...] = (),
) -> dict[str, Any]:
    """The promise in the form in which a route handler carries it along (`opt=`)."""
    told = Operation(
        summary=summary,
        tag=tag,
        query=query,
        body=body,
        answer=answer,
        status=status,
        kind=kind,
        codes=codes,
    )
    return {"operation": told}
