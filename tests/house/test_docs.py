"""Docs and code agree: what the product has is told, and what is told is there."""

import re
from urllib.parse import unquote

import pytest

from providers import BANKS
from tests.house import pages
from tests.house.sources import ROOT, tracked

README = ROOT / "README.md"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SECTIONS = ("Context", "Decision", "Consequence")


@pytest.mark.parametrize("page", pages.PAGES)
def test_pages_made_from_code_are_fresh(page: str) -> None:
    """`make pages` writes them; a page that lags behind is worse than none."""
    kept = ROOT / page

    assert kept.exists(), f"{page} is missing: make pages"
    assert kept.read_text("utf-8") == pages.PAGES[page](), f"{page} lags behind: make pages"


def test_every_setting_is_in_the_readme() -> None:
    """Whoever installs this reads one page; a bank's own settings fill another, with a pointer."""
    told = README.read_text("utf-8")
    found = [name for name in pages.settings() if f"`{name}`" not in told]

    assert found == [], "\n".join(found)


def test_the_readme_names_no_setting_that_is_not_there() -> None:
    """A setting that went would be refused at the start."""
    of_banks = (ROOT / "docs/banks/README.md").read_text("utf-8")
    told = set(re.findall(r"`(MOSTIK_[A-Z0-9_]+\*?)`", README.read_text("utf-8")))
    told -= {"MOSTIK_URL", "MOSTIK_KEY"}  # of the command line, which docs/cli.md describes
    found = [
        name
        for name in sorted(told - set(pages.settings()))
        if f"`{name}`" not in of_banks and not name.startswith("MOSTIK_TEST_")
    ]

    assert found == []


def test_every_bank_has_its_page() -> None:
    """What a bank's papers say, rule by rule, with source and date."""
    found = [bank for bank in BANKS if not (ROOT / f"docs/banks/{bank}.md").exists()]

    assert found == []


def test_no_link_between_our_pages_leads_nowhere() -> None:
    """A newcomer follows them all."""
    found = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in tracked()
        if page.suffix == ".md"
        for link in LINK.findall(page.read_text("utf-8"))
        if "://" not in link
        and not link.startswith(("#", "mailto:"))
        and not (page.parent / unquote(link.partition("#")[0])).exists()
    ]

    assert found == [], "\n".join(found)


def test_decisions_are_numbered_without_gaps_and_have_three_parts() -> None:
    """Why the house is as it is, in an order that can be cited."""
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))
    lacking = [
        f"{page.name}: {part}"
        for page in decisions
        for part in SECTIONS
        if f"\n## {part}\n" not in page.read_text("utf-8")
    ]

    assert [page.name[:4] for page in decisions] == [
        f"{n:04}" for n in range(1, len(decisions) + 1)
    ]
    assert lacking == []


def test_the_changelog_is_kept() -> None:
    """Entries stand under the groups of Keep a Changelog, the unreleased ones first."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    groups = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    releases = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)

    assert releases[0] == "Unreleased"
    assert groups <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
