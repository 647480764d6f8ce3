"""A reading is whole, whatever the bank cuts from its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from providers.contract import Grant, Piece, Refused
from providers.tatra.provider import Tatra
from schemas.account import FoundAccount
from schemas.codes import Code
from schemas.window import Window
from tests.providers.tatra.script import BASE, Script, refusal

CALL = "GET /transactions"
WANT = Window(date(2026, 5, 1), date(2026, 5, 11))

Tuned = Callable[..., Tatra]


def row(number: int, day: date = date(2026, 5, 5)) -> dict[str, Any]:
    return {
        "transactionId": str(number),
        "bookingDate": str(day),
        "transactionAmount": {"amount": 1, "currency": "EUR"},
    }


def page(numbers: list[int], following: str | None = None) -> dict[str, Any]:
    return {
        "transactions": [row(number) for number in numbers],
        "_links": {"next": {"href": following}} if following else {},
    }


def at(account: FoundAccount, query: str, base: str = BASE) -> str:
    return f"{base}/v5/accounts/{account.reference}/transactions?{query}"


def keys(piece: Piece) -> list[str]:
    return [entry.key for entry in piece.entries]


@pytest.fixture
def three(tuned: Tuned) -> Tatra:
    """Tatra with three rows a page and no statements."""
    return tuned(page_size=3, statements=False)


async def test_next_links_are_followed_although_malformed(
    three: Tatra, script: Script, grant: Grant, own: FoundAccount, now: datetime
) -> None:
    """Doubled ampersands and a trailing quote were seen live."""
    href = at(own, "dateFrom=2026-05-01&&pageSize=3&entryReferenceFrom=3") + '"'
    script.says(CALL, page([1, 2, 3], href), page([3, 4]))

    piece = await three.pull(grant, own, WANT, None, now)

    assert keys(piece) == ["1", "2", "3", "4"]
    assert piece.covers == WANT
    assert script.queries(CALL) == [
        {"dateFrom": "2026-05-01", "dateTo": "2026-05-11", "pageSize": "3"},
        {"dateFrom": "2026-05-01", "pageSize": "3", "entryReferenceFrom": "3"},
    ]


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.test/premium/production/v5/accounts/acc-own/transactions?page=2",
        "//evil.test/premium/production/v5/accounts/acc-own/transactions?page=2",
        f"{BASE}/v5/accounts/acc-other/transactions?page=2",
        f"{BASE}/v5/accounts/acc-own/transactions?page=" + "2" * 5_000,
        "https://[broken/v5/accounts/acc-own/transactions?page=2",
    ],
)
async def test_a_link_that_leads_elsewhere_is_refused(
    *, three: Tatra, script: Script, grant: Grant, own: FoundAccount, now: datetime, href: str
) -> None:
    """Our token goes to the bank's own host and to the asked account only."""
    script.says(CALL, page([1, 2, 3], href))

    with pytest.raises(Refused) as refused:
        await three.pull(grant, own, WANT, None, now)

    assert refused.value.code is Code.BANK_FORMAT_CHANGED
    assert len(script.requests) == 1


async def test_an_empty_page_ends_although_it_links_on(
    three: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """Linked banks keep naming a next page behind the last one."""
    script.says(
        CALL,
        page([1, 2, 3], at(linked, "dateFrom=2026-05-01&page=2")),
        page([], at(linked, "dateFrom=2026-05-01&page=3")),
    )

    piece = await three.pull(grant, linked, WANT, None, now)

    assert keys(piece) == ["1", "2", "3"]
    assert len(script.requests) == 2


async def test_a_repeating_link_does_not_run_for_ever(
    three: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """A short page whose link leads to itself is the last."""
    script.says(CALL, page([1, 2], at(linked, "page=2")), page([3], at(linked, "page=2")))

    assert keys(await three.pull(grant, linked, WANT, None, now)) == ["1", "2", "3"]


async def test_a_row_told_twice_is_told_once_and_counted(
    three: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """It slid onto the next page, or the bank repeats itself; support sees how often."""
    script.says(CALL, page([1, 2, 3], at(linked, "page=2")), page([3, 4]))

    piece = await three.pull(grant, linked, WANT, None, now)

    assert (keys(piece), piece.repeats) == (["1", "2", "3", "4"], 1)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7])
async def test_linked_banks_are_read_by_page_number(
    *, three: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime, count: int
) -> None:
    """A full page without a next link is asked on explicitly: 774 rows once came as 200."""

    def bank(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("page", "1"))
        return httpx.Response(200, json=page(list(range(count))[3 * number - 3 : 3 * number]))

    script.says(CALL, bank)

    piece = await three.pull(grant, linked, WANT, None, now)

    assert keys(piece) == [str(number) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 3, 5, 6, 9])
@pytest.mark.parametrize("inclusive", [True, False])
async def test_own_accounts_are_read_by_the_cursor(
    *,
    three: Tatra,
    script: Script,
    grant: Grant,
    own: FoundAccount,
    now: datetime,
    count: int,
    inclusive: bool,
) -> None:
    """Whether the cursor's own row comes again is not told, so both must end."""

    def bank(request: httpx.Request) -> httpx.Response:
        after = request.url.params.get("entryReferenceFrom")
        first = 0 if after is None else int(after) + (0 if inclusive else 1)
        return httpx.Response(200, json=page(list(range(count))[first : first + 3]))

    script.says(CALL, bank)

    piece = await three.pull(grant, own, WANT, None, now)

    assert keys(piece) == [str(number) for number in range(count)]


def by_days(request: httpx.Request) -> httpx.Response:
    """A bank of one row a day that cuts at three and knows no way on."""
    first = date.fromisoformat(request.url.params["dateFrom"])
    last = date.fromisoformat(request.url.params.get("dateTo", "2026-05-31"))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    rows = [row(day.day, day) for day in days if day.day <= 11]
    return httpx.Response(200, json={"transactions": rows[:3]})


async def test_a_bank_that_knows_no_next_page_is_asked_for_shorter_windows(
    three: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """It repeats its full page whatever is asked, so that only fewer days tell all."""
    script.says(CALL, by_days)

    piece = await three.pull(grant, linked, WANT, None, now)

    assert keys(piece) == [str(number) for number in range(1, 12)]


async def test_a_refused_guess_shortens_the_window_too(
    three: Tatra, script: Script, grant: Grant, own: FoundAccount, now: datetime
) -> None:
    """The cursor is our guess; that the bank does not take it must not fail the reading."""

    def bank(request: httpx.Request) -> httpx.Response:
        if "entryReferenceFrom" in request.url.params:
            return refusal(400, "ILLEGAL_ARGUMENT")
        return by_days(request)

    script.says(CALL, bank)

    piece = await three.pull(grant, own, WANT, None, now)

    assert keys(piece) == [str(number) for number in range(1, 12)]


async def test_a_single_day_that_cannot_be_whole_is_refused(
    three: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """Better a day that says it is incomplete than one that is and does not say so."""
    script.says(CALL, page([1, 2, 3]))

    with pytest.raises(Refused) as refused:
        await three.pull(grant, linked, Window(WANT.last, WANT.last), None, now)

    assert refused.value.code is Code.STATEMENT_INCOMPLETE


async def test_the_cap_of_pages_refuses(
    tuned: Tuned, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """A cap that cuts is how a busy account once ended at exactly 5,000 rows."""
    tatra = tuned(page_size=1, pages_max=5)
    script.says(
        CALL,
        lambda request: httpx.Response(200, json=page([int(request.url.params.get("page", 1))])),
    )

    with pytest.raises(Refused) as refused:
        await tatra.pull(grant, linked, WANT, None, now)

    assert refused.value.evidence == {"where": "paging", "pages": 5}


@pytest.mark.parametrize(
    ("switch", "last", "sent"),
    [
        ("past", "2026-05-11", True),
        ("past", "2026-05-12", False),
        ("always", "2026-05-12", True),
        ("never", "2026-05-11", False),
    ],
)
async def test_date_to_is_left_out_for_current_days(
    *,
    tuned: Tuned,
    script: Script,
    grant: Grant,
    linked: FoundAccount,
    now: datetime,
    switch: str,
    last: str,
    sent: bool,
) -> None:
    """The papers say so for current transactions, although a client sends it and is served."""
    script.says(CALL, page([]))
    want = Window(WANT.first, date.fromisoformat(last))

    await tuned(date_to=switch).pull(grant, linked, want, None, now)

    assert ("dateTo" in script.queries(CALL)[0]) is sent


async def test_equal_rows_without_ids_survive_several_pages(
    three: Tatra, script: Script, grant: Grant, linked: FoundAccount, now: datetime
) -> None:
    """Nothing but the page they stand on tells such twins apart."""
    nameless = {**row(0), "transactionId": None}
    script.says(
        CALL,
        {"transactions": [nameless] * 3, "_links": {"next": {"href": at(linked, "page=2")}}},
        {"transactions": [nameless] * 2},
    )

    assert len((await three.pull(grant, linked, WANT, None, now)).entries) == 5
