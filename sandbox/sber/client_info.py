"""client-info: the organisation and the accounts it lets the partner see; no balances."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from sandbox.numbers import CURRENCY_DIGITS
from sandbox.sber import identity, offer, refusals
from sandbox.sber.admission import Ask, answered, refuse
from sandbox.sber.situations import BANK, BEFORE_CLIENT_INFO, struck
from sandbox.sber.spelling import without_nulls
from sandbox.state import Sandbox
from sandbox.world import Account

OPERATION = "GET_CLIENT_ACCOUNTS"
# the bank's enum has no word for cards; a word no paper mentions is met sooner or later
TYPES = {
    "settlement": "calculated",
    "transit": "transit",
    "deposit": "deposit",
    "loan": "loan",
    "overdraft": "loan",
    "budget": "budget",
    "card": "card",
}
# in force for the company, and of no concern to client-info
SILENT = frozenset(
    {"PERMISSIONS_REDUCED", "BANK_CONTRACT_MISSING", "ORGANISATION_DETAILS_MISMATCH"}
)
ABSENT = (
    "minBalance",
    "overdraft",
    "comment",
    *(f"cdi{what}Doc{unit}" for what in ("Perm", "Acpt", "Cart2") for unit in ("Qnt", "Sum")),
)
BLOCK_DETAILS = ("Cause", "Initiator", "TaxAuthorityCode", "BeginDate", "EndDate")


@get("/fintech/api/v1/client-info")
async def client_info(
    sandbox: NamedDependency[Sandbox], request: Request[Any, Any, Any]
) -> Response[bytes]:
    """The organisation with its accounts."""
    return await answered(sandbox, request, _told)


def _told(ask: Ask) -> object:
    pair, books = ask.pair, ask.books
    code = books.forced.get(pair.company)
    if code is None:
        code = struck(ask.sandbox, BEFORE_CLIENT_INFO | {"BANK_FORMAT_CHANGED"}, pair.company)
    if code is not None and code not in SILENT and code != "BANK_FORMAT_CHANGED":
        refuse(ask, code)
    if OPERATION not in books.clients[pair.client_id].services:
        raise refusals.service_not_in_contract(ask.sandbox, OPERATION)
    if OPERATION not in pair.operations():
        raise refusals.operation_not_granted(ask.sandbox)
    closed = offer.why_no_access(ask.sandbox, pair)
    if closed is not None:
        refuse(ask, closed)
    told = _organisation(ask)
    if code == "BANK_FORMAT_CHANGED":
        told["accounts"] = {"items": told["accounts"]}
    return without_nulls(told) if ask.behaviour.sber.nulls == "omitted" else told


def _organisation(ask: Ask) -> dict[str, object]:
    company = identity.organisation(ask.sandbox, ask.pair.company)
    oldest = min(account.opened for account in ask.sandbox.world.accounts_of(ask.pair.company))
    return {
        "shortName": company.name,
        "fullName": company.name,
        "inn": company.inn,
        "kpps": [company.kpp] if company.kpp else [],
        "ogrn": company.ogrn,
        "orgForm": "12300" if company.kpp else "50102",
        "okpo": company.inn[:8],
        "okato": "45286560000",
        "resident": True,
        "orgRegDateINN": oldest,
        "orgRegDateOGRN": oldest,
        "addresses": [_address(company.address)],
        "dboContracts": [],
        "accounts": [_account(ask, account) for account in _accounts(ask)],
    }


def _accounts(ask: Ask) -> list[Account]:
    sandbox, pair = ask.sandbox, ask.pair
    named = offer.listed(sandbox, pair) or []
    if not ask.behaviour.sber.unsuitable_in_client_info:
        return named
    may_be_named = [account.key for account in offer.suitable(sandbox, pair.company)]
    hidden = [*may_be_named, *ask.books.neighbours]
    others = [
        account
        for account in sandbox.world.accounts_of(pair.company, BANK)
        if account.key not in hidden
        or ask.books.forced.get(account.key) == "ACCOUNT_KIND_NOT_SUPPORTED"
    ]
    return named + others


def _account(ask: Ask, account: Account) -> dict[str, object]:
    forced = ask.books.forced.get(account.key)
    today = ask.sandbox.today(account)
    closed = today if forced == "ACCOUNT_CLOSED" else account.closed
    kind = "loan" if forced == "ACCOUNT_KIND_NOT_SUPPORTED" else account.kind
    over = closed is not None and closed <= today
    blocked: dict[str, object] = {}
    for side in ("debit", "credit"):
        stopped = side == "debit" and account.blocked
        blocked[f"{side}Blocked"] = stopped
        blocked.update({f"{side}Blocked{detail}": None for detail in BLOCK_DETAILS})
        if stopped:
            blocked[f"{side}BlockedCause"] = "Решение налогового органа"
            blocked[f"{side}BlockedBeginDate"] = account.opened
    told: dict[str, object] = {
        "number": account.number,
        "name": account.name,
        "bic": account.bic,
        "currencyCode": CURRENCY_DIGITS.get(account.currency, account.currency),
        "type": TYPES.get(kind, kind),
        "state": "CLOSED" if over else "BLOCKED" if account.blocked else "OPEN",
        "mode": "STANDART",
        "openDate": account.opened,
        "closeDate": closed,
        "dbo": True,
        "business": True,
        "businessNewType": True,
        "passive": True,
        "urgent": False,
        "notDelay": False,
        **dict.fromkeys(ABSENT),
        **blocked,
        "blockedSums": [],
        "blockedQueuesInfo": [],
        "blockedSumQueuesInfo": [],
    }
    if ask.behaviour.unknown_fields:
        told["accountSegment"] = "SMB"
    return told


def _address(text: str) -> dict[str, object]:
    return {
        "type": "LEGAL",
        "country": "Россия",
        "zip": text[:6] if text[:6].isdigit() else None,
        "fullAddress": text,
        "comment": None,
    }


ROUTES = (client_info,)
