"""Where banks call when something happened; the address is the secret."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from gateway.api.answering import answer
from gateway.api.asking import AnyRequest, unknown
from gateway.api.callback import TAG
from gateway.api.operations import operation
from gateway.problems import ProblemError
from gateway.product import Product
from gateway.sync import pushes
from providers.contract import Refused
from schemas.codes import Code

PATH = "/push/{bank:str}/{secret:str}"


class Heard(Struct, frozen=True):
    """What a bank is told: nothing about whom it meant."""

    status: str


@post(
    PATH,
    status_code=200,
    opt=operation(
        "Where a bank tells that something happened",
        TAG,
        answer=Heard,
        codes=(Code.NOT_FOUND, Code.BANK_PUSH_INVALID),
    ),
)
async def heard(
    product: NamedDependency[Product],
    request: AnyRequest,
    bank: FromPath[str],
    secret: FromPath[str],
) -> Response[bytes]:
    """A push makes us look; it is never itself a booking."""
    body = await request.body()
    try:
        known = secret.isascii() and await pushes.receive(
            product, bank, secret, dict(request.headers), body
        )
    except Refused as refused:
        # Whose push it was, and what is wrong with it, is for our log and not for its sender.
        raise ProblemError(Code.BANK_PUSH_INVALID) from refused
    if not known:
        raise unknown("path")
    return answer(Heard("ok"))


@get(PATH, opt=operation("Banks look here before they call", TAG, answer=Heard))
async def probed(bank: FromPath[str], secret: FromPath[str]) -> Response[bytes]:
    """Answered alike whatever is asked, so that nothing can be learnt from it."""
    del bank, secret
    return answer(Heard("ok"))


ROUTES = (heard, probed)
