"""Does a whole measurement find the true rates, and keep what it has when things go wrong?"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import jsonschema
import msgspec
import pytest
from known_timing import timed

from advisor.bench import stage as stage_module
from advisor.bench.document import Bench, Model, Samples
from advisor.bench.energy_protocol import EnergyProtocol
from advisor.bench.plan import BenchPlan, BenchRun
from advisor.bench.progress import Phase, Progress
from advisor.bench.roof import Roof
from advisor.bench.runner import run_bench
from advisor.bench.workload import fixed
from advisor.errors import AdvisorError, InputError
from advisor.power.manual import ManualMeter
from advisor.servers.dialects.openai import OpenAIServer

PREFILL_US, STEP_US = 100, 4_000
BATCHING = ("--prefill-us", str(PREFILL_US), "--step-us", str(STEP_US))
SMALL: dict[str, Any] = {
    "model": "timed",
    "workload": fixed(100, 16),
    "concurrencies": (1, 4),
    "max_time_s": 6.0,
    "fit_to_time": False,
}


def bench(server: OpenAIServer, plan: dict[str, Any], **options: Any) -> BenchRun:
    return run_bench(
        BenchPlan(**{**SMALL, **plan}),
        server=server,
        machine_id="machine",
        measured_on="a timed server",
        model=Model(name="timed"),
        **options,
    )


@pytest.fixture(scope="module")
def measured() -> tuple[BenchRun, list[Progress]]:
    """One whole run against a batching server, with a typed power."""
    seen: list[Progress] = []
    with timed(*BATCHING, "--tokens-per-word", "1.3") as server:
        done = bench(
            server,
            {"max_time_s": 12.0, "energy": EnergyProtocol(idle_s=0.5)},
            meter=ManualMeter(200.0),
            roof=Roof(1e9, 100_000_000),
            on_progress=seen.append,
        )
    return done, seen


def test_the_document_is_whole_and_fits_its_schema(measured: tuple[BenchRun, Any]) -> None:
    run = measured[0]
    encoded = msgspec.json.encode(run.document)
    jsonschema.validate(msgspec.json.decode(encoded), msgspec.json.schema(Bench))
    assert msgspec.json.decode(encoded, type=Bench) == run.document
    assert not run.document.partial and not run.interrupted
    assert [stage.concurrency for stage in run.document.stages] == [1, 4]
    assert all(stage.errors == {} for stage in run.document.stages)
    for path in run.document.unknown:
        value: Any = msgspec.to_builtins(run.document)
        for part in path.replace("[", ".").replace("]", "").split("."):
            value = value[int(part)] if part.isdigit() else (value or {}).get(part)
        assert value is None, path


def test_tokens_are_the_servers_and_as_many_as_asked(measured: tuple[BenchRun, Any]) -> None:
    for stage in measured[0].document.stages:
        assert stage.input_tokens == pytest.approx(100, abs=2)
        assert stage.output_tokens == 16
        assert stage.token_source == "usage"


def test_the_true_rates_lie_near(measured: tuple[BenchRun, Any]) -> None:
    """Wide bounds: the machine that tests run on may be busy. Fidelity has its own benchmark."""
    document = measured[0].document
    single = document.stages[0]
    assert single.decode_tok_per_s is not None and single.prefill_tok_per_s is not None
    assert single.decode_tok_per_s.median == pytest.approx(1e6 / STEP_US, rel=0.3)
    assert single.prefill_tok_per_s.median == pytest.approx(1e6 / PREFILL_US, rel=0.5)
    point = document.operating_point
    assert point is not None and point.concurrency == 4
    assert point.decode_tok_per_s == pytest.approx(4e6 / STEP_US, rel=0.3)
    assert point.prefill_tok_per_s == pytest.approx(1e6 / PREFILL_US, rel=0.3)
    assert [stage.output_tokens_asked for stage in point.stages] == [2]


def test_energy_is_the_meters_and_says_so(measured: tuple[BenchRun, Any]) -> None:
    document = measured[0].document
    point = document.operating_point
    energy = document.stages[1].energy
    assert energy is not None and point is not None
    assert (energy.grade, energy.domain) == ("estimated", "box")
    assert energy.active_w == pytest.approx(200) and energy.idle_w == pytest.approx(200)
    assert point.decode_tok_per_s is not None and energy.j_per_output_token is not None
    assert energy.j_per_output_token == pytest.approx(200 / point.decode_tok_per_s)
    assert energy.j_per_output_token_marginal is None
    other = document.stages[0].energy
    assert other is not None and other.j_per_output_token is None
    assert other.j_per_request is not None


def test_a_number_above_the_roof_is_suspect(measured: tuple[BenchRun, Any]) -> None:
    suspect = {found.path: found for found in measured[0].document.suspect}
    assert "100" not in suspect
    assert "allows 10 a second" in suspect["stages[0].decode_tok_per_s"].reason


def test_samples_hold_every_request_compactly(measured: tuple[BenchRun, Any]) -> None:
    run = measured[0]
    assert run.samples.id == run.document.id
    assert [s.output_tokens_asked for s in run.samples.stages] == [16, 16, 2]
    for kept, stage in zip(run.samples.stages, run.document.stages, strict=False):
        assert len(kept.requests) == stage.attempts
        assert sum(request.counted for request in kept.requests) == stage.requests
    encoded = msgspec.json.encode(run.samples)
    assert msgspec.json.decode(encoded, type=Samples) == run.samples
    events = sum(len(r.events_us) for s in run.samples.stages for r in s.requests)
    requests = sum(len(s.requests) for s in run.samples.stages)
    assert len(encoded) < 8 * events + 100 * requests


def test_progress_tells_phases_and_rates(measured: tuple[BenchRun, Any]) -> None:
    seen: list[Progress] = measured[1]
    order = list(Phase)
    phases = [order.index(each.phase) for each in seen]
    assert {Phase.IDLE, Phase.MEASURE, Phase.SECOND_MIX} <= {each.phase for each in seen}
    assert [each.stage for each in seen if each.stage] == sorted(
        each.stage for each in seen if each.stage
    )
    assert phases[0] <= order.index(Phase.IDLE)
    rates = [each.output_tok_per_s for each in seen if each.output_tok_per_s]
    assert rates and max(rates) < 4e6 / STEP_US
    assert all(each.remaining_s >= 0 for each in seen)
    assert any(each.power_w for each in seen)


def test_an_interrupt_keeps_what_was_measured() -> None:
    def interrupt_in_second_stage(progress: Progress) -> None:
        if progress.stage == 2 and progress.requests > 2 and not sent:
            sent.append(1)
            os.kill(os.getpid(), signal.SIGINT)

    sent: list[int] = []
    handler = signal.getsignal(signal.SIGINT)
    with timed("--ttft-ms", "30", "--itl-ms", "5") as server:
        plan = {"precision": 0.0001, "max_time_s": 1.5}
        run = bench(server, plan, on_progress=interrupt_in_second_stage)
    assert sent and run.interrupted and run.document.partial
    assert run.document.stages[0].requests > 0
    assert run.document.operating_point is None
    assert run.document.unknown["operating_point"]
    assert signal.getsignal(signal.SIGINT) == handler


def test_an_interrupt_before_anything_was_measured() -> None:
    with timed("--ttft-ms", "60000") as server:
        timer = threading.Timer(0.8, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            bench(server, {})
        timer.join()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("http_500", "http_500"),
        ("http_429", "http_429"),
        ("close", "truncated"),
        ("garbage", "malformed"),
    ],
)
def test_failures_are_counted_by_kind_and_the_rest_is_kept(fault: str, kind: str) -> None:
    with timed("--ttft-ms", "5", "--itl-ms", "2", "--fault", fault, "--every", "7") as server:
        run = bench(server, {"concurrencies": (2,), "second_mix": False, "max_time_s": 1.5})
    (stage,) = run.document.stages
    assert run.document.partial
    assert set(stage.errors) == {kind}
    assert stage.attempts / 7 - 1 <= stage.errors[kind] <= stage.attempts / 7 + 1
    assert stage.requests > 0 and stage.ttft_ms is not None


def test_a_hanging_stream_ends_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_module, "LEAST_SILENCE_S", 0.5)
    monkeypatch.setattr(stage_module, "SILENCE_SHARE", 0.1)
    with timed("--ttft-ms", "5", "--itl-ms", "2", "--fault", "hang", "--every", "40") as server:
        plan = {"concurrencies": (2,), "second_mix": False, "max_time_s": 4.0, "precision": 0.0001}
        run = bench(server, plan)
    (stage,) = run.document.stages
    assert stage.errors == {"timeout": stage.errors["timeout"]}
    assert stage.requests > 10


def test_a_server_that_dies_leaves_what_was_measured_before() -> None:
    with timed("--ttft-ms", "5", "--itl-ms", "2", "--fault", "die", "--every", "25") as server:
        plan = {"precision": 0.0001, "max_time_s": 30.0}
        started = time.monotonic()
        run = bench(server, plan)
    assert time.monotonic() - started < 25
    document = run.document
    assert document.partial and not run.interrupted
    assert document.stages[0].requests > 0
    assert document.stages[0].stopped_by == "failures"
    assert "connect_refused" in document.stages[0].errors
    assert any("not measured" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    ("fault", "kind"), [("http_500", "http_500"), ("http_400", "http_400"), ("close", "truncated")]
)
def test_a_server_that_answers_nothing_is_one_clear_error(fault: str, kind: str) -> None:
    with (
        timed("--ttft-ms", "1", "--itl-ms", "1", "--fault", fault) as server,
        pytest.raises(AdvisorError, match=kind) as raised,
    ):
        bench(server, {})
    assert raised.value.remedy


def test_without_usage_counts_are_marked_as_estimated() -> None:
    with timed("--ttft-ms", "5", "--itl-ms", "2", "--fault", "no_usage") as server:
        run = bench(server, {"concurrencies": (1,), "max_time_s": 2.0})
    (stage,) = run.document.stages
    assert stage.token_source == "estimated"
    assert stage.input_tokens is None
    assert run.document.unknown["stages[0].prefill_tok_per_s"]
    assert any("rule of thumb" in warning for warning in run.document.warnings)


def test_a_slow_box_gets_a_smaller_workload_and_is_told() -> None:
    with timed("--prefill-us", "2000", "--step-us", "20000") as server:
        plan = {"concurrencies": (1,), "second_mix": False, "max_time_s": 4.0, "fit_to_time": True}
        run = bench(server, {**plan, "workload": fixed(512, 128)})
    workload = run.document.workload
    assert workload.scaled_from == (512, 128)
    assert workload.output_tokens == workload.input_tokens // 4 < 128
    assert any("512" in assumption for assumption in run.document.assumptions)
    assert run.document.stages[0].requests >= 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrencies": ()},
        {"concurrencies": (0,)},
        {"precision": 0.0},
        {"precision": float("nan")},
        {"max_time_s": 0.5},
    ],
)
def test_an_impossible_plan_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        BenchPlan(**{**SMALL, **wrong})


def test_what_a_watcher_raises_is_not_lost() -> None:
    def fail(_: Progress) -> None:
        raise RuntimeError("the view broke")

    with timed("--ttft-ms", "5", "--itl-ms", "2") as server, pytest.raises(RuntimeError):
        bench(
            server,
            {"concurrencies": (1,), "second_mix": False, "max_time_s": 2.0},
            on_progress=fail,
        )
