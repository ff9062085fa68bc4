"""Which values do the uncertain inputs take in scenario number i? The same for ever, by the seed.

Each input has a stream of its own, seeded by the seed and its name, in which scenario i is place i:
neither the size of a chunk, nor the threads, nor the other inputs change it. Inputs that are said
to rise and fall together are joined by a Gaussian copula: a rank correlation s asks for normal
variables of correlation `2 sin(pi s/6)` (Pearson, "On further methods of determining correlation",
1907).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.simulation import normal
from advisor.economics.simulation.distributions import Distribution
from advisor.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from advisor.economics.simulation.normal import Floats


@dataclass(frozen=True, slots=True)
class Correlation:
    """Two inputs and Spearman's rank correlation of theirs, -1 to 1."""

    first: str
    second: str
    rank: float


class Sampler:
    """Values of the uncertain inputs by the number of the scenario.

    Raises InputError for a correlation of a key that is not uncertain or with itself, one stated
    twice, or correlations that no variables can have together.
    """

    def __init__(
        self,
        distributions: Mapping[str, Distribution],
        *,
        seed: int,
        correlations: Sequence[Correlation] = (),
    ) -> None:
        self.distributions = dict(sorted(distributions.items()))
        self.seed = seed
        self.joined, self.mixing = _mixing(self.distributions, correlations)

    def shares(self, start: int, count: int) -> dict[str, Floats]:
        """Uniform numbers of scenarios `start` to `start + count`, correlated as stated."""
        shares = {key: self._stream(key, start, count) for key in self.distributions}
        if self.joined:
            scores = [normal.quantile(shares[key]) for key in self.joined]
            for row, key in enumerate(self.joined):
                mixed = scores[0] * self.mixing[row][0]
                for column in range(1, row + 1):
                    mixed = mixed + scores[column] * self.mixing[row][column]
                shares[key] = normal.probability(mixed)
        return shares

    def start_of(self, key: str) -> tuple[int, int]:
        """The state and the increment with which a key's stream (PCG64) begins."""
        state = self._bits(key).state["state"]
        return int(state["state"]), int(state["inc"])

    def draw(self, start: int, count: int) -> dict[str, Floats]:
        """The values of scenarios `start` to `start + count`."""
        shares = self.shares(start, count)
        return {key: each.quantile(shares[key]) for key, each in self.distributions.items()}

    def _stream(self, key: str, start: int, count: int) -> Floats:
        import numpy as np

        bits = self._bits(key)
        bits.advance(start)
        return np.random.Generator(bits).random(count)

    def _bits(self, key: str) -> np.random.PCG64:
        import numpy as np

        words = np.frombuffer(hashlib.sha256(key.encode()).digest(), dtype="<u4")
        return np.random.PCG64(np.random.SeedSequence([self.seed, *words.tolist()]))


def _mixing(
    distributions: Mapping[str, Distribution], correlations: Sequence[Correlation]
) -> tuple[tuple[str, ...], list[list[float]]]:
    """The correlated keys, and the lower triangle that makes independent scores theirs."""
    import numpy as np

    keys = tuple(sorted({key for each in correlations for key in (each.first, each.second)}))
    matrix = np.eye(len(keys))
    seen = set()
    for each in correlations:
        pair = frozenset((each.first, each.second))
        what = f"the correlation of {each.first} and {each.second}"
        missing = next((key for key in pair if key not in distributions), None)
        if missing is not None:
            raise InputError(
                what, why=f"{missing} is not uncertain", remedy="Give it a distribution."
            )
        if len(pair) < 2 or pair in seen:
            raise InputError(what, why="is stated twice or of a key with itself")
        if not -1 <= each.rank <= 1:
            raise InputError(what, why=f"{each.rank:g} is not between -1 and 1")
        seen.add(pair)
        row, column = keys.index(each.first), keys.index(each.second)
        matrix[row, column] = matrix[column, row] = 2 * math.sin(math.pi * each.rank / 6)
    try:
        return keys, np.linalg.cholesky(matrix).tolist()
    except np.linalg.LinAlgError as error:
        raise InputError(
            "the correlations",
            why=f"no inputs can be correlated like this at once: {', '.join(keys)}",
            remedy="Bring them nearer to 0.",
        ) from error
