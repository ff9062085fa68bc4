"""How fast do the clocks run at this moment, how hot is it, and what holds them back?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from advisor.documents import Unknown
from advisor.machine.nvml import Nvml, open_nvml
from advisor.machine.throttling import throttle_reasons

CPU_SENSORS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "acpitz")
"""Names under which Linux drivers report the processor's temperature, best first."""


class SensorReading(msgspec.Struct, frozen=True, kw_only=True):
    """One moment: the lowest clock and the highest temperature of all cards. None: not told."""

    gpu_clock_mhz: float | None = None
    gpu_temperature_c: float | None = None
    cpu_clock_mhz: float | None = None
    cpu_temperature_c: float | None = None
    held_back_by: tuple[str, ...] = ()


@dataclass(slots=True)
class Sensors:
    """The machine's sensors, open until `close`."""

    _nvml: Nvml | None
    _cards: list[Any]

    @property
    def sees_cards(self) -> bool:
        """Whether a graphics driver tells of its cards."""
        return bool(self._cards)

    def read(self) -> SensorReading:
        """What all of them say now."""
        return SensorReading(
            gpu_clock_mhz=self._of_cards("nvmlDeviceGetClockInfo", "NVML_CLOCK_SM", min),
            gpu_temperature_c=self._of_cards(
                "nvmlDeviceGetTemperature", "NVML_TEMPERATURE_GPU", max
            ),
            cpu_clock_mhz=_cpu_clock_mhz(),
            cpu_temperature_c=_cpu_temperature_c(),
            held_back_by=self._held_back_by(),
        )

    def close(self) -> None:
        if self._nvml is not None:
            self._nvml.close()

    def _of_cards(
        self, call: str, which: str, choose: Callable[[Sequence[float]], float]
    ) -> float | None:
        nvml = self._nvml
        if nvml is None:
            return None
        told = [
            nvml.read(getattr(nvml.library, call), card, getattr(nvml.library, which))
            for card in self._cards
        ]
        known = [float(each) for each in told if not isinstance(each, Unknown)]
        return choose(known) if known else None

    def _held_back_by(self) -> tuple[str, ...]:
        nvml = self._nvml
        if nvml is None:
            return ()
        told = [throttle_reasons(nvml, card) for card in self._cards]
        return tuple(
            dict.fromkeys(
                reason for each in told if not isinstance(each, Unknown) for reason in each
            )
        )


def open_sensors() -> Sensors:
    """The sensors that this machine has; never fails."""
    nvml = open_nvml()
    if isinstance(nvml, Unknown):
        return Sensors(None, [])
    handles = nvml.handles()
    cards = [] if isinstance(handles, Unknown) else handles
    return Sensors(nvml, [card for card in cards if not isinstance(card, Unknown)])


def _cpu_clock_mhz() -> float | None:
    import psutil

    try:
        frequency = psutil.cpu_freq()
    except (OSError, NotImplementedError, AttributeError):
        return None
    return float(frequency.current) if frequency and frequency.current else None


def _cpu_temperature_c() -> float | None:
    import psutil

    read = getattr(psutil, "sensors_temperatures", None)
    try:
        found = read() if read else {}
    except OSError:
        return None
    for name in CPU_SENSORS:
        if found.get(name):
            return max(float(each.current) for each in found[name])
    return None
