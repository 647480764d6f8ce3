"""Every request a bank received and every push it sent, secrets masked, for assertions."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

# query and form fields whose values never enter the journal
SECRETS = frozenset(
    {
        "access_token", "refresh_token", "client_secret", "new_client_secret", "code", "token",
        "code_verifier", "code_challenge", "password", "state", "nonce", "id_token", "assertion",
    }
)  # fmt: skip
MASK = "***"
KEPT = 100_000


class Line(Struct, frozen=True, kw_only=True):
    """One request or push; `direction` is "in" for requests to a bank, "out" for its pushes."""

    seq: int
    at: datetime
    bank: str
    direction: str
    method: str
    path: str
    query: dict[str, list[str]]
    status: int


class Journal:
    """The last requests and pushes, oldest first, numbered from 1."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=KEPT)
        self._seq = 0

    def note(
        self,
        *,
        at: datetime,
        bank: str,
        method: str,
        path: str,
        query: Iterable[tuple[str, str]],
        status: int,
        direction: str = "in",
    ) -> None:
        """Write one line; values of secret fields are masked."""
        self._seq += 1
        fields: dict[str, list[str]] = {}
        for name, value in query:
            fields.setdefault(name, []).append(MASK if name.lower() in SECRETS else value)
        line = Line(
            seq=self._seq,
            at=at,
            bank=bank,
            direction=direction,
            method=method,
            path=path,
            query=fields,
            status=status,
        )
        self._lines.append(line)

    def since(self, seq: int) -> list[Line]:
        """The lines after this number."""
        return [line for line in self._lines if line.seq > seq]
