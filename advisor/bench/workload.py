"""What shape do requests have? How long prompts and answers are, and what prompts have in common.

Lengths are tokens as the server counts them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import numpy as np

LONGEST_AT = 0.99
"""A length drawn from a distribution is at most this quantile of it."""
P95_SIGMAS = NormalDist().inv_cdf(0.95)


class Length(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tokens: always the median, or with a `p95` lognormal around it, at most its p99."""

    median: int
    p95: int | None = None

    @property
    def sigma(self) -> float:
        """The standard deviation of the length's logarithm."""
        return math.log(self.p95 / self.median) / P95_SIGMAS if self.p95 else 0.0

    def quantile(self, share: float) -> int:
        """The length that this share of all does not exceed."""
        spread = NormalDist().inv_cdf(min(share, LONGEST_AT)) * self.sigma if self.sigma else 0.0
        return max(1, round(self.median * math.exp(spread)))

    def draw(self, random: np.random.Generator) -> int:
        """One length."""
        return self.quantile(random.uniform(1e-9, 1.0)) if self.sigma else self.median

    def scaled(self, share: float) -> Length:
        """The same shape, shorter; never under one token."""
        median = max(1, int(self.median * share))
        return Length(median, self.p95 and max(median, int(self.p95 * share)))


NOTHING = Length(0)


@dataclass(frozen=True, slots=True)
class Mix:
    """What one request asks: tokens in and out."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """A real prompt, and the length of its answer where the user's file gives one."""

    text: str
    output_tokens: int | None

    def answering(self, share: float, least: int) -> Prompt:
        """The same prompt with a shorter answer."""
        shorter = self.output_tokens and max(least, int(self.output_tokens * share))
        return Prompt(self.text, shorter)


@dataclass(frozen=True, slots=True)
class Workload:
    """The shape of requests.

    A prompt is `shared_prefix_tokens` that all have in common and `input_tokens` of its own. With
    several `turns`, a stream's next request repeats its last prompt and adds `turn_tokens`, until
    a new conversation begins. With `prompts` these are asked instead of made-up ones.
    """

    name: str
    input_tokens: Length
    output_tokens: Length
    shared_prefix_tokens: int = 0
    turns: int = 1
    turn_tokens: Length = NOTHING
    prompts: tuple[Prompt, ...] = ()
    source: str = ""

    @property
    def typical(self) -> Mix:
        """The median request, in a conversation its middle turn."""
        turns_before = (self.turns - 1) // 2
        own = self.input_tokens.median + turns_before * self.turn_tokens.median
        return Mix(self.shared_prefix_tokens + own, self.output_tokens.median)

    @property
    def most_tokens(self) -> int:
        """What the longest request and its answer take."""
        later = (self.turns - 1) * self.turn_tokens.quantile(1) if self.turns > 1 else 0
        longest = self.shared_prefix_tokens + self.input_tokens.quantile(1) + later
        return longest + self.output_tokens.quantile(1)

    @property
    def repeats_prefixes(self) -> bool:
        """Whether a server with a prompt cache may answer a part of most prompts from it."""
        return bool(self.shared_prefix_tokens or self.turns > 1 or self.prompts)

    @property
    def prompt_sizes(self) -> tuple[int, ...]:
        """Prompt lengths that span those to come, the longest last."""
        if self.prompts:
            return ()
        first = self.shared_prefix_tokens
        spread = {first + self.input_tokens.quantile(share) for share in (0.25, 0.5, 0.95)}
        if self.turns > 1:
            spread.add(
                first + self.input_tokens.median + (self.turns - 1) * self.turn_tokens.median
            )
        return tuple(sorted(spread))

    def scaled(self, share: float) -> Workload:
        """The same shape with every length multiplied by `share`."""
        return replace(
            self,
            input_tokens=self.input_tokens.scaled(share),
            output_tokens=self.output_tokens.scaled(share),
            shared_prefix_tokens=int(self.shared_prefix_tokens * share),
            turn_tokens=self.turn_tokens.scaled(share) if self.turns > 1 else self.turn_tokens,
        )

    def answering(self, share: float, least: int) -> Workload:
        """The same prompts with shorter answers."""
        shorter = self.output_tokens.scaled(share)
        median = max(least, shorter.median)
        return replace(
            self,
            output_tokens=Length(median, shorter.p95 and max(median, shorter.p95)),
            prompts=tuple(each.answering(share, least) for each in self.prompts),
        )


def fixed(input_tokens: int, output_tokens: int, name: str = "default") -> Workload:
    """Every prompt and every answer as long as the others."""
    return Workload(name, Length(input_tokens), Length(output_tokens))


DEFAULT = fixed(512, 128)
