"""The client secret's short life: how long it has left, and how it is exchanged for a new one."""

from __future__ import annotations

from datetime import date, timedelta

from providers.refusals import read
from providers.sber import refusals, wire
from providers.sber.bank import Settings
from providers.transport import Wire

ROTATE_PATH = "/ic/sso/api/v1/change-client-secret"
WARN_DAYS = 10
"""A secret of 40 days is spoken of from its thirtieth day on."""


def secret_days_left(settings: Settings, today: date) -> int | None:
    """Days until the secret's last one, negative afterwards; None for a perpetual secret."""
    last = settings.client_secret_expires_on
    return (last - today).days if last else None


def secret_age_warning(settings: Settings, today: date) -> str | None:
    """What an operator should read about the secret's age; None while there is nothing to do."""
    left = secret_days_left(settings, today)
    if left is None or left > WARN_DAYS:
        return None
    last = settings.client_secret_expires_on
    if left < 0:
        return f"Sber's client secret died on {last}: ask for a new one in the Sber API cabinet."
    return f"Sber's client secret has {left} days left, until {last}: rotate it."


async def rotate_secret(
    wire_to_bank: Wire, settings: Settings, *, access: str, new_secret: str, today: date
) -> date:
    """Exchange the secret for one that is already kept safely; the last day of the new one.

    `access` is a living token of a user of our own organisation, and the bank reads the parameters
    from the query only.

    Raises:
        Refused: where the bank keeps the old secret.
    """
    answer = await wire_to_bank.call(
        "rotate_secret",
        "POST",
        settings.api_url + ROTATE_PATH,
        params=[
            ("access_token", access),
            ("client_id", settings.client_id),
            ("client_secret", settings.client_secret),
            ("new_client_secret", new_secret),
        ],
    )
    if not answer.ok:
        raise refusals.refusal(refusals.RENEWAL, answer)
    return today + timedelta(days=read(answer, wire.SecretLife).client_secret_expiration)
