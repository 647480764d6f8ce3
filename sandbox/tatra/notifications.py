"""Tatra's push: a hint that an own account has moved, from the gateway, without a signature."""

import msgspec

from sandbox.entry import Entry
from sandbox.state import Sandbox
from sandbox.tatra.store import TATRA, Books
from sandbox.world import Account

GATEWAY_AGENT = "Layer7-SecureSpan-Gateway/v10.1.00-b12727"
TRIES = 5
SECONDS_BETWEEN = 60.0
TAKEN = range(200, 300)


async def on_payment(sandbox: Sandbox, account: Account, entry: Entry) -> None:
    """Send one hint for each living consent that sees the account; other banks send none."""
    del entry  # the hint says where, never what
    url = sandbox.behaviour(TATRA).tatra.notification_url
    if account.bank != TATRA or not url:
        return
    for consent in sandbox.store(Books).consents.values():
        ids = [key for key, iban in consent.accounts.items() if iban == account.key]
        if ids and consent.standing(sandbox.now) == "valid":
            content = _hint(sandbox, account, consent.id, ids[0])
            headers = {"Content-Type": "application/json", "User-Agent": GATEWAY_AGENT}
            sandbox.push(
                TATRA,
                url,
                content,
                headers,
                tries=TRIES,
                every_seconds=SECONDS_BETWEEN,
                accepted=TAKEN,
            )


def _hint(sandbox: Sandbox, account: Account, consent_id: str, account_id: str) -> bytes:
    body = {
        "notificationId": sandbox.uuid(),
        "consentId": consent_id,
        "accountId": account_id,
        "event": "TRANSACTIONS_UPDATED",
        "dateTime": sandbox.now,
    }
    content = msgspec.json.encode(body)
    forced = sandbox.injected(
        TATRA, account=account.key, company=account.company, can={"BANK_PUSH_INVALID"}
    )
    spoiled = forced or sandbox.chance(sandbox.behaviour(TATRA).push_bad_signature_share)
    return content[: len(content) // 2] if spoiled else content
