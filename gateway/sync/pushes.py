"""What a bank's push may do: make us look, and nothing else."""

from __future__ import annotations

import hmac

import structlog

from gateway.product import Product
from gateway.records import Account, Connection
from gateway.store import accounts, connections, exchanges
from gateway.store.database import Tx
from gateway.sync.visit import plan_recent
from providers.contract import Hint, Push, Refused
from schemas.connection import ConnectionStatus

log = structlog.get_logger()


def secrets_of(product: Product, bank: str) -> list[str]:
    """The parts of push addresses that only the bank was told, the present one first.

    They hang on the keys for secrets at rest: the same after every restart, and an address that
    was registered under an older key is heard for as long as that key is kept.
    """
    return product.sealer.derive(b"push|" + bank.encode())


def address(product: Product, bank: str) -> str:
    """Where a bank is asked to call."""
    public = product.settings.public_url.rstrip("/")
    return f"{public}/push/{bank}/{secrets_of(product, bank)[0]}"


async def receive(
    product: Product, bank: str, secret: str, headers: dict[str, str], body: bytes
) -> bool:
    """Hear a push; False when nobody who knows the address has sent it.

    Raises:
        Refused: when the bank signs its pushes and this one is not the bank's.
        Unreachable: when the key to verify it by cannot be had.
    """
    opened = product.banks.get(bank)
    if opened is None:
        return False
    told = secret.encode()
    if not any(hmac.compare_digest(told, known.encode()) for known in secrets_of(product, bank)):
        return False
    now = product.clock.now()
    try:
        hints = await opened.provider.notices(Push(headers, body), now)
    except Refused as refused:
        product.count(bank, refused.code.value)
        raise

    async def work(tx: Tx) -> int:
        planned = 0
        for hint in hints:
            if hint.event == "test" or not await exchanges.first_sight(tx, bank, hint.key, now):
                continue
            for connection in await connections.living(tx, bank):
                planned += await _look(tx, product, connection, hint)
        return planned

    planned = await product.database.write(work)
    log.info("push", bank=bank, hints=len(hints), planned=planned)
    product.wake()
    return True


async def _look(tx: Tx, product: Product, connection: Connection, hint: Hint) -> int:
    """Have the accounts that a hint means read again."""
    if connection.status is not ConnectionStatus.ACTIVE:
        return 0
    if hint.consent_id and connection.consent_id and hint.consent_id != connection.consent_id:
        return 0
    now = product.clock.now()
    if hint.event == "consent":
        await connections.set_due(tx, connection.id, now)
        return 1
    planned = 0
    for each in await accounts.of_connection(tx, connection.id):
        account = (await accounts.hold(tx, each.id) or each) if _meant(each, hint) else each
        if account.selected and account.eligible and _meant(account, hint):
            await plan_recent(tx, product, account, now, news=True)
            planned += 1
    return planned


def _meant(account: Account, hint: Hint) -> bool:
    found = account.found
    named = {name for name in (hint.number, hint.iban, hint.reference) if name}
    if not named:
        return hint.consent_id is not None or hint.customer is not None
    return bool(named & {found.number, found.iban, found.reference})
