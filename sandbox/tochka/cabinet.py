"""The cabinet in the web bank: keys made by a person, with rights and an end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sandbox.bank import Rejected
from sandbox.state import Sandbox
from sandbox.tochka import situations
from sandbox.tochka.grants import PERMISSIONS
from sandbox.tochka.keys import signed
from sandbox.tochka.store import BANK_ID, Books, Consent, Key
from sandbox.tochka.wire import customer_code, instant
from sandbox.world import Account, Company

KEY_NAME = "JWT-ключ"


def mint(
    sandbox: Sandbox,
    company: Company,
    permissions: Sequence[str] | None,
    expires: datetime | None,
) -> dict[str, Any]:
    """A JWT key for all accounts of the company, now and later; all rights unless told fewer."""
    if not sandbox.world.accounts_of(company.id, BANK_ID):
        raise Rejected("company", f"{company.name} has no account at Tochka.")
    unknown = [word for word in permissions or () if word not in PERMISSIONS]
    if unknown:
        known = ", ".join(PERMISSIONS)
        raise Rejected("permissions", f"There is no {', '.join(unknown)}; there are {known}.")
    books, now = sandbox.store(Books), sandbox.now
    if books.consents_of.get(company.id):
        situations.cured(sandbox, company.id)
    if sandbox.behaviour(BANK_ID).tochka.one_key_per_company:
        _delete_keys(books, company.id)
    consent = Consent(
        id=sandbox.uuid(),
        client_id=sandbox.uuid().replace("-", ""),
        application=KEY_NAME,
        permissions=list(PERMISSIONS if permissions is None else permissions),
        created_at=now,
        updated_at=now,
        status="Authorised",
        expires_at=expires,
        companies=[company.id],
    )
    books.consents[consent.id] = consent
    books.consents_of.setdefault(company.id, []).append(consent.id)
    # iss is the client_id and exp the end, as reported; the rest of the claims is a guess
    claims: dict[str, object] = {
        "iss": consent.client_id,
        "sub": customer_code(company.id),
        "iat": int(now.timestamp()),
    }
    if expires is not None:
        claims["exp"] = int(expires.timestamp())
    token = signed(claims)
    books.keys[token] = Key(client_id=consent.client_id, consent_id=consent.id, expires_at=expires)
    return {
        "token": token,
        "client_id": consent.client_id,
        "customer_code": customer_code(company.id),
        "consent_id": consent.id,
        "permissions": consent.permissions,
        "expires": instant(expires) if expires is not None else None,
    }


def connection(sandbox: Sandbox, company: Company, _: Sequence[Account]) -> dict[str, Any]:
    """A fresh key beside the rest of a connection request, when the bank is set to that way."""
    if sandbox.behaviour(BANK_ID).tochka.connect_by == "oauth":
        return {}
    token = mint(sandbox, company, None, None)["token"]
    return {"credentials": {"token": token}}


def _delete_keys(books: Books, company: str) -> None:
    for key in books.keys.values():
        if company in books.consents[key.consent_id].companies:
            key.deleted = True
