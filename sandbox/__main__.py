"""`mostik-sandbox`: serve the banks that do not exist, and talk to them from a shell."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from sandbox.banks import BANKS
from sandbox.clock import Clock
from sandbox.demo import furnish
from sandbox.server import Address, address, serve
from sandbox.state import Sandbox

DONE, PROBLEM, USAGE = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 the control plane refused, 2 usage."""
    parser = _parser()
    wish = parser.parse_args(arguments)
    try:
        if wish.command in ("serve", "demo"):
            return _serve(parser, wish)
        return _ask(wish)
    except httpx.HTTPError as error:
        print(f"No control plane answers at {wish.control}: {error}", file=sys.stderr)
        return PROBLEM


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mostik-sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("serve", "an empty world"),
        ("demo", "a Russian and a Slovak company with a year of payments"),
    ):
        command = commands.add_parser(name, help=f"serve {about}")
        command.add_argument("--banks", type=address, default=address("127.0.0.1:8800"))
        command.add_argument("--control", type=address, default=address("127.0.0.1:8801"))
        command.add_argument("--public-url", help="how clients reach the banks, when not directly")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--speed", type=float, default=1.0, help="0 stands still, 1 is real")
        command.add_argument("--now", type=_instant, help="the first instant, RFC 3339")
        command.add_argument(
            "--public", action="store_true", help="allow listening beyond this machine"
        )
    scenarios = _asking(commands, "scenarios", "list the named situations, or load one")
    scenarios.add_argument("name", nargs="?")
    clock = _asking(commands, "clock", "show the virtual clock, or turn it")
    clock.add_argument("--advance", help="a duration such as PT30M or P180D")
    clock.add_argument("--now", help="an instant, RFC 3339")
    clock.add_argument("--speed", type=float)
    inject = _asking(commands, "inject", "list what can be forced, or force it")
    inject.add_argument("bank", nargs="?")
    inject.add_argument("code", nargs="?")
    inject.add_argument("--account")
    inject.add_argument("--company")
    inject.add_argument("--times", type=int, default=1)
    return parser


def _asking(commands: Any, name: str, about: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=about)
    command.add_argument("--control", default="http://127.0.0.1:8801", help="the control plane")
    return command


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return instant


def _serve(parser: argparse.ArgumentParser, wish: argparse.Namespace) -> int:
    banks: Address = wish.banks
    control: Address = wish.control
    if (banks.is_public or control.is_public) and not wish.public:
        parser.error("others could reach that address: say --public if you mean it")
    if wish.speed < 0:
        parser.error("--speed must be 0 or more")
    try:
        asyncio.run(_run(wish, banks, control))
    except OSError as error:
        print(f"Cannot listen at {banks} and {control}: {error}", file=sys.stderr)
        return PROBLEM
    return DONE


async def _run(wish: argparse.Namespace, banks: Address, control: Address) -> None:
    sandbox = Sandbox(
        BANKS,
        clock=Clock(wish.now, wish.speed),
        seed=wish.seed,
        public_url=wish.public_url or f"http://{banks}",
    )
    if wish.command == "demo":
        for company in await furnish(sandbox):
            print(f"{company.name}  {company.inn or company.ico}")
            for person in sandbox.world.customers_of(company.id):
                print(f"  login {person.login}, password {person.password}")
            for account in sandbox.world.accounts_of(company.id):
                print(f"  {account.bank:8} {account.key} {account.kind} {account.currency}")
    for bank in BANKS:
        print(f"{bank.name}: {sandbox.url(bank.id, '')}")
    print(f"Control plane and page: http://{control}/", flush=True)
    await serve(sandbox, banks, control)


def _ask(wish: argparse.Namespace) -> int:
    base = f"{wish.control.rstrip('/')}/control/v1"
    if wish.command == "scenarios":
        path = f"/scenarios/{wish.name}" if wish.name else "/scenarios"
        return _told(base + path, {} if wish.name else None)
    if wish.command == "clock":
        turn = {"advance": wish.advance, "now": wish.now, "speed": wish.speed}
        said = {name: value for name, value in turn.items() if value is not None}
        return _told(f"{base}/clock", said or None)
    if wish.bank is None:
        return _told(f"{base}/inject", None)
    order = {
        "bank": wish.bank,
        "code": wish.code or "",
        "account": wish.account,
        "company": wish.company,
        "times": wish.times,
    }
    return _told(f"{base}/inject", order)


def _told(url: str, body: Mapping[str, object] | None) -> int:
    """GET without a body, else POST; prints the answer, refusals on stderr."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        answer = client.get(url) if body is None else client.post(url, json=body)
    text = json.dumps(answer.json(), ensure_ascii=False, indent=2)
    print(text, file=sys.stdout if answer.is_success else sys.stderr)
    return DONE if answer.is_success else PROBLEM


if __name__ == "__main__":
    sys.exit(main())
