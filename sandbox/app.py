"""Two applications over one sandbox: the banks, and the control plane."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

from litestar import Litestar, Request, Response, Router
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from sandbox.control.app import control_app
from sandbox.state import Sandbox


def create_apps(sandbox: Sandbox) -> tuple[ASGIApp, ASGIApp]:
    """The banks' listener and the control plane's, both living in one event loop."""
    return Journalled(_banks_app(sandbox), sandbox), control_app(sandbox)


class Journalled:
    """Writes a line for each request, and holds some answers back where a bank is known for it."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, listening for the status."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        status = 0

        async def listen(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        sandbox, bank = self._sandbox, scope["path"].split("/")[1]
        at = sandbox.now
        try:
            await self._hold_back(bank)
            await self._app(scope, receive, listen)
        finally:
            query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            sandbox.journal.note(
                at=at,
                bank=bank,
                method=str(scope.get("method", "")),
                path=scope["path"],
                query=query,
                status=status,
            )

    async def _hold_back(self, bank: str) -> None:
        behaviour = self._sandbox.behaviours.get(bank)
        if behaviour is not None and self._sandbox.chance(behaviour.hang_share):
            await asyncio.sleep(behaviour.hang_seconds)


def _banks_app(sandbox: Sandbox) -> ASGIApp:
    def unrouted(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        prefix = request.scope["path"].split("/")[1]
        bank = next((bank for bank in sandbox.banks if bank.id == prefix), None)
        if bank is None:
            known = ", ".join(f"/{bank.id}" for bank in sandbox.banks)
            sentence = f"No bank lives here. Banks: {known}"
            return Response(content=sentence, status_code=404, media_type="text/plain")
        return bank.unrouted(request, error)

    return Litestar(
        [Router(f"/{bank.id}", route_handlers=list(bank.routes)) for bank in sandbox.banks],
        dependencies={"sandbox": Provide(lambda: sandbox, sync_to_thread=False)},
        exception_handlers={HTTPException: unrouted},
        openapi_config=None,
        logging_config=None,
    )
