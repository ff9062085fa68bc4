"""Is idle told from active, the model's idle draw from the box's, and a token's share from both?"""

from __future__ import annotations

import time
from typing import Any

import pytest
from fakes_nvml import fake_nvml, run_python
from known_timing import timed

from advisor.bench import metering, runner
from advisor.bench.document import Bench, Model
from advisor.bench.energy_document import IdlePower
from advisor.bench.energy_protocol import BRIEF, FULL, EnergyProtocol, idle_power
from advisor.bench.metering import BLIND, Metering
from advisor.bench.plan import BenchPlan
from advisor.bench.runner import run_bench
from advisor.bench.workload import fixed
from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.machine.sensors import SensorReading
from advisor.power.meter import Grade, Window
from advisor.power.spec import parse_meter
from advisor.servers.wish import User

__all__ = ["fake_nvml"]

PREFILL_US, STEP_US = 100, 4_000
IDLE_W, BUSY_W = 50.0, 200.0
SHORT = EnergyProtocol(settling_s=0.2, idle_s=0.5, trials=3, trial_s=3.0)


class LoadedMeter:
    """A card of 50 W that draws 200 W while a load runs, as known to the test."""

    name, grade, domain = "card of the test", Grade.COUNTER, "gpu"
    band = (0.95, 1.05)
    assumptions = ("made up",)

    def __init__(self) -> None:
        self.loads: list[tuple[int, int]] = []
        self.started = self.stopped = 0

    def start(self) -> None:
        self.started += 1

    def stop(self) -> None:
        self.stopped += 1

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        busy_ns = sum(
            max(0, min(end_ns, ended) - max(start_ns, began)) for began, ended in self.loads
        )
        energy_j = IDLE_W * (end_ns - start_ns) / 1e9 + (BUSY_W - IDLE_W) * busy_ns / 1e9
        return Window(start_ns, end_ns, energy_j)


@pytest.fixture(scope="module")
def measured() -> tuple[Bench, LoadedMeter]:
    """A run with three trials, its meter told of each load by the loads themselves."""
    meter = LoadedMeter()
    measure = runner.measure

    def noted(*arguments: Any, **options: Any) -> Any:
        began = time.perf_counter_ns()
        try:
            return measure(*arguments, **options)
        finally:
            meter.loads.append((began, time.perf_counter_ns()))

    with (
        timed("--prefill-us", str(PREFILL_US), "--step-us", str(STEP_US)) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(runner, "measure", noted)
        plan = BenchPlan(
            model="timed",
            workload=fixed(100, 16),
            concurrencies=(4,),
            max_time_s=4.0,
            precision=0.2,
            fit_to_time=False,
            energy=SHORT,
        )
        document = run_bench(
            plan,
            server=server,
            machine_id="machine",
            measured_on="a timed server",
            model=Model(name="timed"),
            meter=meter,
            unloaded=IdlePower(power_w=20.0, window_s=1.0, low_w=19.0, high_w=21.0),
        ).document
    return document, meter


def test_unloaded_resident_and_active_are_told_apart(measured: tuple[Bench, Any]) -> None:
    document = measured[0]
    assert document.baselines is not None and document.baselines.unloaded is not None
    assert document.baselines.unloaded.power_w == 20.0
    resident = document.baselines.resident
    assert resident is not None and resident.power_w == pytest.approx(IDLE_W)
    assert (resident.low_w, resident.high_w) == pytest.approx((IDLE_W, IDLE_W))
    energy = document.stages[0].energy
    assert energy is not None
    assert energy.idle_w == pytest.approx(IDLE_W)
    assert energy.active_w == pytest.approx(BUSY_W)


def test_a_token_costs_in_all_above_idle_and_at_the_wall(measured: tuple[Bench, Any]) -> None:
    energy = measured[0].stages[0].energy
    assert energy is not None and energy.box is not None and energy.box.active_w is not None
    assert energy.j_per_output_token == pytest.approx(BUSY_W * STEP_US / 4e6, rel=0.3)
    assert energy.j_per_input_token == pytest.approx(BUSY_W * PREFILL_US / 1e6, rel=0.3)
    for which in ("input", "output"):
        total = getattr(energy, f"j_per_{which}_token")
        assert getattr(energy, f"j_per_{which}_token_marginal") == pytest.approx(
            total * (BUSY_W - IDLE_W) / BUSY_W, rel=0.01
        )
        assert getattr(energy, f"j_per_{which}_token_wall") == pytest.approx(
            total * energy.box.active_w / BUSY_W, rel=0.01
        )
    assert energy.box.active_w > BUSY_W


def test_three_trials_give_a_mean_and_its_interval(measured: tuple[Bench, Any]) -> None:
    trials = measured[0].energy_trials
    assert trials is not None and len(trials.trials) == 3 and trials.concurrency == 4
    cost = trials.costs_j["j_per_output_token"]
    told = [trial.costs_j.get("j_per_output_token") for trial in trials.trials]
    each = [value for value in told if value is not None]
    assert len(each) >= 2
    assert cost.value == pytest.approx(sum(each) / len(each))
    assert cost.ci95 is not None and cost.ci95[0] <= min(each) and max(each) <= cost.ci95[1]
    energy = measured[0].stages[0].energy
    assert energy is not None and energy.j_per_output_token == cost.value
    assert all(trial.active_w == pytest.approx(BUSY_W) for trial in trials.trials)
    assert not measured[0].partial


def test_trials_that_were_not_asked_for_are_unknown_with_that_reason() -> None:
    with timed("--ttft-ms", "5", "--itl-ms", "2") as server:
        document = run_bench(
            BenchPlan(model="timed", workload=fixed(50, 8), concurrencies=(1,), max_time_s=1.5),
            server=server,
            machine_id="machine",
            measured_on="a timed server",
            model=Model(name="timed"),
            meter=LoadedMeter(),
        ).document
    assert document.energy_trials is None
    assert "--energy full" in document.unknown["energy_trials"]
    assert document.baselines is not None and document.baselines.unloaded is None
    assert "loaded before" in document.unknown["baselines.unloaded"]


LOST = """
import json, sys
sys.path[:0] = {paths}
from known_timing import timed
from advisor.bench.document import Model
from advisor.bench.energy_protocol import EnergyProtocol
from advisor.bench.plan import BenchPlan
from advisor.bench.runner import run_bench
from advisor.bench.workload import fixed
from advisor.power.nvml import open_nvml_meter
plan = BenchPlan(model="timed", workload=fixed(50, 8), concurrencies=(1, 2), max_time_s=4.0,
                 precision=1e-4, fit_to_time=False, second_mix=False,
                 energy=EnergyProtocol(settling_s=0.2, idle_s=0.5))
with timed("--ttft-ms", "5", "--itl-ms", "2") as server:
    found = run_bench(plan, server=server, machine_id="m", measured_on="test",
                      model=Model(name="timed"), meter=open_nvml_meter()).document
print(json.dumps([[s.energy.active_w if s.energy else None for s in found.stages],
                  [s.requests for s in found.stages], found.unknown.get("stages[1].energy")]))
"""


def test_a_card_that_is_lost_in_mid_run_spoils_its_own_window_only(fake_nvml: Any) -> None:
    import sys

    script = {"FAKE_POWER_W": "120", "FAKE_LOST_AFTER_S": "7.5"}
    program = LOST.format(paths=[path for path in sys.path if "tests" in path])
    (first_w, second_w), requests, why = run_python(program, fake_nvml(**script))
    assert first_w == pytest.approx(120, rel=0.02)
    assert second_w is None and "lost" in why
    assert all(count > 0 for count in requests)


def test_a_warming_box_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its sensors: 10 °C from the beginning of the load to its end."""
    from advisor.bench import sensor_log
    from advisor.bench.metrics import Span

    log = sensor_log.SensorLog()
    log.readings = [(i, SensorReading(gpu_temperature_c=50.0 + i)) for i in range(12)]
    assert log.temperature_c(Span(0, 11)) == (51.0, 60.0)
    assert log.temperature_c(Span(0, 2)) is None
    log.readings = [(i, SensorReading()) for i in range(12)]
    assert log.temperature_c(Span(0, 11)) is None


def test_an_idle_window_without_a_meter_that_runs_says_why() -> None:
    class Dead(LoadedMeter):
        def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
            return Unknown("the meter is gone")

    found = idle_power(Dead(), EnergyProtocol(0.0, 0.1), lambda: False)
    assert isinstance(found, Unknown) and found.reason == "the meter is gone"
    stopped = idle_power(LoadedMeter(), EnergyProtocol(0.0, 5.0), lambda: True)
    assert isinstance(stopped, Unknown) and "interrupted" in stopped.reason


def test_the_brief_baselines_add_no_more_than_ten_seconds() -> None:
    assert 2 * BRIEF.baseline_s <= 10.0
    assert FULL.idle_s >= 30 and FULL.trials >= 3 and FULL.trial_s > 30


def silent_user() -> User:
    return User(tell=lambda _: None, agrees=lambda _: False)


def test_the_meter_is_chosen_once_and_read_before_the_model_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    meters = [LoadedMeter()]
    monkeypatch.setattr(metering, "choose_meter", lambda *_, **__: meters.pop())
    session = Metering(None, None, EnergyProtocol(0.0, 0.2), silent_user())
    session.before_load(0.0)
    assert isinstance(session.unloaded, IdlePower)
    assert session.unloaded.power_w == pytest.approx(IDLE_W)
    chosen = session.meter(local=True, gpu_share=0.0)
    assert isinstance(chosen, LoadedMeter) and chosen.started == 1 and not meters
    session.close()
    assert chosen.stopped == 1


def test_an_estimate_sees_no_model_and_takes_no_trials() -> None:
    session = Metering(200.0, None, BRIEF, silent_user())
    session.before_load(0.0)
    assert session.unloaded == BLIND
    with pytest.raises(InputError, match="needs a meter"):
        Metering(200.0, None, FULL, silent_user()).meter(local=True, gpu_share=0.0)


def test_a_meter_of_this_machine_cannot_see_a_model_on_another() -> None:
    named = Metering(None, parse_meter("rapl"), BRIEF, silent_user())
    with pytest.raises(InputError, match="runs on another"):
        named.meter(local=False, gpu_share=1.0)
    assert Metering(None, None, BRIEF, silent_user()).meter(local=False, gpu_share=1.0) is None


def test_trials_need_a_closed_loop() -> None:
    with pytest.raises(InputError, match="keep a number of streams busy"):
        BenchPlan(model="timed", concurrencies=(), rates_per_s=(1.0,), energy=FULL)
