"""Does calibrating share its time out, and go on where a model gives no answer?"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from made_up_curve import made_up_bench, stage

from advisor.bench.document import Samples
from advisor.bench.plan import BenchRun
from advisor.bench.session import Order
from advisor.cli import calibrating
from advisor.cli.calibrating import (
    LEAST_STAGE_S,
    LEAST_STAGE_S_OF,
    MOST_STAGE_S,
    measure_small_models,
)
from advisor.errors import AdvisorError
from advisor.history.wanted import Wanted
from advisor.machine.document import Bandwidth
from advisor.machine.probe import probe
from advisor.models.choose import TO_CALIBRATE


@dataclass
class Clock:
    """The seconds that the made-up measurements have taken so far."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class MadeUp:
    """Stands for a measurement: takes `other_s` and what its stages may take, or fails."""

    clock: Clock
    other_s: float
    silent: tuple[str, ...] = ()
    interrupted_at: int | None = None
    orders: list[Order] = field(default_factory=list)

    def __call__(self, order: Order, *_: Any) -> BenchRun:
        self.orders.append(order)
        stages = len(order.concurrencies or ()) + len(order.contexts)
        self.clock.seconds += self.other_s + stages * order.max_time_s
        if order.wish.synthetic in self.silent:
            raise AdvisorError("it gives no answer")
        run_id = f"20260101T00000{len(self.orders)}Z-abcdef"
        bench = made_up_bench(id=run_id, stages=(stage(1, 10.0, 100.0),))
        samples = Samples(id=run_id, stages=())
        return BenchRun(bench, samples, len(self.orders) == self.interrupted_at)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(calibrating, "time", found)
    return found


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    return tmp_path


def use(monkeypatch: pytest.MonkeyPatch, made_up: MadeUp, busy_percent: float = 2.0) -> MadeUp:
    bandwidth = Bandwidth(
        method="read",
        median_bytes_per_s=20e9,
        spread_bytes_per_s=(19e9, 21e9),
        read_bytes_per_s=20e9,
        copy_bytes_per_s=20e9,
        one_thread_bytes_per_s=10e9,
        n=3,
        threads=2,
        working_set_bytes=2**30,
        others_busy_percent=busy_percent,
    )
    machine = probe(measure_bandwidth=False)
    memory = msgspec.structs.replace(
        machine.memory, available_bytes=16 * 2**30, bandwidth=bandwidth
    )
    machine = msgspec.structs.replace(machine, memory=memory)
    monkeypatch.setattr("advisor.machine.probe.probe", lambda **_: machine)
    monkeypatch.setattr("advisor.bench.session.measure", made_up)
    return made_up


def kept(folder: Path) -> int:
    from advisor.cli.store import the_store

    return len(the_store().history(Wanted(tag=calibrating.TAG)).runs)


def test_a_usual_machine_is_measured_in_the_time(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, folder: Path
) -> None:
    made_up = use(monkeypatch, MadeUp(clock, other_s=10.0))
    assert not measure_small_models(155.0)
    asked = [order.wish.synthetic for order in made_up.orders]
    assert asked == [*TO_CALIBRATE, TO_CALIBRATE[0]]
    assert clock.seconds <= 160.0
    assert kept(folder) == len(asked)


def test_a_slow_machine_gets_shorter_stages_then_fewer_models(
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made_up = use(monkeypatch, MadeUp(clock, other_s=40.0))
    assert not measure_small_models(155.0)
    stages = [order.max_time_s for order in made_up.orders]
    assert MOST_STAGE_S > stages[0] > stages[2] == LEAST_STAGE_S
    assert 3 <= len(made_up.orders) < len(TO_CALIBRATE)
    assert kept(folder) == len(made_up.orders)
    assert clock.seconds < 155.0 + 40.0
    assert f"not measured: {TO_CALIBRATE[3]}, {TO_CALIBRATE[4]}" in capsys.readouterr().err


def test_a_model_that_needs_more_time_gets_it(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    made_up = use(monkeypatch, MadeUp(clock, other_s=12.0))
    assert not measure_small_models(155.0)
    given = {order.wish.synthetic: order.max_time_s for order in made_up.orders}
    (name, least_s) = next(iter(LEAST_STAGE_S_OF.items()))
    assert given[name] == least_s > given["qwen2.5-0.5b:Q8_0"]


def test_a_model_without_an_answer_is_told_and_passed_over(
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use(monkeypatch, MadeUp(clock, other_s=5.0, silent=TO_CALIBRATE[1:2]))
    assert not measure_small_models(155.0)
    assert kept(folder) == len(TO_CALIBRATE)
    told = " ".join(capsys.readouterr().err.split())
    assert f"{TO_CALIBRATE[1]} was not measured: it gives no answer" in told


def test_where_no_model_answers_the_last_error_is_the_answer(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, folder: Path
) -> None:
    use(monkeypatch, MadeUp(clock, other_s=5.0, silent=TO_CALIBRATE))
    with pytest.raises(AdvisorError, match="gives no answer"):
        measure_small_models(155.0)
    assert kept(folder) == 0


def test_an_interrupt_keeps_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, folder: Path
) -> None:
    use(monkeypatch, MadeUp(clock, other_s=5.0, interrupted_at=2))
    assert measure_small_models(155.0)
    assert kept(folder) == 2


def test_a_busy_machine_is_not_calibrated(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, folder: Path
) -> None:
    made_up = use(monkeypatch, MadeUp(clock, other_s=5.0), busy_percent=70.0)
    with pytest.raises(AdvisorError, match="70 % busy"):
        measure_small_models(155.0)
    assert not made_up.orders
