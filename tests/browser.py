"""Finds a Chromium that starts, and fetches one where none does: `python -m tests.browser`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FETCH_SECONDS = 180
START_SECONDS = 30


def executable() -> Path | None:
    """The first Chromium that starts: the system's own, else the one Playwright keeps."""
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> Iterator[Path]:
    yield from (Path(path) for name in NAMES if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        kept = Path(playwright.chromium.executable_path)
    if kept.exists():
        yield kept


def _starts(path: Path) -> bool:
    """Whether it runs at all: a browser without its system libraries is no browser."""
    return _done([str(path), "--version"], START_SECONDS)


def _done(command: list[str], seconds: float) -> bool:
    try:
        quiet = subprocess.DEVNULL
        code = subprocess.run(
            command, stdout=quiet, stderr=quiet, stdin=quiet, timeout=seconds, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False
    return code == 0


def ways() -> Iterator[list[str]]:
    """The commands that may bring a browser here, kindest first; the later ones need root."""
    playwright = [sys.executable, "-m", "playwright"]
    yield [*playwright, "install", "chromium"]
    if os.geteuid() == 0:
        yield [*playwright, "install-deps", "chromium"]
        if shutil.which("apt-get"):
            yield ["apt-get", "update", "-q"]
            yield ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"]


def main() -> None:
    """Leave the machine with a browser if that can be done, and say so if it cannot."""
    for way in ways():
        if executable():
            return
        _done(way, FETCH_SECONDS)
    if not executable():
        sys.stdout.write("No Chromium here and none to be had: the browser tests will skip.\n")


if __name__ == "__main__":
    main()
