"""Every habit and fault of a bank as one field: its unit in its name, its meaning in its help."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from sandbox.sber.habits import SberHabits
from sandbox.tatra.habits import TatraHabits
from sandbox.tochka.habits import TochkaHabits

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]
Days = Annotated[int, Meta(ge=0, le=36600)]
Minutes = Annotated[float, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]


class Delivery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an account's history is handed out, seed 000: in parts, later, out of order."""

    window_days: Annotated[
        int,
        Meta(ge=1, le=3660, description="Days in one window of history; fixed at the first read."),
    ] = 10
    every_minutes: Annotated[
        float,
        Meta(ge=0, description="Virtual minutes between two windows; 0 hands out all at once."),
    ] = 30.0
    order: Annotated[
        Literal["shuffled", "forward", "reverse"],
        Meta(description="Which of the windows asked for comes next; fixed at the first read."),
    ] = "shuffled"
    seed: Annotated[
        int, Meta(description="Fixes the shuffled order and which rows are touched.")
    ] = 0
    first_at_once: Annotated[bool, Meta(description="The first window needs no waiting.")] = True
    duplicate_share: Annotated[
        Share, Meta(description="Share of rows that stand twice in one answer, same bank id.")
    ] = 0.02
    overlap_days: Annotated[
        Days,
        Meta(description="Days beyond either end of the asked period whose rows come along."),
    ] = 0
    late_share: Annotated[
        Share,
        Meta(description="Share of rows missing from a window that is out; balances contain them."),
    ] = 0.0
    late_minutes: Annotated[
        Minutes,
        Meta(description="How long after its window (or itself, when live) a late row appears."),
    ] = 90.0
    cut_share: Annotated[
        Share, Meta(description="Share of answers silently cut; the next answer is drawn anew.")
    ] = 0.0
    changed_share: Annotated[
        Share,
        Meta(description="Share of rows first told as a draft: other purpose and kind, same id."),
    ] = 0.0
    withdrawn_share: Annotated[
        Share,
        Meta(description="Phantom rows per true row: told, then gone; never in any balance."),
    ] = 0.0
    settle_days: Annotated[
        int,
        Meta(ge=1, le=90, description="A day older than this is told as it is: no drafts left."),
    ] = 3


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bank's habits and faults; mildly hostile as it comes."""

    delivery: Delivery = Delivery()
    not_ready_answers: Annotated[
        Count, Meta(description='"Still preparing" answers before a statement that is ready.')
    ] = 1
    preparing_seconds: Annotated[
        Seconds, Meta(description="Virtual seconds a statement takes to form after it is asked.")
    ] = 0.0
    confirmation_minutes: Annotated[
        Minutes, Meta(description="Virtual minutes between the customer's yes and working access.")
    ] = 0.0
    shuffle_rows: Annotated[
        bool, Meta(description="Rows of one answer come in no order at all.")
    ] = False
    unknown_fields: Annotated[
        bool, Meta(description="Answers carry fields and words that no paper mentions.")
    ] = True
    page_rows: Annotated[
        int, Meta(ge=1, le=10000, description="Largest page of rows; a bank may be stricter.")
    ] = 100
    history_days: Annotated[
        Days, Meta(description="How far back the bank tells; 0 leaves the bank's own rule.")
    ] = 0
    server_error_share: Annotated[
        Share, Meta(description="Share of answers that are a 500 although all is well.")
    ] = 0.0
    unavailable_share: Annotated[
        Share, Meta(description="Share of answers that are the bank's maintenance refusal.")
    ] = 0.0
    html_error_share: Annotated[
        Share, Meta(description="Share of errors that come as HTML or plain text, not JSON.")
    ] = 0.0
    hang_share: Annotated[
        Share, Meta(description="Share of answers held back for `hang_seconds`.")
    ] = 0.0
    hang_seconds: Annotated[
        Seconds, Meta(le=300, description="Real seconds that a held answer waits.")
    ] = 20.0
    requests_per_second: Annotated[
        float, Meta(ge=0, description="Requests a real second before a 429; 0 never refuses.")
    ] = 0.0
    retry_after_seconds: Annotated[
        int, Meta(ge=0, description="Retry-After of a 429; 0 leaves the header out.")
    ] = 0
    access_token_minutes: Annotated[
        Minutes, Meta(description="Life of an access token; 0 leaves the bank's own rule.")
    ] = 0.0
    refresh_token_days: Annotated[
        Days, Meta(description="Life of a refresh token; 0 leaves the bank's own rule.")
    ] = 0
    code_minutes: Annotated[
        Minutes, Meta(description="Life of an authorisation code; 0 leaves the bank's own rule.")
    ] = 0.0
    consent_days: Annotated[
        Days, Meta(description="Life of a consent or offer; 0 leaves the bank's own rule.")
    ] = 0
    consent_dies_after_calls: Annotated[
        Count, Meta(description="The customer withdraws after that many data calls; 0 never.")
    ] = 0
    push: Annotated[bool, Meta(description="Pushes new payments where the bank can.")] = True
    push_delay_seconds: Annotated[
        Seconds, Meta(description="Virtual seconds between a payment and its push.")
    ] = 0.0
    push_duplicate_share: Annotated[Share, Meta(description="Share of pushes sent twice.")] = 0.05
    push_lost_share: Annotated[
        Share, Meta(description="Share of pushes never sent: only a poll finds the payment.")
    ] = 0.0
    push_bad_signature_share: Annotated[
        Share, Meta(description="Share of pushes whose signature or body is wrong.")
    ] = 0.0
    sber: SberHabits = field(default_factory=SberHabits)
    tochka: TochkaHabits = field(default_factory=TochkaHabits)
    tatra: TatraHabits = field(default_factory=TatraHabits)


class Knob(Struct, frozen=True):
    """One field as people see it: its dotted name, value, default, type and help."""

    name: str
    value: object
    default: object
    type: str
    help: str


def patched(behaviour: Behaviour, changes: Mapping[str, object]) -> Behaviour:
    """Merge changes, nested ones too; msgspec.ValidationError names the field that does not fit."""
    merged = _merged(msgspec.to_builtins(behaviour), changes)
    return msgspec.convert(merged, Behaviour)


def knobs(behaviour: Behaviour, usual: Behaviour) -> list[Knob]:
    """All fields, nested ones under dotted names, with their help; `usual` gives the defaults."""
    return _walk(behaviour, usual, "")


def _merged(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    result = dict(old)
    for name, value in new.items():
        before = result.get(name)
        nested = isinstance(before, dict) and isinstance(value, Mapping)
        result[name] = _merged(before, value) if nested else value  # type: ignore[arg-type] # nested says so
    return result


def _walk(shown: Struct, default: Struct, prefix: str) -> list[Knob]:
    found: list[Knob] = []
    for about in msgspec.inspect.type_info(type(shown)).fields:  # type: ignore[attr-defined] # a Struct's
        value, usual = getattr(shown, about.name), getattr(default, about.name)
        if isinstance(value, Struct):
            found += _walk(value, usual, f"{prefix}{about.name}.")
            continue
        kind, help_text = _described(about.type)
        found.append(Knob(f"{prefix}{about.name}", value, usual, kind, help_text))
    return found


def _described(kind: Any) -> tuple[str, str]:
    """The plain name of a field's type, and its help text; annotations may be nested."""
    help_text = ""
    while isinstance(kind, msgspec.inspect.Metadata):
        help_text = help_text or str((kind.extra_json_schema or {}).get("description", ""))
        kind = kind.type
    if isinstance(kind, msgspec.inspect.LiteralType):
        return "|".join(str(word) for word in kind.values), help_text
    return type(kind).__name__.removesuffix("Type").lower(), help_text
