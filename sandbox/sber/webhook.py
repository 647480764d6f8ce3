"""Pushes of postings, for the company set only; frame and authentication are guesses."""

from datetime import datetime

import msgspec

from sandbox.entry import Entry, told
from sandbox.sber.situations import BANK
from sandbox.sber.spelling import teller
from sandbox.state import Sandbox
from sandbox.world import Account

DELETED = 9_223_372_036_854_775_807  # Long.MAX, as the bank says
TRIES = 3


async def posted(sandbox: Sandbox, account: Account, entry: Entry) -> None:
    """Tell of a posting, and later of each edit and of its deletion."""
    habits = sandbox.behaviour(BANK).sber
    if habits.contract != "company" or not habits.webhook_url:
        return
    _push(sandbox, account, entry)
    moments = [revision.at for revision in entry.revisions if revision.at > sandbox.now]
    if entry.withdrawn_at is not None and entry.withdrawn_at > sandbox.now:
        moments.append(entry.withdrawn_at)
    if moments:
        sandbox.background(_followed(sandbox, account, entry, sorted(moments)))


async def _followed(
    sandbox: Sandbox, account: Account, entry: Entry, moments: list[datetime]
) -> None:
    for moment in moments:
        await sandbox.clock.sleep_until(moment)
        _push(sandbox, account, entry)


def _push(sandbox: Sandbox, account: Account, entry: Entry) -> None:
    behaviour, now = sandbox.behaviour(BANK), sandbox.now
    shown = told(entry, now, entry.date)
    company = sandbox.world.companies[account.company]
    by = teller(account, company, behaviour, cur_transfer=True)
    body = {
        "operationId": entry.bank_id,
        "version": DELETED if shown is None else int(now.timestamp() * 1000),
        "accountNumber": account.number,
        "transaction": by.operation(shown or entry),
    }
    content = msgspec.json.encode(body)
    if sandbox.chance(behaviour.push_bad_signature_share):
        content = content[: len(content) // 2]
    headers = {"Content-Type": "application/json"}
    url = behaviour.sber.webhook_url
    sandbox.push(BANK, url, content, headers, tries=TRIES, accepted=range(200, 300))
