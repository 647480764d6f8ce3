"""Slovak payments as banks tell them: symbols, end-to-end ids, FA c., cards, fees."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from sandbox.clock import start_of_day
from sandbox.draft import CENT, Billed, Draft, Maker, price
from sandbox.entry import Card, Party
from sandbox.names import SHOPS
from sandbox.partners import Circle

INVOICE_KS, TAX_KS, SALARY_KS = "0308", "1148", "0138"


def invoice_paid(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """A buyer pays one invoice: symbols in their fields, in the end-to-end id, or only in words."""
    bill = _bill(rng, day, serial)
    way = rng.random()
    ks = INVOICE_KS if rng.random() < 0.7 else ""  # noqa: PLR2004 - about what real rows show
    ss = str(rng.randrange(10, 10**6)) if rng.random() < 0.15 else ""  # noqa: PLR2004 - same
    buyer = rng.choice(circle.buyers)
    text = rng.choice((f"FA c. {bill.number}", f"UHR. FA. {bill.number}", "uhrada faktury", ""))
    if way < 0.8:  # noqa: PLR2004 - the usual form
        e2e = f"/VS{bill.vs}/SS{ss}/KS{ks}"
        return _income(bill, text, buyer, bill.vs, ss=ss, ks=ks, end_to_end_id=e2e)
    if way < 0.85:  # noqa: PLR2004 - a bare number
        return _income(bill, text, buyer, bill.vs, end_to_end_id=bill.vs)
    spoken = rng.choice((f"VS: {bill.vs}", f"VS:{bill.vs} {text}", f"platba VS {bill.vs}"))
    return _income(bill, spoken, buyer, "", end_to_end_id="/VS/SS/KS")


def part_paid(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """A buyer pays half of an invoice under its symbol."""
    bill = _bill(rng, day, serial)
    half = (bill.amount / 2).quantize(CENT, ROUND_HALF_UP)
    return Draft(
        direction="credit",
        amount=half,
        purpose=rng.choice((f"zaloha FA c. {bill.number}", f"cast uhrady {bill.number}", "")),
        kind="payment_order",
        counterparty=rng.choice(circle.buyers),
        vs=bill.vs,
        end_to_end_id=f"/VS{bill.vs}/SS/KS",
        billed=(bill,),
    )


def several_invoices_paid(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """One payment for two or three invoices, named in the text only."""
    # numbers of their own, so that no other payment names the same invoice
    bills = [_bill(rng, day, 50_000 + serial * 3 + extra) for extra in range(rng.randrange(2, 4))]
    text = "FA c. " + rng.choice((", ", "; ", " a ")).join(bill.number for bill in bills)
    total = sum((bill.amount for bill in bills), Decimal(0))
    return Draft(
        direction="credit",
        amount=total,
        purpose=text,
        kind="payment_order",
        counterparty=rng.choice(circle.buyers),
        end_to_end_id="/VS/SS/KS",
        billed=tuple(bills),
    )


def wordless_income(rng: Random, _: date, circle: Circle, __: int) -> Draft:
    """A buyer who names nothing."""
    return Draft(
        direction="credit",
        amount=price(rng, 20, 3_000),
        purpose=rng.choice(("", "platba", "dakujeme", "uhrada")),
        kind="payment_order",
        counterparty=rng.choice(circle.buyers),
        end_to_end_id=rng.choice(("", "/VS/SS/KS", "NOTPROVIDED")),
    )


def acquiring(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """Card takings of a day with the terminal's way of writing a symbol."""
    takings = price(rng, 60, 4_000)
    vs = f"{10_000_000 + serial}"
    return Draft(
        direction="credit",
        amount=takings,
        purpose=f"VS{vs}/EUR{takings}/POS {day - timedelta(days=1):%d%m%Y}",
        kind="acquiring",
        counterparty=circle.own_bank,
        end_to_end_id=f"/VS{vs}/SS/KS",
        vs=vs,
    )


def supplier_paid(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """We pay a supplier's invoice; outgoing rows often carry no name of the far side."""
    bill = _bill(rng, day, serial + 700)
    far = rng.choice(circle.suppliers)
    if rng.random() < 0.5:  # noqa: PLR2004 - half of real outgoing rows
        far = Party(iban=far.iban, bic=far.bic, bank_name=far.bank_name)
    return Draft(
        direction="debit",
        amount=price(rng, 15, 4_500),
        purpose=f"FA c. {bill.number}",
        kind="payment_order",
        counterparty=far,
        vs=bill.vs,
        ks=INVOICE_KS,
        end_to_end_id=f"/VS{bill.vs}/SS/KS{INVOICE_KS}",
    )


def tax_paid(rng: Random, day: date, circle: Circle, _: int) -> Draft:
    """A tax: the variable symbol carries its period."""
    vs = f"1100{day:%m%Y}"
    return Draft(
        direction="debit",
        amount=price(rng, 80, 4_000),
        purpose=f"DPH {day:%m/%Y}",
        kind="tax",
        counterparty=circle.treasury,
        vs=vs,
        ks=TAX_KS,
        end_to_end_id=f"/VS{vs}/SS/KS{TAX_KS}",
    )


def salary_paid(rng: Random, day: date, circle: Circle, _: int) -> Draft:
    """A salary to a person."""
    return Draft(
        direction="debit",
        amount=price(rng, 900, 2_600),
        purpose=f"mzda {day - timedelta(days=20):%m/%Y}",
        kind="salary",
        counterparty=rng.choice(circle.staff),
        ks=SALARY_KS,
        end_to_end_id=f"/VS/SS/KS{SALARY_KS}",
    )


def fee_taken(rng: Random, _: date, circle: Circle, __: int) -> Draft:
    """The bank's own fee, without an end-to-end id."""
    return Draft(
        direction="debit",
        amount=price(rng, 1, 14),
        purpose=rng.choice(
            ("Poplatok za vedenie uctu", "Poplatok za balik", "Poplatok za SEPA prevod")
        ),
        kind="fee",
        counterparty=circle.own_bank,
    )


def card_used(rng: Random, day: date, _: Circle, __: int) -> Draft:
    """A purchase by card: neither name nor IBAN of the far side, only the shop."""
    shop, city = rng.choice(SHOPS["SK"])
    spent = price(rng, 3, 260)
    card = Card(
        number_masked=f"516844******{rng.randrange(10**4):04d}",
        merchant=shop,
        city=city,
        country="SK",
        spent=spent,
        spent_currency="EUR",
        authorised_at=start_of_day(day, "SK") + timedelta(hours=9, minutes=rng.randrange(600)),
    )
    return Draft(
        direction="debit",
        amount=spent,
        purpose=f"{shop}, {city}",
        kind="card",
        counterparty=Party(),
        card=card,
    )


MAKERS: tuple[tuple[int, Maker], ...] = (
    (40, invoice_paid),
    (3, part_paid),
    (5, several_invoices_paid),
    (4, wordless_income),
    (7, acquiring),
    (20, supplier_paid),
    (3, tax_paid),
    (4, salary_paid),
    (5, fee_taken),
    (11, card_used),
)


def _bill(rng: Random, day: date, serial: int) -> Billed:
    number = rng.choice((f"{day.year}{serial:06d}", f"{day:%y}{serial:05d}", f"{serial:06d}"))[-10:]
    vs = number.lstrip("0") if rng.random() < 0.2 else number  # noqa: PLR2004 - zeros get lost
    issued = day - timedelta(days=rng.randrange(1, 20))
    return Billed(
        number=number, contract="", issued=issued, amount=price(rng, 25, 4_500), vs=vs or number
    )


def _income(
    bill: Billed,
    text: str,
    buyer: Party,
    vs: str,
    *,
    ss: str = "",
    ks: str = "",
    end_to_end_id: str = "",
) -> Draft:
    return Draft(
        direction="credit",
        amount=bill.amount,
        purpose=text,
        kind="payment_order",
        counterparty=buyer,
        vs=vs,
        ss=ss,
        ks=ks,
        end_to_end_id=end_to_end_id,
        billed=(bill,),
    )
