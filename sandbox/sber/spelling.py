"""How Sber spells an operation, an amount, a page link."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from sandbox.clock import ZONES
from sandbox.entry import Entry
from sandbox.numbers import HOUSES
from sandbox.sber.habits import SberHabits
from sandbox.world import Account, Company

MOSCOW = ZONES["RU"]
KOPECK = Decimal("0.01")
# invented, and the same for all days: nothing but the fields in roubles depends on them
RATES = {
    "RUB": Decimal(1),
    "USD": Decimal("81.43"),
    "EUR": Decimal("94.17"),
    "CNY": Decimal("11.38"),
}
# kinds of documents by the Bank of Russia
OPERATION_CODES = {
    "payment_order": "01",
    "tax": "01",
    "salary": "01",
    "return": "01",
    "acquiring": "01",
    "cash": "04",
    "collection_order": "06",
    "memo_order": "09",
    "storno": "09",
    "bank_order": "17",
    "card": "17",
    "fee": "17",
    "interest": "17",
}
PRIORITIES = {"salary": "3", "tax": "5"}


class Teller(Struct, frozen=True, kw_only=True):
    """One account whose operations are told in one way."""

    account: Account
    company: Company
    habits: SberHabits
    cur_transfer: bool
    unknown_fields: bool

    def operation(self, entry: Entry) -> dict[str, Any]:
        """One operation; a foreign currency comes as curTransfer or swiftTransfer."""
        roubles = self.account.currency == "RUB"
        told: dict[str, Any] = {
            "uuid": content_uuid(entry),
            "operationId": entry.bank_id,
            "operationDate": operation_moment(entry),
            "documentDate": entry.document_date or entry.date,
            "number": entry.document_number or entry.bank_id[-6:].lstrip("0"),
            "operationCode": OPERATION_CODES.get(entry.kind, "17"),
            "amount": self.amount(entry.amount),
            "amountRub": self.amount_in_roubles(entry.amount),
            "direction": entry.direction.upper(),
            "paymentPurpose": entry.purpose,
            "priority": PRIORITIES.get(entry.kind, "5"),
            "correspondingAccount": entry.counterparty.account or entry.counterparty.corr_account,
            "filial": None,
            "revaln": None,
            "hashAbc": entry.bank_id[-4:],
            "rurTransfer": _rur_transfer(entry, *self._sides(entry)) if roubles else None,
            "curTransfer": None,
            "swiftTransfer": None,
        }
        if not roubles and self.cur_transfer:
            told["curTransfer"] = self._swift(entry) | _parties(*self._sides(entry))
        elif not roubles:
            told["swiftTransfer"] = self._swift(entry)
        if self.unknown_fields:
            told["sourceSystem"] = "PPRB"
        return without_nulls(told) if self.habits.nulls == "omitted" else told

    def amount(self, amount: Decimal) -> dict[str, object]:
        """An amount in the account's own currency."""
        currency = self.account.currency
        word = self.habits.currency_word if currency == "RUB" else currency
        return {"amount": amount.quantize(KOPECK), "currencyName": word}

    def amount_in_roubles(self, amount: Decimal) -> dict[str, object]:
        """The same in roubles at the bank's rate."""
        in_roubles = (amount * self.rate).quantize(KOPECK)
        return {"amount": in_roubles, "currencyName": self.habits.currency_word}

    @property
    def rate(self) -> Decimal:
        """Roubles for one of the account's currency."""
        return RATES.get(self.account.currency, Decimal(1))

    def _sides(self, entry: Entry) -> tuple[dict[str, str], dict[str, str]]:
        """Payer and payee by their fields, the owner being the payee of a credit."""
        far = entry.counterparty
        ours = {
            "Account": self.account.number,
            "Name": self.company.name,
            "Inn": self.company.inn,
            "Kpp": self.company.kpp,
            "BankBic": self.account.bic,
            "BankName": HOUSES["sber"].name,
            "BankCorrAccount": self.account.corr_account,
        }
        theirs = {
            "Account": far.account,
            "Name": far.name,
            "Inn": far.inn,
            "Kpp": far.kpp,
            "BankBic": far.bic,
            "BankName": far.bank_name,
            "BankCorrAccount": far.corr_account,
        }
        return (theirs, ours) if entry.direction == "credit" else (ours, theirs)

    def _swift(self, entry: Entry) -> dict[str, Any]:
        payer, payee = self._sides(entry)
        sum_text = f"{self.account.currency}{entry.amount.quantize(KOPECK)}".replace(".", ",")
        return {
            "bankOperationCode": "CRED",
            "beneficiaryBankAccount": payee["BankCorrAccount"],
            "beneficiaryBankName": payee["BankName"],
            "beneficiaryBankOption": "D",
            "beneficiaryCustomerAccount": payee["Account"],
            "beneficiaryCustomerName": payee["Name"],
            "detailsOfCharges": "SHA",
            "instructedAmount": sum_text,
            "messageIdentifier": f"MT103{entry.bank_id[-9:]}",
            "messageSendTime": entry.at.astimezone(MOSCOW).strftime("%y-%m-%d %H:%M"),
            "messageType": "103",
            "orderingCustomerAccount": payer["Account"],
            "orderingCustomerName": payer["Name"],
            "orderingCustomerOption": "K",
            "orderingInstitutionAccount": payer["BankCorrAccount"],
            "orderingInstitutionName": payer["BankName"],
            "orderingInstitutionOption": "D",
            "remittanceInformation": entry.purpose,
            "transactionReferenceNumber": entry.bank_id[-16:],
            "urgent": "NORMAL",
            "valueDateCurrencyInterbankSettledAmount": f"{entry.date:%y%m%d}{sum_text}",
        }


def operation_moment(entry: Entry) -> str:
    """Local time without a zone, on the day of the statement, as the bank's own model has it."""
    at = entry.at.astimezone(MOSCOW).time().replace(microsecond=0)
    return datetime.combine(entry.date, at).isoformat()


def content_uuid(entry: Entry) -> str:
    """Version 3 of what is told: an edited operation gets another one."""
    text = f"{entry.bank_id}|{entry.kind}|{entry.amount}|{entry.purpose}"
    return str(uuid.uuid3(uuid.NAMESPACE_OID, text))


def paging(query: Mapping[str, str], page: int, pages: int, base: str) -> list[dict[str, str]]:
    """Links to the neighbours of a page: query only, or absolute below `base`."""
    found = []
    for number, rel in ((page - 1, "prev"), (page + 1, "next")):
        if 1 <= number <= pages:
            href = f"{base}?{urlencode({**query, 'page': str(number)})}"
            found.append({"href": href, "rel": rel})
    return found


def without_nulls(told: dict[str, Any]) -> dict[str, Any]:
    """The same with every null left out, also inside."""
    return {
        name: without_nulls(value) if isinstance(value, dict) else _each(value)
        for name, value in told.items()
        if value is not None
    }


def _each(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [without_nulls(item) if isinstance(item, dict) else item for item in value]


def _rur_transfer(entry: Entry, payer: dict[str, str], payee: dict[str, str]) -> dict[str, Any]:
    value_date = entry.value_date or entry.date
    return {
        **_parties(payer, payee),
        "valueDate": value_date,
        "receiptDate": entry.date,
        "deliveryKind": "электронно",
        "payingCondition": None,
        "purposeCode": None,
        "departmentalInfo": _departmental(entry) if entry.kind == "tax" else None,
        "cartInfo": None,
    }


def _parties(payer: dict[str, str], payee: dict[str, str]) -> dict[str, Any]:
    """Payer before payee, as the bank says; what it does not know is null."""
    told: dict[str, Any] = {f"payer{name}": value or None for name, value in payer.items()}
    told.update({f"payee{name}": value or None for name, value in payee.items()})
    return told


def _departmental(entry: Entry) -> dict[str, str | None]:
    return {
        "uip": "0",
        "drawerStatus101": "01",
        "kbk": "18201061201010000510",
        "oktmo": "0",
        "reasonCode106": "0",
        "taxPeriod107": "0",
        "docNumber108": "0",
        "docDate109": "0",
        "paymentKind110": None,
    } | ({"uip": entry.end_to_end_id} if entry.end_to_end_id else {})
