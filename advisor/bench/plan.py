"""What is to be measured, and what came out in the end?"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.bench.document import Bench, Samples
from advisor.errors import InputError


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """What to measure. `max_time_s` bounds each stage with its warm-up.

    `fit_to_time` lets the workload shrink where the box is too slow for it; the document says so
    then. Without a `seed` a new one is drawn, as prompts of an earlier run may sit in a cache.
    `second_mix` adds one stage, from which the whole server's rates are solved.
    Raises InputError for a plan that cannot be carried out.
    """

    model: str
    input_tokens: int = 512
    output_tokens: int = 128
    concurrencies: tuple[int, ...] = (1, 4)
    max_time_s: float = 60.0
    precision: float = 0.05
    second_mix: bool = True
    fit_to_time: bool = True
    workload: str = "default"
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.input_tokens < 1 or self.output_tokens < 1:
            raise InputError("a workload needs at least one token in and one out")
        if not self.concurrencies or min(self.concurrencies) < 1:
            raise InputError("a concurrency is a whole number from 1 on", remedy="Such as 1,4,16.")
        if not 0 < self.precision < 1:
            raise InputError("the precision is a share between 0 and 1", remedy="Such as 5%.")
        if not 1 <= self.max_time_s <= 86_400:
            raise InputError("the time of a stage lies between a second and a day")

    @property
    def stages(self) -> tuple[int, ...]:
        """The concurrencies, each once, from the lowest."""
        return tuple(sorted(set(self.concurrencies)))


@dataclass(frozen=True, slots=True)
class BenchRun:
    """The document, the raw samples to keep beside it, and whether the user cut it short."""

    document: Bench
    samples: Samples
    interrupted: bool
