"""How Sber spells an operation, an amount, a page link."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import md5
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from sandbox.behaviour import Behaviour
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
    habits: SberHabits
    cur_transfer: bool
    unknown_fields: bool
    as_payer: dict[str, str | None]
    as_payee: dict[str, str | None]

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
            "rurTransfer": self._rur_transfer(entry) if roubles else None,
            "curTransfer": None,
            "swiftTransfer": None,
        }
        if not roubles and self.cur_transfer:
            told["curTransfer"] = self._swift(entry) | self._parties(entry)
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

    def _parties(self, entry: Entry) -> dict[str, str | None]:
        """Payer, then payee, as the bank says; the owner is the payee of a credit."""
        far = entry.counterparty
        if entry.direction == "credit":
            return {
                "payerAccount": far.account or None,
                "payerName": far.name or None,
                "payerInn": far.inn or None,
                "payerKpp": far.kpp or None,
                "payerBankBic": far.bic or None,
                "payerBankName": far.bank_name or None,
                "payerBankCorrAccount": far.corr_account or None,
                **self.as_payee,
            }
        return {
            **self.as_payer,
            "payeeAccount": far.account or None,
            "payeeName": far.name or None,
            "payeeInn": far.inn or None,
            "payeeKpp": far.kpp or None,
            "payeeBankBic": far.bic or None,
            "payeeBankName": far.bank_name or None,
            "payeeBankCorrAccount": far.corr_account or None,
        }

    def _rur_transfer(self, entry: Entry) -> dict[str, Any]:
        return {
            **self._parties(entry),
            "valueDate": entry.value_date or entry.date,
            "receiptDate": entry.date,
            "deliveryKind": "электронно",
            "payingCondition": None,
            "purposeCode": None,
            "departmentalInfo": _departmental(entry) if entry.kind == "tax" else None,
            "cartInfo": None,
        }

    def _swift(self, entry: Entry) -> dict[str, Any]:
        parties = self._parties(entry)
        sum_text = f"{self.account.currency}{entry.amount.quantize(KOPECK)}".replace(".", ",")
        return {
            "bankOperationCode": "CRED",
            "beneficiaryBankAccount": parties["payeeBankCorrAccount"],
            "beneficiaryBankName": parties["payeeBankName"],
            "beneficiaryBankOption": "D",
            "beneficiaryCustomerAccount": parties["payeeAccount"],
            "beneficiaryCustomerName": parties["payeeName"],
            "detailsOfCharges": "SHA",
            "instructedAmount": sum_text,
            "messageIdentifier": f"MT103{entry.bank_id[-9:]}",
            "messageSendTime": entry.at.astimezone(MOSCOW).strftime("%y-%m-%d %H:%M"),
            "messageType": "103",
            "orderingCustomerAccount": parties["payerAccount"],
            "orderingCustomerName": parties["payerName"],
            "orderingCustomerOption": "K",
            "orderingInstitutionAccount": parties["payerBankCorrAccount"],
            "orderingInstitutionName": parties["payerBankName"],
            "orderingInstitutionOption": "D",
            "remittanceInformation": entry.purpose,
            "transactionReferenceNumber": entry.bank_id[-16:],
            "urgent": "NORMAL",
            "valueDateCurrencyInterbankSettledAmount": f"{entry.date:%y%m%d}{sum_text}",
        }


def teller(
    account: Account,
    company: Company,
    behaviour: Behaviour,
    *,
    cur_transfer: bool,
) -> Teller:
    """Who tells the operations of one account, its own side of each written once."""
    ours = {
        "Account": account.number,
        "Name": company.name,
        "Inn": company.inn or None,
        "Kpp": company.kpp or None,
        "BankBic": account.bic,
        "BankName": HOUSES["sber"].name,
        "BankCorrAccount": account.corr_account or None,
    }
    return Teller(
        account=account,
        habits=behaviour.sber,
        cur_transfer=cur_transfer,
        unknown_fields=behaviour.unknown_fields,
        as_payer={f"payer{name}": value for name, value in ours.items()},
        as_payee={f"payee{name}": value for name, value in ours.items()},
    )


def operation_moment(entry: Entry) -> str:
    """Local time without a zone, on the day of the statement, as the bank's own model has it."""
    at = entry.at.astimezone(MOSCOW).time().replace(microsecond=0)
    return datetime.combine(entry.date, at).isoformat()


def content_uuid(entry: Entry) -> str:
    """Version 3 of what is told: an edited operation gets another one."""
    text = f"{entry.bank_id}|{entry.kind}|{entry.amount}|{entry.purpose}"
    digest = md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-3{digest[13:16]}-9{digest[17:20]}-{digest[20:]}"


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
