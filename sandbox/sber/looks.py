"""What SberBusiness pages look like: plain HTML, one style, usable by keyboard."""

from collections.abc import Sequence
from html import escape

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f2f4f7;color:#1f1f22}
header{background:#12802e;color:#fff;padding:12px 24px;font-weight:600}
main{max-width:560px;margin:32px auto;padding:24px;background:#fff;border-radius:12px}
h1{font-size:22px;margin-top:0}label,legend{display:block;margin:12px 0 4px;font-weight:600}
input[type=email],input[type=password]{width:100%;padding:10px;font:inherit;box-sizing:border-box}
fieldset{border:1px solid #c5c9d0;border-radius:8px}
.tick{display:flex;gap:8px;margin:8px 0}.tick label{margin:0;font-weight:400}
button{margin:20px 12px 0 0;padding:10px 20px;font:inherit;border:2px solid #12802e;
border-radius:8px;background:#12802e;color:#fff;cursor:pointer}
button.second{background:#fff;color:#156926}
:focus-visible{outline:3px solid #107f8c;outline-offset:2px}.problem{color:#b3261e}
"""


def page(title: str, inside: str, problem: str = "") -> str:
    """A whole page; `inside` is HTML, title and problem are text."""
    alert = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    return (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body>"
        "<header>СберБизнес ID: репетиция, банк ненастоящий</header>"
        f"<main><h1>{escape(title)}</h1>{alert}{inside}</main></body></html>"
    )


def form(action: str, ticket: str, inside: str) -> str:
    """A form that remembers whose way it belongs to."""
    return (
        f'<form method="post" action="{escape(action)}">'
        f'<input type="hidden" name="ticket" value="{escape(ticket)}">{inside}</form>'
    )


def ticks(legend: str, name: str, rows: Sequence[tuple[str, str, bool]], *, kind: str) -> str:
    """Boxes or dots to tick: value, label, ticked."""
    boxes = "".join(
        f'<div class="tick"><input type="{kind}" id="{name}-{place}" name="{name}"'
        f' value="{escape(value)}"{" checked" if ticked else ""}>'
        f'<label for="{name}-{place}">{escape(label)}</label></div>'
        for place, (value, label, ticked) in enumerate(rows)
    )
    return f"<fieldset><legend>{escape(legend)}</legend>{boxes}</fieldset>"
