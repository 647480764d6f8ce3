"""One payment as the transactions resource spells it: flat, numeric, signed."""

import re
from hashlib import blake2b
from typing import Any

from sandbox.clock import ZONES, bank_day
from sandbox.entry import Entry, Party
from sandbox.state import Sandbox
from sandbox.tatra.gate import habits_of, number
from sandbox.tatra.habits import TatraHabits
from sandbox.tatra.store import TATRA
from sandbox.world import Account

# SBA codes as they stand on real statements, by kind and direction
SBA = {
    ("payment_order", "credit"): "10000403000",
    ("payment_order", "debit"): "10000401000",
    ("salary", "debit"): "10000401000",
    ("tax", "debit"): "10000401000",
    ("acquiring", "credit"): "10000403000",
    ("collection_order", "debit"): "10000502000",
    ("card", "debit"): "30000201000",
    ("cash", "debit"): "30000101000",
    ("cash", "credit"): "20000101000",
    ("fee", "debit"): "40000606000",
    ("interest", "credit"): "90000101000",
    ("interest", "debit"): "90000101000",
}
ISO = {
    "10000403000": "PMNT-RCDT-ESCT",
    "10000401000": "PMNT-ICDT-ESCT",
    "10000502000": "PMNT-RDDT-ESDD",
    "30000201000": "PMNT-CCRD-POSD",
    "30000101000": "PMNT-CCRD-CWDL",
    "20000101000": "PMNT-CNTR-CDPT",
    "40000606000": "ACMT-MDOP-CHRG",
    "90000101000": "ACMT-MCOP-INTR",
}
# these banks write the ISO code where Tatra writes the SBA one
ISO_BANKS = ("csob", "vub")
WITHOUT_END_TO_END = ("card", "fee", "cash", "interest")
ODD_SYMBOL_SHARE = 20  # one constant symbol in so many is padded to ten digits
SYMBOLS = re.compile(r"/VS(\d{0,10})/SS(\d{0,10})/KS(\d{0,10})")


def told_by_tatra(sandbox: Sandbox, account: Account, entry: Entry) -> dict[str, Any]:
    """The JSON object of one row; what a bank does not tell is left out or empty."""
    habits = habits_of(sandbox, account)
    company = sandbox.world.companies[account.company]
    booked = entry.status == "booked"
    incoming = entry.direction == "credit"
    own = {"iban": account.iban, "currency": account.currency}
    party = told_party(account, entry, habits)
    far, near = ("debtor", "creditor") if incoming else ("creditor", "debtor")
    row: dict[str, Any] = {
        "transactionId": transaction_id(entry),
        "originalTransactionId": entry.storno_of,
        "transactionState": "BOOKED" if booked else habits.pending_word,
        "isReversal": entry.storno_of is not None,
        "transactionComplete": booked,
        **_symbols(account, entry, habits),
        "bookingDate": entry.date.isoformat() if booked else None,
        "valueDate": entry.value_date.isoformat() if booked and entry.value_date else None,
        "transactionAmount": {"currency": entry.currency, "amount": number(entry.signed)},
        f"{near}Name": company.name,
        f"{near}Account": own,
        "remittanceInformationUnstructured": _text(account, entry, habits),
        "bankTransactionCode": code_of(account, entry),
    }
    if party.name:
        row[f"{far}Name"] = party.name
    if party.iban:
        row[f"{far}Account"] = {"iban": party.iban, "currency": entry.currency}
    if party.bic:
        row[f"{far}Agent"] = {"bic": party.bic, "name": "", "otherIdentification": ""}
    if account.bank == TATRA:
        row["additionalInformation"] = narrative(entry)
        row["paymentReference"] = entry.document_number
    if not booked:  # what is held was authorised on some day, and stands on it in the listing
        row["authorizationDate"] = entry.date.isoformat()
    if entry.card is not None:
        row.update(_card(sandbox, account, entry))
    if sandbox.behaviour(account.bank).unknown_fields:
        row["channelCode"] = "IB"
        row["settlement"] = {"kind": "SCT", "priority": None}
    return row


def transaction_id(entry: Entry) -> str:
    """The bank's id of a row: a pending row has another one, gone once it is booked."""
    if entry.status == "booked":
        return entry.bank_id
    digest = blake2b(f"pending/{entry.bank_id}".encode(), digest_size=7).digest()
    return f"9{int.from_bytes(digest, 'big'):017d}"


def told_party(account: Account, entry: Entry, habits: TatraHabits) -> Party:
    """What is told of the far side: all that is known, or less by a bank behind Tatra."""
    if account.bank == TATRA or habits.counterparties_of_other_banks == "full":
        return entry.counterparty
    if habits.counterparties_of_other_banks == "none":
        return Party()
    return entry.counterparty if _drawn(entry) % 2 else Party(name=entry.counterparty.name)


def code_of(account: Account, entry: Entry) -> str:
    """The 11-digit code of the Slovak banks, or the ISO one where a bank writes that."""
    code = sba_code(entry)
    return ISO.get(code, code) if account.bank in ISO_BANKS else code


def sba_code(entry: Entry) -> str:
    """The code of the Slovak Banking Association for a kind of payment."""
    usual = "10000403000" if entry.direction == "credit" else "10000401000"
    return SBA.get((entry.kind, entry.direction), usual)


def constant_symbol(entry: Entry) -> str:
    """The constant symbol; a few come padded to ten digits, as on real rows."""
    odd = entry.ks and _drawn(entry) % ODD_SYMBOL_SHARE == 0
    return entry.ks.zfill(10) if odd else entry.ks


def end_to_end_id(account: Account, entry: Entry) -> str:
    """The reference of the payer: three prefixes, or bare digits; none for cards and fees."""
    if entry.kind in WITHOUT_END_TO_END:
        return ""
    if account.currency != "EUR":
        return f"VS{entry.vs}" if entry.vs else ""
    known = entry.end_to_end_id
    if known:
        ks = constant_symbol(entry)
        return SYMBOLS.sub(lambda found: f"/VS{found[1]}/SS{found[2]}/KS{ks or found[3]}", known)
    if entry.vs or entry.ss or entry.ks:
        return f"/VS{entry.vs}/SS{entry.ss}/KS{constant_symbol(entry)}"
    return "NOTPROVIDED"


def narrative(entry: Entry) -> str:
    """How Tatra speaks of the far side: CCINT bank/prefix-account, or the shop."""
    if entry.card is not None:
        return f"{entry.card.merchant}, {entry.card.city}, {entry.card.country}"
    iban = entry.counterparty.iban
    if not iban.startswith("SK"):
        return entry.counterparty.name or entry.purpose
    return f"CCINT {iban[4:8]}/{iban[8:14]}-{iban[14:]}"


def _symbols(account: Account, entry: Entry, habits: TatraHabits) -> dict[str, str]:
    reference = end_to_end_id(account, entry)
    own = {
        "variableSymbol": entry.vs,
        "specificSymbol": entry.ss,
        "constantSymbol": constant_symbol(entry),
    }
    if account.bank == TATRA:
        return {"endToEndId": reference, **own}
    where = habits.symbols_of_other_banks
    if where == "fields":
        return {"endToEndId": reference, **own}
    return {"endToEndId": reference} if where == "end_to_end_id" else {}


def _text(account: Account, entry: Entry, habits: TatraHabits) -> str:
    if account.bank == TATRA or habits.symbols_of_other_banks != "text" or not entry.vs:
        return entry.purpose
    spoken = f"VS:{entry.vs}" + (f" KS:{entry.ks}" if entry.ks else "")
    return f"{spoken} {entry.purpose}".strip()


def _card(sandbox: Sandbox, account: Account, entry: Entry) -> dict[str, Any]:
    card = entry.card
    assert card is not None
    people = sandbox.world.customers_of(account.company)
    spent = -card.spent if entry.direction == "debit" else card.spent
    return {
        "cardNumber": card.number_masked,
        "cardHolder": people[0].name if people else "",
        "authorizationDate": bank_day(card.authorised_at, "SK").isoformat(),
        "originalAmount": {"currency": card.spent_currency, "amount": number(spent)},
        "tradingPartyAddress": f"{card.city}, {card.country}",
        "tradingPartyIdentification": card.merchant,
        "tradingPartyMerchantCode": f"{5000 + _drawn(entry) % 1000}",
    }


def _drawn(entry: Entry) -> int:
    return int.from_bytes(blake2b(entry.bank_id.encode(), digest_size=4).digest(), "big")


def local(instant: Any) -> str:
    """A moment in the bank's local time without a zone, as the answers carry it."""
    return str(instant.astimezone(ZONES["SK"]).replace(tzinfo=None, microsecond=0).isoformat())
