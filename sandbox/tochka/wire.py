"""How Tochka writes JSON: its envelope, its instants, its numbers, its ids."""

from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response

from sandbox.state import Sandbox
from sandbox.tochka.store import BANK_ID
from sandbox.world import Account

JSON = "application/json"
AnyRequest = Request[Any, Any, Any]
Answer = Response[bytes]
ENCODER = msgspec.json.Encoder(decimal_format="number")


def answer(
    sandbox: Sandbox, request: AnyRequest, content: object, *, strange: bool = False
) -> Answer:
    """A 200 in the bank's envelope; `strange` is an envelope that no paper knows."""
    body: dict[str, object] = {
        "Result" if strange else "Data": content,
        "Links": {"self": self_link(sandbox, request)},
        "Meta": {"totalPages": 1},
    }
    if sandbox.behaviour(BANK_ID).unknown_fields:
        body["Meta"] = {"totalPages": 1, "apiRevision": "2026.3-preview"}
    return plain(body)


def plain(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """JSON without an envelope; decimals are numbers."""
    return Response(
        content=ENCODER.encode(content), status_code=status, media_type=JSON, headers=headers
    )


def self_link(sandbox: Sandbox, request: AnyRequest) -> str:
    """The address that was asked, as `Links.self` echoes it."""
    query = request.scope["query_string"].decode("latin-1")
    return sandbox.public_url + request.scope["path"] + (f"?{query}" if query else "")


async def form(request: AnyRequest) -> dict[str, str]:
    """The fields of a form; of repeated ones the last."""
    return dict(await form_fields(request))


async def form_fields(request: AnyRequest) -> list[tuple[str, str]]:
    """The fields of a form in order, repeated ones too."""
    body = (await request.body()).decode("utf-8", "replace")
    return parse_qsl(body, keep_blank_values=True)


def instant(at: datetime) -> str:
    """Microseconds and offset: 2026-01-10T11:40:16.204517+00:00."""
    return at.isoformat(timespec="microseconds")


def whole_instant(at: datetime) -> str:
    """Without a fraction, as account rows have it."""
    return at.isoformat(timespec="seconds")


def number(amount: Decimal) -> int | Decimal:
    """A JSON number as the bank writes it: 18300.5, and whole sums as integers."""
    whole = int(amount)
    return whole if whole == amount else amount.normalize()


def text_number(amount: Decimal) -> str:
    """An amount as text, the way webhooks have it: "18300.5", "40.0"."""
    whole = int(amount)
    return f"{whole}.0" if whole == amount else f"{amount.normalize():f}"


def account_id(account: Account) -> str:
    """Number and BIC with a slash between."""
    return f"{account.number}/{account.bic}"


def customer_code(owner: str) -> str:
    """The nine digits of a company or a person, fixed by the id or login."""
    digest = blake2b(owner.encode(), digest_size=6).digest()
    return f"3{int.from_bytes(digest, 'big') % 10**8:08d}"
