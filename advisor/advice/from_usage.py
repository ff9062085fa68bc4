"""What does measured use put into a scenario that does not say it itself?"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from advisor.advice.document import UsedPart
from advisor.advice.scenario import known_keys
from advisor.usage.document import Usage
from advisor.usage.scenario import scenario_toml

TOKENS = ("input_tokens_per_month", "output_tokens_per_month")
REQUESTS = ("requests_per_month", "request")
"""They follow from the records' tokens: with other tokens they do not hold."""


def with_usage(tables: Mapping[str, Any], usage: Usage) -> tuple[dict[str, Any], UsedPart]:
    """The tables with what the records tell laid under their `[usage]`, and what that was.

    The tables' own keys stand. Growth that the months show to differ from none comes with its
    standard error, as a normal distribution. Raises InputError where the records cannot tell a
    month's use.
    """
    found: dict[str, Any] = tomllib.loads(scenario_toml(usage, known_keys()))["usage"]
    growth = usage.growth
    if growth is not None and found.get("growth_per_month") and growth.sd > 0:
        found["growth_per_month"] = {"mean": found["growth_per_month"], "sd": growth.sd}
    own = tables.get("usage", {})
    if not isinstance(own, Mapping):
        return dict(tables), _part(usage, (), ())
    other_tokens = any(key in own for key in TOKENS)
    overruled = [key for key in found if key in own or (other_tokens and key in REQUESTS)]
    supplied = {key: value for key, value in found.items() if key not in overruled}
    merged = {**tables, "usage": {**supplied, **own}}
    return merged, _part(usage, tuple(supplied), tuple(overruled))


def _part(usage: Usage, supplied: tuple[str, ...], overruled: tuple[str, ...]) -> UsedPart:
    monthly = usage.monthly
    steady = usage.steadiness
    return UsedPart(
        sources=tuple(each.source for each in usage.sources),
        first_day=usage.first_day,
        last_day=usage.last_day,
        time_zone=usage.time_zone,
        basis="" if monthly is None else monthly.basis,
        weekly_cv=None if steady is None else steady.weekly_cv,
        unstable_above=None if steady is None else steady.unstable_above,
        supplied=tuple(f"usage.{key}" for key in supplied),
        overruled=tuple(f"usage.{key}" for key in overruled),
        notes=tuple(_notes(usage)),
    )


def _notes(usage: Usage) -> Iterator[str]:
    if usage.bad_lines:
        yield f"{usage.bad_lines:,} records could not be read and are left out."
    if usage.without_usage:
        yield f"{usage.without_usage:,} records tell no usage and are left out."
    yield from usage.notes
    for key in ("growth", "steadiness"):
        reason = usage.unknown.get(key)
        if reason is not None:
            yield f"{key}: unknown, {reason}"
