"""Named situations, listed and loaded."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox import scenario
from sandbox.control.wire import AnyRequest, account_shape, answer, company_shape
from sandbox.state import Sandbox


@get("/control/v1/scenarios")
async def scenarios(request: AnyRequest) -> Response[bytes]:
    """All situations, or those of one bank (`?bank=`)."""
    bank = request.query_params.get("bank")
    known = [(name, scenario.load(name)) for name in scenario.names()]
    return answer(
        {
            "items": [
                {"name": name, "about": one.about, "bank": one.bank, "expect": one.expect}
                for name, one in known
                if bank in (None, one.bank)
            ]
        }
    )


@post("/control/v1/scenarios/{name:str}", status_code=200)
async def load(name: FromPath[str], sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Put a situation into the world beside what is there, and answer how to begin with it."""
    staged = scenario.stage(sandbox, scenario.load(name))
    return answer(
        {
            "company": company_shape(sandbox, staged.company),
            "accounts": [account_shape(account) for account in staged.accounts],
            "behaviour": staged.behaviour,
            "expect": staged.expect,
            "connection_request": staged.connection_request,
            "after": staged.after,
        }
    )


ROUTES = (scenarios, load)
