"""What is to be measured, and what came out in the end?"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.bench.document import Bench, Samples
from advisor.bench.energy_document import Energy
from advisor.bench.energy_protocol import BRIEF, EnergyProtocol
from advisor.bench.level import Arrivals, Level
from advisor.bench.prompts import Line
from advisor.bench.replay import Replay
from advisor.bench.slo import Slo
from advisor.bench.sweep import MOST_REQUESTS_PER_S
from advisor.bench.workload import DEFAULT, Workload
from advisor.documents import Unknown
from advisor.errors import InputError


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """What to measure. `max_time_s` bounds each stage with its warm-up.

    `fit_to_time` lets the workload shrink where the box is too slow for it; the document says so
    then. Without a `seed` a new one is drawn, as prompts of an earlier run may sit in a cache.
    `second_mix` adds one stage, from which the whole server's rates are solved; it needs a closed
    loop. `rates_per_s` are open loops. A `sweep` goes on from the first level by itself.
    `energy` says how thoroughly the power is read; its trials need a closed loop.
    `contexts` are prompt lengths to measure one stream at, `sustained_s` is how long the load of
    the highest rate goes on in the end, `replay` how many requests are put one by one after that,
    to be put to others as well.
    Raises InputError for a plan that cannot be carried out.
    """

    model: str
    workload: Workload = DEFAULT
    concurrencies: tuple[int, ...] = (1, 4)
    max_time_s: float = 60.0
    precision: float = 0.05
    second_mix: bool = True
    fit_to_time: bool = True
    rates_per_s: tuple[float, ...] = ()
    arrivals: Arrivals = Arrivals.POISSON
    sweep: bool = False
    slo: Slo = ()
    contexts: tuple[int, ...] = ()
    sustained_s: float | None = None
    energy: EnergyProtocol = BRIEF
    replay: int = 0
    seed: int | None = None

    def __post_init__(self) -> None:
        if not self.levels or any(each < 1 for each in self.concurrencies):
            raise InputError("a concurrency is a whole number from 1 on", remedy="Such as 1,4,16.")
        if any(not 0 < rate <= MOST_REQUESTS_PER_S for rate in self.rates_per_s):
            raise InputError(
                f"a rate is above 0 and at most {MOST_REQUESTS_PER_S:g} requests a second",
                remedy="Such as 0.5,1,2.",
            )
        if self.sweep and self.concurrencies and self.rates_per_s:
            raise InputError(
                "a sweep is over concurrencies or over rates, not over both",
                remedy="Give one of the two, or neither.",
            )
        if any(tokens < 1 for tokens in self.contexts):
            raise InputError("a context has at least one token", remedy="Such as 2048,8192.")
        if self.sustained_s is not None and not self.concurrencies:
            raise InputError(
                "a long load keeps a number of streams busy", remedy="Add --concurrency 4."
            )
        if self.energy.trials and not self.concurrencies:
            raise InputError(
                "energy trials keep a number of streams busy", remedy="Add --concurrency 4."
            )
        if not 0 < self.precision < 1:
            raise InputError("the precision is a share between 0 and 1", remedy="Such as 5%.")
        times_s = [self.max_time_s, *([self.sustained_s] if self.sustained_s is not None else [])]
        if not all(1 <= time_s <= 86_400 for time_s in times_s):
            raise InputError("the time of a stage lies between a second and a day")

    @property
    def later_stages(self) -> int:
        """How many stages of `max_time_s` follow the levels at most."""
        return self.second_mix + len(set(self.contexts))

    @property
    def levels(self) -> tuple[Level, ...]:
        """The loads, each once, from the lowest: closed loops, then open ones.

        A sweep has only its first one here.
        """
        closed = [Level(concurrency=streams) for streams in sorted(set(self.concurrencies))]
        opened = [
            Level(rate_per_s=rate, arrivals=self.arrivals) for rate in sorted(set(self.rates_per_s))
        ]
        levels = (*closed, *opened)
        return levels[:1] if self.sweep else levels


@dataclass(frozen=True, slots=True)
class Replayed:
    """The requests that were put one by one, those that were answered, and what they drew."""

    script: tuple[Line, ...]
    replay: Replay
    energy: Energy | Unknown


@dataclass(frozen=True, slots=True)
class BenchRun:
    """The document, the raw samples to keep beside it, and whether the user cut it short."""

    document: Bench
    samples: Samples
    interrupted: bool
    replayed: Replayed | None = None
