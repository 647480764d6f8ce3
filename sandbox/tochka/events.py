"""What Tochka's webhooks say: claims in which every value is text, amounts too."""

from datetime import date

from sandbox.entry import Entry, Party
from sandbox.numbers import HOUSES
from sandbox.tochka.rows import far_side, kpp_of, payment_id
from sandbox.tochka.store import BANK_ID
from sandbox.tochka.wire import customer_code, text_number
from sandbox.world import Account, Company

EVENTS = (
    "incomingPayment",
    "outgoingPayment",
    "incomingSbpPayment",
    "acquiringInternetPayment",
    "incomingSbpB2BPayment",
)
OWN = HOUSES[BANK_ID]
OWN_NAME = 'ООО "Банк Точка"'
QR_ID = "AS1R005CU4HVUAM092JOS9V0QU1LTI7P"
MERCHANT = "200000000001097"
SAMPLE_SIDE = {
    "bankCode": "044525104",
    "bankName": OWN_NAME,
    "bankCorrespondentAccount": "30101810745374525104",
    "account": "40702810101270000000",
    "name": 'ООО "Проверка"',
    "amount": "40.0",
    "currency": "RUB",
}


def payment(account: Account, company: Company, entry: Entry) -> dict[str, object]:
    """A payment that came or went; both sides are full, unlike a statement's row."""
    amount = {"amount": text_number(entry.amount), "currency": entry.currency}
    far, near = _far(entry) | amount, _near(account, company) | amount
    incoming = entry.direction == "credit"
    return {
        "SidePayer": far if incoming else near,
        "SideRecipient": near if incoming else far,
        "purpose": entry.purpose,
        "documentNumber": entry.document_number,
        "paymentId": payment_id(entry),
        "date": entry.date.isoformat(),
        "webhookType": "incomingPayment" if incoming else "outgoingPayment",
        "customerCode": customer_code(company.id),
    }


def trial(event: str, company: Company, today: date) -> dict[str, object]:
    """An invented event for probing an address; the sides of payments lack INN and KPP."""
    common: dict[str, object] = {
        "purpose": "Тестовый платеж",
        "webhookType": event,
        "customerCode": customer_code(company.id),
    }
    if event in ("incomingPayment", "outgoingPayment"):
        paper = {"documentNumber": "1", "paymentId": "0000000001", "date": today.isoformat()}
        return {"SidePayer": SAMPLE_SIDE, "SideRecipient": SAMPLE_SIDE, **common, **paper}
    if event == "incomingSbpB2BPayment":
        return {"qrcId": QR_ID, "amount": "0.33", **common}
    if event == "acquiringInternetPayment":
        return {
            "amount": "0.33",
            "paymentType": "card",
            "operationId": "beeac8a4-6047-3f38-8922-a664e6b5c43b",
            "merchantId": MERCHANT,
            "status": "APPROVED",
            "consumerId": "fedac807-078d-45ac-a43b-5c01c57edbf8",
            **common,
        }
    return {
        "operationId": "A22031016256670100000533E625FCB3",
        "qrcId": QR_ID,
        "amount": "0.33",
        "payerMobileNumber": "0079036420000",
        "payerName": "Иван Иванович И.",
        "brandName": "Проверка",
        "merchantId": "MF0000000001",
        "refTransactionId": "A22031016256670100000533E625FCB3",
        **common,
    }


def _far(entry: Entry) -> dict[str, object]:
    far = far_side(entry) or Party()
    side: dict[str, object] = {
        "bankCode": far.bic,
        "bankName": far.bank_name,
        "bankCorrespondentAccount": far.corr_account,
        "account": far.account,
        "name": far.name,
        "inn": far.inn,
    }
    kpp = kpp_of(far, entry.bank_id)
    return side if kpp is None else {**side, "kpp": kpp}


def _near(account: Account, company: Company) -> dict[str, object]:
    return {
        "bankCode": account.bic,
        "bankName": OWN_NAME,
        "bankCorrespondentAccount": OWN.corr_account,
        "account": account.number,
        "name": company.name.replace("«", '"').replace("»", '"'),
        "inn": company.inn,
        "kpp": company.kpp or "0",
    }
