"""A payment as a row of Tochka's statement: the far side only, chosen by the direction."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sandbox.entry import Entry, Party
from sandbox.numbers import HOUSES
from sandbox.tochka.habits import TochkaHabits
from sandbox.tochka.store import BANK_ID
from sandbox.tochka.wire import number

MEMO_ORDER = "Мемориальный ордер"
TYPES = {
    "payment_order": "Платежное поручение",
    "tax": "Платежное поручение",
    "salary": "Платежное поручение",
    "return": "Платежное поручение",
    "memo_order": MEMO_ORDER,
    "storno": MEMO_ORDER,
    "bank_order": "Банковский ордер",
    "card": "Банковский ордер",
    "fee": "Банковский ордер",
    "interest": "Банковский ордер",
    "acquiring": "Платежное поручение",
    "collection_order": "Инкассовое поручение",
}
CASH = {"credit": "Объявление на взнос наличными, ПКО", "debit": "Денежный чек, РКО"}
UNDEFINED = "Неопределенное значение"
# roubles for one unit, invented: the central bank's rate is told with every currency row
RATES = {
    "RUB": Decimal(1),
    "USD": Decimal("79.8412"),
    "EUR": Decimal("92.1350"),
    "CNY": Decimal("11.0468"),
    "CZK": Decimal("3.7215"),
}
KOPECK = Decimal("0.01")
PAYMENT_IDS_SINCE = date(2024, 2, 1)
LONGEST_NUMBER = 12
BANK_DOINGS = ("card", "fee", "interest", "bank_order", "storno")
OWN = HOUSES[BANK_ID]
THE_BANK = Party(
    name='ООО "Банк Точка"',
    inn="9721194461",
    kpp="997950001",
    account="70601810500000000104",
    bic=OWN.bic,
    corr_account=OWN.corr_account,
    bank_name='ООО "Банк Точка"',
)
TAX_FIELDS = {
    "originatorStatus": "01",
    "kbk": "18201061201010000510",
    "oktmo": "0",
    "base": "0",
    "documentNumber": "0",
    "documentDate": 0,
    "type": "0",
    "field107": "0",
}


def transaction(
    entry: Entry, *, as_of: datetime, habits: TochkaHabits, unknown_fields: bool
) -> dict[str, object]:
    """The row as it stood at an instant; amounts are positive, whole sums are integers."""
    fresh = _is_fresh(entry, as_of, habits)
    day = entry.date
    row: dict[str, object] = {
        "transactionId": f"cbs-tb;{entry.bank_id};{int(fresh and habits.memo_order_other_id) + 1}",
        "creditDebitIndicator": "Credit" if entry.direction == "credit" else "Debit",
        "status": "Booked",
        "documentNumber": entry.document_number[:LONGEST_NUMBER],
        "transactionTypeCode": MEMO_ORDER if fresh else type_of(entry),
        "documentProcessDate": f"{day.year}-{day.month:02}-{day.day:02}",
        "description": entry.purpose,
        "Amount": {
            "amount": number(entry.amount),
            "amountNat": number(in_roubles(entry)),
            "currency": entry.currency,
        },
    }
    if day >= PAYMENT_IDS_SINCE:
        row["paymentId"] = payment_id(entry)
    side = "Debtor" if entry.direction == "credit" else "Creditor"
    far = far_side(entry)
    if far is not None:
        row[f"{side}Party"] = _party(far, entry.bank_id)
        row[f"{side}Account"] = _account(far)
        row[f"{side}Agent"] = _agent(far)
    if entry.kind == "tax":
        row["TaxFields"] = TAX_FIELDS
    if unknown_fields:
        row["operationChannel"] = "bss"
    return row


def type_of(entry: Entry) -> str:
    """The bank's word for the kind of document."""
    if entry.kind == "cash":
        return CASH[entry.direction]
    return TYPES.get(entry.kind, UNDEFINED)


def payment_id(entry: Entry) -> str:
    """The id that statements and webhooks share; it survives the memo order."""
    if entry.kind in BANK_DOINGS:
        return f"cbs-tb-{entry.bank_id}-1"
    day = entry.document_date or entry.at.date()
    return f"payment-{day.isoformat()}_{entry.bank_id}"


def far_side(entry: Entry) -> Party | None:
    """Whom it came from or went to; of the bank's own doings the bank, else nobody if unnamed."""
    if entry.counterparty.name or entry.counterparty.account:
        return entry.counterparty
    return THE_BANK if entry.kind in BANK_DOINGS else None


def in_roubles(entry: Entry) -> Decimal:
    """The amount at the central bank's rate."""
    rate = RATES.get(entry.currency, Decimal(1))
    if rate == 1:
        return entry.amount
    return (entry.amount * rate).quantize(KOPECK, ROUND_HALF_UP)


def kpp_of(far: Party, bank_id: str) -> str | None:
    """The KPP; who has none is told as "0" in some rows and not at all in others."""
    return far.kpp or ("0" if int(bank_id[-1], 36) % 2 else None)


def _is_fresh(entry: Entry, as_of: datetime, habits: TochkaHabits) -> bool:
    """An outgoing order that the bank has written down and not yet sent."""
    if entry.direction != "debit" or entry.kind not in ("payment_order", "salary", "tax"):
        return False
    return as_of < entry.known_from + timedelta(minutes=habits.memo_order_minutes)


def _party(far: Party, bank_id: str) -> dict[str, str]:
    party = {"name": far.name}
    if far.inn:
        party["inn"] = far.inn
    kpp = kpp_of(far, bank_id)
    if kpp is not None:
        party["kpp"] = kpp
    return party


def _account(far: Party) -> dict[str, str]:
    """A plain account under the scheme of cards, as real rows have it."""
    number_ = far.account or far.iban
    return {"schemeName": "RU.CBR.PAN", **({"identification": number_} if number_ else {})}


def _agent(far: Party) -> dict[str, str]:
    agent: dict[str, str] = {}
    if far.bic:
        agent["schemeName"] = "RU.CBR.BIK" if far.bic.isdecimal() else "RU.CBR.BICFI"
        agent["identification"] = far.bic
    if far.corr_account:
        agent["accountIdentification"] = far.corr_account
    if far.bank_name:
        agent["name"] = far.bank_name
    return agent
