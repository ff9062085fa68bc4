"""What does a model say of team, box and tariff? The same keys as the options of `advise`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from advisor.history.said import Table, overlay, with_kept_rates

Amount = Annotated[float, msgspec.Meta(ge=0)]


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The situation. What is left out keeps its default, which the advice lists."""

    scenario: Annotated[
        dict[str, Any],
        msgspec.Meta(
            description="Tables of a scenario file as JSON: {'usage': {...}, 'box': {...}, "
            "'tariff': {...}, 'maintenance': {...}, 'api': [{'name': ...}]}."
        ),
    ] = {}
    input_tokens_per_month: Annotated[
        Amount | None, msgspec.Meta(description="Input tokens a month, of the whole team.")
    ] = None
    output_tokens_per_month: Annotated[
        Amount | None, msgspec.Meta(description="Output tokens a month, reasoning included.")
    ] = None
    box_price_usd: Annotated[
        Amount | None, msgspec.Meta(description="What the box costs, or would sell for.")
    ] = None
    usd_per_kwh: Annotated[Amount | None, msgspec.Meta(description="Price of electricity.")] = None
    maintenance_hours: Annotated[
        Amount | None,
        msgspec.Meta(description="Hours a month that somebody is paid to look after the box."),
    ] = None
    maintenance_usd_per_hour: Annotated[
        Amount | None, msgspec.Meta(description="What such an hour costs.")
    ] = None
    already_owned: Annotated[bool, msgspec.Meta(description="The box is there.")] = False
    unstable: Annotated[bool, msgspec.Meta(description="Use swings, or is being validated.")] = (
        False
    )
    sensitive: Annotated[bool, msgspec.Meta(description="Data must not leave the house.")] = False
    cannot_maintain: Annotated[
        bool, msgspec.Meta(description="Nobody here can look after a box.")
    ] = False
    apis: Annotated[
        tuple[str, ...],
        msgspec.Meta(
            description="APIs to compare with, such as openai/gpt-5-mini; the first decides."
        ),
    ] = ()


_KEYS = (
    ("input_tokens_per_month", "usage", "input_tokens_per_month"),
    ("output_tokens_per_month", "usage", "output_tokens_per_month"),
    ("box_price_usd", "box", "price_usd"),
    ("usd_per_kwh", "tariff", "usd_per_kwh"),
    ("maintenance_hours", "maintenance", "hours_per_month"),
    ("maintenance_usd_per_hour", "maintenance", "usd_per_hour"),
)
_SWITCHES = (
    ("already_owned", "box", "already_owned", True),
    ("unstable", "usage", "stable", False),
    ("sensitive", "usage", "sensitive", True),
    ("cannot_maintain", "usage", "can_maintain", False),
)


def tables_of(said: Said, below: Table, *settings: str) -> Table:
    """The scenario tables that were said, over those of `below`, with the kept exchange rates."""
    told: Table = {}
    for field, table, key in _KEYS:
        value = getattr(said, field)
        if value is not None:
            told.setdefault(table, {})[key] = value
    for field, table, key, set_to in _SWITCHES:
        if getattr(said, field):
            told.setdefault(table, {})[key] = set_to
    if said.apis:
        told["api"] = [{"name": name} for name in said.apis]
    return with_kept_rates(overlay(overlay(below, said.scenario), told), *settings)
