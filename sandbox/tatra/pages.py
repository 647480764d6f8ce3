"""The pages between /authorize and the way back, in Slovak: plain forms, labelled fields."""

from collections.abc import Callable
from urllib.parse import parse_qs, parse_qsl

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from sandbox.state import Sandbox
from sandbox.tatra import enrolment, gate, sheets
from sandbox.tatra.refusals import AnyRequest
from sandbox.tatra.store import COVERS, TATRA, Books, Walk

Form = dict[str, list[str]]
Move = Callable[[Sandbox, Walk, Form], str | None]

WALK = "/one-banking/{walk_id:str}"


@get("/auth/oauth/v2/authorize")
async def authorize(sandbox: NamedDependency[Sandbox], request: AnyRequest) -> Response[bytes]:
    """Check the request of the client, then show the customer the first page."""
    gate.entered(sandbox, request)
    query = request.scope["query_string"].decode("latin-1")
    walk = enrolment.opened(sandbox, dict(parse_qsl(query, keep_blank_values=True)))
    return _gone(_address(request, walk), 303)


@get(WALK)
async def page(
    sandbox: NamedDependency[Sandbox], request: AnyRequest, walk_id: FromPath[str]
) -> Response[bytes]:
    """The page on which this customer stands."""
    walk = _living(sandbox, walk_id)
    if walk is None:
        return _shown(sheets.over(), 410)
    html = sheets.of(sandbox, walk, _address(request, walk))
    walk.problem = ""
    return _shown(html)


@get(f"{WALK}/mail")
async def mail(sandbox: NamedDependency[Sandbox], walk_id: FromPath[str]) -> Response[bytes]:
    """The e-mail with the one-time code, since no mail leaves this place."""
    walk = _living(sandbox, walk_id)
    return _shown(sheets.mail(walk)) if walk is not None else _shown(sheets.over(), 410)


@post(f"{WALK}/{{step:str}}", status_code=303)
async def answer(
    sandbox: NamedDependency[Sandbox],
    request: AnyRequest,
    walk_id: FromPath[str],
    step: FromPath[str],
) -> Response[bytes]:
    """What the customer has filled in; the next page, or back to the client."""
    walk = _living(sandbox, walk_id)
    if walk is None:
        return _shown(sheets.over(), 410)
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    move = MOVES.get(step)
    # a form sent from a page left long ago, by the browser's back button
    if move is None or (step not in ALWAYS and step != walk.step):
        return _gone(_address(request, walk), 303)
    location = move(sandbox, walk, form)
    return _gone(location or _address(request, walk), 302 if location else 303)


def _choose(_: Sandbox, walk: Walk, form: Form) -> None:
    enrolment.chosen(walk, client_of_tatra=_field(form, "who") == "client")


def _sign_in(sandbox: Sandbox, walk: Walk, form: Form) -> None:
    enrolment.signed_in(sandbox, walk, _field(form, "pid"), _field(form, "password"))


def _mail(sandbox: Sandbox, walk: Walk, form: Form) -> None:
    if "@" not in _field(form, "email"):
        walk.problem = "Zadajte platnú e-mailovú adresu."
        return
    enrolment.mailed(sandbox, walk, _field(form, "email"))


def _verify(sandbox: Sandbox, walk: Walk, form: Form) -> str | None:
    return enrolment.verified(sandbox, walk, _field(form, "code"))


def _mail_again(sandbox: Sandbox, walk: Walk, _: Form) -> None:
    if walk.step == "code":
        enrolment.mailed(sandbox, walk, walk.login)


def _register(sandbox: Sandbox, walk: Walk, form: Form) -> None:
    names = ("first_name", "last_name", "phone")
    if not all(_field(form, name) for name in names):
        walk.problem = "Vyplňte všetky povinné polia."
        return
    enrolment.registered(sandbox, walk, contract="contract" in form, data_use="data_use" in form)


def _another_bank(_: Sandbox, walk: Walk, __: Form) -> None:
    if walk.step == "hub":
        walk.step = "bank"


def _choose_bank(_: Sandbox, walk: Walk, form: Form) -> None:
    bank = _field(form, "bank")
    if bank in COVERS and bank != TATRA:
        walk.bank, walk.step = bank, "link"
        return
    walk.problem = "Vyberte banku."


def _link(sandbox: Sandbox, walk: Walk, form: Form) -> None:
    enrolment.linked(sandbox, walk, _field(form, "login"), _field(form, "password"))


def _confirm(sandbox: Sandbox, walk: Walk, form: Form) -> str | None:
    ticked = [key for key in form.get("account", []) if key in walk.offered]
    if not ticked:
        walk.problem = "Vyberte aspoň jeden účet."
        return None
    return enrolment.confirmed(sandbox, walk, ticked)


def _back(_: Sandbox, walk: Walk, __: Form) -> None:
    if walk.step in ("bank", "link"):
        walk.step = "hub"


def _leave(sandbox: Sandbox, walk: Walk, _: Form) -> str:
    return enrolment.left(sandbox, walk)


MOVES: dict[str, Move] = {
    "start": _choose,
    "login": _sign_in,
    "email": _mail,
    "code": _verify,
    "again": _mail_again,
    "registration": _register,
    "another": _another_bank,
    "bank": _choose_bank,
    "link": _link,
    "hub": _confirm,
    "back": _back,
    "cancel": _leave,
}
ALWAYS = ("again", "another", "back", "cancel")


def _living(sandbox: Sandbox, walk_id: str) -> Walk | None:
    walk = sandbox.store(Books).walks.get(walk_id)
    gone = walk is None or walk.step == "done" or walk.expires_at <= sandbox.now
    return None if gone else walk


def _address(request: AnyRequest, walk: Walk) -> str:
    return f"/{TATRA}{gate.prefix(request)}/one-banking/{walk.id}"


def _field(form: Form, name: str) -> str:
    return form.get(name, [""])[0].strip()


def _shown(html: str, status: int = 200) -> Response[bytes]:
    headers = {"Cache-Control": "no-store"}
    kind = "text/html"
    return Response(html.encode(), status_code=status, media_type=kind, headers=headers)


def _gone(location: str, status: int) -> Response[bytes]:
    return Response(b"", status_code=status, headers={"Location": location})


ROUTES = (authorize, page, mail, answer)
