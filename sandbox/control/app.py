"""The control plane: everything QA turns, under /control/v1, and a page for people at /."""

from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from sandbox.bank import Rejected
from sandbox.control import (
    archive,
    banks,
    companies,
    history,
    page,
    payments,
    scenarios,
    time,
    wire,
)
from sandbox.state import Sandbox


def control_app(sandbox: Sandbox) -> ASGIApp:
    """The control plane over one sandbox."""
    return Litestar(
        [
            *time.ROUTES,
            *companies.ROUTES,
            *payments.ROUTES,
            *history.ROUTES,
            *banks.ROUTES,
            *scenarios.ROUTES,
            *archive.ROUTES,
            *page.ROUTES,
        ],
        dependencies={"sandbox": Provide(lambda: sandbox, sync_to_thread=False)},
        exception_handlers={Rejected: wire.refusal, HTTPException: wire.unrouted},
        openapi_config=None,
        logging_config=None,
    )
