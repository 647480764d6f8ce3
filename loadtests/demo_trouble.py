"""One deliberate trouble, as whoever picks up the phone sees it."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from loadtests.demo_calls import Caller, CallFailed
from loadtests.demo_world import Book, Wish, World, connect

CODE = "ACCOUNT_NOT_IN_OFFER"
LANGUAGES = ("ru", "en")


class Trouble:
    """A connection that cannot work, in the words of each language."""

    def __init__(self, wanted: Book, connection: dict[str, Any], told: dict[str, Any]) -> None:
        self.wanted = wanted
        self.connection = connection
        self.told = told
        """Language -> the connection's problem."""


def provoke(api: Caller, control: Caller, world: World, wish: Wish) -> Trouble:
    """Expect an account that the customer does not put into the offer.

    Raises:
        CallFailed: when the gateway does not find out.
    """
    made = connect(api, control, world.doors[0], wish, expected=world.beside)
    path = f"/v1/connections/{made['id']}"
    told = {language: api.get(path, language)["problem"] for language in LANGUAGES}
    problem = told["en"]
    if not problem or problem["code"] != CODE:
        raise CallFailed(f"the missing account was told as {problem and problem['code']}")
    if not problem["evidence"]["wanted"].endswith(world.beside.key[-4:]):
        raise CallFailed("the evidence names another account")
    return Trouble(world.beside, made, told)


def card(trouble: Trouble) -> RenderableType:
    """The card of support: what it is, who acts, what to do, what shows it."""
    problem = trouble.told["en"]
    found = ", ".join(problem["evidence"]["found"])
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    for name, text in (
        ("Code", f"[bold]{problem['code']}[/]  {problem['number']}"),
        ("Connection", f"{trouble.connection['id']}, {trouble.connection['status']}"),
        ("Who acts", f"{problem['actor']}; afterwards try again ({problem['retry']['kind']})"),
        ("Evidence", f"wanted {problem['evidence']['wanted']}; in the signed offer: {found}"),
    ):
        facts.add_row(name, text)
    words = Table.grid(padding=(0, 3), expand=True)
    for _ in LANGUAGES:
        words.add_column(ratio=1)
    words.add_row(*(_words(trouble.told[language]) for language in LANGUAGES))
    title = f"{problem['number']} as a support person sees it"
    return Panel(Group(facts, "", words), title=title, border_style="yellow", padding=(1, 2))


def _words(problem: dict[str, Any]) -> Text:
    text = Text()
    text.append(f"{problem['title']}\n", style="bold")
    text.append(f"{problem['detail']}\n")
    for number, step in enumerate(problem["steps"], 1):
        text.append(f"{number}. {step['text']}\n")
    text.rstrip()
    return text
