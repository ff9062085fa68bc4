"""Does this scenario file make sense, and what did it leave out?

Every way in which it may not is one `InputError` that names the file, the key and the remedy.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from advisor.advice.bounds import Table
from advisor.advice.contradictions import check_costs
from advisor.advice.currency import in_usd
from advisor.advice.inputs import CurrencyTable, Inputs, Need, Scenario
from advisor.documents import in_plain_words, read_toml
from advisor.errors import InputError

TO_START_FROM = (
    "configs/guide.toml is a scenario to start from, configs/scenario-full.toml shows every key."
)
MOST_TOKENS_PER_MONTH = 1e18

REQUIRED = ("usage.input_tokens_per_month", "usage.output_tokens_per_month", "box.price_usd")
GUIDES_FIGURES = dict(zip(REQUIRED, (6e6, 6e6, 2000.0), strict=True))
"""What the guide's small team uses and pays, where nobody says otherwise."""

UNKNOWN_UNTIL_MEASURED = (
    "box.prefill_tok_per_s",
    "box.decode_tok_per_s",
    "box.active_power_w",
    "box.idle_power_w",
    "box.electricity_usd_per_month",
    "box.prefill_power_w",
    "box.decode_power_w",
    "usage.requests_per_month",
    "horizon.starts_on",
    "slo.ttft_p95_ms",
    "slo.request_s",
    "slo.queue_limit",
    "arrivals.peak_to_mean",
    "arrivals.burstiness",
    "arrivals.seasonal_peak",
    "arrivals.size_cv",
    "usage.monthly_cv",
)
"""Keys without a default: left out, they stay unknown."""

LISTS = (
    "api.",
    "rented.",
    "candidate.",
    "currency.",
    "carbon.",
    "tariff.band.",
    "tariff.block.",
    "usage.hours.",
    "usage.request.",
    "box.resale.",
)
"""Keys of tables that a scenario may do without: none of theirs is missing."""


def read_scenario(path: Path) -> Scenario:
    """The scenario in a TOML file. Raises InputError for whatever is wrong with it."""
    return parse_scenario(read_tables(path), origin=str(path))


def read_tables(path: Path) -> dict[str, Any]:
    """The tables of a scenario file, not yet checked. Raises InputError if it cannot be read.

    A date without quotes, which TOML has as well, counts as its text.
    """
    return read_toml(path, remedy=TO_START_FROM)


def parse_scenario(
    raw: Mapping[str, Any], *, origin: str = "the scenario", guess_missing: bool = False
) -> Scenario:
    """Tables and keys as a scenario file holds them, checked and completed.

    With `guess_missing`, required keys that are absent take the guide's figures and are listed as
    `guessed`, and no API need be named; otherwise their absence is an InputError.
    """
    try:
        _check_names(raw, Inputs, "")
        _check_needs(raw)
        tables, guessed = _complete(in_one_currency(raw), guess_missing)
        inputs = _convert(tables, Inputs)
        _check_sense(inputs, guess_missing)
    except InputError as error:
        raise InputError(f"{origin}: {error.what}", why=error.why, remedy=error.remedy) from error
    return Scenario(inputs, tuple(_defaulted(raw, inputs)), guessed)


def in_one_currency(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The same tables with every amount in USD, at their own rates. Raises InputError."""
    return in_usd(raw, _convert({"currency": raw.get("currency", {})}, _OnlyCurrency).currency)


@cache
def known_keys() -> tuple[str, ...]:
    """Every dotted key of a scenario file."""
    return tuple(_keys_of(Inputs, ""))


def _keys_of(struct: type[Table], prefix: str) -> Iterator[str]:
    for name, inner in _fields(struct).items():
        if inner is None:
            yield prefix + name
        else:
            yield from _keys_of(inner, f"{prefix}{name}.")


@cache
def _fields(struct: type[Table]) -> dict[str, type[Table] | None]:
    """Encoded key -> the struct of that table (or of that list's entries), None for a value."""
    hints = get_type_hints(struct)
    return {
        field.encode_name: next(
            (
                kind
                for kind in (hints[field.name], *get_args(hints[field.name]))
                if isinstance(kind, type) and issubclass(kind, Table)
            ),
            None,
        )
        for field in msgspec.structs.fields(struct)
    }


def _check_names(raw: Mapping[str, Any], struct: type[Table], prefix: str) -> None:
    fields = _fields(struct)
    for name, value in raw.items():
        if name not in fields:
            raise InputError(
                f"unknown key {prefix + name[:60]!r}",
                remedy=f"Did you mean '{_nearest(prefix, name[:60])}'?",
            )
        inner = fields[name]
        for entry in value if isinstance(value, list) else [value]:
            if inner is not None and isinstance(entry, Mapping):
                _check_names(entry, inner, f"{prefix}{name}.")


def _nearest(prefix: str, name: str) -> str:
    """The known key most like this one: longer here, the same in another table, or the nearest."""
    known = known_keys()
    longer = [key for key in known if re.fullmatch(re.escape(prefix + name) + r"_\w+", key)]
    namesakes = [key for key in known if key.rsplit(".", 1)[-1] == name]
    here = [key for key in known if key.startswith(prefix)] or list(known)
    tables = sorted({key.split(".")[0] for key in known})
    if not prefix and (table := difflib.get_close_matches(name, tables, n=1, cutoff=0.7)):
        return table[0]
    return (longer or namesakes or difflib.get_close_matches(prefix + name, here, n=1, cutoff=0.0))[
        0
    ]


def _check_needs(raw: Mapping[str, Any]) -> None:
    team = raw.get("team")
    needs = team.get("needs") if isinstance(team, Mapping) else None
    for need in needs if isinstance(needs, list) else ():
        if isinstance(need, str) and need not in list(Need):
            near = difflib.get_close_matches(need, list(Need), n=1, cutoff=0.0)[0]
            raise InputError(
                f"team.needs: unknown need {need[:60]!r}",
                remedy=f"Did you mean '{near}'? Known needs: {', '.join(Need)}.",
            )


def _complete(
    raw: Mapping[str, Any], guess_missing: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    tables = {
        name: dict(value) if isinstance(value, Mapping) else value for name, value in raw.items()
    }
    guessed = []
    for key in REQUIRED:
        table, _, field = key.partition(".")
        entries = tables.setdefault(table, {})
        if not isinstance(entries, dict) or field in entries:
            continue
        if not guess_missing:
            raise InputError(key, why="is missing", remedy=f"Add {field} to [{table}].")
        entries[field] = GUIDES_FIGURES[key]
        guessed.append(key)
    return tables, tuple(guessed)


class _OnlyCurrency(Table, frozen=True, kw_only=True):
    currency: CurrencyTable


_Kind = TypeVar("_Kind", bound=Table)


def _convert(tables: dict[str, Any], kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.convert(tables, kind)
    except msgspec.ValidationError as error:
        path, why = in_plain_words(error)
        if why.startswith("invalid enum value"):
            why = f"expected one of {', '.join(map(repr, _choices(kind, path)))}"
        value = _value_at_path(tables, path)
        shown = "" if isinstance(value, Mapping | list) or ", got" in why else f", got {value!r}"
        raise InputError(
            _readable(path),
            why=why + shown[:60],
            remedy="configs/scenario-full.toml shows every key.",
        ) from error


def _choices(struct: type[Table], path: str) -> list[str]:
    """The values that a key may have, where it has a choice of some."""
    *tables, key = re.sub(r"\[\d+\]", "", path).split(".")
    for name in tables:
        struct = _fields(struct)[name] or struct
    names = {field.encode_name: field.name for field in msgspec.structs.fields(struct)}
    hint = get_type_hints(struct)[names[key]]
    kinds = [each for each in (hint, *get_args(hint)) if isinstance(each, type)]
    return [choice.value for each in kinds if issubclass(each, Enum) for choice in each]


def _value_at_path(tables: Any, path: str) -> Any:
    for name, index in re.findall(r"(\w+)|\[(\d+)\]", path):
        tables = tables[name] if name else tables[int(index)]
    return tables


def _readable(path: str) -> str:
    """`api[0].name` as `api.name (entry 1)`."""
    entries = [str(int(index) + 1) for index in re.findall(r"\[(\d+)\]", path)]
    key = re.sub(r"\[\d+\]", "", path)
    return f"{key} (entry {', '.join(entries)})" if entries else key or "the scenario"


def _check_sense(inputs: Inputs, guess_missing: bool) -> None:
    """What each key alone cannot show: entries that contradict each other or are missing."""
    names = [api.name for api in inputs.api]
    if not names and not guess_missing:
        raise InputError(
            "api", why="no API is listed", remedy='Add [[api]] with name = "..." to compare with.'
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError("api.name", why=f"'{twice}' is listed twice", remedy="Keep one of them.")
    baselines = [api.name for api in inputs.api if api.baseline]
    if len(baselines) > 1:
        raise InputError(
            "api.baseline",
            why=f"both '{baselines[0]}' and '{baselines[1]}' are the baseline",
            remedy="Mark one [[api]] with baseline = true.",
        )
    for api in inputs.api:
        prices = (api.input_usd_per_mtok, api.output_usd_per_mtok)
        some_given = any(p is not None for p in (*prices, api.cached_input_usd_per_mtok))
        if some_given and None in prices:
            missing = "output" if prices[1] is None else "input"
            raise InputError(
                f"api.{missing}_usd_per_mtok",
                why=f"'{api.name}' has another price but not this one",
                remedy="Give input and output price, or neither to look both up.",
            )
    for band in inputs.tariff.band:
        if band.start == band.end:
            raise InputError(
                "tariff.band",
                why=f"a band from {band.start} to {band.end} has no length",
                remedy='A whole day runs from "00:00" to "24:00".',
            )
    check_costs(inputs)
    case = inputs.case()
    last_month = case.usage.tokens_per_month * case.usage.growth(case.horizon.months - 1)
    if last_month > MOST_TOKENS_PER_MONTH:
        raise InputError(
            "usage.growth_per_month",
            why=f"growth leads to {last_month:.1e} tokens in month {case.horizon.months}",
            remedy="Lower the growth or horizon.months.",
        )


def _defaulted(raw: Mapping[str, Any], inputs: Inputs) -> Iterator[str]:
    given = set(_given(raw, ""))
    tariff = inputs.tariff
    given.update(["tariff.usd_per_kwh"] if tariff.band or tariff.block else [])
    given.update(["box.resale_decline_per_year"] if inputs.box.resale else [])
    if "tariff.usd_per_kwh" not in given:
        yield "tariff.usd_per_kwh"
    given.add("tariff.usd_per_kwh")
    for key in known_keys():
        if key.startswith(LISTS) or key in (*REQUIRED, *UNKNOWN_UNTIL_MEASURED):
            continue
        if key not in given:
            yield key
    if any(api.cached_input_usd_per_mtok is None for api in inputs.api):
        yield "api.cached_input_usd_per_mtok"
    if inputs.api and not any(api.baseline for api in inputs.api):
        yield "api.baseline"


def _given(raw: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, value in raw.items():
        if isinstance(value, Mapping):
            yield from _given(value, f"{prefix}{name}.")
        else:
            yield prefix + name
