"""An installation with rows to read: its file is filled as loads fill it, and a key is made."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.store import keys
from schemas.window import Window
from tests.measures.landing import Ours, pages
from tests.measures.pages import NOW, books
from tests.measures.telling import path, sizes, tell

DAYS = 365


async def furnish(folder: Path, told: Sequence[tuple[Window, bytes]]) -> dict[str, Any]:
    """Land a history; the file, and a key that may read it."""
    ours = Ours(folder)
    await ours.begin()
    for window, body in told:
        await ours.land(body, window)
    made = await ours.database.write(lambda tx: keys.create(tx, "acme", ("read",), NOW))
    await ours.database.close()
    return {"database_url": f"sqlite:///{ours.file}", "key": made.key}


if __name__ == "__main__":
    (wanted,) = sizes(rows=10_000)
    tell(asyncio.run(furnish(path("folder"), pages(books("tochka", DAYS, wanted), DAYS))))
