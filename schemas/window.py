"""Spans of bank days, and the arithmetic of which of them are still wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from msgspec import Struct

DAY = timedelta(days=1)


class Window(Struct, frozen=True, order=True):
    """Bank days from `first` to `last`, both included; a bank day is a date in the bank's zone."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """A window that ends before it begins is a mistake of the caller.

        Raises:
            ValueError: when `last` lies before `first`.
        """
        if self.last < self.first:
            sentence = f"a window cannot end ({self.last}) before it begins ({self.first})"
            raise ValueError(sentence)

    @property
    def days(self) -> int:
        """How many bank days the window holds."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(self.days))

    def meets(self, other: Window) -> Window | None:
        """The days that both windows hold, or None."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Window(first, last) if first <= last else None

    def holds(self, other: Window) -> bool:
        """Whether every day of the other window is in this one."""
        return self.first <= other.first and other.last <= self.last


def cut(span: Window, window_days: int) -> list[Window]:
    """Tile a span with windows of at most `window_days`, oldest first, no gap and no overlap."""
    windows = []
    first = span.first
    while first <= span.last:
        last = min(first + timedelta(days=window_days - 1), span.last)
        windows.append(Window(first, last))
        first = last + DAY
    return windows


def gaps(wanted: Window, covered: Iterable[Window]) -> list[Window]:
    """The runs of wanted days that no covered window holds, oldest first."""
    left: list[Window] = []
    first = wanted.first
    for window in sorted(covered):
        if window.last < first:
            continue
        if window.first > wanted.last:
            break
        if window.first > first:
            left.append(Window(first, window.first - DAY))
        first = max(first, window.last + DAY)
    if first <= wanted.last:
        left.append(Window(first, wanted.last))
    return left
