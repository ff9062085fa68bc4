"""The NVML meter with real pynvml on scripted cards whose true energy is known."""

from __future__ import annotations

from typing import Any

import pytest
from fakes_nvml import Environment, run_python

MEASURE = """
import json, sys, time
from pathlib import Path
from advisor.documents import Unknown
from advisor.power.choose import choose_meter
from advisor.power.host import box_power
from advisor.power.nvml import open_nvml_meter

system = Path("/nowhere")
meter = open_nvml_meter()
if isinstance(meter, Unknown):
    print(json.dumps({{"unknown": meter.reason}}))
    sys.exit()
meter.start()
time.sleep(0.3)
start = time.perf_counter_ns()
time.sleep({seconds})
end = time.perf_counter_ns()
window = meter.window(start, end)
late = meter.window(end, end + 10**12)
early = meter.window(start - 10**12, end)
before_the_end = meter.window(start, start + (end - start) // 2)
meter.stop()
again = meter.window(start, end)
def shown(w):
    if isinstance(w, Unknown):
        return {{"unknown": w.reason}}
    return {{"mean_w": w.mean_power_w, "energy_j": w.energy_j, "warning": w.warning,
            "start_ns": w.start_ns, "end_ns": w.end_ns}}
print(json.dumps({{
    "name": meter.name, "grade": meter.grade, "domain": meter.domain,
    "assumptions": meter.assumptions, "before_the_end": shown(before_the_end),
    "wall": box_power(meter, None, 120.0).assumptions,
    "chosen": choose_meter(system=system).name,
    "on_cpu": choose_meter(on_gpu=False, system=system).assumptions,
    "window": shown(window), "again": shown(again), "late": shown(late), "early": shown(early),
}}))
"""


def measured(environment: Environment, seconds: float = 1.2) -> Any:
    return run_python(MEASURE.format(seconds=seconds), environment)


def test_steady_120_w_within_one_percent_by_the_counter(fake_nvml):
    found = measured(fake_nvml(FAKE_POWER_W="120", FAKE_COUNTER_PERIOD_MS="10"), seconds=3)
    assert found["grade"] == "counter" and found["domain"] == "gpu"
    assert found["name"] == found["chosen"] == "NVML energy counter"
    assert found["window"]["mean_w"] == pytest.approx(120, rel=0.01)
    assert found["window"]["warning"] is None
    assert found["again"]["energy_j"] == pytest.approx(found["window"]["energy_j"], rel=0.01)


def test_windows_outside_the_polled_time_are_unknown_never_zero(fake_nvml):
    found = measured(fake_nvml(FAKE_POWER_W="120"))
    assert "not running" in found["late"]["unknown"]
    assert "not running" in found["early"]["unknown"]


@pytest.mark.parametrize(
    ("way", "within"), [({}, 0.01), ({"FAKE_NO_COUNTER": "all"}, 0.03)], ids=["counted", "polled"]
)
def test_a_square_wave_of_one_hertz_within_one_percent_where_it_is_counted(fake_nvml, way, within):
    found = measured(fake_nvml(FAKE_POWER_W="60:180:1", **way), seconds=8)
    window = found["window"]
    seconds = (window["end_ns"] - window["start_ns"]) / 1e9
    truth_j = square_wave_j(window["start_ns"] / 1e9, seconds, low_w=60, high_w=180)
    assert window["energy_j"] == pytest.approx(truth_j, rel=within)


def test_without_counter_the_power_is_sampled(fake_nvml):
    found = measured(fake_nvml(FAKE_POWER_W="120", FAKE_NO_COUNTER="all"))
    assert found["grade"] == "sampled"
    assert found["name"] == "NVML polled power"
    assert found["window"]["mean_w"] == pytest.approx(120, rel=0.01)


def test_without_instantaneous_power_the_average_does(fake_nvml):
    script = {"FAKE_POWER_W": "90", "FAKE_NO_COUNTER": "all", "FAKE_NO_INSTANT": "1"}
    assert measured(fake_nvml(**script))["window"]["mean_w"] == pytest.approx(90, rel=0.01)


def test_two_cards_add_up_and_the_weaker_grade_holds(fake_nvml):
    script = {"FAKE_GPUS": "2", "FAKE_POWER_W": "120,40", "FAKE_NO_COUNTER": "1"}
    found = measured(fake_nvml(**script))
    assert found["grade"] == "sampled"
    assert found["window"]["mean_w"] == pytest.approx(160, rel=0.02)


def test_counter_and_samples_that_disagree_are_flagged(fake_nvml):
    window = measured(fake_nvml(FAKE_POWER_W="120", FAKE_COUNTER="half"))["window"]
    assert "apart" in window["warning"]
    assert window["mean_w"] == pytest.approx(60, rel=0.02)


def test_a_counter_that_stands_still_gives_way_to_samples(fake_nvml):
    window = measured(fake_nvml(FAKE_POWER_W="120", FAKE_COUNTER="stuck"))["window"]
    assert "stood still" in window["warning"]
    assert window["mean_w"] == pytest.approx(120, rel=0.01)


def test_a_card_lost_on_the_way_spoils_the_window(fake_nvml):
    found = measured(fake_nvml(FAKE_POWER_W="120", FAKE_LOST_AFTER_S="2.4"), seconds=2.6)
    assert "lost" in found["window"]["unknown"]
    assert found["before_the_end"]["mean_w"] == pytest.approx(120, rel=0.02)


def test_a_card_lost_right_after_a_window_is_named_as_the_reason(fake_nvml):
    program = """
import json, time
from advisor.power.nvml import open_nvml_meter
meter = open_nvml_meter()
meter._poller.interval_s = 60
meter.start()
start = time.perf_counter_ns()
time.sleep(0.2)
end = time.perf_counter_ns()
time.sleep(1.5)
print(json.dumps(meter.window(start, end).reason))
"""
    assert "lost" in run_python(program, fake_nvml(FAKE_LOST_AFTER_S="1.0"))


def test_a_card_that_comes_back_spoils_only_the_windows_that_it_was_lost_in(fake_nvml):
    program = """
import json, time
from advisor.power.nvml import open_nvml_meter
meter = open_nvml_meter()
meter.start()
marks = []
for _ in range(4):
    time.sleep(1.5)
    marks.append(time.perf_counter_ns())
windows = [meter.window(first, second) for first, second in zip(marks, marks[1:])]
meter.stop()
print(json.dumps([getattr(each, "reason", None) or each.mean_power_w for each in windows]))
"""
    lost = {"FAKE_LOST_AFTER_S": "3.7", "FAKE_BACK_AFTER_S": "4.1"}
    first, second, third = run_python(program, fake_nvml(FAKE_POWER_W="120", **lost))
    assert first == pytest.approx(120, rel=0.02)
    assert "lost" in second
    assert third == pytest.approx(120, rel=0.02)


def test_a_module_with_its_processors_is_counted_whole_and_compared_with_its_own_power(fake_nvml):
    found = measured(fake_nvml(FAKE_POWER_W="120", FAKE_MODULE_W="300"), seconds=2)
    assert (found["domain"], found["grade"]) == ("gpu+cpu", "counter")
    assert found["window"]["mean_w"] == pytest.approx(300, rel=0.01)
    assert found["window"]["warning"] is None
    assert any("whole module" in each for each in found["assumptions"])
    assert any("metered already" in each for each in found["wall"])


def test_power_of_a_divided_card_is_said_to_be_the_whole_cards(fake_nvml):
    assert any("MIG" in each for each in measured(fake_nvml(FAKE_MIG="1"))["assumptions"])
    assert not any("MIG" in each for each in measured(fake_nvml())["assumptions"])


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ({"FAKE_NO_PERMISSION": "1"}, "refuses"),
        ({"FAKE_NO_POWER": "1"}, "does not report"),
        ({"FAKE_INIT": "18"}, "reboot"),
        ({"FAKE_GPUS": "0"}, "shows no card"),
        ({"FAKE_GPUS": "2", "FAKE_NO_HANDLE": "1"}, "card 1 cannot be opened"),
    ],
)
def test_cards_that_cannot_be_measured_say_why(fake_nvml, script, says):
    assert says in measured(fake_nvml(**script))["unknown"]


def test_on_the_processor_idle_cards_are_added_to_the_estimate(fake_nvml):
    assumptions = measured(fake_nvml(FAKE_POWER_W="22"), seconds=0.1)["on_cpu"]
    assert any("draw 22 W" in assumption for assumption in assumptions)


def test_without_driver_the_choice_is_an_estimate(no_nvml):
    program = (
        "import json; from pathlib import Path; from advisor.power.choose import choose_meter; "
        "m = choose_meter(system=Path('/nowhere')); "
        "print(json.dumps([m.name, m.grade, m.domain]))"
    )
    assert run_python(program, no_nvml) == ["estimate from processor use", "estimated", "box"]


def square_wave_j(start_s: float, seconds: float, *, low_w: float, high_w: float) -> float:
    """Energy of a 1 Hz square wave, high in the first half of each second of the clock."""
    step_s = 1e-4
    steps = round(seconds / step_s)
    times = (start_s + (step + 0.5) * step_s for step in range(steps))
    return sum(high_w if time_s % 1 < 0.5 else low_w for time_s in times) * step_s
