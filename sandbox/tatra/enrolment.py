"""The customer's way from /authorize back to the client: what each page decides."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from urllib.parse import urlencode, urlsplit
from uuid import NAMESPACE_URL, uuid5

from sandbox.bank import Rejected
from sandbox.state import Sandbox
from sandbox.tatra import gate, refusals, situations
from sandbox.tatra.store import (
    COVERS,
    TATRA,
    Books,
    Client,
    Code,
    Consent,
    Link,
    Walk,
    accounts_of,
    client_named,
)
from sandbox.world import Account, Customer

SCOPE = "PREMIUM_AIS"
WALK_LIFE = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=5)
CONSENT_DAYS = 180
MOST_TRIES = 3

# what the client reads in error_description when the customer comes back without a yes
WORDS = {
    "AUTHORISATION_DECLINED": "The resource owner denied the request",
    "REGISTRATION_INCOMPLETE": "One banking registration was not completed",
    "VERIFICATION_CODE_REJECTED": "Verification code was rejected",
}


def opened(sandbox: Sandbox, params: Mapping[str, str]) -> Walk:
    """Begin the walk that an authorise request asks for; a Refusal where it may not begin."""
    client = client_named(sandbox, params.get("client_id", ""))
    if client is None:
        raise refusals.client_not_recognised()
    redirect_uri = params.get("redirect_uri", "")
    if not _may_return(client, redirect_uri):
        raise refusals.redirect_not_registered()
    if params.get("response_type") != "code":
        raise refusals.request_malformed("Missing or invalid parameter response_type")
    if not params.get("code_challenge") or params.get("code_challenge_method") != "S256":
        raise refusals.request_malformed("PKCE is required: code_challenge with method S256")
    consent = _consent_in(sandbox, client, params.get("scope", ""))
    walk = Walk(
        id=sandbox.token(24),
        client=client.id,
        consent=consent.id,
        redirect_uri=redirect_uri,
        oauth_state=params.get("state", ""),
        challenge=params["code_challenge"],
        expires_at=sandbox.now + WALK_LIFE,
    )
    sandbox.store(Books).walks[walk.id] = walk
    return walk


def chosen(walk: Walk, *, client_of_tatra: bool) -> None:
    """The first page: a client of Tatra banka, or not."""
    walk.step = "login" if client_of_tatra else "email"


def signed_in(sandbox: Sandbox, walk: Walk, login: str, password: str) -> None:
    """Log in at Tatra with PID and password; its own accounts are offered from then on."""
    customer = _customer(sandbox, walk, login, password)
    if customer is None:
        return
    walk.login, walk.at_tatra, walk.step = customer.login, True, "hub"
    _offer(sandbox, walk)


def mailed(sandbox: Sandbox, walk: Walk, email: str) -> None:
    """Send the one-time code to an address; whoever has it may go on."""
    walk.login = email.strip().lower()
    walk.code = f"{sandbox.random.randrange(10**6):06d}"
    minutes = sandbox.behaviour(TATRA).tatra.verification_minutes
    walk.code_expires_at = sandbox.now + timedelta(minutes=minutes)
    walk.step = "code"


def verified(sandbox: Sandbox, walk: Walk, code: str) -> str | None:
    """Check the code from the e-mail; the third wrong one ends the walk, with the way back."""
    books = sandbox.store(Books)
    live = walk.code_expires_at is not None and sandbox.now < walk.code_expires_at
    if live and code.strip() == walk.code:
        walk.step = "hub" if walk.login in books.registered else "registration"
        _offer(sandbox, walk)
        return None
    walk.tries += 1
    if walk.tries >= MOST_TRIES:
        return turned_away(sandbox, walk, "VERIFICATION_CODE_REJECTED")
    walk.problem = "Nesprávne heslo." if live else "Platnosť hesla vypršala, vyžiadajte si nové."
    return None


def registered(sandbox: Sandbox, walk: Walk, *, contract: bool, data_use: bool) -> None:
    """The One banking form: without both agreements nobody gets further."""
    if not (contract and data_use):
        walk.problem = "Pre dokončenie registrácie je potrebné odsúhlasiť oba dokumenty."
        return
    books = sandbox.store(Books)
    if walk.login not in books.registered:
        books.registered.append(walk.login)
    walk.step = "hub"
    _offer(sandbox, walk)


def linked(sandbox: Sandbox, walk: Walk, login: str, password: str) -> None:
    """Confirm the link in the other bank's own internet banking: 180 days from now."""
    customer = _customer(sandbox, walk, login, password)
    if customer is None:
        return
    accounts = _accounts(sandbox, customer, walk.bank)
    if not accounts:
        walk.problem = "V tejto banke nemáte účet."
        return
    for account in accounts:
        renew_link(sandbox, account)
    walk.login = walk.login or customer.login
    walk.step = "hub"
    _offer(sandbox, walk)
    walk.offered += [a.key for a in accounts if a.key not in walk.offered]


def renew_link(sandbox: Sandbox, account: Account) -> None:
    """A link to the account's bank begins now; Tatra reads the bank at once."""
    books, now = sandbox.store(Books), sandbox.now
    days = gate.habits_of(sandbox, account).link_days
    link = Link(created_at=now, expires_at=now + timedelta(days=days))
    books.links[f"{account.company}/{account.bank}"] = link
    books.pulls[account.key] = [now]


def confirmed(sandbox: Sandbox, walk: Walk, keys: Iterable[str]) -> str:
    """The customer's yes: the consent is valid, the browser goes back with a code."""
    ticked = (sandbox.world.account(key) for key in keys)
    accounts = [account for account in ticked if account is not None]
    company = accounts[0].company
    forced = situations.met_by_any(sandbox, accounts, company, situations.AT_THE_PAGES)
    if forced in WORDS:
        return turned_away(sandbox, walk, forced or "")
    consent = sandbox.store(Books).consents[walk.consent]
    grant(sandbox, consent, walk.login, accounts)
    behaviour = sandbox.behaviour(TATRA)
    life = gate.lifetime(behaviour.code_minutes, CODE_LIFE)
    late = forced == "AUTHORISATION_TIMED_OUT"
    code = sandbox.token(36)
    sandbox.store(Books).codes[code] = Code(
        client=walk.client,
        consent=consent.id,
        redirect_uri=walk.redirect_uri,
        challenge=walk.challenge,
        expires_at=sandbox.now if late else sandbox.now + life,
    )
    walk.step = "done"
    return _back(walk, {"code": code})


def grant(sandbox: Sandbox, consent: Consent, login: str, accounts: list[Account]) -> None:
    """Make a consent valid for these accounts and give each an id of its own under it."""
    behaviour, now = sandbox.behaviour(TATRA), sandbox.now
    same = consent.client if not behaviour.tatra.new_account_ids else consent.id
    situations.healed(sandbox, accounts)
    consent.status = "valid"
    consent.login = login
    consent.company = accounts[0].company
    consent.accounts = {
        str(uuid5(NAMESPACE_URL, f"{same}/{account.key}")): account.key for account in accounts
    }
    consent.works_from = now + timedelta(minutes=behaviour.confirmation_minutes)
    consent.expires_at = now + timedelta(days=behaviour.consent_days or CONSENT_DAYS)
    for account in accounts:
        if account.bank == TATRA:
            renew_link(sandbox, account)


def turned_away(sandbox: Sandbox, walk: Walk, code: str) -> str:
    """Send the browser back without a yes; a refusal ends the consent, the rest leaves it."""
    consent = sandbox.store(Books).consents[walk.consent]
    if code == "AUTHORISATION_DECLINED" and consent.status == "received":
        consent.status = "rejected"
    walk.step = "done"
    return _back(walk, {"error": "access_denied", "error_description": WORDS[code]})


def left(sandbox: Sandbox, walk: Walk) -> str:
    """The customer pressed cancel: what that means depends on the page."""
    unregistered = walk.step in ("email", "code", "registration") or (
        not walk.at_tatra and walk.step in ("hub", "bank", "link") and not walk.offered
    )
    return turned_away(
        sandbox, walk, "REGISTRATION_INCOMPLETE" if unregistered else "AUTHORISATION_DECLINED"
    )


def suitable(sandbox: Sandbox, login: str, keys: Iterable[str]) -> list[Account]:
    """The accounts a customer without a browser ticks; Rejected where there are none."""
    named = list(keys)
    if named:
        found = [(key, sandbox.world.account(key)) for key in named]
        for key, account in found:
            if account is None or account.bank not in COVERS:
                raise Rejected("accounts", f"{key} is no account that can be reached here.")
        return [account for _, account in found if account is not None]
    customer = sandbox.world.customer(login)
    companies = customer.companies if customer else list(reversed(sandbox.world.companies))
    reachable = [sandbox.world.accounts_of(company, *COVERS) for company in companies]
    # nobody said who sits there: the newest company that has payments, else the newest
    moved = [group for group in reachable if any(len(sandbox.world.book(a)) for a in group)]
    for group in (*moved, *reachable):
        if group:
            return group
    raise Rejected("accounts", "No company has an account at Tatra banka or a bank behind it.")


def _consent_in(sandbox: Sandbox, client: Client, scope: str) -> Consent:
    words = scope.split()
    if len(words) != 1:
        raise refusals.scope_not_allowed("Exactly one scope is allowed")
    name, _, consent_id = words[0].partition(":")
    if name != SCOPE or bool(consent_id) != (client.usage == "TPP"):
        raise refusals.scope_not_allowed()
    books = sandbox.store(Books)
    if client.usage != "TPP":
        consent = Consent(id=sandbox.uuid(), client=client.id, created_at=sandbox.now)
        books.consents[consent.id] = consent
        return consent
    known = books.consents.get(consent_id)
    if known is None or known.client != client.id:
        raise refusals.scope_not_allowed("Consent does not exist")
    if known.standing(sandbox.now) not in ("received", "valid"):
        raise refusals.scope_not_allowed("Consent is not active")
    return known


def _may_return(client: Client, redirect_uri: str) -> bool:
    if client.redirect_uris:
        return redirect_uri in client.redirect_uris
    parts = urlsplit(redirect_uri)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.fragment


def _customer(sandbox: Sandbox, walk: Walk, login: str, password: str) -> Customer | None:
    customer = sandbox.world.customer(login)
    if customer is None or customer.password != password:
        walk.problem = "Nesprávne prihlasovacie údaje."
        return None
    if customer.blocked:
        walk.problem = "Váš prístup je zablokovaný. Kontaktujte svoju banku."
        return None
    return customer


def _accounts(sandbox: Sandbox, customer: Customer, *banks: str) -> list[Account]:
    return [a for company in customer.companies for a in sandbox.world.accounts_of(company, *banks)]


def _offer(sandbox: Sandbox, walk: Walk) -> None:
    """Tick what may be ticked: Tatra's own accounts, and those of banks linked before."""
    customer = sandbox.world.customer(walk.login)
    if customer is None:
        return
    links = sandbox.store(Books).links
    for account in _accounts(sandbox, customer, *COVERS):
        link = links.get(f"{account.company}/{account.bank}")
        known = link is not None and link.expires_at > sandbox.now
        if (walk.at_tatra if account.bank == TATRA else known) and account.key not in walk.offered:
            walk.offered.append(account.key)


def _back(walk: Walk, words: dict[str, str]) -> str:
    if walk.oauth_state:
        words["state"] = walk.oauth_state
    joint = "&" if urlsplit(walk.redirect_uri).query else "?"
    return f"{walk.redirect_uri}{joint}{urlencode(words)}"


def accounts_under(sandbox: Sandbox, consent: Consent) -> list[Account]:
    """The accounts of a consent in the order they were ticked."""
    return list(accounts_of(sandbox, consent).values())
