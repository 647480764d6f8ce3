"""What only Tatra banka does: knobs of the fake Tatra, each with its help."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Share = Annotated[float, Meta(ge=0, le=1)]


class TatraHabits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tatra's own switches, beside the ones that every bank has.

    A bank behind Tatra follows Tatra's switches until one of its own is touched.
    """

    usage_type: Annotated[
        Literal["TPP", "FAC", "FAC_BBTB"],
        Meta(description="Usage type of the well-known client: with consents, or own accounts."),
    ] = "TPP"
    registered_redirect_uris: Annotated[
        tuple[str, ...],
        Meta(description="Addresses the well-known client may come back to; empty takes any."),
    ] = ()
    refresh_rotation: Annotated[
        Literal["rotates", "stays", "left_out"],
        Meta(description="A refresh gives a new refresh token, the same one, or names none."),
    ] = "stays"
    consent_refusal: Annotated[
        Literal["consent", "token", "no_authorization"],
        Meta(description="Words for a dead consent: CONSENT_*, TOKEN_INVALID, NO_AUTHORIZATION."),
    ] = "consent"
    expired_link: Annotated[
        Literal["refused", "stale"],
        Meta(description="An expired link to one bank: 401, or rows that simply stop coming."),
    ] = "refused"
    no_account_status: Annotated[
        Literal[404, 403], Meta(description="HTTP status of NO_ACCOUNT.")
    ] = 404
    accounts_error_share: Annotated[
        float,
        Meta(
            ge=0, le=1, description="Share of GET /v3/accounts that are a 500; never two in a row."
        ),
    ] = 0.1
    older_transactions: Annotated[
        bool, Meta(description="Transactions answer under v3 and v4 as well as v5.")
    ] = False
    booking_status: Annotated[
        Literal["ignored", "honoured"], Meta(description="What the bookingStatus parameter does.")
    ] = "ignored"
    pending_word: Annotated[
        str, Meta(description="How transactionState spells a row that is not booked.")
    ] = "PENDING"
    next_link: Annotated[
        Literal["clean", "malformed"], Meta(description="Doubled && and a trailing quote, or not.")
    ] = "malformed"
    empty_last_page: Annotated[bool, Meta(description="A next link may lead to an empty page.")] = (
        True
    )
    lost_next_share: Annotated[
        Share, Meta(description="Share of pages that lose their next link and look like the last.")
    ] = 0.0
    new_account_ids: Annotated[
        bool, Meta(description="A renewed consent gives every account another id.")
    ] = True
    refresh_windows: Annotated[
        bool, Meta(description="Other banks' rows wait for 07-09, 13-15, 17-19, 22-24.")
    ] = True
    refresh_seconds: Annotated[
        float, Meta(ge=0, description="Virtual seconds a refresh by PUT /v3/refresh takes.")
    ] = 20.0
    symbols_of_other_banks: Annotated[
        Literal["fields", "end_to_end_id", "text", "none"],
        Meta(description="Where the other banks put symbols."),
    ] = "end_to_end_id"
    counterparties_of_other_banks: Annotated[
        Literal["full", "partial", "none"],
        Meta(description="What the other banks tell of the far side; partial is one row in two."),
    ] = "full"
    fallback_balance_types: Annotated[
        bool, Meta(description="Only expected and closingBooked, no interim balances.")
    ] = False
    link_days: Annotated[
        int, Meta(ge=1, description="Life of a link to one bank, counted from its creation.")
    ] = 180
    consent_id_header: Annotated[
        Literal["ignored", "404"], Meta(description="What a Consent-ID header does.")
    ] = "ignored"
    repeated_request_id: Annotated[
        Literal["accepted", "refused"],
        Meta(description="What an X-Request-ID used before does; refused is DUPLICATE_CALL."),
    ] = "accepted"
    unattended_reads_per_day: Annotated[
        int, Meta(ge=0, description="Reads of one account a day without PSU-IP-Address; 0 any.")
    ] = 0
    statements_no_account: Annotated[
        bool, Meta(description="Statements answer NO_ACCOUNT although transactions work.")
    ] = False
    statement_poll_seconds: Annotated[
        float, Meta(ge=0, description="Virtual seconds between two polls of a task; 0 any.")
    ] = 0.0
    verification_minutes: Annotated[
        float, Meta(ge=0, description="Life of the one-time code in the registration e-mail.")
    ] = 10.0
    notification_url: Annotated[
        str, Meta(description="Where pushes for Tatra's own accounts go; empty sends none.")
    ] = ""
