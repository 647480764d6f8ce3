"""Writes the pages that are made from code: `make pages`, or one by name with `python -m`.

The tests beside this module compare; whoever adds a bank, an endpoint or an option writes anew.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import click
import httpx
from msgspec import NODEFAULT, Struct, structs

from providers import BANKS
from schemas.bank import Bank
from tests.house.sources import ROOT

MADE = "<!-- Made from code by `make pages`; do not edit. -->"
VERBS = ("get", "post", "put", "patch", "delete")
ELSEWHERE = (
    "Conventions, fields and problems are told by the page at `/docs` of a running gateway and by "
    "`/openapi.json`."
)
MEANING = (
    "What each capability means stands in `schemas/bank.py`; where each figure comes from, below "
    "and in the bank's own page."
)


def api_page() -> str:
    """docs/api.md: every endpoint of the OpenAPI document."""
    return endpoints(openapi())


def commands_page() -> str:
    """docs/cli.md: every command with its arguments and options."""
    return commands(program())


def banks_page() -> str:
    """docs/banks/README.md: what each bank can do, and its settings."""
    return matrix([entrance.bank for entrance in BANKS.values()])


PAGES: dict[str, Callable[[], str]] = {
    "docs/api.md": api_page,
    "docs/cli.md": commands_page,
    "docs/banks/README.md": banks_page,
}


def openapi() -> dict[str, Any]:
    """The document that an installation with no settings serves at /openapi.json."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        return runner.run(_served(f"sqlite:///{folder}/mostik.db"))


async def _served(database_url: str) -> dict[str, Any]:
    read = importlib.import_module("gateway.settings").read
    product = await importlib.import_module("gateway.product").open_product(
        read({"MOSTIK_DATABASE_URL": database_url})
    )
    app: Any = importlib.import_module("gateway.app").create_app(product)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            answer = await client.get("http://localhost/openapi.json")
            answer.raise_for_status()
            document: dict[str, Any] = answer.json()
            return document
    finally:
        await product.close()


def program() -> click.Group:
    """The group of commands behind `mostik`."""
    module = importlib.import_module("gateway.cli")
    return next(each for each in vars(module).values() if isinstance(each, click.Group))


def settings() -> list[str]:
    """Every variable of the product itself; a bank's own are named by its prefix, `…_SBER_*`."""
    explain: Mapping[str, str] = importlib.import_module("gateway.settings").EXPLAIN
    return [
        *(f"MOSTIK_{name}" for name in explain),
        *(f"MOSTIK_{bank.upper()}_*" for bank in BANKS),
    ]


def endpoints(document: Mapping[str, Any]) -> str:
    """A page for an OpenAPI document: a table for each tag, in the document's order."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for path, item in document["paths"].items():
        for verb in VERBS:
            if verb in item:
                operation = item[verb]
                tag = next(iter(operation.get("tags", [])), "others")
                groups.setdefault(tag, []).append((verb.upper(), f"`{path}`", _said(operation)))
    lines = ["# The API", MADE, "", ELSEWHERE, ""]
    for tag, rows in groups.items():
        lines += [f"## {tag.capitalize()}", "", *_table(("", "path", "what it does"), rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def _said(operation: Mapping[str, Any]) -> str:
    """The first sentence that an operation says of itself."""
    return _one_line(operation.get("description") or operation.get("summary") or "")


def commands(group: click.Group) -> str:
    """A page for a program: a section for each command."""
    lines = ["# The command line", MADE, ""]
    for context in _contexts(click.Context(group, info_name="mostik")):
        command = context.command
        usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
        level = 2 + context.command_path.count(" ")
        lines += [f"{'#' * min(level, 4)} `{context.command_path}`", ""]
        lines += [_paragraph(command.help or ""), "", "```", usage, "```", ""]
        rows = [
            (f"`{_one_line(names)}`", _one_line(told))
            for parameter in command.params
            if (record := parameter.get_help_record(context))
            for names, told in [record]
        ]
        if rows:
            lines += [*_table(("option", "what it does"), rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """A command's context and those of all commands below it, in the program's order."""
    yield context
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command is not None and not command.hidden:
                yield from _contexts(click.Context(command, info_name=name, parent=context))


def matrix(banks: Sequence[Bank]) -> str:
    """A page for the banks: one row for each thing that a descriptor states."""
    shown = sorted(banks, key=lambda bank: bank.id)
    titles = ("", *(f"[{bank.name}]({bank.id}.md)" for bank in shown))
    stated: list[tuple[str, Callable[[Bank], object]]] = [
        ("id", lambda bank: f"`{bank.id}`"),
        ("country", lambda bank: bank.country),
        ("currencies", lambda bank: bank.currencies),
        ("flow", lambda bank: bank.flow.value),
        ("also", lambda bank: tuple(flow.value for flow in bank.flows if flow != bank.flow)),
        ("zone", lambda bank: bank.zone),
        ("banks behind it", lambda bank: tuple(linked.name for linked in bank.reaches)),
    ]
    rows = [(name, *(_cell(of(bank)) for bank in shown)) for name, of in stated]
    if shown:
        rows += [
            (f"`{name}`", *(_cell(getattr(bank.capabilities, name)) for bank in shown))
            for name in shown[0].capabilities.__struct_fields__
        ]
    lines = ["# The banks", MADE, "", *_table(titles, rows), "", MEANING, ""]
    for bank in shown:
        lines += [f"## {bank.name}", ""]
        lines += [f"- `{name}`: {source}" for name, source in sorted(bank.sources.items())]
        lines += ["", *_table(("setting", "unless set", "what it is"), _settings_of(bank)), ""]
    return "\n".join(lines).rstrip() + "\n"


def _settings_of(bank: Bank) -> Iterator[tuple[str, ...]]:
    """A bank's own variables, with the sentences that stand under the fields."""
    shape = BANKS[bank.id].settings
    body = ast.parse(textwrap.dedent(inspect.getsource(shape))).body[0]
    assert isinstance(body, ast.ClassDef)
    told = {
        field.target.id: ast.literal_eval(sentence.value)
        for field, sentence in pairwise(body.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(sentence, ast.Expr)
    }
    for field in structs.fields(shape):
        name = f"MOSTIK_{bank.id.upper()}_{field.name.upper()}"
        unset = _cell(field.default) if field.default not in {"", NODEFAULT} else "–"
        yield f"`{name}`", unset, _one_line(told.get(field.name, ""))


def _cell(value: object) -> str:
    if value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (tuple, list)):
        return ", ".join(_cell(each) for each in value)
    if isinstance(value, Struct):
        return str(getattr(value, "name", value))
    return _one_line(str(value))


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _one_line(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split()).replace("|", "\\|")


def _paragraph(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.partition("\f")[0].split("\n\n"))


def main(names: Sequence[str]) -> None:
    """Write these pages, or every page."""
    for name in names or PAGES:
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGES[name](), "utf-8")
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
