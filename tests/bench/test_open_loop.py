"""Does an open loop come when it planned to, and hide nothing of a server that stalls?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from known_timing import read_log, timed

from advisor.bench.document import Model, Stage
from advisor.bench.level import Arrivals
from advisor.bench.plan import BenchPlan, BenchRun
from advisor.bench.runner import run_bench
from advisor.bench.slo import parse_slo
from advisor.bench.workload import fixed
from advisor.errors import InputError
from advisor.servers.dialects.openai import OpenAIServer

BATCHING = ("--prefill-us", "100", "--step-us", "2000")
"""A request of 100 tokens in and 32 out takes 10 ms alone and 64 ms that it shares."""


def bench(server: OpenAIServer, **plan: Any) -> BenchRun:
    asked: dict[str, Any] = {
        "model": "timed",
        "workload": fixed(100, 32),
        "concurrencies": (),
        "max_time_s": 5.0,
        "fit_to_time": False,
        "second_mix": False,
    }
    return run_bench(
        BenchPlan(**{**asked, **plan}),
        server=server,
        machine_id="machine",
        measured_on="a timed server",
        model=Model(name="timed"),
    )


def only(run: BenchRun) -> Stage:
    (stage,) = run.document.stages
    return stage


def test_requests_come_at_the_rate_and_count_from_the_plan() -> None:
    with timed("--ttft-ms", "50", "--itl-ms", "1") as server:
        run = bench(server, rates_per_s=(40.0,), arrivals=Arrivals.CONSTANT)
        log = read_log(server.endpoint.url)
    stage = only(run)
    assert stage.concurrency is None and stage.rate == 40.0
    assert stage.requests_per_s == pytest.approx(40.0, rel=0.1)
    assert stage.ttft_ms is not None and stage.send_delay_ms is not None
    assert stage.ttft_ms.median == pytest.approx(50 + stage.send_delay_ms.median, abs=5)
    assert stage.in_flight is not None
    assert stage.in_flight.mean == pytest.approx(40 * 0.082, rel=0.3)
    assert not stage.overloaded and not stage.errors
    arrived = np.sort([np.int64(str(entry["arrived_ns"])) for entry in log.values()])[-60:]
    assert np.median(np.diff(arrived)) / 1e6 == pytest.approx(25, abs=3)


def test_a_server_that_cannot_keep_up_shows_it() -> None:
    with timed(*BATCHING) as server:
        stage = only(bench(server, rates_per_s=(150.0,)))
    assert stage.overloaded
    assert not stage.warmup.steady
    assert stage.requests_per_s is None or stage.requests_per_s < 110
    assert stage.in_flight is not None and stage.in_flight.max > 100


def test_a_sweep_over_rates_finds_what_the_server_can_promise() -> None:
    slo = parse_slo("ttft_p90_ms=100,e2e_p90_ms=1500")
    with timed(*BATCHING) as server:
        run = bench(server, rates_per_s=(10.0,), sweep=True, slo=slo, max_time_s=4.0)
    capacity = run.document.capacity
    assert capacity is not None
    assert capacity.within_slo is not None and capacity.within_slo.rate is not None
    assert 20 <= capacity.within_slo.rate <= 95
    assert capacity.within_slo.goodput_per_s == pytest.approx(capacity.within_slo.rate, rel=0.3)
    assert {stage.goodput.met for stage in run.document.stages if stage.goodput} == {True, False}


def test_a_sweep_over_streams_finds_saturation() -> None:
    with timed(*BATCHING) as server:
        run = bench(server, concurrencies=(1,), sweep=True, second_mix=True, max_time_s=3.0)
    capacity, point = run.document.capacity, run.document.operating_point
    assert capacity is not None and capacity.saturation is not None and point is not None
    streams = capacity.saturation.concurrency
    assert streams is not None and 16 <= streams <= 512
    assert [stage.concurrency for stage in run.document.stages][:3] == [1, 2, 4]


def test_refusals_are_counted_and_never_tried_again() -> None:
    with timed("--ttft-ms", "5", "--itl-ms", "1", "--fault", "http_429", "--every", "4") as server:
        run = bench(server, rates_per_s=(30.0,), slo=parse_slo("ttft_p99_ms=1000"), max_time_s=3.0)
    stage = only(run)
    refused = stage.errors["http_429"]
    assert refused / stage.attempts == pytest.approx(0.25, abs=0.06)
    assert stage.goodput is not None
    assert stage.goodput.share == pytest.approx(0.75, abs=0.1)
    assert not stage.goodput.met
    assert run.document.partial


@pytest.mark.parametrize(
    "plan",
    [
        {"rates_per_s": (0.0,)},
        {"rates_per_s": (5_000.0,)},
        {"rates_per_s": (1.0,), "concurrencies": (1,), "sweep": True},
        {},
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(plan: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        BenchPlan(model="timed", **{"concurrencies": (), **plan})
