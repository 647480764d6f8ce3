"""`explain`: what a code means and what to do, from the catalogue alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from gateway.cli import endings, options
from gateway.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from schemas.cases import Case


@click.command()
@click.argument("words", nargs=-1, required=True, metavar='CODE|MB-nnnn|"WORDS"')
@click.option("--bank", help="Speak in the words of this bank's own menus.")
@options.language
@options.as_json
def explain(*, words: tuple[str, ...], bank: str | None, lang: str, as_json: bool) -> None:
    """Explain a code, a number read out on the phone, or a few words, also misspelt ones.

    Works without a server. Words may fit several cases: the best is told in full, the others are
    named; with --json a code or a number answers one object and words answer `items`.

    Example: `mostik explain MB-1202 --lang sk --bank sber`
    """
    from schemas import cases  # noqa: PLC0415 - reads half a hundred files
    from schemas.cases import Language  # noqa: PLC0415

    asked = " ".join(words)
    language = Language(lang)
    found = cases.search(asked)
    exact = cases.by_number(asked) is not None or (len(found) == 1 and found[0].code == asked)
    if as_json and found:
        told = [_told(each, language, bank) for each in found]
        print_json(told[0] if exact else {"items": told, "next_cursor": None})
    elif found:
        _print(_told(found[0], language, bank))
        if len(found) > 1:
            print_table(
                ("number", "code", "title"),
                ((each.number, each.code, each.text(language).title) for each in found[1:]),
            )
    if not found:
        endings.failed(f"NOT_FOUND: no case has the code, the number or the words {asked!r}")


def _told(case: Case, language: Any, bank: str | None) -> dict[str, Any]:
    text = case.text(language, bank)
    return {
        "code": case.code,
        "number": case.number,
        "status": case.status,
        "category": case.category,
        "actor": case.actor,
        "retry": case.retry,
        "audience": case.audience,
        "language": language,
        "bank": bank,
        "title": text.title,
        "cause": text.cause,
        "steps": text.steps,
        "type": f"/docs/errors/{case.code}",
    }


def _print(told: dict[str, Any]) -> None:
    click.echo(f"{told['code']} {told['number']}: {told['title']}")
    click.echo(f"  {told['cause']}")
    for place, step in enumerate(told["steps"], start=1):
        click.echo(f"  {place}. {step.text}")
    click.echo(f"  who acts: {told['actor']}; trying again: {told['retry']}")
