"""Russian payments as people write them: invoices, contracts, VAT tails, taxes, acquiring, fees."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from sandbox.clock import start_of_day
from sandbox.draft import CENT, Billed, Draft, Maker, price
from sandbox.entry import Card, Direction, Party
from sandbox.names import SHOPS
from sandbox.partners import Circle

GOODS = (
    "материалы", "услуги связи", "транспортные услуги", "полиграфическую продукцию",
    "аренду склада",
    "запасные части", "обслуживание оргтехники", "продукты питания", "рекламные услуги", "мебель",
)  # fmt: skip
TAXES = (
    "Единый налоговый платеж", "Налог на доходы физических лиц за {month}",
    "Страховые взносы за {month}", "НДС за {quarter} квартал {year} г.",
)  # fmt: skip
MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь",
    "ноябрь", "декабрь",
)  # fmt: skip
# the usual VAT rate is 22 % from 2026-01-01, before that 20 %
VAT_ROSE = date(2026, 1, 1)


def invoice_paid(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """A buyer pays one invoice, in one of the ways buyers write it."""
    bill = _bill(rng, day, serial, "")
    written = rng.choice(
        (
            "Оплата по счету № {number} от {date} за {goods}. {vat}",
            "Оплата по счёту №{number} от {date}г. {vat}",
            "Опл. по сч. {number} от {short} за {goods} {vat}",
            "оплата счета {number} {vat}",
            "Оплата за {goods} по счету {number} от {date}. Сумма {sum}. {vat}",
            "Счет на оплату N {number} от {date}, {goods}. {vat}",
            "Предоплата 100% по счет-договору № {number} от {date}. {vat}",
        )
    )
    buyer = rng.choice(circle.buyers)
    return _income(bill.amount, _write(rng, written, day, bill), buyer, (bill,))


def contract_paid(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """A buyer names the contract, and mostly no invoice."""
    buyer = rng.choice(circle.buyers)
    contract = f"{rng.choice('АВДКМПС')}{rng.choice('ГПУЛ')}-{buyer.inn[-3:]}/{day:%y}"
    bill = _bill(rng, day, serial, contract)
    written = rng.choice(
        (
            "Оплата по договору {contract} от {date} за {goods}. {vat}",
            "Оплата по дог. № {contract}, сч. {number} от {date}. {vat}",
            "По договору поставки №{contract} от {date}, за {goods}, {vat}",
            "Аванс по договору {contract}. {vat}",
        )
    )
    named = (bill,) if "{number}" in written else ()
    return _income(bill.amount, _write(rng, written, day, bill), buyer, named)


def part_paid(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """A buyer pays a part of an invoice, and says so or not."""
    bill = _bill(rng, day, serial, "")
    part = (bill.amount * rng.choice((30, 50, 70)) / 100).quantize(CENT, ROUND_HALF_UP)
    written = rng.choice(
        (
            "Частичная оплата по счету № {number} от {date} за {goods}. {vat}",
            "Аванс 50% по счету {number} от {date}. {vat}",
            "Оплата по счету № {number} от {date}. {vat}",
        )
    )
    paid = Billed(number=bill.number, contract="", issued=bill.issued, amount=part)
    return _income(part, _write(rng, written, day, paid), rng.choice(circle.buyers), (bill,))


def several_invoices_paid(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """One payment for two to four invoices."""
    # numbers of their own, so that no other payment names the same invoice
    bills = tuple(
        _bill(rng, day, 20_000 + serial * 4 + extra, "") for extra in range(rng.randrange(2, 5))
    )
    total = sum((bill.amount for bill in bills), Decimal(0))
    listed = ", ".join(bill.number for bill in bills)
    written = rng.choice(
        (
            f"Оплата по счетам № {listed} за {{goods}}. {{vat}}",
            f"Оплата сч. {'; '.join(f'{b.number} от {b.issued:%d.%m.%Y}' for b in bills)} {{vat}}",
            f"По сч.№№ {listed}. {{vat}}",
        )
    )
    whole = Billed(number=listed, contract="", issued=day, amount=total)
    return _income(total, _write(rng, written, day, whole), rng.choice(circle.buyers), bills)


def wordless_income(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """A buyer who names nothing: only the INN tells who it was."""
    whole = _bill(rng, day, serial, "")
    written = rng.choice(("За {goods}. {vat}", "Оплата по акту сверки. {vat}", "Оплата. {vat}"))
    return _income(whole.amount, _write(rng, written, day, whole), rng.choice(circle.buyers), ())


def acquiring(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """Card takings of a day, paid out by the bank itself, fee kept back."""
    takings = price(rng, 3_000, 160_000)
    fee = (takings * Decimal("0.019")).quantize(CENT, ROUND_HALF_UP)
    purpose = (
        f"Зачисление средств по операциям эквайринга. Мерчант №{771000000000 + serial % 3}. "
        f"Дата реестра {day - timedelta(days=1):%d.%m.%Y}. Комиссия {fee}. Возврат покупки 0.00. "
        "НДС не облагается."
    )
    return Draft(
        direction="credit",
        amount=takings - fee,
        purpose=purpose,
        kind="acquiring",
        counterparty=circle.own_bank,
    )


def returned(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """A supplier sends money back."""
    order = f"Возврат ошибочно перечисленных средств по п/п № {serial % 900 + 1} от {_short(day)}."
    amount = price(rng, 500, 60_000)
    return _spent(
        "credit", amount, f"{order} НДС не облагается", "return", rng.choice(circle.suppliers)
    )


def supplier_paid(rng: Random, day: date, circle: Circle, serial: int) -> Draft:
    """We pay a supplier's invoice."""
    whole = _bill(rng, day, serial + 500, "")
    written = "Оплата по счету № {number} от {date} за {goods}. {vat}"
    purpose = _write(rng, written, day, whole)
    supplier = rng.choice(circle.suppliers)
    return _spent("debit", whole.amount, purpose, "payment_order", supplier)


def tax_paid(rng: Random, day: date, circle: Circle, _: int) -> Draft:
    """A tax, to the treasury."""
    purpose = rng.choice(TAXES).format(
        month=_month_before(day),
        quarter=(day.month - 1) // 3 + 1,
        year=day.year,
    )
    return _spent("debit", price(rng, 1_000, 90_000), purpose, "tax", circle.treasury)


def salary_paid(rng: Random, day: date, circle: Circle, _: int) -> Draft:
    """A salary to a person's account."""
    person = rng.choice(circle.staff)
    purpose = f"Заработная плата за {_month_before(day)} {person.name}. НДС не облагается"
    return _spent("debit", price(rng, 30_000, 120_000), purpose, "salary", person)


def fee_taken(rng: Random, day: date, circle: Circle, _: int) -> Draft:
    """The bank's own fee."""
    purpose = rng.choice(
        (
            f"Комиссия за ведение счета за {MONTHS[day.month - 1]} {day.year} г. НДС не облагается",
            f"Комиссия за перевод по платежному поручению от {day:%d.%m.%Y}. Без НДС.",
            "Комиссия за смс-информирование согласно тарифам банка. НДС не облагается.",
        )
    )
    amount = price(rng, 19, 2_900)
    return _spent("debit", amount, purpose, "fee", circle.own_bank)


def card_used(rng: Random, day: date, circle: Circle, _: int) -> Draft:
    """A purchase by card, posted days after it happened; the counterparty is the bank."""
    shop, city = rng.choice(SHOPS["RU"])
    bought = day - timedelta(days=rng.randrange(1, 6))
    spent = price(rng, 150, 18_000)
    masked = f"2200********{rng.randrange(10**4):04d}"
    when = f"{bought:%d/%m/%Y} 13:{rng.randrange(60):02d}(МСК)"
    purpose = (
        f"Покупка(Терминал:{shop},{city},RU,дата операции:{when},"
        f"на сумму:{spent} RUB,карта {masked})"
    )
    card = Card(
        number_masked=masked,
        merchant=shop,
        city=city,
        country="RU",
        spent=spent,
        spent_currency="RUB",
        authorised_at=start_of_day(bought, "RU") + timedelta(hours=13),
    )
    return Draft(
        direction="debit",
        amount=spent,
        purpose=purpose,
        kind="card",
        counterparty=circle.own_bank,
        card=card,
    )


MAKERS: tuple[tuple[int, Maker], ...] = (
    (34, invoice_paid),
    (4, part_paid),
    (9, contract_paid),
    (5, several_invoices_paid),
    (4, wordless_income),
    (8, acquiring),
    (2, returned),
    (21, supplier_paid),
    (3, tax_paid),
    (3, salary_paid),
    (4, fee_taken),
    (5, card_used),
)


def _bill(rng: Random, day: date, serial: int, contract: str) -> Billed:
    """An invoice of some days ago; its serial is what makes its number its own."""
    prefix = rng.choice(("", "", "ЛП-", "СЧ", "УТ-", "00-"))
    tail = rng.choice(("", "", f"/{day:%y}"))
    number = f"{prefix}{serial + 100}{tail}"
    issued = day - timedelta(days=rng.randrange(1, 25))
    amount = price(rng, 1_000, 240_000)
    return Billed(number=number, contract=contract, issued=issued, amount=amount)


def _write(rng: Random, written: str, day: date, bill: Billed) -> str:
    return written.format(
        number=bill.number,
        contract=bill.contract,
        date=f"{bill.issued:%d.%m.%Y}",
        short=_short(bill.issued),
        goods=rng.choice(GOODS),
        sum=f"{bill.amount}".replace(".", "-"),
        vat=_vat(rng, day, bill.amount),
    )


def _vat(rng: Random, day: date, amount: Decimal) -> str:
    usual = 22 if day >= VAT_ROSE else 20
    rate = rng.choice((usual, usual, usual, 5, 7, 10, 0, 0))
    if not rate:
        return rng.choice(("НДС не облагается", "Без НДС", "Без налога (НДС)", "НДС нет"))
    tax = (amount * rate / (100 + rate)).quantize(CENT, ROUND_HALF_UP)
    return rng.choice(
        (
            f"В т.ч. НДС {rate}% - {tax}",
            f"в том числе НДС {rate}%, {tax} руб.",
            f"В том числе НДС ({rate}%) {tax}".replace(".", "-"),
            f"НДС({rate}%):{tax}",
        )
    )


def _month_before(day: date) -> str:
    before = day.replace(day=1) - timedelta(days=1)
    return f"{MONTHS[before.month - 1]} {before.year} г."


def _short(day: date) -> str:
    return f"{day:%d.%m.%y}"


def _income(amount: Decimal, purpose: str, buyer: Party, bills: tuple[Billed, ...]) -> Draft:
    return Draft(
        direction="credit",
        amount=amount,
        purpose=purpose[:210],
        kind="payment_order",
        counterparty=buyer,
        billed=bills,
    )


def _spent(direction: Direction, amount: Decimal, purpose: str, kind: str, far: Party) -> Draft:
    return Draft(
        direction=direction,
        amount=amount,
        purpose=purpose[:210],
        kind=kind,
        counterparty=far,
    )
