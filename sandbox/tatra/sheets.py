"""What the pages of Tatra and of the banks behind it look like."""

from html import escape

from sandbox.clock import ZONES
from sandbox.state import Sandbox
from sandbox.tatra.store import COVERS, NAMES, TATRA, Walk, link_of

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#eef2f6;color:#1b2733}
header{padding:.8rem 1.5rem;background:#0a3d73;color:#fff;font-weight:600}
main{max-width:34rem;margin:2rem auto;padding:1.5rem;box-sizing:border-box;background:#fff;
border-radius:.5rem}
h1{font-size:1.4rem;margin-top:0}label{display:block;margin:.8rem 0 .2rem}
input[type=text],input[type=email],input[type=password],input[type=tel]{width:100%;padding:.5rem;
box-sizing:border-box;font:inherit}
fieldset{border:1px solid #c3ccd5;border-radius:.4rem;margin:1rem 0;min-width:0}
fieldset label{margin:.4rem 0;padding-left:1.7rem;text-indent:-1.7rem;overflow-wrap:anywhere}
form.second{display:inline-block}button{font:inherit;padding:.5rem 1rem;margin:.8rem .5rem 0 0;
border:1px solid #0a5aa8;border-radius:.4rem;background:#0a5aa8;color:#fff;cursor:pointer}
.second button,button.second{background:#fff;color:#0a5aa8}
:focus-visible{outline:3px solid #b35c00;outline-offset:2px}
.problem{border-left:4px solid #b00020;padding:.4rem .8rem;background:#fdecef}
"""


def of(sandbox: Sandbox, walk: Walk, address: str) -> str:
    """The page of the step on which the customer stands."""
    pages = {
        "start": _start,
        "login": _login,
        "email": _email,
        "code": _code,
        "registration": _registration,
        "bank": _bank,
        "link": _link,
    }
    if walk.step == "hub":
        return _hub(sandbox, walk, address)
    return pages[walk.step](walk, address)


def over() -> str:
    """The walk has ended, or took longer than a quarter of an hour."""
    text = "<p>Platnosť požiadavky vypršala. Vráťte sa do aplikácie a začnite znova.</p>"
    return _sheet("Požiadavka už nie je platná", text)


def mail(walk: Walk) -> str:
    """The e-mail with the code."""
    text = (
        f"<p>Komu: {escape(walk.login)}</p><p>Vaše jednorazové heslo pre službu One banking je "
        f'<strong id="code">{walk.code}</strong>.</p>'
    )
    return _sheet("E-mail od Tatra banky", text)


def _start(walk: Walk, address: str) -> str:
    buttons = (
        '<button name="who" value="client">Som klientom Tatra banky</button>'
        '<button name="who" value="other" class="second">Nie som klientom</button>'
    )
    text = "<p>Aplikácia <strong>Mostík</strong> žiada o čítanie vašich účtov.</p>"
    return _sheet("Sprístupnenie účtov", text + _form(walk, address, "start", buttons))


def _login(walk: Walk, address: str) -> str:
    fields = (
        _input("pid", "PID", "text", "username")
        + _input("password", "Heslo", "password", "current-password")
        + "<button>Prihlásiť sa</button>"
    )
    return _sheet("Prihlásenie do Tatra banky", _form(walk, address, "login", fields))


def _email(walk: Walk, address: str) -> str:
    fields = _input("email", "E-mailová adresa", "email", "email") + "<button>Pokračovať</button>"
    text = "<p>Na túto adresu vám pošleme jednorazové heslo.</p>"
    return _sheet("One banking", text + _form(walk, address, "email", fields))


def _code(walk: Walk, address: str) -> str:
    fields = (
        _input("code", "Jednorazové heslo z e-mailu", "text", "one-time-code")
        + "<button>Overiť</button>"
    )
    text = (
        f"<p>Heslo sme poslali na {escape(walk.login)}. "
        f'<a href="{address}/mail" target="_blank">Otvoriť e-mail</a></p>'
    )
    again = _bare(address, "again", "Poslať nové heslo")
    return _sheet("Overenie e-mailu", text + _form(walk, address, "code", fields) + again)


def _registration(walk: Walk, address: str) -> str:
    fields = (
        _input("first_name", "Meno", "text", "given-name")
        + _input("last_name", "Priezvisko", "text", "family-name")
        + _input("phone", "Mobil", "tel", "tel")
        + "<fieldset><legend>Dokumenty</legend>"
        + _tick("contract", "yes", "Súhlasím s návrhom zmluvy o poskytovaní služby One banking")
        + _tick("data_use", "yes", "Súhlasím s využitím údajov")
        + "</fieldset><button>Dokončiť registráciu</button>"
    )
    return _sheet("Registrácia do One banking", _form(walk, address, "registration", fields))


def _hub(sandbox: Sandbox, walk: Walk, address: str) -> str:
    rows = []
    for key in walk.offered:
        account = sandbox.world.account(key)
        if account is None:
            continue
        link = link_of(sandbox, account)
        until = ""
        if link is not None and account.bank != TATRA:
            until = f", platné do {link.expires_at.astimezone(ZONES['SK']):%d.%m.%Y}"
        label = f"{NAMES[account.bank]} {account.iban} ({account.currency}){until}"
        rows.append(_tick("account", account.key, label, ticked=True))
    accounts = "".join(rows) or "<p>Zatiaľ nemáte prepojený žiadny účet.</p>"
    fields = (
        f"<fieldset><legend>Účty</legend>{accounts}</fieldset><button>Potvrdiť prístup</button>"
    )
    another = _bare(address, "another", "Pridať účet z inej banky")
    return _sheet("Prepojené účty", _form(walk, address, "hub", fields) + another)


def _bank(walk: Walk, address: str) -> str:
    choices = "".join(
        f'<label><input type="radio" name="bank" value="{bank}"> {NAMES[bank]}</label>'
        for bank in COVERS
        if bank != TATRA
    )
    fields = f"<fieldset><legend>Banka</legend>{choices}</fieldset><button>Pokračovať</button>"
    back = _bare(address, "back", "Späť")
    return _sheet("Vyberte banku", _form(walk, address, "bank", fields) + back)


def _link(walk: Walk, address: str) -> str:
    fields = (
        _input("login", "Prihlasovacie meno", "text", "username")
        + _input("password", "Heslo", "password", "current-password")
        + "<button>Potvrdiť prepojenie na 180 dní</button>"
    )
    text = "<p>Tatra banka žiada o čítanie vašich účtov v tejto banke.</p>"
    back = _bare(address, "back", "Späť")
    title = f"{NAMES[walk.bank]}: internet banking"
    return _sheet(title, text + _form(walk, address, "link", fields) + back)


def _form(walk: Walk, address: str, step: str, fields: str) -> str:
    problem = f'<p class="problem" role="alert">{escape(walk.problem)}</p>' if walk.problem else ""
    cancel = _bare(address, "cancel", "Zrušiť")
    return f'{problem}<form method="post" action="{address}/{step}">{fields}</form>{cancel}'


def _bare(address: str, step: str, label: str) -> str:
    action = f"{address}/{step}"
    return f'<form method="post" class="second" action="{action}"><button>{label}</button></form>'


def _input(name: str, label: str, kind: str, complete: str) -> str:
    return (
        f'<label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{complete}">'
    )


def _tick(name: str, value: str, label: str, *, ticked: bool = False) -> str:
    mark = " checked" if ticked else ""
    return (
        f'<label><input type="checkbox" name="{name}" value="{escape(value)}"{mark}> '
        f"{escape(label)}</label>"
    )


def _sheet(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="sk"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{STYLE}</style></head>'
        "<body><header>One banking: skúška, banka nie je skutočná</header>"
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
