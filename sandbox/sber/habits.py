"""What only Sber does: knobs of the fake Sber, each with its help."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class SberHabits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sber's own switches, beside the ones that every bank has."""

    # how an answer is spelled
    amounts_as: Annotated[
        Literal["string", "number"], Meta(description="How JSON spells an amount.")
    ] = "string"
    currency_word: Annotated[
        Literal["RUR", "RUB"], Meta(description="How operations name the rouble.")
    ] = "RUR"
    nulls: Annotated[
        Literal["sent", "omitted"], Meta(description="What absent fields look like.")
    ] = "sent"
    links: Annotated[
        Literal["relative", "absolute"], Meta(description="Form of the paging href.")
    ] = "relative"
    links_key: Annotated[
        Literal["_links", "links"], Meta(description="Name of the list of paging links.")
    ] = "_links"
    empty_day: Annotated[
        Literal["200", "404"], Meta(description="A day without rows: empty list, or not found.")
    ] = "200"
    no_data_cause: Annotated[
        Literal["DATA_NOT_FOUND_EXCEPTION", "DATA_NOT_FOUND"],
        Meta(description="The word in a 404 for no data."),
    ] = "DATA_NOT_FOUND_EXCEPTION"
    empty_202: Annotated[
        bool, Meta(description="202 with an empty body instead of STATEMENT_RESPONSE_PROCESSING.")
    ] = False
    user_info_as: Annotated[
        Literal["jws", "json"], Meta(description="user-info as GOST-signed JWS, or plain JSON.")
    ] = "jws"
    issuer: Annotated[
        str, Meta(description="`iss` of the id_token; empty is this SSO host's address.")
    ] = ""
    user_info_issuer: Annotated[
        str, Meta(description="`iss` of user-info; an internal address, as at the bank.")
    ] = "http://sso-sbbol.internal:9080/ic/sso"

    # how a request must look
    authorization: Annotated[
        Literal["both", "bearer", "bare"],
        Meta(description="Accepted form of the Authorization header."),
    ] = "both"
    strict_parameter_order: Annotated[
        bool, Meta(description="Query parameters in another order than documented are a 400.")
    ] = False
    client_certificate: Annotated[
        Literal["unchecked", "missing", "refused"],
        Meta(
            description="What nginx says of the client certificate: an HTML 400 unless unchecked."
        ),
    ] = "unchecked"
    requests_per_virtual_second: Annotated[
        float,
        Meta(
            ge=0,
            description="Statement calls a virtual second and client before a 429; 0 never "
            "refuses, nor does a clock that stands still.",
        ),
    ] = 5.0

    # who may see what, and for how long
    contract: Annotated[
        Literal["platform", "company", "holding"],
        Meta(description="Set of the partner: platforms need offers, companies get webhooks."),
    ] = "platform"
    access_cause: Annotated[
        Literal["ACTION_ACCESS_EXCEPTION", "ACCESS_EXCEPTION"],
        Meta(description="The word in a 403 for what no offer covers."),
    ] = "ACTION_ACCESS_EXCEPTION"
    foreign_account: Annotated[
        Literal["same_words", "own_words"],
        Meta(description="Whether a 403 tells another organisation's account from an unnamed one."),
    ] = "same_words"
    revoked_user_info: Annotated[
        Literal["401", "no_accounts"],
        Meta(description="user-info under a revoked offer: refused, or without `accounts`."),
    ] = "401"
    unsuitable_in_client_info: Annotated[
        bool,
        Meta(description="client-info lists loans, cards, deposits too; no statement of them."),
    ] = True
    client_secret_days: Annotated[
        int, Meta(ge=0, description="Life of the client secret from its first use; 0 never dies.")
    ] = 0
    invalid_client_status: Annotated[
        Literal[400, 401], Meta(description="HTTP status of invalid_client.")
    ] = 400
    refresh_reserve_minutes: Annotated[
        int, Meta(ge=0, description="How long a used refresh token still answers with its pair.")
    ] = 120
    password_change_kills_tokens: Annotated[
        bool, Meta(description="A new password makes the tokens invalid.")
    ] = False

    # the current day
    utc_gate: Annotated[bool, Meta(description="Today opens only at 03:01 Moscow time.")] = True
    day_reload_minutes: Annotated[
        float,
        Meta(ge=0, description="How often the bank reloads today; reloadTime tells. 0 never."),
    ] = 0.0
    webhook_url: Annotated[
        str, Meta(description="Where postings are pushed; only the company set has pushes.")
    ] = ""
