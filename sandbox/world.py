"""What is true: companies, their people, accounts and payments, before any bank tells it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from sandbox.book import Book, Turnovers
from sandbox.entry import Entry

Country = Literal["RU", "SK"]
BankId = Literal["sber", "tochka", "tatra", "csob", "raiffeisen", "slsp", "fio", "vub"]


class Company(Struct, kw_only=True):
    """A customer of banks; Russian ones have INN, KPP and OGRN, Slovak ones ICO."""

    id: str
    name: str
    country: Country
    inn: str = ""
    kpp: str = ""
    ogrn: str = ""
    ico: str = ""
    address: str = ""


class Customer(Struct, kw_only=True):
    """A person who logs in at banks for a company; one person may act for several."""

    login: str  # also the e-mail, and what the banks' login pages ask for
    name: str
    companies: list[str]
    phone: str = ""
    password: str = "rehearsal"  # noqa: S105 - an invented person's
    password_changed_at: datetime | None = None
    may_sign: bool = True
    blocked: bool = False


class Account(Struct, kw_only=True):
    """An account at one bank; Russian ones have number and BIC, Slovak ones IBAN and BIC.

    Kinds: settlement, transit, deposit, card, loan, overdraft, budget (Russian), current, savings,
    card, loan (Slovak).
    """

    company: str
    bank: BankId
    currency: str
    kind: str
    bic: str
    opened: date
    number: str = ""
    iban: str = ""
    corr_account: str = ""
    name: str = ""
    closed: date | None = None
    blocked: bool = False
    opening_balance: Decimal = Decimal(0)
    overdraft_limit: Decimal = Decimal(0)

    @property
    def key(self) -> str:
        """What the account is called everywhere here: its IBAN, else its number."""
        return self.iban or self.number

    @property
    def country(self) -> Country:
        """Whose calendar and wire habits it follows."""
        return "SK" if self.iban else "RU"


class Invoice(Struct, frozen=True, kw_only=True):
    """An invoice that purposes speak of, so that matching can be judged."""

    company: str
    number: str
    contract: str
    issued: date
    amount: Decimal
    currency: str
    buyer_name: str
    buyer_inn: str = ""
    buyer_ico: str = ""
    vs: str = ""
    paid_by: tuple[str, ...] = ()  # bank ids


class World:
    """All that is true, with an index by day for each account."""

    def __init__(self) -> None:
        self.companies: dict[str, Company] = {}
        self.customers: dict[str, Customer] = {}
        self.accounts: dict[str, Account] = {}
        self.invoices: list[Invoice] = []
        self._books: dict[str, Book] = {}

    def add_company(self, company: Company) -> None:
        """Put a company in; a taken id is a ValueError."""
        if company.id in self.companies:
            raise ValueError(f"company {company.id} exists already")
        self.companies[company.id] = company

    def add_customer(self, customer: Customer) -> None:
        """Put a person in; a taken login is a ValueError."""
        if customer.login in self.customers:
            raise ValueError(f"login {customer.login} exists already")
        self.customers[customer.login] = customer

    def add_account(self, account: Account) -> None:
        """Put an account in with an empty book; a taken number or IBAN is a ValueError."""
        if account.key in self.accounts:
            raise ValueError(f"account {account.key} exists already")
        self.accounts[account.key] = account
        self._books[account.key] = Book(account.country, account.opening_balance)

    def account(self, key: str) -> Account | None:
        """The account with this number or IBAN, blanks ignored."""
        return self.accounts.get(key.replace(" ", "").upper())

    def accounts_of(self, company: str, *banks: str) -> list[Account]:
        """A company's accounts, at these banks only when any are named, in order of creation."""
        return [
            account
            for account in self.accounts.values()
            if account.company == company and (not banks or account.bank in banks)
        ]

    def customers_of(self, company: str) -> list[Customer]:
        """The people who act for a company."""
        return [who for who in self.customers.values() if company in who.companies]

    def customer(self, login: str) -> Customer | None:
        """The person with this login, upper and lower case alike."""
        return self.customers.get(login.strip().lower())

    def book(self, account: Account) -> Book:
        """The account's payments and balances."""
        return self._books[account.key]

    def add_entries(self, account: Account, entries: Iterable[Entry]) -> None:
        """Put payments into an account's book, replacing those of the same bank id."""
        self._books[account.key].add(entries)

    def ledger(self, account: Account, first: date, last: date, at: datetime) -> list[Entry]:
        """The truth as of an instant, both days included: what a perfect bank would tell."""
        return self._books[account.key].told(first, last, at)

    def turnovers(self, account: Account, first: date, last: date, at: datetime) -> Turnovers:
        """Opening, credits, debits and closing of first..last, booked entries only."""
        return self._books[account.key].turnovers(first, last, at)

    def balance(self, account: Account, day: date, at: datetime) -> Decimal:
        """The booked balance at the end of a day, as the books stand at an instant."""
        return self._books[account.key].balance(day, at)

    def available(self, account: Account, at: datetime, day: date) -> Decimal:
        """What is free to spend: booked, less pending debits (without the overdraft limit)."""
        held = (row for row in self.book(account).pending(at) if row.direction == "debit")
        return self.balance(account, day, at) - sum((row.amount for row in held), Decimal(0))

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Every stored entry with its account's key."""
        for key, book in self._books.items():
            for entry in book.everything():
                yield key, entry
