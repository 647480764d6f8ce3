"""What only Tatra banka does: knobs of the fake Tatra, each with its help."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class TatraHabits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tatra's own switches, beside the ones that every bank has."""

    accounts_error_share: Annotated[
        float, Meta(ge=0, le=1, description="Share of GET /v3/accounts that are a 500.")
    ] = 0.1
    next_link: Annotated[
        Literal["clean", "malformed"], Meta(description="Doubled && and a trailing quote, or not.")
    ] = "malformed"
    empty_last_page: Annotated[bool, Meta(description="A next link may lead to an empty page.")] = (
        True
    )
    new_account_ids: Annotated[
        bool, Meta(description="A renewed consent gives every account another id.")
    ] = True
    refresh_windows: Annotated[
        bool, Meta(description="Other banks' rows wait for 07-09, 13-15, 17-19, 22-24.")
    ] = True
    symbols_of_other_banks: Annotated[
        Literal["fields", "text", "none"], Meta(description="Where the other banks put symbols.")
    ] = "text"
    link_days: Annotated[
        int, Meta(ge=1, description="Life of a link to one bank, counted from its creation.")
    ] = 180
    consent_id_header: Annotated[
        Literal["ignored", "404"], Meta(description="What a Consent-ID header does.")
    ] = "ignored"
