"""What only Tochka does: knobs of the fake Tochka, each with its help."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class TochkaHabits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tochka's own switches, beside the ones that every bank has."""

    connect_by: Annotated[
        Literal["oauth", "key"],
        Meta(description="What a ready connection request brings: nothing, or a cabinet key."),
    ] = "oauth"
    consent_shape: Annotated[
        Literal["flat", "list"], Meta(description="Shape of the answer to POST /consents.")
    ] = "flat"
    unauthorised_shape: Annotated[
        Literal["gateway", "message", "errors"],
        Meta(description="Body of a 401: OAuth error words, a bare message, or the old Errors."),
    ] = "gateway"
    error_words: Annotated[
        Literal["v1.91", "v1.81"],
        Meta(description="Which release's errorCode words the refusals carry."),
    ] = "v1.91"
    personal_customer: Annotated[
        bool, Meta(description="The person who agreed stands among the customers as Personal.")
    ] = True
    balances_always_debit: Annotated[
        bool, Meta(description="Balances say Debit whatever their sign, as the bank really does.")
    ] = True
    balance_ids_without_bic: Annotated[
        bool, Meta(description="Balances name accounts by number alone, as before February 2023.")
    ] = False
    statement_hours: Annotated[
        float, Meta(gt=0, description="Virtual hours until an ordered statement is forgotten.")
    ] = 24.0
    failed_statement_share: Annotated[
        float, Meta(ge=0, le=1, description="Share of ordered statements that end as Error.")
    ] = 0.0
    errors_while_polling: Annotated[
        int, Meta(ge=0, description="Polls of each statement that answer with an Errors body.")
    ] = 0
    transaction_absent_when_empty: Annotated[
        bool, Meta(description="A statement without rows has no Transaction field at all.")
    ] = True
    closed_account_statements: Annotated[
        bool, Meta(description="Statements of closed accounts may still be ordered.")
    ] = False
    memo_order_minutes: Annotated[
        float, Meta(ge=0, description="How long an outgoing payment shows as a memo order.")
    ] = 0.5
    memo_order_other_id: Annotated[
        bool, Meta(description="The memo order has another transactionId than the payment.")
    ] = False
    refresh_single_use: Annotated[bool, Meta(description="A used refresh token is dead.")] = True
    refresh_grace_seconds: Annotated[
        float, Meta(ge=0, description="Virtual seconds that a used refresh token works on.")
    ] = 0.0
    refresh_outlives_consent: Annotated[
        bool, Meta(description="Tokens of an expired consent can still be refreshed.")
    ] = True
    one_key_per_company: Annotated[
        bool, Meta(description="A new cabinet key deletes the company's older ones (re-issue).")
    ] = False
    webhook_https_only: Annotated[
        bool, Meta(description="Webhook addresses must be https on port 443, as in production.")
    ] = False
    webhook_put_again: Annotated[
        Literal["replaces", "refused"],
        Meta(description="What PUT does when the client has a webhook already."),
    ] = "replaces"
    failed_probe_status: Annotated[
        Literal[400, 424],
        Meta(description="Status of PUT or POST when the address does not answer the test."),
    ] = 400
    signing_key: Annotated[
        Literal["first", "second"], Meta(description="Which key signs webhooks now.")
    ] = "first"
    published_key: Annotated[
        Literal["first", "second"],
        Meta(description="Which key the key address serves; another than signing is stale."),
    ] = "first"
