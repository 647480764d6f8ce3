"""Where banks send customers back to; no key is needed, the state is."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from gateway import walk
from gateway.api.answering import SAFE
from gateway.api.asking import AnyRequest, language_for, query, unknown
from gateway.api.operations import operation
from gateway.api.paper import html, prefers_html
from gateway.problems import ProblemError
from gateway.product import Product
from schemas.codes import Code

TAG = "For banks and their customers"


@get(
    "/connect/{bank:str}/callback",
    status_code=302,
    opt=operation(
        "Where a bank sends the customer back to",
        TAG,
        status=302,
        kind="redirect",
        codes=(Code.NOT_FOUND, Code.AUTHORISATION_TIMED_OUT),
    ),
)
async def came_back(
    product: NamedDependency[Product], request: AnyRequest, bank: FromPath[str]
) -> Response[bytes]:
    """Go on to the integrator's page; a person who came too late gets a page of ours."""
    try:
        if bank not in product.banks:
            raise unknown("bank")
        onward = await walk.came_back(product, bank, query(request, dict[str, str]))
    except ProblemError as problem:
        if not prefers_html(request):
            raise
        return _page(request, problem, bank)
    return Response(
        content=b"",
        status_code=302,
        headers={**SAFE, "location": onward, "referrer-policy": "no-referrer"},
    )


def _page(request: AnyRequest, problem: ProblemError, bank: str) -> Response[bytes]:
    told = problem.told(
        language_for(request),
        instance=request.scope["state"]["path"],
        request_id=request.scope["state"]["request_id"],
    )
    return html("problem.html", status=told.status, language=told.language, problem=told, bank=bank)


ROUTES = (came_back,)
