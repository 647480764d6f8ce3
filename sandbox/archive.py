"""The whole sandbox as one JSON value, to repeat a case elsewhere."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from sandbox.bank import Rejected
from sandbox.behaviour import Behaviour
from sandbox.delivery import Feed
from sandbox.entry import Entry
from sandbox.injection import Injection
from sandbox.state import Sandbox
from sandbox.world import Account, Company, Customer, Invoice

VERSION = 1


class Archive(Struct, kw_only=True, forbid_unknown_fields=True):
    """All that is true and all that the banks remember; the journal stays behind."""

    version: int
    seed: int
    dice: list[Any]
    now: datetime
    speed: float
    companies: list[Company]
    customers: list[Customer]
    accounts: list[Account]
    entries: dict[str, list[Entry]]
    invoices: list[Invoice]
    behaviours: dict[str, Behaviour]
    feeds: dict[str, Feed]
    orders: list[Injection]
    stores: dict[str, msgspec.Raw]


def taken(sandbox: Sandbox) -> Archive:
    """The sandbox as it stands."""
    world = sandbox.world
    return Archive(
        version=VERSION,
        seed=sandbox.seed,
        dice=list(sandbox.random.getstate()),
        now=sandbox.now,
        speed=sandbox.clock.speed,
        companies=list(world.companies.values()),
        customers=list(world.customers.values()),
        accounts=list(world.accounts.values()),
        entries={key: world.book(one).everything() for key, one in world.accounts.items()},
        invoices=world.invoices,
        behaviours=sandbox.behaviours,
        feeds=sandbox.feeds,
        orders=sandbox.injections.waiting,
        stores={
            bank: msgspec.Raw(msgspec.json.encode(store)) for bank, store in sandbox.stores.items()
        },
    )


def restore(sandbox: Sandbox, archive: Archive) -> None:
    """Replace everything by an archive; Rejected when it speaks of banks that are not here."""
    if archive.version != VERSION:
        raise Rejected("version", f"This sandbox reads version {VERSION}.")
    unknown = {*archive.behaviours} - {*sandbox.behaviours} | {*archive.stores} - {*sandbox.stores}
    if unknown:
        raise Rejected("behaviours", f"There is no bank {', '.join(sorted(unknown))} here.")
    stores = {
        bank.id: msgspec.json.decode(archive.stores[bank.id], type=bank.store)
        for bank in sandbox.banks
        if bank.id in archive.stores
    }
    sandbox.begin(archive.seed)
    version, numbers, gauss = archive.dice
    sandbox.random.setstate((version, tuple(numbers), gauss))
    sandbox.clock.set_now(archive.now)
    sandbox.clock.set_speed(archive.speed)
    world = sandbox.world
    for company in archive.companies:
        world.add_company(company)
    for customer in archive.customers:
        world.add_customer(customer)
    for account in archive.accounts:
        world.add_account(account)
        world.add_entries(account, archive.entries.get(account.key, ()))
    world.invoices.extend(archive.invoices)
    sandbox.behaviours.update(archive.behaviours)
    sandbox.feeds.update(archive.feeds)
    sandbox.injections.waiting.extend(archive.orders)
    sandbox.stores.update(stores)
