"""What did the benchmark find out that the scenario leaves open?"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.advice.inputs import Inputs, value_at, with_value

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredBox:
    """A measurement at the operating point, in the words of the scenario's box.

    Rates are the whole server's with their 95 % confidence intervals, powers the whole box's with
    the grade of the meter (`wall`, `counter`, `sampled`, `estimated`). `measured_on` says on what
    the numbers were taken ("NVIDIA RTX 4090", "CPU, embedded llama.cpp"). None is unknown.
    """

    run_id: str
    measured_on: str
    model_name: str
    server_kind: str | None
    concurrency: int
    synthetic: bool
    prefill_tok_per_s: float | None = None
    prefill_ci95: Interval | None = None
    decode_tok_per_s: float | None = None
    decode_ci95: Interval | None = None
    active_power_w: float | None = None
    idle_power_w: float | None = None
    power_grade: str | None = None
    ttft_ms: float | None = None

    def values(self) -> dict[str, float]:
        """Dotted scenario key -> measured value, where there is one."""
        values = {
            "box.prefill_tok_per_s": self.prefill_tok_per_s,
            "box.decode_tok_per_s": self.decode_tok_per_s,
            "box.active_power_w": self.active_power_w,
            "box.idle_power_w": self.idle_power_w,
        }
        return {key: value for key, value in values.items() if value is not None}

    def intervals(self) -> dict[str, Interval]:
        """Dotted scenario key -> 95 % interval of the measured value, where there is one."""
        intervals = {
            "box.prefill_tok_per_s": self.prefill_ci95,
            "box.decode_tok_per_s": self.decode_ci95,
        }
        return {key: ends for key, ends in intervals.items() if ends is not None}


@dataclass(frozen=True, slots=True)
class Filled:
    """Inputs with a measurement filled in: the keys it supplied, and those it lost to the
    scenario's explicit values."""

    inputs: Inputs
    supplied: tuple[str, ...]
    overruled: tuple[str, ...]


def fill(inputs: Inputs, measured: MeasuredBox | None) -> Filled:
    """Takes from the measurement what the scenario leaves out; what it states stands."""
    supplied, overruled = [], []
    for key, value in (measured.values() if measured else {}).items():
        if value_at(inputs, key) is None:
            inputs = with_value(inputs, key, value)
            supplied.append(key)
        else:
            overruled.append(key)
    return Filled(inputs, tuple(supplied), tuple(overruled))
