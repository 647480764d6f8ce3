"""The sandbox at a glance, for people: one page of plain HTML, nothing from elsewhere."""

from html import escape
from typing import Any
from urllib.parse import parse_qsl

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox import scenario
from sandbox.behaviour import knobs
from sandbox.control.banks import Order, ordered
from sandbox.control.wire import AnyRequest, duration
from sandbox.state import Sandbox

SHOWN_LINES = 40
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;
color:#1a1a1a}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #bbb}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .6rem;
vertical-align:top;border-bottom:1px solid #ddd}code{font-size:.95em}
button,input,select{font:inherit;padding:.2rem .6rem}select{max-width:100%}
form{display:inline-block;margin:.2rem;max-width:100%}
.wide{overflow-x:auto}td code{overflow-wrap:anywhere}
.changed{font-weight:bold}:focus-visible{outline:3px solid #06c}
"""


@get("/", media_type="text/html")
async def page(sandbox: NamedDependency[Sandbox]) -> str:
    """What is here now, and the few things that are turned most often."""
    parts = (
        _clock(sandbox),
        _companies(sandbox),
        _scenarios(),
        _orders(sandbox),
        _behaviours(sandbox),
        _journal(sandbox),
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mostik sandbox</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{STYLE}</style></head>'
        "<body><main><h1>Banks that do not exist</h1>"
        f"<p>Banks listen at <code>{escape(sandbox.public_url)}</code>, this control plane at "
        "<code>/control/v1</code>. Nothing survives a restart.</p>"
        f"{''.join(parts)}</main></body></html>"
    )


@post("/page/clock", status_code=303)
async def turn_clock(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Response[Any]:
    """A button of the page: forward by a duration."""
    fields = await _form(request)
    sandbox.clock.advance(duration(fields.get("advance", ""), "advance"))
    return _back()


@post("/page/scenarios/{name:str}", status_code=303)
async def load(name: FromPath[str], sandbox: NamedDependency[Sandbox]) -> Response[Any]:
    """A button of the page: load a situation."""
    scenario.stage(sandbox, scenario.load(name))
    return _back()


@post("/page/inject", status_code=303)
async def inject(request: AnyRequest, sandbox: NamedDependency[Sandbox]) -> Response[Any]:
    """The page's form: force a situation on the next answer."""
    bank, _, code = (await _form(request)).get("order", "").partition(" ")
    ordered(sandbox, Order(bank=bank, code=code))
    return _back()


async def _form(request: AnyRequest) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))


def _back() -> Response[Any]:
    return Response(content=None, status_code=303, headers={"location": "/"})


def _clock(sandbox: Sandbox) -> str:
    buttons = "".join(
        f'<form method="post" action="/page/clock"><button name="advance" value="{value}">'
        f"{label}</button></form>"
        for value, label in (
            ("PT30M", "+ 30 minutes"),
            ("PT6H", "+ 6 hours"),
            ("P1D", "+ 1 day"),
            ("P10D", "+ 10 days"),
            ("P180D", "+ 180 days"),
        )
    )
    return (
        f"<h2>Clock</h2><p><code>{sandbox.now:%Y-%m-%d %H:%M:%S} UTC</code>, "
        f"speed {sandbox.clock.speed:g}</p>{buttons}"
    )


def _companies(sandbox: Sandbox) -> str:
    rows = "".join(
        f"<tr><td>{escape(company.name)}<br><small>{escape(company.id)}</small></td>"
        f"<td>{escape(company.inn or company.ico)}</td>"
        f"<td>{escape(', '.join(p.login for p in sandbox.world.customers_of(company.id)))}</td>"
        f"<td>{_accounts(sandbox, company.id)}</td></tr>"
        for company in sandbox.world.companies.values()
    )
    if not rows:
        return "<h2>Companies</h2><p>None yet: load a scenario, or post one.</p>"
    head = _head("Company", "INN or ICO", "Login", "Accounts")
    return f'<h2>Companies</h2><div class="wide"><table>{head}{rows}</table></div>'


def _accounts(sandbox: Sandbox, company: str) -> str:
    return "<br>".join(
        f"{escape(account.bank)} <code>{escape(account.key)}</code> {escape(account.kind)} "
        f"{sandbox.world.balance(account, sandbox.today(account), sandbox.now):.2f} "
        f'{escape(account.currency)} <a href="/control/v1/accounts/{escape(account.key)}/ledger">'
        "ledger</a>"
        for account in sandbox.world.accounts_of(company)
    )


def _scenarios() -> str:
    rows = "".join(
        f"<tr><td><code>{_breakable(name)}</code></td><td>{escape(one.about)}</td>"
        f"<td>{_breakable(', '.join(one.expect))}</td>"
        f'<td><form method="post" action="/page/scenarios/{escape(name)}">'
        f'<button aria-label="Load {escape(name)}">Load</button></form></td></tr>'
        for name in scenario.names()
        for one in (scenario.load(name),)
    )
    head = _head("Situation", "About", "Must come out", "")
    return f'<h2>Scenarios</h2><div class="wide"><table>{head}{rows}</table></div>'


def _head(*titles: str) -> str:
    cells = (f'<th scope="col">{title}</th>' if title else "<td></td>" for title in titles)
    return f"<tr>{''.join(cells)}</tr>"


def _breakable(word: str) -> str:
    """A long word in snake case, which may be broken after each underscore."""
    return escape(word).replace("_", "_<wbr>")


def _orders(sandbox: Sandbox) -> str:
    options = "".join(
        f'<option value="{escape(bank.id)} {escape(code)}">{escape(bank.id)}: {escape(code)}'
        f" - {escape(about)}</option>"
        for bank in sandbox.banks
        for code, about in sorted(bank.situations.items())
    )
    waiting = "".join(
        f"<li>{escape(one.bank)} {escape(one.code)}, {one.left} left</li>"
        for one in sandbox.injections.waiting
    )
    return (
        '<h2>Force the next answer</h2><form method="post" action="/page/inject">'
        f'<label>Situation <select name="order">{options}</select></label> '
        f"<button>Force</button></form><ul>{waiting}</ul>"
    )


def _behaviours(sandbox: Sandbox) -> str:
    tables = (
        f'<details><summary>{escape(bank)}</summary><div class="wide"><table>'
        + "".join(
            f'<tr class="{"changed" if knob.value != knob.default else ""}">'
            f"<td><code>{_breakable(knob.name)}</code></td><td>{escape(str(knob.value))}</td>"
            f"<td>{escape(knob.help)}</td></tr>"
            for knob in knobs(now, sandbox.usual_behaviour(bank))
        )
        + "</table></div></details>"
        for bank, now in sandbox.behaviours.items()
    )
    return f"<h2>Behaviour</h2>{''.join(tables)}"


def _journal(sandbox: Sandbox) -> str:
    lines = sandbox.journal.since(0)[-SHOWN_LINES:]
    rows = "".join(
        f"<tr><td>{line.seq}</td><td>{line.at:%m-%d %H:%M:%S}</td><td>{escape(line.bank)}</td>"
        f"<td>{'to' if line.direction == 'out' else 'from'} client</td>"
        f"<td>{escape(line.method)} <code>{escape(line.path)}</code></td>"
        f"<td>{line.status}</td></tr>"
        for line in reversed(lines)
    )
    if not rows:
        return "<h2>Journal</h2><p>Nobody has asked anything yet.</p>"
    head = _head("No", "At", "Bank", "Way", "Call", "Status")
    return f'<h2>Journal</h2><div class="wide"><table>{head}{rows}</table></div>'


ROUTES = (page, turn_clock, load, inject)
