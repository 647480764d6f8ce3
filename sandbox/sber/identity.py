"""Who signed in, as Sber tells it: id_token and user-info, both signed by GOST."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import msgspec

from sandbox.clock import ZONES
from sandbox.sber import offer
from sandbox.sber.books import Books, Pair
from sandbox.sber.situations import BANK
from sandbox.state import Sandbox
from sandbox.world import Company, Customer

HEADER = {"typ": "JWT", "alg": "gost34.10-2012"}
SIGNATURE_BYTES = 64
ID_TOKEN_SECONDS = 300
CLAIMS = (
    "inn",
    "orgKpp",
    "orgOgrn",
    "OrgName",
    "orgFullName",
    "orgLawForm",
    "orgLawFormShort",
    "orgActualAddress",
    "orgJuridicalAddress",
    "HashOrgId",
    "orgId",
    "userGuid",
    "name",
    "email",
    "phone_number",
    "accounts",
    "terBank",
    "userGroups",
    "userSignatureType",
    "userCryptoType",
    "individualExecutiveAgency",
    "isIdentified",
    "offerExpirationDate",
)
OTHER_INNS = ("7709123407", "7815000125")


def jws(sandbox: Sandbox, claims: dict[str, object]) -> str:
    """Compact JWS with the bank's own algorithm name; the signature is 64 bytes of chance."""
    parts = (
        msgspec.json.encode(HEADER),
        msgspec.json.encode(claims),
        sandbox.random.randbytes(SIGNATURE_BYTES),
    )
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def id_token(sandbox: Sandbox, pair: Pair) -> str:
    """The id_token of the published sample: acr, an amr that only looks like a set, usl."""
    issued_at = int(sandbox.now.timestamp())
    habits = sandbox.behaviour(BANK).sber
    claims: dict[str, object] = {
        "sub": subject(pair),
        "aud": pair.client_id,
        "azp": pair.client_id,
        "acr": "loa-3",
        "amr": "{pwd, mca, mfa, otp, sms}",
        "auth_time": int(pair.signed_in_at.timestamp()),
        "iat": issued_at,
        "exp": issued_at + ID_TOKEN_SECONDS,
        "iss": habits.issuer or sandbox.url(BANK, "/ic/sso/api/v2/oauth"),
        "usl": pair.login,
    }
    if pair.nonce:
        claims["nonce"] = pair.nonce
    return jws(sandbox, claims)


def user_info(sandbox: Sandbox, pair: Pair) -> dict[str, object]:
    """The claims that the scope asks for; `accounts` only with an offer in force."""
    known = _claims(sandbox, pair)
    asked = pair.operations()
    shown: dict[str, object] = {
        "sub": subject(pair),
        "iss": sandbox.behaviour(BANK).sber.user_info_issuer,
        "aud": pair.client_id,
    }
    shown.update({name: value for name, value in known.items() if name in asked})
    if sandbox.behaviour(BANK).unknown_fields:
        shown["userSegment"] = "SMB"
    return shown


def subject(pair: Pair) -> str:
    """The user's id for this service: 64 hexadecimal digits."""
    return _digest(pair.client_id, pair.login)


def organisation(sandbox: Sandbox, company_id: str) -> Company:
    """The company as the bank tells it: another one while a mismatch is in force."""
    company = sandbox.world.companies[company_id]
    forced = sandbox.store(Books).forced
    keys = [account.key for account in sandbox.world.accounts_of(company_id, BANK)]
    mismatch = forced.get(company_id) == "ORGANISATION_DETAILS_MISMATCH"
    if not mismatch and "ACCOUNT_OF_OTHER_ORGANISATION" not in map(forced.get, keys):
        return company
    inn = next(inn for inn in OTHER_INNS if inn != company.inn)
    return msgspec.structs.replace(
        company, name="ООО «Чужая Гавань»", inn=inn, kpp=f"{inn[:4]}01001"
    )


def _claims(sandbox: Sandbox, pair: Pair) -> dict[str, object]:
    company = organisation(sandbox, pair.company)
    user = sandbox.world.customer(pair.login)
    claims = {**_of_company(company, pair), **(_of_user(user, pair) if user else {})}
    accounts = offer.listed(sandbox, pair)
    if accounts is not None:
        claims["accounts"] = [
            {
                "accountNumber": account.number,
                "bic": account.bic,
                "corrAccountNumber": account.corr_account,
            }
            for account in accounts
        ]
    ends = offer.expiry(sandbox, pair)
    if ends is not None and accounts is not None:
        claims["offerExpirationDate"] = ends.astimezone(ZONES["RU"]).isoformat(timespec="seconds")
    return claims


def _of_company(company: Company, pair: Pair) -> dict[str, object]:
    trader = company.name.startswith("ИП")
    full = (
        "Индивидуальный предприниматель" if trader else "Общество с ограниченной ответственностью"
    )
    return {
        "inn": company.inn,
        "orgKpp": company.kpp,
        "orgOgrn": company.ogrn,
        "OrgName": company.name,
        "orgFullName": f"{full} {company.name.partition(' ')[2]}".strip(),
        "orgLawForm": full,
        "orgLawFormShort": "ИП" if trader else "ООО",
        "orgActualAddress": company.address,
        "orgJuridicalAddress": company.address,
        "HashOrgId": _digest(pair.client_id, company.id),
        "orgId": str(int(_digest("org", company.id)[:12], 16)),
        "terBank": "38",
        "isIdentified": True,
    }


def _of_user(user: Customer, pair: Pair) -> dict[str, object]:
    return {
        "userGuid": _uuid_like(_digest("user", pair.login)),
        "name": user.name,
        "email": user.login,
        "phone_number": user.phone,
        "userGroups": "DIRECTOR" if user.may_sign else "ACCOUNTANT",
        "userSignatureType": "SINGLE" if user.may_sign else "NONE",
        "userCryptoType": "SMS",
        "individualExecutiveAgency": int(user.may_sign),
    }


def _digest(*words: str) -> str:
    return sha256("\x00".join(words).encode()).hexdigest()


def _uuid_like(digest: str) -> str:
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
