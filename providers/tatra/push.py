"""What a push of Tatra's says: where to look anew, and nothing that is believed.

The bank has published no format and signs nothing, so every field may be missing.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Literal

import msgspec

from providers.contract import Hint, Push, Refused
from providers.tatra import wire
from schemas.codes import Code

BODY_BYTES_MAX = 65_536
NOTICES_MAX = 100
_KEY_BYTES = 16

Event = Literal["transactions", "consent", "test"]


def hints(push: Push) -> tuple[Hint, ...]:
    """The places to look at; none for JSON that names no account and no consent.

    Raises:
        Refused: `BANK_PUSH_INVALID` when the body is no JSON at all, or far too long.
    """
    if not push.body.strip():
        # the portal tries the address with an empty call
        return ()
    try:
        if len(push.body) > BODY_BYTES_MAX:
            raise Refused(Code.BANK_PUSH_INVALID, evidence={"bytes": len(push.body)})
        said = msgspec.json.decode(push.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as odd:
        raise Refused(Code.BANK_PUSH_INVALID, evidence={"why": "no JSON"}) from odd
    told = said if isinstance(said, list) else [said]
    repeated = blake2b(push.body, digest_size=_KEY_BYTES).hexdigest()
    read = (_hint(one, repeated) for one in told[:NOTICES_MAX])
    return tuple(hint for hint in read if hint is not None)


def _hint(said: Any, repeated: str) -> Hint | None:
    try:
        notice = msgspec.convert(said, wire.Notice)
    except msgspec.ValidationError:
        return None
    iban = notice.iban or (notice.account_reference.iban if notice.account_reference else None)
    reference = notice.account_id or notice.resource_id
    event = _event(notice.event or "")
    if not (iban or reference or notice.consent_id) and event != "test":
        return None
    return Hint(
        key=str(notice.notification_id or repeated)[:128],
        iban=iban.replace(" ", "") if iban else None,
        reference=reference,
        consent_id=notice.consent_id,
        event=event,
    )


def _event(word: str) -> Event:
    if "CONSENT" in word.upper():
        return "consent"
    return "test" if word.upper() in {"TEST", "PING"} else "transactions"
