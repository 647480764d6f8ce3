"""The product at work in two minutes: five fake banks, one API, a kill, and ledgers that agree.

`make demo`, or `python -m loadtests.demo [--keep] [--picture docs/demo.svg]`. Exit code 1 when a
ledger differs from the bank's, or anything fails on the way.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import FrameType

import httpx

from loadtests import demo_trouble
from loadtests.demo_calls import Caller, CallFailed
from loadtests.demo_programs import Installation, ProgramFailed
from loadtests.demo_screen import Screen
from loadtests.demo_verdict import Verdict, judge
from loadtests.demo_watch import Watch
from loadtests.demo_world import (
    CONTROL,
    NOW,
    Wish,
    World,
    connect,
    furnish,
    run_clock,
    virtual_instant,
)

KILL_AT = 0.4
"""The share of all windows after which the gateway is killed."""
LONG_WAIT = timedelta(minutes=10)
"""Once nothing but waiting is left, the clock is put forward over waits longer than this."""
LOOK_EVERY_SECONDS = 0.4
PATIENCE_SECONDS = 480.0
STANDS_STILL_LOOKS = 25
"""A connection may stop for a moment, and repair itself; not for as many looks in a row."""
SETTLES_WITHIN_STEPS = 6
SETTLE_STEP = "PT3H"
SETTLE_STEP_SECONDS = 2.0
KEPT_SPEED = 60
"""With --keep a minute passes in a second: alive, and easy on the machine."""
DIFFERENCES_SHOWN = 10


class DemoFailed(Exception):  # noqa: N818 - said of the demo
    """It did not get to its end."""


def main(arguments: list[str] | None = None) -> int:
    """Tell the whole story; 0 when every ledger is the bank's."""
    asked = _parser().parse_args(arguments)
    wish = Wish(payments=asked.payments, days=asked.days, seed=asked.seed, speed=asked.speed)
    # A terminal that knows no Cyrillic shall not end the demo.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a text file it is
    signal.signal(signal.SIGTERM, _told_to_stop)
    signal.signal(signal.SIGHUP, _told_to_stop)
    screen = Screen(wish)
    installation = Installation(seed=wish.seed, now=NOW)
    story = Story(installation, screen, wish)
    left_running = False
    try:
        verdicts = story.tell()
        if asked.picture:
            screen.save(asked.picture)
        if asked.keep:
            story.leave_running()
            left_running = True
        return 0 if all(verdict.is_well for verdict in verdicts) else 1
    except (DemoFailed, CallFailed, ProgramFailed, httpx.HTTPError) as trouble:
        screen.end_live()
        screen.explain(trouble, (installation.gateway, installation.sandbox))
        return 1
    except KeyboardInterrupt:
        screen.end_live()
        screen.say("Stopped.")
        return 130
    finally:
        screen.end_live()
        if not left_running:
            installation.end()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="loadtests.demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave both programs running")
    parser.add_argument("--payments", type=int, default=5000, help="in all accounts together")
    parser.add_argument("--days", type=int, default=365, help="length of the history")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument(
        "--speed",
        type=float,
        default=1800,
        help="virtual seconds in a real one, while history comes",
    )
    parser.add_argument("--picture", type=Path, help="also write the screen as an SVG")
    return parser


def _told_to_stop(number: int, frame: FrameType | None) -> None:
    """End by the usual way, so that the children end too."""
    del frame
    sys.exit(128 + number)


class Story:
    """The acts of the demo, one after the other."""

    def __init__(self, installation: Installation, screen: Screen, wish: Wish) -> None:
        self._installation = installation
        self._screen = screen
        self._wish = wish
        self._begun_at = time.monotonic()
        self._control = Caller(installation.control_url)
        self._api = Caller(installation.gateway_url)
        self._note = ""

    def tell(self) -> list[Verdict]:
        """Every act; what became of each account."""
        world = self._begin()
        watch = self._connect(world)
        self._bring_in(watch)
        verdicts = self._settle(watch)
        self._conclude(verdicts)
        self._trouble(world)
        seconds = time.monotonic() - self._begun_at
        well = sum(verdict.is_equal for verdict in verdicts)
        self._screen.say(
            f"\n[bold]{well} of {len(verdicts)} ledgers equal the banks' own[/], in "
            f"{seconds:.0f} seconds."
        )
        return verdicts

    def _begin(self) -> World:
        wish, there = self._wish, self._installation
        self._screen.say("[bold]Mostik[/]: five banks, one API\n")
        self._key = there.begin()
        self._api = Caller(there.gateway_url, self._key)
        world = furnish(self._control, wish)
        self._screen.say(
            f"Fake banks at {there.banks_url}, gateway at {there.gateway_url}", keep=False
        )
        for name in dict.fromkeys(door.company["name"] for door in world.doors):
            books = [b.label for d in world.doors for b in d.books if d.company["name"] == name]
            self._screen.say(f"{name}: {', '.join(books)}")
        self._screen.say(
            f"{world.payments} payments from {wish.first} to {wish.last}. They come out in pieces\n"
            "of 10 days every 30 virtual minutes, shuffled, some rows twice, some late.\n"
        )
        return world

    def _connect(self, world: World) -> Watch:
        # In real time: a customer's link lives for minutes.
        run_clock(self._control, 1)
        watch = Watch(self._api, world, self._wish)
        for door in world.doors:
            made = connect(self._api, self._control, door, self._wish)
            if made["status"] not in {"active", "confirming"}:
                raise DemoFailed(f"{door.bank} is {made['status']}: {made['problem']}")
            banks = ", ".join(book.name for book in door.books)
            self._screen.say(f"[green]✓[/] the customer agreed at {banks}")
        run_clock(self._control, self._wish.speed)
        return watch

    def _bring_in(self, watch: Watch) -> None:
        """Watch history come in, kill the gateway on the way, skip long waits."""
        until = time.monotonic() + PATIENCE_SECONDS
        killed = jumps = False
        stood_still = 0
        self._note = f"×{self._wish.speed:.0f}"
        while not watch.is_over:
            if time.monotonic() > until:
                raise DemoFailed(f"not all history came within {PATIENCE_SECONDS:.0f} s")
            self._installation.sandbox.check()
            self._installation.gateway.check()
            watch.look()
            self._show(watch)
            stopped = watch.stopped
            stood_still = stood_still + 1 if stopped else 0
            if stood_still > STANDS_STILL_LOOKS:
                raise DemoFailed("; ".join(stopped))
            if not killed and watch.share >= KILL_AT:
                self._kill(watch)
                killed = True
            if watch.only_waiting and self._skip_wait(watch) and not jumps:
                self._note += ", the clock put forward over waits"
                jumps = True
            time.sleep(LOOK_EVERY_SECONDS)
        self._screen.settle(watch, self._now(), self._note)
        if not killed:
            raise DemoFailed("all history had come before the gateway could be killed")

    def _skip_wait(self, watch: Watch) -> bool:
        """Put the clock forward to the next reading, unless it is near or under way."""
        due = watch.next_at
        if due is None or due - virtual_instant(self._control) < LONG_WAIT:
            return False
        self._control.post(f"{CONTROL}/clock", {"now": due.isoformat()})
        return True

    def _now(self) -> str:
        return f"{virtual_instant(self._control):%Y-%m-%d %H:%M}"

    def _show(self, watch: Watch) -> None:
        self._screen.progress(watch, self._now(), self._note)

    def _kill(self, watch: Watch) -> None:
        gateway = self._installation.gateway
        self._screen.settle(watch, self._now(), self._note)
        pid = gateway.kill()
        self._screen.say(
            f"[red]✗ SIGKILL[/] to the gateway (process {pid}) with {watch.share:.0%} of the "
            f"windows in, {watch.rows} rows"
        )
        at = time.monotonic()
        gateway.begin()
        gateway.await_ready()
        self._screen.say(
            f"[green]✓[/] started again: ready after {time.monotonic() - at:.1f} s, it goes on by "
            "itself"
        )
        self._note += ", killed once"

    def _settle(self, watch: Watch) -> list[Verdict]:
        """Judge, and give late rows some hours when something is not there yet."""
        for _ in range(SETTLES_WITHIN_STEPS):
            verdicts = self._judge(watch)
            if all(verdict.is_well for verdict in verdicts):
                return verdicts
            self._control.post(f"{CONTROL}/clock", {"advance": SETTLE_STEP})
            time.sleep(SETTLE_STEP_SECONDS)
        return self._judge(watch)

    def _judge(self, watch: Watch) -> list[Verdict]:
        watch.look()
        return [judge(self._api, self._control, each, self._wish) for each in watch.passages]

    def _conclude(self, verdicts: list[Verdict]) -> None:
        screen = self._screen
        screen.say("")
        screen.conclude(verdicts)
        if all(verdict.copy_agrees for verdict in verdicts):
            rows = sum(verdict.rows for verdict in verdicts)
            screen.say(
                f"A copy kept by /v1/changes alone, across the kill, has the same {rows} rows."
            )
        for told in self._api.repeated:
            screen.say(f"[yellow]asked again after[/] {told}", keep=False)
        for verdict in verdicts:
            label = verdict.passage.book.label
            for name, rows_told in (("lacks", verdict.lacking), ("has too much", verdict.too_much)):
                for said in rows_told[:DIFFERENCES_SHOWN]:
                    screen.say(f"[red]{label} {name}[/]: {' · '.join(str(each) for each in said)}")
                if len(rows_told) > DIFFERENCES_SHOWN:
                    screen.say(f"  … and {len(rows_told) - DIFFERENCES_SHOWN} more")
            if not verdict.is_whole:
                screen.say(f"[red]{label}[/]: days are missing or contradict the bank's figures")
            if not verdict.copy_agrees:
                screen.say(f"[red]{label}[/]: a copy by the change feed differs from the ledger")

    def _trouble(self, world: World) -> None:
        run_clock(self._control, 1)
        self._screen.say(
            f"\nNow a trouble on purpose: {world.beside.label} is expected too, but the customer "
            "leaves it out of the offer."
        )
        trouble = demo_trouble.provoke(self._api, self._control, world, self._wish)
        self._screen.show(demo_trouble.card(trouble))

    def leave_running(self) -> None:
        """Say where everything is and how to stop it."""
        run_clock(self._control, KEPT_SPEED)
        there = self._installation
        account = next(self._api.pages("/v1/accounts"))["id"]
        key = f"-H 'Authorization: Bearer {self._key}'"
        lines = (
            "",
            f"Gateway   {there.gateway_url}  (people's pages: /docs)",
            f"Banks     {there.banks_url}",
            f"Control   {there.control_url}  (a page at /)",
            f"Key       {self._key}",
            "",
            f"curl -s {key} {there.gateway_url}/v1/accounts",
            f"curl -s {key} '{there.gateway_url}/v1/transactions?account_id={account}&limit=3'",
            f"curl -s {key} '{there.gateway_url}/v1/accounts/{account}/coverage'",
            "",
            f"Stop:  kill {there.gateway.pid} {there.sandbox.pid}; rm -r {there.folder}",
        )
        for line in lines:
            self._screen.console.print(line, markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
