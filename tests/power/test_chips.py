"""Do AMD's and Apple's own sensors become energy?"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from fake_devices import Clock, Energy, ns, power_w, square_j, steady_j

from advisor.documents import Unknown
from advisor.power.amd import NoCard, open_amd
from advisor.power.apple import NotApple, open_apple
from advisor.power.counted import CountedMeter
from advisor.power.meter import Grade, Window
from advisor.power.sampled import SampledMeter


def card(root: Path, number: int, *, sensor: str = "power1_average", name: str = "amdgpu") -> Path:
    place = root / f"hwmon{number}"
    place.mkdir(parents=True)
    (place / "name").write_text(f"{name}\n")
    (place / sensor).write_text("0\n")
    return place / sensor


def run(meter: SampledMeter, clock: Clock, rules: dict[Path, Energy], until_s: float) -> None:
    def take() -> None:
        for sensor, energy in rules.items():
            sensor.write_text(f"{round(power_w(energy, clock.now_s) * 1e6)}\n")
        meter.take()

    clock.read(take, 0.1, until_s)


@pytest.mark.parametrize("sensor", ["power1_average", "power1_input"])
@pytest.mark.parametrize("energy", [steady_j, square_j])
def test_a_card_within_one_percent(tmp_path: Path, sensor: str, energy: Energy) -> None:
    card(tmp_path, 0, name="nvme")
    told = card(tmp_path, 3, sensor=sensor)
    clock = Clock(0.05)
    meter = open_amd(tmp_path, clock)
    assert isinstance(meter, SampledMeter)
    run(meter, clock, {told: energy}, 62)
    window = meter.window(ns(1), ns(61))
    assert isinstance(window, Window)
    assert window.energy_j == pytest.approx(energy(61) - energy(1), rel=0.01)
    assert (meter.grade, meter.domain, window.warning) == (Grade.SAMPLED, "gpu", None)


def test_two_cards_add_up(tmp_path: Path) -> None:
    rules = {card(tmp_path, 0): steady_j, card(tmp_path, 1, sensor="power1_input"): square_j}
    clock = Clock(0.05)
    meter = open_amd(tmp_path, clock)
    assert isinstance(meter, SampledMeter)
    run(meter, clock, rules, 32)
    window = meter.window(ns(1), ns(31))
    assert isinstance(window, Window)
    assert window.mean_power_w == pytest.approx(240, rel=0.01)
    assert "2 cards" in meter.name


def test_a_chip_that_is_both_is_counted_as_both(tmp_path: Path) -> None:
    card(tmp_path, 0).with_name("in1_input").write_text("800\n")
    meter = open_amd(tmp_path)
    assert isinstance(meter, SampledMeter) and meter.domain == "gpu+cpu"


@pytest.mark.parametrize("content", ["", "fast", "-5000000", "900000000000000"])
def test_a_card_that_tells_nonsense_is_not_measured(tmp_path: Path, content: str) -> None:
    card(tmp_path, 0).write_text(content)
    assert isinstance(open_amd(tmp_path), Unknown)


def test_a_card_that_lacks_the_sensor_is_not_taken_for_none(tmp_path: Path) -> None:
    card(tmp_path, 0).unlink()
    said = open_amd(tmp_path)
    assert isinstance(said, Unknown) and not isinstance(said, NoCard)


def test_no_card_is_a_normal_machine(tmp_path: Path) -> None:
    card(tmp_path, 0, name="k10temp")
    assert isinstance(open_amd(tmp_path), NoCard)
    assert isinstance(open_amd(tmp_path / "nowhere"), NoCard)


class Chip:
    """Counters as zeus-apple-silicon tells them: millijoules, None for what a chip lacks."""

    def __init__(self, clock: Clock, **absent: None) -> None:
        self.clock = clock
        self.absent = absent

    def get_cumulative_energy(self) -> Any:
        counted_mj = round(square_j(self.clock.now_s) * 1000)
        metrics = {
            "cpu_total_mj": counted_mj // 4,
            "gpu_mj": counted_mj // 2,
            "gpu_sram_mj": counted_mj,
            "dram_mj": counted_mj // 4,
            "ane_mj": None,
            "efficiency_cores_mj": [counted_mj, counted_mj],
        }
        return SimpleNamespace(**{**metrics, **self.absent})


def on_a_mac(monkeypatch: pytest.MonkeyPatch, monitor: Any) -> None:
    module = ModuleType("zeus_apple_silicon")
    module.AppleEnergyMonitor = monitor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", module)
    monkeypatch.setattr(sys, "platform", "darwin")


def test_an_apple_chip_within_one_percent(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    on_a_mac(monkeypatch, lambda: Chip(clock))
    meter = open_apple(clock)
    assert isinstance(meter, CountedMeter)
    clock.read(meter.take, 0.1, 62)
    window = meter.window(ns(1), ns(61))
    assert isinstance(window, Window)
    assert window.energy_j == pytest.approx(120 * 60, rel=0.01)
    assert (meter.grade, meter.domain) == (Grade.COUNTER, "soc")


@pytest.mark.parametrize("lacks", ["cpu_total_mj", "gpu_mj"])
def test_an_apple_chip_that_does_not_count_is_unknown(
    monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    clock = Clock()
    on_a_mac(monkeypatch, lambda: Chip(clock, **{lacks: None}))
    said = open_apple(clock)
    assert isinstance(said, Unknown) and "does not count" in said.reason


def test_a_mac_that_cannot_be_read_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise RuntimeError("no channel")

    on_a_mac(monkeypatch, fails)
    said = open_apple()
    assert isinstance(said, Unknown) and "RuntimeError" in said.reason
    monkeypatch.setitem(sys.modules, "zeus_apple_silicon", None)
    said = open_apple()
    assert isinstance(said, Unknown) and "pip install" in said.reason


def test_elsewhere_there_is_no_apple_chip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert isinstance(open_apple(), NotApple)
