"""When Tatra last read the other banks: four windows a day, a forced refresh, a new link."""

from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

from litestar import Response, put
from litestar.di import NamedDependency

from sandbox.clock import ZONES, bank_day
from sandbox.state import Sandbox
from sandbox.tatra import gate, refusals
from sandbox.tatra.gate import habits_of
from sandbox.tatra.refusals import AnyRequest
from sandbox.tatra.store import TATRA, Books, accounts_of, link_of
from sandbox.world import Account

# hours of local time in which each window opens; it lasts two hours
WINDOWS = (7, 13, 17, 22)
WINDOW_MINUTES = 120
SHORTEST_BETWEEN_REFRESHES = timedelta(seconds=30)
# banks that want to know the customer's browser as well
CURIOUS = ("vub", "csob", "raiffeisen")


def as_of(sandbox: Sandbox, account: Account) -> datetime:
    """The instant whose state of the account Tatra shows now."""
    now = sandbox.now
    if account.bank == TATRA:
        return now
    link = link_of(sandbox, account)
    end = now if link is None else min(now, link.expires_at)
    if not habits_of(sandbox, account).refresh_windows:
        return end
    asked = [at for at in sandbox.store(Books).pulls.get(account.key, ()) if at <= end]
    return max([last_window(sandbox.seed, account.bank, end), *asked])


def last_window(seed: int, bank: str, now: datetime) -> datetime:
    """The latest scheduled reading of a bank: once in each window, at a minute that is drawn."""
    today = bank_day(now, "SK")
    days = (today, today - timedelta(days=1))
    moments = (_moment(seed, bank, day, hour) for day in days for hour in reversed(WINDOWS))
    return next(moment for moment in moments if moment <= now)


def wanted(sandbox: Sandbox, account: Account, first: date, last: date) -> None:
    """Ask the account's bank for days; the first such request is a reading of its own."""
    new = account.key not in sandbox.feeds
    sandbox.released(account, first, last)
    if new:  # read after it was released: time flows between the two
        _read(sandbox, account, sandbox.now)


@put("/v3/refresh", status_code=200)
async def refresh(sandbox: NamedDependency[Sandbox], request: AnyRequest) -> Response[bytes]:
    """Read the customer's other banks soon; more than once in half a minute is ignored."""
    consent = gate.admitted(sandbox, request)
    accounts = [a for a in accounts_of(sandbox, consent).values() if a.bank != TATRA]
    wanted = ["PSU-IP-Address"]
    if any(account.bank in CURIOUS for account in accounts):
        wanted += ["PSU-User-Agent", "PSU-Device-OS"]
    missing = [name for name in wanted if name.lower() not in request.headers]
    if missing:
        raise refusals.argument_illegal(f"Missing mandatory header {', '.join(missing)}")
    books, now = sandbox.store(Books), sandbox.now
    before = books.refresh_asked.get(consent.id)
    if before is None or now - before >= SHORTEST_BETWEEN_REFRESHES:
        books.refresh_asked[consent.id] = now
        for account in accounts:
            wait = habits_of(sandbox, account).refresh_seconds
            _read(sandbox, account, now + timedelta(seconds=wait))
    return gate.answered(request, {"taskId": sandbox.uuid()})


def _read(sandbox: Sandbox, account: Account, at: datetime) -> None:
    pulls = sandbox.store(Books).pulls
    known = pulls.get(account.key, [])
    done = max((one for one in known if one <= sandbox.now), default=None)
    coming = [one for one in known if one > sandbox.now]
    pulls[account.key] = [*([done] if done else []), *coming, at]


def _moment(seed: int, bank: str, day: date, hour: int) -> datetime:
    drawn = blake2b(f"{seed}/{bank}/{day}/{hour}".encode(), digest_size=4).digest()
    minutes = int.from_bytes(drawn, "big") % WINDOW_MINUTES
    wall = datetime(day.year, day.month, day.day, hour, tzinfo=ZONES["SK"])
    return (wall + timedelta(minutes=minutes)).astimezone(UTC)
