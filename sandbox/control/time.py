"""Control of time, and the empty world."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from msgspec import Struct

from sandbox.bank import Rejected
from sandbox.control.wire import AnyRequest, answer, duration, read
from sandbox.state import Sandbox

FASTEST = 1_000_000


class Reset(Struct, forbid_unknown_fields=True):
    """An empty world; what is left out stays as it is."""

    seed: int | None = None
    now: datetime | None = None
    speed: float | None = None


class Setting(Struct, forbid_unknown_fields=True):
    """A turn of the clock: forward by a duration, to an instant, or to another speed."""

    advance: str | None = None
    now: datetime | None = None
    speed: float | None = None


@post("/control/v1/reset", status_code=200)
async def reset(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Forget companies, payments, grants, orders and journal."""
    wish = await read(request, Reset)
    _check(wish.now, wish.speed)
    sandbox.begin(sandbox.seed if wish.seed is None else wish.seed)
    _turn(sandbox, wish.now, wish.speed)
    return answer({"seed": sandbox.seed, **_clock(sandbox)})


@get("/control/v1/clock")
async def clock(sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """The virtual instant and its speed."""
    return answer(_clock(sandbox))


@post("/control/v1/clock", status_code=200)
async def set_clock(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Turn the clock."""
    wish = await read(request, Setting)
    if wish.advance is None and wish.now is None and wish.speed is None:
        raise Rejected("advance", "Say advance, now or speed.")
    _check(wish.now, wish.speed)
    by = duration(wish.advance, "advance") if wish.advance is not None else None
    _turn(sandbox, wish.now, wish.speed)
    if by is not None:
        try:
            sandbox.clock.advance(by)
        except OverflowError as error:
            raise Rejected("advance", "That is beyond the year 9999.") from error
    return answer(_clock(sandbox))


def _check(now: datetime | None, speed: float | None) -> None:
    if now is not None and now.tzinfo is None:
        raise Rejected("now", "An instant needs its zone, such as 2026-11-20T09:00:00Z.")
    if speed is not None and not 0 <= speed <= FASTEST:
        raise Rejected("speed", f"Speed lies between 0 (stands still) and {FASTEST}.")


def _turn(sandbox: Sandbox, now: datetime | None, speed: float | None) -> None:
    if now is not None:
        sandbox.clock.set_now(now)
    if speed is not None:
        sandbox.clock.set_speed(speed)


def _clock(sandbox: Sandbox) -> dict[str, Any]:
    return {"now": sandbox.now, "speed": sandbox.clock.speed}


ROUTES = (reset, clock, set_clock)
