"""The whole world out and in again."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from msgspec import ValidationError

from sandbox import archive
from sandbox.control.wire import AnyRequest, answer, read, unfit
from sandbox.state import Sandbox


@get("/control/v1/export")
async def export(sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Everything as JSON."""
    return answer(archive.taken(sandbox))


@post("/control/v1/import", status_code=200)
async def import_(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Replace everything by what an export gave."""
    given = await read(request, archive.Archive)
    try:
        archive.restore(sandbox, given)
    except ValidationError as error:  # a bank's own books are read only then
        raise unfit(error) from error
    await sandbox.expect_ahead()
    counts = {"companies": len(given.companies), "accounts": len(given.accounts)}
    return answer({"now": sandbox.now, **counts})


ROUTES = (export, import_)
