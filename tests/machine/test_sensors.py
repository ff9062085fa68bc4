"""What is read of clocks and temperatures, with a card and without one?"""

from __future__ import annotations

from collections.abc import Callable

from fakes_nvml import Environment, run_python

READ = """
import msgspec
from advisor.machine.sensors import open_sensors
sensors = open_sensors()
print(msgspec.json.encode(sensors.read()).decode())
sensors.close()
"""


def test_a_cards_clock_and_temperature(fake_nvml: Callable[..., Environment]) -> None:
    seen = run_python(READ, fake_nvml())
    assert seen["gpu_temperature_c"] > 0
    assert seen["gpu_clock_mhz"] > 0
    assert seen["held_back_by"] == ["power limit"]


def test_without_a_card_nothing_is_claimed_of_one(no_nvml: Environment) -> None:
    seen = run_python(READ, no_nvml)
    assert seen["gpu_temperature_c"] is None
    assert seen["gpu_clock_mhz"] is None
    assert seen["held_back_by"] == []
