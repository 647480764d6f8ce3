"""What only Tochka does: knobs of the fake Tochka, each with its help."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class TochkaHabits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tochka's own switches, beside the ones that every bank has."""

    consent_shape: Annotated[
        Literal["flat", "list"], Meta(description="Shape of the answer to POST /consents.")
    ] = "flat"
    statement_hours: Annotated[
        float, Meta(gt=0, description="Virtual hours until an ordered statement is forgotten.")
    ] = 24.0
    memo_order_minutes: Annotated[
        float, Meta(ge=0, description="How long an outgoing payment shows as a memo order.")
    ] = 0.0
    failed_statement_share: Annotated[
        float, Meta(ge=0, le=1, description="Share of ordered statements that end as Error.")
    ] = 0.0
    transaction_absent_when_empty: Annotated[
        bool, Meta(description="A day without rows has no Transaction field at all.")
    ] = True
    refresh_single_use: Annotated[
        bool, Meta(description="A used refresh token is dead at once.")
    ] = True
