"""Pages for people: rendered here, without script, and complete without the internet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response

from gateway.api.asking import AnyRequest

SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("pages")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

STYLE = (Path(__file__).with_name("pages") / "style.css").read_bytes()


def html(name: str, *, status: int = 200, language: str = "en", **values: Any) -> Response[bytes]:
    """A page from its template."""
    text = _pages.get_template(name).render(language=language, **values)
    return Response(
        content=text.encode(),
        status_code=status,
        media_type="text/html",
        headers={**SAFE, "cache-control": "no-store", "content-language": language},
    )


def prefers_html(request: AnyRequest) -> bool:
    """Whether a browser asks: it names text/html, and before anything of JSON."""
    kinds = [
        part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")
    ]
    if "text/html" not in kinds:
        return False
    rivals = [
        kinds.index(kind)
        for kind in ("application/json", "application/problem+json")
        if kind in kinds
    ]
    return all(kinds.index("text/html") < place for place in rivals)
