"""The limit of every page: the same web server and framework with an answer of fixed bytes."""

from __future__ import annotations

import asyncio

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Response, get

from tests.measures.telling import sizes

HOST = "127.0.0.1"


def app(bytes_of_body: int) -> Litestar:
    """One route that answers so many bytes."""
    body = b"x" * bytes_of_body

    @get("/constant", sync_to_thread=False)
    def constant() -> Response[bytes]:
        return Response(body, media_type="application/json")

    return Litestar([constant], openapi_config=None)


async def serve(port: int, bytes_of_body: int) -> None:
    """Answer until killed, with the settings that `mostik serve` has."""
    await Server(
        app(bytes_of_body),
        address=HOST,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
        backlog=1024,
    ).serve()


if __name__ == "__main__":
    asyncio.run(serve(*sizes(port=8790, bytes=50_000)))
