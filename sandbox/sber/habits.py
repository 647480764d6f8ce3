"""What only Sber does: knobs of the fake Sber, each with its help."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class SberHabits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sber's own switches, beside the ones that every bank has."""

    amounts_as: Annotated[
        Literal["string", "number"], Meta(description="How JSON spells an amount.")
    ] = "string"
    currency_word: Annotated[
        Literal["RUR", "RUB"], Meta(description="How operations name the rouble.")
    ] = "RUR"
    empty_202: Annotated[
        bool, Meta(description="202 with an empty body instead of STATEMENT_RESPONSE_PROCESSING.")
    ] = False
    nulls: Annotated[
        Literal["sent", "omitted"], Meta(description="What absent fields look like.")
    ] = "sent"
    links: Annotated[
        Literal["relative", "absolute"], Meta(description="Form of the paging href.")
    ] = "relative"
    client_secret_days: Annotated[
        int, Meta(ge=0, description="Life of the client secret; 0 never dies.")
    ] = 0
    refresh_reserve_minutes: Annotated[
        int, Meta(ge=0, description="How long a used refresh token still answers with its pair.")
    ] = 60
    utc_gate: Annotated[bool, Meta(description="Today opens only at 03:01 Moscow time.")] = True
    password_change_kills_tokens: Annotated[
        bool, Meta(description="A new password makes the refresh token invalid.")
    ] = False
