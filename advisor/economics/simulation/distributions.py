"""Of what kind is an uncertain number, and which value has a given share below it?

Each kind has `quantile`, which turns uniform numbers into values, and its `median`. Where only
quantiles are stated they hold exactly, and a value beyond the key's bounds stands at the bound; a
normal distribution is cut at the bounds and its rest scaled up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Protocol

from advisor.economics.simulation import normal

if TYPE_CHECKING:
    from advisor.economics.simulation.normal import Floats

INFINITE = math.inf


class Distribution(Protocol):
    """An uncertain number."""

    @property
    def median(self) -> float: ...

    def quantile(self, shares: Floats) -> Floats:
        """The values below which these shares (0 to 1) lie."""
        ...


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any value from `low` to `high`, all alike."""

    low: float
    high: float

    @property
    def median(self) -> float:
        return (self.low + self.high) / 2

    def quantile(self, shares: Floats) -> Floats:
        return self.low + shares * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Triangular:
    """From `low` to `high`, likeliest at `mode`, falling in straight lines."""

    low: float
    mode: float
    high: float

    @property
    def median(self) -> float:
        import numpy as np

        return float(self.quantile(np.array([0.5]))[0])

    def quantile(self, shares: Floats) -> Floats:
        import numpy as np

        width = self.high - self.low
        if width == 0:
            return np.full_like(shares, self.low)
        below = self.low + np.sqrt(shares * width * (self.mode - self.low))
        above = self.high - np.sqrt((1.0 - shares) * width * (self.high - self.mode))
        return np.where(shares * width <= self.mode - self.low, below, above)


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Two halves of normal distributions that meet at `p50`, so that all three quantiles hold."""

    p10: float
    p50: float
    p90: float
    least: float = -INFINITE
    most: float = INFINITE

    @property
    def median(self) -> float:
        return self.p50

    def quantile(self, shares: Floats) -> Floats:
        import numpy as np

        z = normal.quantile(shares) / normal.Z90
        spread = np.where(z < 0, self.p50 - self.p10, self.p90 - self.p50)
        return np.clip(self.p50 + z * spread, self.least, self.most)


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal with `mean` and `sd`, cut at `least` and `most`."""

    mean: float
    sd: float
    least: float = -INFINITE
    most: float = INFINITE

    @property
    def median(self) -> float:
        import numpy as np

        return float(self.quantile(np.array([0.5]))[0])

    @property
    def ends(self) -> tuple[float, float]:
        """How much of the whole distribution lies below each bound."""
        if self.sd == 0:
            return 0.0, 1.0
        below, above = ((end - self.mean) / self.sd for end in (self.least, self.most))
        return normal.probability_of(below), normal.probability_of(above)

    def quantile(self, shares: Floats) -> Floats:
        import numpy as np

        if self.sd == 0:
            return np.full_like(shares, self.mean)
        below, above = self.ends
        z = normal.quantile(below + shares * (above - below))
        return np.clip(self.mean + self.sd * z, self.least, self.most)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Lognormal about `median`, with `median * factor` at P90 and `median / factor` at P10."""

    median: float
    factor: float
    least: float = -INFINITE
    most: float = INFINITE

    def quantile(self, shares: Floats) -> Floats:
        import numpy as np

        z = normal.quantile(shares) / normal.Z90
        return np.clip(self.median * np.exp(z * math.log(self.factor)), self.least, self.most)


_KINDS: dict[str, type[Uniform | Triangular | Quantiles | Normal | Lognormal]] = {
    each.__name__.lower(): each for each in (Uniform, Triangular, Quantiles, Normal, Lognormal)
}


def parameters_of(distribution: Distribution) -> tuple[str, dict[str, float]]:
    """The kind of one of the distributions above and its numbers, without bounds that are none;
    `of_parameters` makes the same of them again."""
    kind = type(distribution).__name__.lower()
    numbers = {each.name: getattr(distribution, each.name) for each in fields(_KINDS[kind])}
    return kind, {name: value for name, value in numbers.items() if math.isfinite(value)}


def of_parameters(kind: str, parameters: Mapping[str, float]) -> Distribution | None:
    """The distribution of this kind with these numbers; None where they make none."""
    try:
        return _KINDS[kind](**parameters)
    except (KeyError, TypeError):
        return None
