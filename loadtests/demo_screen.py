"""The demo's screen: a live picture on a terminal, plain lines anywhere else."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from loadtests.demo_programs import Program
from loadtests.demo_verdict import Verdict
from loadtests.demo_watch import Passage, Watch
from loadtests.demo_world import Wish

PLAIN_EVERY_SECONDS = 5.0
WIDE = 100
BAR_WIDTH, NARROW_BAR_WIDTH = 28, 12
OTHER_COLUMNS, NARROW_OTHER_COLUMNS = 87, 71
"""The width that the table's other columns take."""
INDENT = 4
PICTURE_WIDTH = 112
MORE = "…"


class Screen:
    """Prints for people, and keeps chosen pieces for a picture of the terminal."""

    def __init__(self, wish: Wish) -> None:
        self.console = Console(highlight=False)
        if not self.console.is_terminal:
            self.console = Console(highlight=False, width=PICTURE_WIDTH)
        self.is_live = self.console.is_terminal and not self.console.is_dumb_terminal
        self._wish = wish
        self._live: Live | None = None
        self._said_at = 0.0
        self._album = Console(
            record=True, file=StringIO(), force_terminal=True, width=PICTURE_WIDTH, highlight=False
        )

    def say(self, text: str, *, keep: bool = True) -> None:
        """A line; it goes into the picture unless told otherwise."""
        self.show(Text.from_markup(text), keep=keep)

    def show(self, what: RenderableType, *, keep: bool = True) -> None:
        """Something to look at."""
        self.console.print(what)
        if keep:
            self._album.print(what)

    def progress(self, watch: Watch, now: str, note: str) -> None:
        """The picture of this moment: in place on a terminal, a line now and then elsewhere."""
        if self.is_live:
            if self._live is None:
                self._live = Live(console=self.console, auto_refresh=False, transient=True)
                self._live.start()
            width = self.console.width
            self._live.update(moment(watch, self._wish, now, note, width), refresh=True)
        elif time.monotonic() - self._said_at >= PLAIN_EVERY_SECONDS:
            self._said_at = time.monotonic()
            come = ", ".join(f"{each.book.name} {each.count}" for each in watch.passages)
            windows = self._wish.windows
            self.console.print(f"{now}  of {windows} windows each: {come}; {watch.rows} rows")

    def settle(self, watch: Watch, now: str, note: str) -> None:
        """End the live picture and leave this moment standing."""
        self.end_live()
        self.console.print(moment(watch, self._wish, now, note, self.console.width))
        self._album.print(moment(watch, self._wish, now, note, PICTURE_WIDTH))

    def conclude(self, verdicts: list[Verdict]) -> None:
        """The table of outcomes."""
        self.console.print(table(verdicts, self.console.width))
        self._album.print(table(verdicts, PICTURE_WIDTH))

    def end_live(self) -> None:
        """Give the terminal back."""
        if self._live:
            self._live.stop()
            self._live = None

    def explain(self, trouble: Exception, programs: Iterable[Program]) -> None:
        """What went wrong, and the end of the logs."""
        console = self.console
        console.print(f"\nThe demo failed: {type(trouble).__name__}: {trouble}", markup=False)
        for program in programs:
            console.print(f"\nEnd of the {program.name}'s log:", markup=False)
            for line in program.last_words():
                console.print(f"  {line}", markup=False, soft_wrap=True)

    def save(self, path: Path) -> None:
        """The kept pieces as an SVG that asks nobody for fonts."""
        drawn = self._album.export_svg(title="make demo")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub(r"@font-face\s*\{.*?\}\s*", "", drawn, flags=re.DOTALL))


def moment(watch: Watch, wish: Wish, now: str, note: str, width: int) -> Group:
    """Each account's bar and, below it, the bank's windows in the order they came."""
    head = Text.from_markup(f"[bold]{now}[/]  {note}")
    head.truncate(width, overflow="ellipsis")
    parts: list[RenderableType] = ["", head]
    bar = BAR_WIDTH if width >= WIDE else NARROW_BAR_WIDTH
    for passage in watch.passages:
        row = Table.grid(padding=(0, 2))
        row.add_column(width=17, no_wrap=True)
        row.add_column(width=bar)
        row.add_column(no_wrap=True)
        done = wish.windows if passage.load.get("state") == "complete" else passage.count
        row.add_row(
            passage.book.label,
            ProgressBar(total=wish.windows, completed=done, width=bar),
            f"{passage.count}/{wish.windows} windows, {len(passage.copy)} rows, {_state(passage)}",
        )
        parts += [row, Text(" " * INDENT + _tail(passage.order(), width - INDENT), style="dim")]
    return Group(*parts)


def _state(passage: Passage) -> str:
    load = passage.load
    if not load:
        return "not begun"
    if load["state"] != "running":
        return str(load["state"])
    if passage.is_alone:
        return "looking again for more"
    progress = load["progress"]
    return f"{progress['done']} of our {progress['total']} done"


def _tail(words: list[str], width: int) -> str:
    """As many of the last words as fit."""
    kept: list[str] = []
    room = width - len(MORE)
    for word in reversed(words):
        room -= len(word) + 1
        if room < 0:
            return f"{MORE} {' '.join(reversed(kept))}"
        kept.append(word)
    return " ".join(reversed(kept))


def _head(text: str, width: int) -> str:
    """The beginning, as far as it fits, ending with a whole word."""
    if len(text) <= width:
        return text
    return f"{text[: width - len(MORE)].rpartition(' ')[0]} {MORE}"


def table(verdicts: list[Verdict], width: int) -> Table:
    """The outcome of each account; a narrow terminal does not see into which calls we cut."""
    wide = width >= WIDE
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left")
    made.add_column("Account", no_wrap=True)
    made.add_column("Windows", justify="right")
    made.add_column("as they came", no_wrap=True)
    if wide:
        made.add_column("Read in", no_wrap=True)
    made.add_column("Rows", justify="right", no_wrap=True)
    made.add_column("Duplicates\ndropped", justify="right", no_wrap=True)
    made.add_column("Days", no_wrap=True)
    made.add_column("Bank's\nledger", no_wrap=True)
    room = width - (OTHER_COLUMNS if wide else NARROW_OTHER_COLUMNS)
    for verdict in verdicts:
        made.add_row(
            verdict.passage.book.label,
            str(verdict.passage.count),
            _head(" ".join(verdict.passage.order()), max(room, NARROW_BAR_WIDTH)),
            *((verdict.read_by,) if wide else ()),
            str(verdict.rows),
            str(verdict.duplicates),
            ", ".join(f"{count} {state}" for state, count in sorted(verdict.days.items())),
            Text("equal", style="green") if verdict.is_equal else Text("DIFFERS", style="red"),
        )
    made.caption = "The bank's windows of 10 days, 1 the oldest; in brackets: in one answer."
    return made
