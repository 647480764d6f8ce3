"""A push on its way: tried again by the virtual clock until the receiver takes it."""

from datetime import timedelta

import httpx
from msgspec import Struct

from sandbox.clock import Clock
from sandbox.journal import MASK, Journal

SECRET_CHARACTERS = 16
NO_ANSWER = 0  # the journal's status of a push that reached nobody


class Push(Struct, frozen=True, kw_only=True):
    """What to send where, and how stubbornly; times are virtual seconds."""

    bank: str
    url: str
    content: bytes
    headers: dict[str, str]
    tries: int
    every_seconds: float
    accepted: frozenset[int]
    delay_seconds: float


def masked(url: str) -> str:
    """The address without what looks like a secret in its path: receivers put theirs there."""
    read = httpx.URL(url)
    parts = [MASK if len(part) >= SECRET_CHARACTERS else part for part in read.path.split("/")]
    return f"{read.scheme}://{read.netloc.decode()}{'/'.join(parts)}"


async def sent(push: Push, http: httpx.AsyncClient, clock: Clock, journal: Journal) -> None:
    """Deliver at least once if the receiver lets us; give up after the last try."""
    if push.delay_seconds:
        await clock.sleep(timedelta(seconds=push.delay_seconds))
    for attempt in range(push.tries):
        if attempt:
            await clock.sleep(timedelta(seconds=push.every_seconds))
        try:
            answer = await http.post(push.url, content=push.content, headers=push.headers)
            status = answer.status_code
        except httpx.HTTPError:
            status = NO_ANSWER
        journal.note(
            at=clock.now,
            bank=push.bank,
            method="POST",
            path=masked(push.url),
            query=httpx.URL(push.url).params.multi_items(),
            status=status,
            direction="out",
        )
        if status in push.accepted:
            return
