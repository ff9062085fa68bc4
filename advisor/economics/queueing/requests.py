"""How large are the requests, and what do they cost the server?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Work:
    """What a token costs, in the unit of the curve: `input*per_input + output*per_output`."""

    per_input_token: float
    per_output_token: float


@dataclass(frozen=True, slots=True)
class Kind:
    """Requests of one length, in the local model's tokens; input without what a cache answers."""

    share: float
    input_tokens: float
    output_tokens: float

    def work(self, work: Work) -> float:
        """What one of them costs."""
        return self.input_tokens * work.per_input_token + self.output_tokens * work.per_output_token


@dataclass(frozen=True, slots=True)
class Mix:
    """Kinds of requests, whose shares sum to 1. Around a kind's length each request varies by a
    factor with mean 1 and standard deviation `cv`, gamma distributed: 0 all alike, 1 exponential.
    """

    kinds: tuple[Kind, ...]
    cv: float = 1.0

    def mean_work(self, work: Work) -> float:
        """What the mean request costs."""
        return math.fsum(kind.share * kind.work(work) for kind in self.kinds)

    def cv_of_work(self, work: Work) -> float:
        """The standard deviation of what requests cost over its mean."""
        mean = self.mean_work(work)
        second = math.fsum(k.share * k.work(work) ** 2 for k in self.kinds) * (1 + self.cv**2)
        return math.sqrt(max(0.0, second / mean**2 - 1.0))

    @property
    def is_exponential(self) -> bool:
        """Whether sizes are exponentially distributed, as some formulas need."""
        return len(self.kinds) == 1 and self.cv == 1.0

    def draw(self, n: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """Input and output tokens of `n` requests."""
        import numpy as np

        shares = np.array([kind.share for kind in self.kinds])
        which = random.choice(len(self.kinds), size=n, p=shares / shares.sum())
        factor = random.gamma(self.cv**-2, self.cv**2, n) if self.cv > 0 else np.ones(n)
        tokens = np.array([(kind.input_tokens, kind.output_tokens) for kind in self.kinds])
        return tokens[which, 0] * factor, tokens[which, 1] * factor
