"""Do the processors' counters become energy, over wraps and without counting anything twice?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_devices import RANGE_UJ, Clock, Energy, count, ns, square_j, steady_j, zone
from hypothesis import given
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.power.counted import CountedMeter
from advisor.power.meter import Grade, Window
from advisor.power.rapl import NoZones, open_rapl, risen_uj


def opened(root: Path, clock: Clock) -> CountedMeter:
    meter = open_rapl(root, clock)
    assert isinstance(meter, CountedMeter)
    return meter


def run(
    meter: CountedMeter, clock: Clock, rules: dict[Path, tuple[int, Energy]], until_s: float
) -> None:
    """Reads the meter ten times a second while each counter follows its rule."""

    def take() -> None:
        for counter, (from_uj, energy) in rules.items():
            count(counter, from_uj + energy(clock.now_s) * 1e6)
        meter.take()

    clock.read(take, 0.1, until_s)


def window_of(meter: CountedMeter, start_s: float, end_s: float) -> Window:
    window = meter.window(ns(start_s), ns(end_s))
    assert isinstance(window, Window), window
    return window


def reason(found: object) -> str:
    assert isinstance(found, Unknown)
    return found.reason


@pytest.mark.parametrize("energy", [steady_j, square_j])
@pytest.mark.parametrize("left_j", [1e9, 0.5, 100, 1000, 3599.9])
def test_energy_within_one_percent_also_across_a_wrap(
    tmp_path: Path, energy: Energy, left_j: float
) -> None:
    """120 W for a minute, with so many joules left until the counter starts again."""
    counter = zone(tmp_path, "intel-rapl:0", "package-0")
    from_uj = max(0, RANGE_UJ - round(left_j * 1e6))
    count(counter, from_uj)
    clock = Clock()
    meter = opened(tmp_path, clock)
    run(meter, clock, {counter: (from_uj, energy)}, 62)
    window = window_of(meter, 1, 61)
    assert window.energy_j == pytest.approx(energy(61) - energy(1), rel=0.01)
    assert window.warning is None
    assert (meter.grade, meter.domain) == (Grade.COUNTER, "cpu")


def test_several_wraps_and_two_packages_that_wrap_at_other_times(tmp_path: Path) -> None:
    range_uj = 2_000_000_000
    first = zone(tmp_path, "intel-rapl:0", "package-0", 0, range_uj)
    second = zone(tmp_path, "intel-rapl:1", "package-1", 0, range_uj)
    clock = Clock()
    rules: dict[Path, tuple[int, Energy]] = {
        first: (1_900_000_000, steady_j),
        second: (700_000_000, square_j),
    }
    meter = opened(tmp_path, clock)
    run(meter, clock, rules, 122)
    truth_j = 2 * 120 * 120
    assert truth_j * 1e6 > 10 * range_uj
    assert window_of(meter, 1, 121).energy_j == pytest.approx(truth_j, rel=0.01)


def test_parts_of_a_package_and_the_platform_are_not_added(tmp_path: Path) -> None:
    def watts(power_w: float) -> Energy:
        return lambda time_s: power_w * time_s

    tree = {
        ("intel-rapl:0", "package-0"): 100,
        ("intel-rapl:0:0", "core"): 70,
        ("intel-rapl:0:1", "uncore"): 20,
        ("intel-rapl:0:2", "dram"): 15,
        ("intel-rapl:1", "psys"): 160,
        ("intel-rapl-mmio:0", "package-0"): 100,
    }
    rules: dict[Path, tuple[int, Energy]] = {
        zone(tmp_path, folder, name): (0, watts(power_w))
        for (folder, name), power_w in tree.items()
    }
    clock = Clock()
    meter = opened(tmp_path, clock)
    run(meter, clock, rules, 12)
    assert window_of(meter, 1, 11).mean_power_w == pytest.approx(115, rel=0.01)


def test_dies_of_a_package_are_packages(tmp_path: Path) -> None:
    rules: dict[Path, tuple[int, Energy]] = {
        zone(tmp_path, f"intel-rapl:{die}", f"package-0-die-{die}"): (0, steady_j)
        for die in range(2)
    }
    clock = Clock()
    meter = opened(tmp_path, clock)
    run(meter, clock, rules, 12)
    assert window_of(meter, 1, 11).mean_power_w == pytest.approx(240, rel=0.01)


def test_a_counter_that_was_set_spoils_the_windows_that_hold_it(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0")
    clock = Clock()
    meter = opened(tmp_path, clock)
    run(meter, clock, {counter: (40_000_000_000, steady_j)}, 10)
    run(meter, clock, {counter: (0, steady_j)}, 20)
    assert "jumped" in reason(meter.window(ns(5), ns(15)))
    assert window_of(meter, 1, 9).mean_power_w == pytest.approx(120, rel=0.01)
    assert window_of(meter, 11, 19).mean_power_w == pytest.approx(120, rel=0.01)


def test_a_pause_in_which_it_may_have_wrapped_is_unknown_and_a_short_one_is_told(
    tmp_path: Path,
) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0")
    rules: dict[Path, tuple[int, Energy]] = {counter: (0, steady_j)}
    clock = Clock()
    meter = opened(tmp_path, clock)
    run(meter, clock, rules, 5)
    clock.now_s += 3
    run(meter, clock, rules, 12)
    clock.now_s += 60
    run(meter, clock, rules, 80)
    paused = window_of(meter, 2, 11)
    assert paused.mean_power_w == pytest.approx(120, rel=0.01)
    assert paused.warning and "no reading for 3" in paused.warning
    assert "unseen" in reason(meter.window(ns(11), ns(79)))


def test_a_counter_that_stands_still_is_no_zero(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
    clock = Clock()
    meter = opened(tmp_path, clock)
    run(meter, clock, {counter: (5_000_000, lambda _: 0.0)}, 10)
    assert "stood still" in reason(meter.window(ns(1), ns(9)))


def test_times_that_were_not_watched_are_unknown(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0")
    clock = Clock(100)
    meter = opened(tmp_path, clock)
    run(meter, clock, {counter: (0, steady_j)}, 110)
    for start_s, end_s in ((50, 105), (105, 150)):
        assert "not running" in reason(meter.window(ns(start_s), ns(end_s)))
    assert "no length" in reason(meter.window(ns(105), ns(105)))


def test_a_counter_that_is_lost_spoils_the_window(tmp_path: Path) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0")
    clock = Clock()
    meter = opened(tmp_path, clock)
    run(meter, clock, {counter: (0, steady_j)}, 5)
    counter.unlink()
    clock.read(meter.take, 0.1, 6)
    assert "lost" in reason(meter.window(ns(1), ns(5.5)))
    assert "lost" in reason(meter.window(ns(1), ns(4.99)))
    assert window_of(meter, 1, 4).mean_power_w == pytest.approx(120, rel=0.01)


def test_closed_counters_say_what_opens_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0")
    read = Path.read_text

    def closed(self: Path, *args: Any, **options: Any) -> str:
        if self.name == "energy_uj":
            raise PermissionError(13, "Permission denied")
        return read(self, *args, **options)

    monkeypatch.setattr(Path, "read_text", closed)
    said = open_rapl(tmp_path)
    assert not isinstance(said, NoZones)
    assert "CVE-2020-8694" in reason(said) and "chmod a+r" in reason(said)


@pytest.mark.parametrize("content", ["", "lots", "-4", "0"])
def test_a_zone_without_a_range_is_not_counted(tmp_path: Path, content: str) -> None:
    counter = zone(tmp_path, "intel-rapl:0", "package-0")
    counter.with_name("max_energy_range_uj").write_text(content)
    assert "starts again" in reason(open_rapl(tmp_path))


def test_no_counters_are_a_normal_machine(tmp_path: Path) -> None:
    assert isinstance(open_rapl(tmp_path / "nowhere"), NoZones)
    assert isinstance(open_rapl(tmp_path), NoZones)
    zone(tmp_path, "intel-rapl:0", "psys")
    only = open_rapl(tmp_path)
    assert isinstance(only, NoZones) and "psys" in only.reason


@given(st.integers(1, 10**12), st.data())
def test_a_rise_is_found_again_over_at_most_one_wrap(range_uj: int, data: st.DataObject) -> None:
    before = data.draw(st.integers(0, range_uj - 1))
    rise = data.draw(st.integers(0, range_uj - 1))
    assert risen_uj(before, (before + rise) % range_uj, range_uj) == rise
