"""Which numbers of a scenario are uncertain, and how? Takes them out before the scenario is read.

Any number may be written as a table: `{low, high}` (all alike), `{low, mode, high}` (triangular),
`{p10, p50, p90}`, `{mean, sd}` (normal, cut at the key's bounds) or `{median, factor}` (lognormal,
`median * factor` at P90). The median is left in its place, so that everything else works with it.
Nothing is uncertain unless somebody stated it or a measurement brought its own interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from advisor.advice.measured import MeasuredBox
from advisor.advice.scenario import in_one_currency
from advisor.advice.uncertain_forms import WORDS, bounds, distribution_of, finite
from advisor.economics.simulation.distributions import Distribution, Quantiles
from advisor.economics.simulation.normal import Z90, Z975
from advisor.economics.simulation.sampling import Correlation
from advisor.errors import InputError

DEFAULT_SCENARIOS = 100_000
MOST_SCENARIOS = 10_000_000
LEAST_SCENARIOS = 100
DEFAULT_SEED = 1
MOST_SEED = 2**63 - 1
VOLUMES = ("usage.input_tokens_per_month", "usage.output_tokens_per_month")
PEAK = "arrivals.peak_to_mean"


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


def _without(value: Any, key: str, found: dict[str, Distribution]) -> Any:
    if isinstance(value, Mapping):
        if value and set(value) <= WORDS and "." in key:
            found[key] = distribution_of(key, value)
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
            if isinstance(value, Mapping) and value and set(value) <= WORDS:
                raise InputError(
                    f"{key}.{inner}",
                    why="an entry without a name cannot be uncertain",
                    remedy="Write one value.",
                )
    return key


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
        rank = finite("uncertainty", "volume_peak_correlation", settings["volume_peak_correlation"])
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
        yield Correlation(first, second, finite("uncertainty.correlation", "rank", entry["rank"]))
