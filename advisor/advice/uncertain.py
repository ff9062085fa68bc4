"""Which numbers of a scenario are uncertain, and how? Takes them out before the scenario is read.

Any number may be written as a table: `{low, high}` (all alike), `{low, mode, high}` (triangular),
`{p10, p50, p90}`, `{mean, sd}` (normal, cut at the key's bounds) or `{median, factor}` (lognormal,
`median * factor` at P90). The median is left in its place, so that everything else works with it.
Nothing is uncertain unless somebody stated it or a measurement brought its own interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Meta

from advisor.advice.bounds import Table
from advisor.advice.inputs import Inputs
from advisor.advice.measured import MeasuredBox
from advisor.advice.scenario import in_one_currency
from advisor.economics.simulation.distributions import (
    Distribution,
    Lognormal,
    Normal,
    Quantiles,
    Triangular,
    Uniform,
)
from advisor.economics.simulation.normal import Z90, Z975
from advisor.economics.simulation.sampling import Correlation
from advisor.errors import InputError

Bounds = tuple[float, float]

DEFAULT_SCENARIOS = 100_000
MOST_SCENARIOS = 10_000_000
LEAST_SCENARIOS = 100
DEFAULT_SEED = 1
MOST_SEED = 2**63 - 1
VOLUMES = ("usage.input_tokens_per_month", "usage.output_tokens_per_month")
PEAK = "arrivals.peak_to_mean"
REMEDY = (
    "Write {low, high}, {low, mode, high}, {p10, p50, p90}, {mean, sd} or {median, factor} "
    "(docs/uncertainty.md)."
)


@dataclass(frozen=True, slots=True)
class Uncertain:
    """What a scenario says about its own uncertainty: dotted key -> distribution.

    Entries of a list go by their name: `api.GPT-4.input_usd_per_mtok`.
    """

    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    correlations: tuple[Correlation, ...] = ()
    scenarios: int = DEFAULT_SCENARIOS
    seed: int = DEFAULT_SEED


def take_uncertain(
    raw: Mapping[str, Any], *, origin: str = "the scenario"
) -> tuple[dict[str, Any], Uncertain]:
    """The tables in USD with each distribution replaced by its median and without `[uncertainty]`,
    and what was taken out. `raw` is not changed. Raises InputError that names the key."""
    try:
        found: dict[str, Distribution] = {}
        tables = {
            name: _without(value, str(name), found) for name, value in in_one_currency(raw).items()
        }
        settings = tables.pop("uncertainty", {})
        return tables, _settings(settings, found)
    except InputError as error:
        raise InputError(f"{origin}: {error.what}", why=error.why, remedy=error.remedy) from error


def measured_distributions(
    measured: MeasuredBox, supplied: tuple[str, ...]
) -> dict[str, Distribution]:
    """The 95 % intervals of what the measurement supplied, as distributions with these ends at
    2.5 and 97.5 % and the measured value as their median."""
    values = measured.values()
    found: dict[str, Distribution] = {}
    for key, (low, high) in measured.intervals().items():
        if key in supplied:
            value = values[key]
            least, most = bounds(key)
            scale = Z90 / Z975
            found[key] = Quantiles(
                value - max(0.0, value - low) * scale,
                value,
                value + max(0.0, high - value) * scale,
                least,
                most,
            )
    return found


def growth_distribution(growth_per_month: float, sd: float) -> Distribution:
    """The growth of a usage history with its spread from month to month (both as shares)."""
    return _distribution("usage.growth_per_month", {"mean": growth_per_month, "sd": sd})


def unstated(distributions: Mapping[str, Distribution]) -> tuple[str, ...]:
    """What usually varies and is taken as certain here, since nobody said how much it does."""
    notes = []
    if not any(key in distributions for key in VOLUMES):
        notes.append("the volume of tokens")
    if "usage.growth_per_month" not in distributions:
        notes.append("its growth")
    if "horizon.api_decline_per_year" not in distributions and not any(
        key.startswith("api.") for key in distributions
    ):
        notes.append("API prices to come")
    return tuple(notes)


def bounds(key: str) -> Bounds:
    """The least and the most that a dotted key of a scenario may be; infinite where it is open.

    Raises InputError for a key that must be a whole number or is no number at all.
    """
    parts = key.split(".")
    names = [parts[0], parts[-1]] if len(parts) > 2 else parts
    kind: Any = Inputs
    for name in names:
        table = _table_in(kind)
        if table is None:
            return -math.inf, math.inf
        fields = get_type_hints(table, include_extras=True)
        if name not in fields:
            return -math.inf, math.inf
        kind = fields[name]
    return _bounds_of(key, kind)


def _bounds_of(key: str, kind: Any) -> Bounds:
    options = [option for option in _options(kind) if option is not type(None)]
    if not any(_plain(option) is float for option in options):
        raise InputError(key, why="cannot be uncertain", remedy="Write one value.")
    least, most = -math.inf, math.inf
    for option in options:
        for meta in get_args(option)[1:] if get_origin(option) is Annotated else ():
            if isinstance(meta, Meta):
                least = max(least, *_ends(meta.ge, meta.gt, math.inf, -math.inf))
                most = min(most, *_ends(meta.le, meta.lt, -math.inf, math.inf))
    return least, most


def _ends(
    inclusive: float | None, exclusive: float | None, inward: float, none: float
) -> tuple[float, float]:
    return (
        none if inclusive is None else float(inclusive),
        none if exclusive is None else math.nextafter(exclusive, inward),
    )


def _options(kind: Any) -> tuple[Any, ...]:
    return (kind,) if get_origin(kind) is Annotated or not get_args(kind) else get_args(kind)


def _plain(option: Any) -> Any:
    return get_args(option)[0] if get_origin(option) is Annotated else option


def _table_in(kind: Any) -> type[Table] | None:
    return next(
        (
            each
            for each in (kind, *get_args(kind))
            if isinstance(each, type) and issubclass(each, Table)
        ),
        None,
    )


def _without(value: Any, key: str, found: dict[str, Distribution]) -> Any:
    if isinstance(value, Mapping):
        if value and set(value) <= _WORDS and "." in key:
            found[key] = _distribution(key, value)
            return found[key].median
        return {name: _without(each, f"{key}.{name}", found) for name, each in value.items()}
    if isinstance(value, list):
        return [_without(each, _entry(key, each), found) for each in value]
    return value


def _entry(key: str, entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    if isinstance(name, str):
        return f"{key}.{name}"
    if isinstance(entry, Mapping) and key != "uncertainty.correlation":
        for inner, value in entry.items():
            if isinstance(value, Mapping) and value and set(value) <= _WORDS:
                raise InputError(
                    f"{key}.{inner}",
                    why="an entry without a name cannot be uncertain",
                    remedy="Write one value.",
                )
    return key


def _distribution(key: str, table: Mapping[str, Any]) -> Distribution:
    form = _FORMS.get(frozenset(table))
    if form is None:
        raise InputError(
            key, why=f"{{{', '.join(sorted(table))}}} is no distribution", remedy=REMEDY
        )
    numbers = {name: _finite(key, name, value) for name, value in table.items()}
    least, most = bounds(key)
    for name in numbers.keys() - {"sd", "factor"}:
        if not least <= numbers[name] <= most:
            raise InputError(
                f"{key}.{name}", why=f"{numbers[name]:g} is not within {least:g} and {most:g}"
            )
    return form(key, numbers, (least, most))


def _finite(key: str, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{key}.{name}", why="a distribution needs numbers", remedy=REMEDY)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InputError(f"{key}.{name}", why="is not a finite number", remedy="Write a number.")
    return number


def _in_order(key: str, numbers: Mapping[str, float], *names: str) -> None:
    for first, second in pairwise(names):
        if numbers[first] > numbers[second]:
            raise InputError(
                key,
                why=f"{first} {numbers[first]:g} is above {second} {numbers[second]:g}",
                remedy="Write them in order.",
            )


def _uniform(key: str, numbers: Mapping[str, float], _: Bounds) -> Distribution:
    _in_order(key, numbers, "low", "high")
    return Uniform(numbers["low"], numbers["high"])


def _triangular(key: str, numbers: Mapping[str, float], _: Bounds) -> Distribution:
    _in_order(key, numbers, "low", "mode", "high")
    return Triangular(numbers["low"], numbers["mode"], numbers["high"])


def _quantiles(key: str, numbers: Mapping[str, float], ends: Bounds) -> Distribution:
    _in_order(key, numbers, "p10", "p50", "p90")
    return Quantiles(numbers["p10"], numbers["p50"], numbers["p90"], *ends)


def _normal(key: str, numbers: Mapping[str, float], ends: Bounds) -> Distribution:
    if numbers["sd"] < 0:
        raise InputError(f"{key}.sd", why=f"{numbers['sd']:g} is below 0")
    return Normal(numbers["mean"], numbers["sd"], *ends)


def _lognormal(key: str, numbers: Mapping[str, float], ends: Bounds) -> Distribution:
    if numbers["factor"] < 1:
        raise InputError(
            f"{key}.factor", why=f"{numbers['factor']:g} is below 1", remedy="2 is: up to twice."
        )
    if numbers["median"] <= 0:
        raise InputError(f"{key}.median", why="a lognormal number is above 0")
    return Lognormal(numbers["median"], numbers["factor"], *ends)


_FORMS: dict[frozenset[str], Callable[[str, Mapping[str, float], Bounds], Distribution]] = {
    frozenset({"low", "high"}): _uniform,
    frozenset({"low", "mode", "high"}): _triangular,
    frozenset({"p10", "p50", "p90"}): _quantiles,
    frozenset({"mean", "sd"}): _normal,
    frozenset({"median", "factor"}): _lognormal,
}
_WORDS = frozenset(word for form in _FORMS for word in form)


def _settings(settings: Any, found: Mapping[str, Distribution]) -> Uncertain:
    known = {"scenarios", "seed", "volume_peak_correlation", "correlation"}
    if not isinstance(settings, Mapping):
        raise InputError("uncertainty", why="is not a table")
    for name in settings:
        if name not in known:
            raise InputError(
                f"unknown key 'uncertainty.{name}'", remedy=f"Known: {', '.join(sorted(known))}."
            )
    return Uncertain(
        found,
        tuple(_correlations(settings, found)),
        _whole(settings, "scenarios", DEFAULT_SCENARIOS, LEAST_SCENARIOS, MOST_SCENARIOS),
        _whole(settings, "seed", DEFAULT_SEED, 0, MOST_SEED),
    )


def _whole(settings: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(f"uncertainty.{name}", why=f"is not a whole number from {least} to {most}")
    return value


def _correlations(
    settings: Mapping[str, Any], found: Mapping[str, Distribution]
) -> Iterator[Correlation]:
    if "volume_peak_correlation" in settings:
        rank = _finite(
            "uncertainty", "volume_peak_correlation", settings["volume_peak_correlation"]
        )
        volumes = [key for key in VOLUMES if key in found] or list(VOLUMES[:1])
        for key in volumes:
            yield Correlation(key, PEAK, rank)
    entries = settings.get("correlation", [])
    for entry in entries if isinstance(entries, list) else [entries]:
        between = entry.get("between") if isinstance(entry, Mapping) else None
        if (
            not isinstance(entry, Mapping)
            or set(entry) != {"between", "rank"}
            or not isinstance(between, list)
            or len(between) != 2
            or not all(isinstance(key, str) for key in between)
        ):
            raise InputError(
                "uncertainty.correlation",
                why="needs two keys and their rank correlation",
                remedy='Write between = ["usage.input_tokens_per_month", "…"] and rank = 0.5.',
            )
        first, second = between
        yield Correlation(first, second, _finite("uncertainty.correlation", "rank", entry["rank"]))
