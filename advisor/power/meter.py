"""How is energy read, whatever the meter? One protocol; one meter a file beside this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from advisor.documents import Unknown

Clock = Callable[[], int]
"""Monotonic nanoseconds, as `time.perf_counter_ns` tells them."""


class Grade(StrEnum):
    """How far an energy figure can be trusted, best first."""

    WALL = "wall"
    COUNTER = "counter"
    SAMPLED = "sampled"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class Window:
    """Energy between two monotonic times (`time.perf_counter_ns`) of a meter's domain."""

    start_ns: int
    end_ns: int
    energy_j: float
    warning: str | None = None

    @property
    def mean_power_w(self) -> float:
        return self.energy_j / ((self.end_ns - self.start_ns) / 1e9)


class Meter(Protocol):
    """A source of energy readings. `start` and `stop` bound its background sampling, if any."""

    name: str
    grade: Grade
    domain: str
    """What is inside the figure: "gpu" (all cards), "cpu" (all processors), "gpu+cpu", "soc" (one
    chip that is both), "box" (the whole machine)."""
    band: tuple[float, float]
    """Between which multiples of a reading the truth lies, such as (0.95, 1.05)."""
    assumptions: tuple[str, ...]
    """What has to hold for the readings to be true, each with its source."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        """Energy of the window, or why it cannot be told. Never zero for "no reading"."""
        ...


@dataclass(frozen=True, slots=True)
class Nameplate:
    """What a meter says of itself, in the words of `Meter`."""

    name: str
    grade: Grade
    domain: str
    band: tuple[float, float]
    assumptions: tuple[str, ...]


def parts_of(domain: str) -> frozenset[str]:
    """The parts of a machine that a domain holds: of "gpu", "cpu" and the "rest" of the box."""
    if domain == "box":
        return frozenset(("gpu", "cpu", "rest"))
    if domain == "soc":
        return frozenset(("gpu", "cpu"))
    return frozenset(domain.split("+"))
