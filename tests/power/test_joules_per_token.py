"""Does a whole measurement turn a meter of known power into the joules of a token?"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_devices import MEAN_W, RANGE_UJ, counting, plug, steady_j, zone

from advisor.bench.document import Model
from advisor.bench.energy_protocol import EnergyProtocol
from advisor.bench.plan import BenchPlan
from advisor.bench.runner import run_bench
from advisor.bench.workload import fixed
from advisor.power.choose import choose_meter
from advisor.power.meter import Meter
from advisor.power.spec import MeterSpec, parse_meter

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from known_timing import timed

PREFILL_US, STEP_US = 100, 4_000
TRUE_OUTPUT_TOK_PER_S = 4 * 1e6 / STEP_US
TRUE_INPUT_TOK_PER_S = 1e6 / PREFILL_US
LEFT_UJ = 300_000_000


@contextmanager
def metered(kind: str, root: Path) -> Iterator[Meter]:
    """The meter that `--meter` gives for 120 W on the true clock.

    The counter wraps 2.5 s after its start.
    """
    if kind == "rapl":
        counter = zone(root / "powercap", "intel-rapl:0", "package-0", RANGE_UJ - LEFT_UJ)
        with counting(counter, steady_j, RANGE_UJ - LEFT_UJ):
            yield choose_meter(named=MeterSpec("rapl"), system=root)
        return
    with plug(kind, steady_j, time.perf_counter) as address:
        yield choose_meter(named=parse_meter(f"{kind}:{address}"), system=root)


@pytest.mark.alone
@pytest.mark.parametrize(
    ("kind", "grade", "domain"),
    [("shelly", "wall", "box"), ("rapl", "counter", "cpu")],
)
def test_a_meter_of_known_power_gives_the_joules_of_a_token(
    kind: str, grade: str, domain: str, tmp_path: Path
) -> None:
    options = ("--prefill-us", str(PREFILL_US), "--step-us", str(STEP_US))
    with timed(*options, "--tokens-per-word", "1.3") as server, metered(kind, tmp_path) as meter:
        plan = BenchPlan(
            model="timed",
            workload=fixed(100, 16),
            concurrencies=(4,),
            max_time_s=6.0,
            fit_to_time=False,
            energy=EnergyProtocol(settling_s=0.5, idle_s=1.0, trials=3, trial_s=3.0),
        )
        document = run_bench(
            plan,
            server=server,
            machine_id="machine",
            measured_on="a timed server",
            model=Model(name="timed"),
            meter=meter,
        ).document
    found, point = document.stages[0].energy, document.operating_point
    assert found is not None and found.box is not None, document.unknown
    assert point is not None and point.decode_tok_per_s and point.prefill_tok_per_s
    assert (found.grade, found.domain) == (grade, domain)
    assert found.active_w == pytest.approx(MEAN_W, rel=0.02)
    assert found.idle_w == pytest.approx(MEAN_W, rel=0.05)
    assert found.j_per_output_token == pytest.approx(MEAN_W / point.decode_tok_per_s, rel=0.1)
    assert found.j_per_input_token == pytest.approx(MEAN_W / point.prefill_tok_per_s, rel=0.1)
    assert found.j_per_output_token == pytest.approx(MEAN_W / TRUE_OUTPUT_TOK_PER_S, rel=0.3)
    assert found.j_per_input_token == pytest.approx(MEAN_W / TRUE_INPUT_TOK_PER_S, rel=0.3)
    trials = document.energy_trials
    assert trials is not None and [len(trial.window_s) for trial in trials.trials] == [2, 2, 2]
    assert trials.costs_j["j_per_output_token"].value == found.j_per_output_token
    assert document.baselines is not None and document.baselines.resident is not None
    assert document.baselines.resident.power_w == found.idle_w
    if domain == "box":
        assert found.box.active_w == found.active_w and found.box.grade == "wall"
        assert found.j_per_output_token_wall == pytest.approx(found.j_per_output_token)
    else:
        assert found.box.active_w is not None and found.box.active_w > MEAN_W
        assert found.j_per_output_token_wall == pytest.approx(
            found.j_per_output_token * found.box.active_w / MEAN_W, rel=0.05
        )
