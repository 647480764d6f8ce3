"""The customer's way through SberBusiness ID, beneath the pages: sign in, sign, go back."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.bank import Decision, Rejected
from sandbox.sber import offer
from sandbox.sber.books import Books, Client, Code, Walk
from sandbox.sber.identity import CLAIMS
from sandbox.sber.refusals import Refusal, oauth
from sandbox.sber.situations import AT_THE_PAGE, BANK, cured, struck
from sandbox.state import Sandbox
from sandbox.world import Company, Customer

CODE_MINUTES = 2
# a product's alias in the place of single words, seen as `di-<uuid>` and `SCOPE_…`
ALIASES = ("di-", "SCOPE_")


def begun(sandbox: Sandbox, asked: Mapping[str, str]) -> Walk:
    """Read the authorize request; what cannot go on is a Refusal, as a redirect where it may be."""
    client_id, redirect_uri = asked.get("client_id", ""), asked.get("redirect_uri", "")
    client = sandbox.store(Books).clients.get(client_id)
    if client is None:
        raise oauth(400, "unauthorized_client", "Unknown client_id")
    if not redirect_uri or (client.redirect_uris and redirect_uri not in client.redirect_uris):
        raise oauth(400, "invalid_request", "redirect_uri is not registered")
    walk = Walk(
        client_id=client_id,
        redirect_uri=redirect_uri,
        scope=_granted(client, asked.get("scope", "")),
        state=asked.get("state", ""),
        nonce=asked.get("nonce", ""),
        code_challenge=asked.get("code_challenge", ""),
    )
    if asked.get("response_type") != "code":
        raise sent_back(walk, "unsupported_response_type", "response_type must be code")
    if not walk.state:
        raise sent_back(walk, "invalid_request", "state is required")
    if asked.get("scope", "").split()[:1] != ["openid"]:
        raise sent_back(walk, "invalid_scope", "scope must start with openid")
    if walk.code_challenge and asked.get("code_challenge_method") != "S256":
        raise sent_back(walk, "invalid_request", "code_challenge_method must be S256")
    if asked.get("prompt") == "none":
        raise sent_back(walk, "login_required", "User is not signed in")
    return walk


def signed_in(sandbox: Sandbox, login: str, password: str) -> Customer | None:
    """The customer with this login and password, None when they do not fit."""
    user = sandbox.world.customer(login)
    fits = user is not None and hmac.compare_digest(user.password.encode(), password.encode())
    return user if fits else None


def companies_here(sandbox: Sandbox, user: Customer) -> list[Company]:
    """The user's organisations that have accounts at this bank."""
    world = sandbox.world
    return [world.companies[id_] for id_ in user.companies if world.accounts_of(id_, BANK)]


def ordered_at_the_page(sandbox: Sandbox, walk: Walk) -> str | None:
    """What the page was ordered to do in the place of the customer's yes."""
    return struck(sandbox, AT_THE_PAGE, walk.company)


def signed(sandbox: Sandbox, walk: Walk, accounts: Sequence[str]) -> str:
    """Sign the offer for these accounts; answers where the customer is sent back to."""
    cured(sandbox, walk.company)
    offer.signed(sandbox, walk.client_id, walk.company, walk.login, accounts)
    return _with_code(sandbox, walk)


def gone_on(sandbox: Sandbox, walk: Walk) -> str:
    """Go back with a code under the offer signed earlier, or without one where none is needed."""
    cured(sandbox, walk.company)
    return _with_code(sandbox, walk)


def refused(walk: Walk) -> str:
    """The customer pressed refuse."""
    return _back(walk, error="access_denied", error_description="User refused to sign the offer")


def turned_away(walk: Walk) -> str:
    """The customer may not sign, and pressed Back on the page that says so."""
    words = "User has no right to sign the offer"
    return _back(walk, error="access_denied", error_description=words)


def sent_back(walk: Walk, error: str, description: str) -> Refusal:
    """A redirect that carries an error."""
    location = _back(walk, error=error, error_description=description)
    return Refusal(302, b"", "text/plain", {"Location": location})


async def authorise(
    sandbox: Sandbox, url: str, decision: Decision, accounts: Sequence[str]
) -> str | None:
    """A customer without a browser; no accounts named means all that an offer can name."""
    parts = urlsplit(url)
    if not parts.path.endswith("/oauth/authorize"):
        raise Rejected("url", "The address is not Sber's authorize page.")
    try:
        walk = begun(sandbox, dict(parse_qsl(parts.query, keep_blank_values=True)))
    except Refusal as refusal:
        if "Location" in refusal.headers:
            return refusal.headers["Location"]
        raise Rejected("url", f"The bank refuses: {refusal.content.decode()}") from refusal
    company = _whose(sandbox, accounts)
    user = _signer(sandbox, company)
    walk.login, walk.company = user.login, company
    if decision == "abandon":
        return None
    return _decided(sandbox, walk, user, decision, accounts)


def _decided(
    sandbox: Sandbox, walk: Walk, user: Customer, decision: Decision, accounts: Sequence[str]
) -> str | None:
    if decision == "refuse":
        return refused(walk)
    code = ordered_at_the_page(sandbox, walk)
    if code == "BANK_CONFIRMATION_PENDING" or user.blocked:
        return None
    if code == "AUTHORISATION_DECLINED":
        return refused(walk)
    if not offer.needs_offer(sandbox):
        return gone_on(sandbox, walk)
    if code == "NO_SIGNING_RIGHT" or not user.may_sign:
        return turned_away(walk)
    named = [key.replace(" ", "") for key in accounts]
    may = [account.key for account in offer.suitable(sandbox, walk.company)]
    strangers = [key for key in named if key not in may]
    if strangers:
        raise Rejected("accounts", f"The offer page does not list {', '.join(strangers)}.")
    if not may:
        raise Rejected("accounts", "The company has no account that an offer can name.")
    return signed(sandbox, walk, named or may)


def _whose(sandbox: Sandbox, accounts: Sequence[str]) -> str:
    """The company that owns the first account named, else the newest with accounts here."""
    if accounts:
        account = sandbox.world.account(accounts[0])
        if account is None or account.bank != BANK:
            raise Rejected("accounts", f"Sber has no account {accounts[0]}.")
        return account.company
    here = [account.company for account in sandbox.world.accounts.values() if account.bank == BANK]
    if not here:
        raise Rejected("accounts", "No company has an account at Sber yet.")
    newest = list(sandbox.world.companies)
    return max(here, key=newest.index)


def _signer(sandbox: Sandbox, company: str) -> Customer:
    people = sandbox.world.customers_of(company)
    if not people:
        raise Rejected("accounts", "Nobody acts for this company.")
    return next((who for who in people if who.may_sign and not who.blocked), people[0])


def _granted(client: Client, scope: str) -> str:
    """What of the asked scope the contract covers, in the order asked; an alias is all of it."""
    asked = scope.split()
    if any(word.startswith(ALIASES) for word in asked):
        return " ".join(("openid", *CLAIMS, *client.services))
    covered = {"openid", *CLAIMS, *client.services}
    return " ".join(word for word in asked if word in covered)


def _with_code(sandbox: Sandbox, walk: Walk) -> str:
    life = timedelta(minutes=sandbox.behaviour(BANK).code_minutes or CODE_MINUTES)
    code = f"{sandbox.uuid()}-1"
    now, codes = sandbox.now, sandbox.store(Books).codes
    for old in [old for old, kept in codes.items() if now >= kept.expires_at + life]:
        del codes[old]
    codes[code] = Code(walk=walk, made_at=now, expires_at=now + life)
    return _back(walk, code=code)


def _back(walk: Walk, **fields: str) -> str:
    joint = "&" if "?" in walk.redirect_uri else "?"
    query = urlencode({**fields, "state": walk.state} if walk.state else fields)
    return f"{walk.redirect_uri}{joint}{query}"
