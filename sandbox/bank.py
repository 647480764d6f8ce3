"""What a bank must bring to be part of the sandbox."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from sandbox.behaviour import Behaviour
from sandbox.entry import Entry
from sandbox.world import Account, Company, Country

if TYPE_CHECKING:
    from sandbox.state import Sandbox

Decision = Literal["approve", "refuse", "abandon"]


class Rejected(Exception):  # noqa: N818 - it is an answer to the one who asked, not a failure
    """The control plane is asked for something that cannot be; `field` names the culprit."""

    def __init__(self, field: str, sentence: str, status: int = 422) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence
        self.status = status


class FakeBank(Struct, frozen=True, kw_only=True):
    """One bank: its wire, its pages, its own books, and what can be forced on it."""

    id: str
    """The bank's id and the first segment of all its paths."""
    name: str
    country: Country
    covers: tuple[str, ...]
    """Bank ids whose accounts it serves; only Tatra serves others than itself."""
    routes: tuple[ControllerRouterHandler, ...]
    """Litestar handlers; their paths are the bank's own, without the prefix."""
    store: type[Struct]
    """The bank's own state: a msgspec Struct with defaults only, readable and writable as JSON."""
    situations: Mapping[str, str]
    """Catalogue code -> one sentence on what the bank then does."""
    unrouted: Callable[[Request[Any, Any, Any], HTTPException], Response[Any]]
    """The bank's answer to no such path, wrong method, or what Litestar itself refuses."""
    authorise: Callable[["Sandbox", str, Decision, Sequence[str]], Awaitable[str | None]]
    """A customer without a browser: walks the pages behind the URL, answers the redirect back."""
    mint: Callable[["Sandbox", Company, Sequence[str] | None, datetime | None], dict[str, Any]]
    """What the bank's cabinet would give (company, permissions, expires)."""
    on_payment: Callable[["Sandbox", Account, Entry], Awaitable[None]]
    """Called for each payment that has just happened: push it the way the bank does."""
    defaults: Mapping[str, Behaviour] = {}
    """Behaviour as it comes, by covered bank id, where it differs from `Behaviour()`."""
    connection: Callable[["Sandbox", Company, Sequence[Account]], dict[str, Any]] | None = None
    """Fields to add to a ready body for POST /v1/connections, such as credentials."""
