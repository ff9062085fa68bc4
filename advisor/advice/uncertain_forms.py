"""Of which form is an uncertain number, and between which bounds may it lie?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Meta

from advisor.advice.bounds import Table
from advisor.advice.inputs import Inputs
from advisor.economics.simulation.distributions import (
    Distribution,
    Lognormal,
    Normal,
    Quantiles,
    Triangular,
    Uniform,
)
from advisor.errors import InputError

Bounds = tuple[float, float]

LEAST_PART = 0.01
"""Of its middle, the least that a number above 0 is taken to be."""
UTC_OFFSET = "usage.utc_offset_hours"
TOLD = "carbon.told."
REMEDY = (
    "Write {low, high}, {low, mode, high}, {p10, p50, p90}, {mean, sd} or {median, factor} "
    "(docs/uncertainty.md)."
)


def distribution_of(key: str, table: Mapping[str, Any]) -> Distribution:
    """The distribution that a table states. Raises InputError, by its key, for what is none."""
    form = _FORMS.get(frozenset(table))
    if form is None:
        raise InputError(
            key, why=f"{{{', '.join(sorted(table))}}} is no distribution", remedy=REMEDY
        )
    numbers = {name: finite(key, name, value) for name, value in table.items()}
    least, most = bounds(key)
    for name in numbers.keys() - {"sd", "factor"}:
        if not least <= numbers[name] <= most:
            raise InputError(
                f"{key}.{name}", why=f"{numbers[name]:g} is not within {least:g} and {most:g}"
            )
    return form(key, numbers, (_above_zero(least, _middle(numbers)), most))


def _middle(numbers: Mapping[str, float]) -> float:
    return next((numbers[name] for name in ("p50", "mean", "median") if name in numbers), 0.0)


def _above_zero(least: float, middle: float) -> float:
    """The least of a number that must be above 0: not so near to it that what is divided by the
    number has no bound."""
    return max(least, middle * LEAST_PART) if least > 0 else least


def finite(key: str, name: str, value: Any) -> float:
    """A finite number. Raises InputError otherwise."""
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
WORDS = frozenset(word for form in _FORMS for word in form)


def bounds(key: str) -> Bounds:
    """The least and the most that a dotted key of a scenario may be; infinite where it is open.

    Raises InputError for a key that must be a whole number or is no number at all.
    """
    parts = key.split(".")
    names = [parts[0], parts[-1]] if len(parts) > 2 else parts
    if key.startswith(TOLD):
        names.insert(1, "told")
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
    if key == UTC_OFFSET or not any(_plain(option) is float for option in options):
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
