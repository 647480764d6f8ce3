"""Access and refresh tokens: issued, rotated with a reserve, revoked."""

from datetime import datetime, timedelta

from sandbox.sber import refusals
from sandbox.sber.books import Books, Client, Pair, Walk
from sandbox.sber.offer import truly_dead
from sandbox.sber.situations import AT_THE_REFRESH, BANK, struck
from sandbox.state import Sandbox

ACCESS_MINUTES = 60
REFRESH_DAYS = 180
SECRET_DAYS = 40

# error_description; only the first is known from third parties, the others are guesses
GRANT_WORDS = {
    "CONSENT_REVOKED": "Unknown refresh token",
    "CONSENT_EXPIRED": "Refresh token expired",
    "OFFER_EXPIRED": "Offer expired",
    "CREDENTIALS_CHANGED": "User password changed",
    "USER_BLOCKED": "User is blocked",
}


def authenticated(sandbox: Sandbox, client_id: str, secret: str) -> Client:
    """The client behind these credentials; an expired or wrong secret is invalid_client."""
    habits = sandbox.behaviour(BANK).sber
    client = sandbox.store(Books).clients.get(client_id)
    status = habits.invalid_client_status
    if client is None or client.secret != secret:
        raise refusals.oauth(status, "invalid_client", "Client authentication failed")
    if client.secret_since is None:
        client.secret_since = sandbox.now
    mortal = habits.client_secret_days and not client.perpetual
    age = sandbox.now - client.secret_since
    if mortal and age > timedelta(days=habits.client_secret_days):
        raise refusals.oauth(status, "invalid_client", "Client secret expired")
    return client


def issued(sandbox: Sandbox, walk: Walk, signed_in_at: datetime) -> Pair:
    """A new pair for a user and a company."""
    behaviour, now, books = sandbox.behaviour(BANK), sandbox.now, sandbox.store(Books)
    access_life = timedelta(minutes=behaviour.access_token_minutes or ACCESS_MINUTES)
    pair = Pair(
        access=f"{sandbox.uuid()}-1",
        refresh=f"{sandbox.uuid()}-1",
        client_id=walk.client_id,
        login=walk.login,
        company=walk.company,
        scope=_scope_now(sandbox, walk.company, walk.scope),
        nonce=walk.nonce,
        signed_in_at=signed_in_at,
        issued_at=now,
        access_until=now + access_life,
        refresh_until=now + timedelta(days=behaviour.refresh_token_days or REFRESH_DAYS),
    )
    books.pairs[pair.access] = pair
    books.refreshes[pair.refresh] = pair.access
    return pair


def renewed(sandbox: Sandbox, client_id: str, refresh: str) -> Pair:
    """The pair behind a refresh token; a used one answers with its successor while in reserve."""
    books, now = sandbox.store(Books), sandbox.now
    pair = books.pairs.get(books.refreshes.get(refresh, ""))
    if pair is None or pair.client_id != client_id:
        raise _no_grant("CONSENT_REVOKED")
    dead = why_no_refresh(sandbox, pair)
    if dead == "BANK_SECRET_EXPIRED":
        status = sandbox.behaviour(BANK).sber.invalid_client_status
        raise refusals.oauth(status, "invalid_client", "Client secret expired")
    if dead is not None:
        raise _no_grant(dead)
    if pair.used_at is not None:
        reserve = timedelta(minutes=sandbox.behaviour(BANK).sber.refresh_reserve_minutes)
        successor = books.pairs.get(pair.successor)
        if now - pair.used_at >= reserve or successor is None:
            raise _no_grant("CONSENT_REVOKED")
        return successor
    walk = Walk(
        client_id=client_id,
        redirect_uri="",
        scope=pair.scope,
        state="",
        nonce=pair.nonce,
        login=pair.login,
        company=pair.company,
    )
    successor = issued(sandbox, walk, pair.signed_in_at)
    pair.used_at, pair.successor = now, successor.access
    _forget_dead(sandbox, pair.company)
    return successor


def why_no_refresh(sandbox: Sandbox, pair: Pair) -> str | None:
    """The situation that makes a refresh fail, None when it works."""
    in_force = sandbox.store(Books).forced.get(pair.company)
    if in_force is None:
        in_force = struck(sandbox, AT_THE_REFRESH, pair.company)
    if in_force in AT_THE_REFRESH:
        return in_force
    if sandbox.now >= pair.refresh_until:
        return "CONSENT_EXPIRED"
    return truly_dead(sandbox, pair.client_id, pair.company) or _user_is_out(sandbox, pair)


def live(sandbox: Sandbox, access: str) -> Pair:
    """The pair of an access token that still opens doors, else a 401."""
    pair = sandbox.store(Books).pairs.get(access)
    if pair is None or sandbox.now >= pair.access_until or _user_is_out(sandbox, pair):
        raise refusals.token_unknown(sandbox, access)
    return pair


def presented(sandbox: Sandbox, header: str) -> str:
    """The token of an Authorization header, with the word Bearer or without it."""
    form = sandbox.behaviour(BANK).sber.authorization
    scheme, _, rest = header.strip().partition(" ")
    with_word = bool(rest) and scheme.lower() == "bearer"
    if (form == "bearer" and not with_word) or (form == "bare" and with_word):
        return ""
    return rest.strip() if with_word else header.strip()


def revoked(sandbox: Sandbox, client_id: str, token: str) -> None:
    """Forget a token; a refresh token takes its access token along. Unknown ones are no error."""
    books = sandbox.store(Books)
    access = books.refreshes.get(token)
    pair = books.pairs.get(access or token)
    if pair is None or pair.client_id != client_id:
        return
    if access is None:
        pair.access_until = sandbox.now
        return
    del books.refreshes[pair.refresh]
    del books.pairs[pair.access]


def _user_is_out(sandbox: Sandbox, pair: Pair) -> str | None:
    user = sandbox.world.customer(pair.login)
    if user is None or user.blocked or pair.company not in user.companies:
        return "USER_BLOCKED"
    changed = user.password_changed_at
    kills = sandbox.behaviour(BANK).sber.password_change_kills_tokens
    if kills and changed is not None and changed > pair.signed_in_at:
        return "CREDENTIALS_CHANGED"
    return None


def _scope_now(sandbox: Sandbox, company: str, scope: str) -> str:
    if sandbox.store(Books).forced.get(company) != "PERMISSIONS_REDUCED":
        return scope
    return " ".join(word for word in scope.split() if "STATEMENT" not in word)


def _no_grant(situation: str) -> refusals.Refusal:
    return refusals.oauth(400, "invalid_grant", GRANT_WORDS[situation])


def _forget_dead(sandbox: Sandbox, company: str) -> None:
    """Drop pairs that can neither open nor renew anything, so that years fit into memory."""
    books, now = sandbox.store(Books), sandbox.now
    reserve = timedelta(minutes=sandbox.behaviour(BANK).sber.refresh_reserve_minutes)
    for pair in [pair for pair in books.pairs.values() if pair.company == company]:
        spent = pair.used_at is not None and now - pair.used_at >= reserve
        if now >= pair.access_until and (spent or now >= pair.refresh_until):
            del books.pairs[pair.access]
            books.refreshes.pop(pair.refresh, None)
