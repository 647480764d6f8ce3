"""How far an account's history has come out of its bank."""

from datetime import timedelta

from litestar import Response, delete, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox.control.wire import account_named, answer
from sandbox.delivery import Feed
from sandbox.state import Sandbox


@get("/control/v1/accounts/{account:str}/delivery")
async def delivery(account: FromPath[str], sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """The windows asked for so far, when each came out, and when the next one can."""
    found = account_named(sandbox, account)
    return answer(_shape(sandbox.feeds.get(found.key)))


@delete("/control/v1/accounts/{account:str}/delivery", status_code=200)
async def forget(account: FromPath[str], sandbox: NamedDependency[Sandbox]) -> Response[bytes]:
    """Let the bank hand out the history anew, as after the very first request."""
    found = account_named(sandbox, account)
    sandbox.feeds.pop(found.key, None)
    return answer(_shape(None))


def _shape(feed: Feed | None) -> dict[str, object]:
    if feed is None:
        return {"windows": [], "next_slot_at": None, "live_from": None}
    windows = [
        {
            "from": feed.origin + timedelta(days=window * feed.window_days),
            "to": min(
                feed.origin + timedelta(days=(window + 1) * feed.window_days - 1),
                feed.live_from - timedelta(days=1),
            ),
            "asked_at": asked_at,
            "released_at": feed.released.get(window),
        }
        for window, asked_at in sorted(feed.asked.items())
    ]
    return {"windows": windows, "next_slot_at": feed.next_slot_at, "live_from": feed.live_from}


ROUTES = (delivery, forget)
