"""A year of one account: 37 windows ordered, collected and landed; our own processor time.

The bank is a table of finished answers behind an in-memory transport, so that nothing of it counts.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any
from urllib.parse import unquote

import httpx
import msgspec

from gateway.ledger.landing import tell_all
from gateway.store.landing import Place, land
from providers.contract import Grant
from providers.tochka.bank import Settings
from providers.tochka.provider import Tochka
from providers.transport import Wire
from schemas.account import FoundAccount
from schemas.window import Window, cut
from tests.measures.landing import ACCOUNT, WINDOW_DAYS, Ours
from tests.measures.pages import NOW, STATEMENT_ID, Books, books
from tests.measures.telling import sizes, tell

DAYS = 365
GRANT = Grant(access="measured", notes={"way": "oauth", "customer_code": "301112223"})


class Answers:
    """The bank: an order is taken at once, and the statement is ready when it is asked for."""

    def __init__(self, account: Books, windows: list[Window]) -> None:
        self._pages = {
            str(window.first): account.page(account.rows(window), window) for window in windows
        }
        self._ordered = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        if request.method == "POST":
            asked = msgspec.json.decode(request.content)["Data"]["Statement"]
            self._ordered = asked["startDateTime"]
            taken = {"statementId": STATEMENT_ID, "status": "Created"}
            body = msgspec.json.encode({"Data": {"Statement": taken}})
            return httpx.Response(200, stream=httpx.ByteStream(body))
        assert unquote(request.url.path).endswith(STATEMENT_ID)
        return httpx.Response(200, stream=httpx.ByteStream(self._pages[self._ordered]))


async def year(account: Books, windows: list[Window]) -> dict[str, float]:
    """Processor seconds of each part; the time of the writing thread is among them."""
    number, bic = account.account.number, account.account.bic
    found = FoundAccount(
        reference=f"{number}/{bic}", number=number, currency="RUB", kind="settlement"
    )
    spent = {"pull": 0.0, "tell": 0.0, "land": 0.0}
    rows = 0
    with TemporaryDirectory() as folder:
        ours = Ours(Path(folder))
        await ours.begin()
        place = Place(ours.tenant_id, ACCOUNT, "RUB", misses_to_remove=1, pending=False)
        transport = httpx.MockTransport(Answers(account, windows))
        async with httpx.AsyncClient(transport=transport, base_url="http://bank") as client:
            bank = Tochka(Settings(), Wire(client))
            for window in windows:
                marks = [process_time()]
                order = await bank.pull(GRANT, found, window, None, NOW)
                piece = await bank.pull(GRANT, found, window, order.mark, NOW)
                marks.append(process_time())
                told = tell_all(piece.entries)
                marks.append(process_time())
                await ours.database.write(lambda tx: land(tx, place, piece, told, NOW))  # noqa: B023 - awaited here
                marks.append(process_time())
                for part, begin, end in zip(spent, marks, marks[1:], strict=False):
                    spent[part] += end - begin
                rows += len(told[0])
        await ours.database.close()
    return {**spent, "rows": float(rows)}


def measure(rows: int, rounds: int) -> dict[str, Any]:
    """Processor seconds for the year."""
    account = books("tochka", DAYS, rows)
    windows = cut(account.days(DAYS), WINDOW_DAYS)
    found = [asyncio.run(year(account, windows)) for _ in range(rounds)]
    parts = {name: median(each[name] for each in found) for name in ("pull", "tell", "land")}
    return {
        "ours": median(each["pull"] + each["tell"] + each["land"] for each in found),
        "unit": "s of processor",
        "rows": int(found[0]["rows"]),
        "windows": len(windows),
        "parts_s": parts,
    }


if __name__ == "__main__":
    tell(measure(*sizes(rows=10_000, rounds=3)))
