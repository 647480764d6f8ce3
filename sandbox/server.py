"""Both listeners in one process and one event loop, ended at once by SIGTERM or SIGINT."""

import asyncio
import contextlib
import signal
import socket
from ipaddress import ip_address

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar.types import ASGIApp
from msgspec import Struct

from sandbox.app import create_apps
from sandbox.state import Sandbox

STOP_SECONDS = 1.0


class Address(Struct, frozen=True):
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_public(self) -> bool:
        """Whether others than this machine could reach it; a name counts unless it is localhost."""
        if self.host == "localhost":
            return False
        try:
            return not ip_address(self.host).is_loopback
        except ValueError:
            return True


def address(text: str) -> Address:
    """Read "127.0.0.1:8800"; a ValueError says what is wrong."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise ValueError(f"{text!r} is no address such as 127.0.0.1:8800")
    return Address(host.strip("[]"), int(port))


async def serve(sandbox: Sandbox, banks: Address, control: Address) -> None:
    """Serve until a signal comes; no process is left behind, whatever ends this one.

    OSError when an address is taken.
    """
    for where in (banks, control):
        _free(where)
    banks_app, control_app = create_apps(sandbox)
    servers = [_listener(banks_app, banks), _listener(control_app, control)]
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, ended.set)
    serving = [asyncio.create_task(server.serve()) for server in servers]
    stopping = asyncio.create_task(ended.wait())
    await asyncio.wait([stopping, *serving], return_when=asyncio.FIRST_COMPLETED)
    failed = [task for task in serving if task.done()]
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call] # granian leaves it bare
    # an answer that a bank holds back on purpose must not hold back the end
    await asyncio.wait(serving, timeout=STOP_SECONDS)
    for task in (stopping, *serving):
        task.cancel()
    await sandbox.close()
    for task in failed:
        with contextlib.suppress(asyncio.CancelledError):
            task.result()


def _free(where: Address) -> None:
    """Try the address first: granian would answer a taken one with a panic, not an error."""
    family, kind, protocol, _, place = socket.getaddrinfo(
        where.host, where.port, type=socket.SOCK_STREAM
    )[0]
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(place)


def _listener(app: ASGIApp, where: Address) -> Server:
    return Server(
        app,
        address=where.host,
        port=where.port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
    )
