"""What a clone brings is the same for everybody: nothing of one machine, network or person."""

import re
from collections.abc import Iterator

import pytest

from tests.house.sources import ROOT, tracked

# Spelt in pieces, so that this file passes its own test.
REGISTRIES = re.compile(
    "|".join(
        [
            "pypi" + r"\.org", "python" + "hosted", "npm" + "js", "art" + "ifactory", "dev" + "pi",
            r"\b(?:extra-)?index" + r"-url", "find" + "-links", r"registry\." + r"[a-z]",
        ]
    )
)  # fmt: skip
HOMES = "|".join(["wo" + "rk", "ro" + "ot", "ho" + "me"])
MACHINE = re.compile(rf"(?<![\w.*-])/(?:{HOMES})/\w")
KEYS = re.compile("-----BEGIN [A-Z ]*" + "PRIVATE KEY-----")
SMALL_BYTES = 1_000_000


def lines_with(pattern: re.Pattern[str]) -> Iterator[str]:
    """Where a pattern stands in tracked text."""
    for path in tracked():
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(REGISTRIES, id="no host of a package registry"),
        pytest.param(MACHINE, id="no path of one machine"),
        pytest.param(KEYS, id="no private key"),
    ],
)
def test_tracked_files_carry_nothing_private(pattern: re.Pattern[str]) -> None:
    """The next reader has another network, another home and no business with our keys."""
    found = list(lines_with(pattern))

    assert found == [], "\n".join(found)


def test_no_tracked_file_is_large() -> None:
    """A clone stays quick; what is large is made, not kept."""
    found = [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > SMALL_BYTES]

    assert found == [], "\n".join(found)
