"""Is a box that slows down under load told from one that does not?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from known_timing import timed

from advisor.bench.document import Model
from advisor.bench.metrics import Span
from advisor.bench.plan import BenchPlan
from advisor.bench.runner import run_bench
from advisor.bench.sensor_log import SensorLog
from advisor.bench.sustained import _change, _verdict
from advisor.bench.workload import fixed
from advisor.errors import InputError
from advisor.machine.sensors import SensorReading, Sensors

SECOND_NS = 1_000_000_000


def rates(middle: float, noise: float, seed: int) -> Any:
    return middle * (1 + noise * np.random.default_rng(seed).standard_normal(8))


@pytest.mark.parametrize(
    ("last", "noise", "said"),
    [
        (80.0, 0.02, "slower"),
        (120.0, 0.02, "faster"),
        (100.0, 0.01, "steady"),
        (99.0, 0.001, "steady"),
        (97.0, 0.3, "unclear"),
    ],
)
def test_a_change_is_called_one_only_where_it_is_sure(last: float, noise: float, said: str) -> None:
    change, ci95 = _change(rates(100.0, noise, 1), rates(last, noise, 2))
    assert _verdict(change, ci95) == said
    assert ci95[0] <= change <= ci95[1]


def test_a_box_that_stalls_in_the_end_is_slower() -> None:
    change, ci95 = _change(rates(100.0, 0.05, 1), np.zeros(8))
    assert (change, ci95) == (-1.0, (-1.0, -1.0))
    assert _verdict(change, ci95) == "slower"


def test_the_interval_holds_the_true_change_as_often_as_it_says() -> None:
    held = 0
    for seed in range(400):
        _, (low, high) = _change(rates(100.0, 0.05, 2 * seed), rates(90.0, 0.05, 2 * seed + 1))
        held += low <= -0.1 <= high
    assert held / 400 > 0.9


def test_long_contexts_and_a_long_load_are_measured_after_the_rest() -> None:
    plan = BenchPlan(
        model="timed",
        workload=fixed(50, 8),
        concurrencies=(2,),
        max_time_s=1.5,
        precision=0.2,
        contexts=(400, 100),
        sustained_s=13.0,
        second_mix=False,
        fit_to_time=False,
    )
    with timed("--prefill-us", "100", "--step-us", "2000") as server:
        run = run_bench(
            plan,
            server=server,
            machine_id="machine",
            measured_on="a timed server",
            model=Model(name="timed"),
        )
    document = run.document
    assert not document.partial
    assert [stage.input_tokens for stage in document.contexts] == [
        pytest.approx(100, abs=2),
        pytest.approx(400, abs=8),
    ]
    ttfts_ms = [stage.ttft_ms.median for stage in document.contexts if stage.ttft_ms]
    assert ttfts_ms == [pytest.approx(12, abs=4), pytest.approx(42, abs=6)]
    found = document.sustained
    assert found is not None
    assert found.stage.stopped_by == "max_time"
    assert len(found.points) >= 8
    assert found.points[-1].at_s + found.interval_s == pytest.approx(found.stage.window_s, rel=0.01)
    assert abs(found.change) < 0.2
    assert found.points[0].sensors is not None


@pytest.mark.parametrize(
    "wrong", [{"contexts": (0,)}, {"sustained_s": 0.0}, {"sustained_s": 5.0, "concurrencies": ()}]
)
def test_a_phase_that_cannot_be_run_is_refused(wrong: dict[str, Any]) -> None:
    plan = {"concurrencies": (1,), "rates_per_s": (1.0,), **wrong}
    with pytest.raises(InputError):
        BenchPlan(model="timed", **plan)


def test_clocks_that_are_held_back_are_named_for_their_own_load_only() -> None:
    log = SensorLog(Sensors(None, []))
    log.readings = [
        (1 * SECOND_NS, SensorReading()),
        (2 * SECOND_NS, SensorReading(held_back_by=("power limit",))),
        (3 * SECOND_NS, SensorReading(held_back_by=("power limit", "power brake"))),
    ]
    assert log.held_back_by(Span(0, SECOND_NS)) == ()
    assert log.held_back_by(Span(0, 4 * SECOND_NS)) == ("power limit", "power brake")
