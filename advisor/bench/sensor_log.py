"""What did clocks and temperatures do while a load ran?"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import mean

from advisor.bench.metrics import Span
from advisor.machine.sensors import SensorReading, Sensors, open_sensors
from advisor.power.polling import Poller

READ_EVERY_S = 1.0
LEAST_READINGS = 4
DRIFT_C = 5.0
"""A chip that warms by more than this under load is not yet as warm as it will be: assumed."""


@dataclass(slots=True)
class SensorLog:
    """Readings of the sensors, once a second between `start` and `stop`."""

    sensors: Sensors = field(default_factory=open_sensors)
    readings: list[tuple[int, SensorReading]] = field(default_factory=list)
    _poller: Poller = field(init=False)

    def __post_init__(self) -> None:
        self._poller = Poller(self._take, READ_EVERY_S)

    def start(self) -> None:
        """Begins to read; does nothing if it has begun."""
        self._poller.start()

    def stop(self) -> None:
        self._poller.stop()
        self.sensors.close()

    def within(self, span: Span) -> list[SensorReading]:
        """The readings of that time."""
        return [seen for at_ns, seen in self.readings if span.start_ns <= at_ns <= span.end_ns]

    def held_back_by(self, span: Span) -> tuple[str, ...]:
        """What kept the cards' clocks low in that time."""
        reasons = [reason for seen in self.within(span) for reason in seen.held_back_by]
        return tuple(dict.fromkeys(reasons))

    def temperature_c(self, span: Span) -> tuple[float, float] | None:
        """The hottest chip's in the first and in the last quarter of that time."""
        heats = [
            max(each for each in (seen.gpu_temperature_c, seen.cpu_temperature_c) if each)
            for seen in self.within(span)
            if seen.gpu_temperature_c or seen.cpu_temperature_c
        ]
        if len(heats) < LEAST_READINGS:
            return None
        quarter = max(1, len(heats) // 4)
        return mean(heats[:quarter]), mean(heats[-quarter:])

    def _take(self) -> None:
        self.readings.append((time.perf_counter_ns(), self.sensors.read()))
