"""Is a change of level found soon, called by its cause, and nothing found where nothing changed?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from made_up_runs import USAGE, made_up

from advisor.history.drift.detector import changes, two_sided_p
from advisor.history.drift.money import money_drifts
from advisor.history.drift.speed import courses, drifts
from advisor.history.drift.watch import drifts_of, news_of
from advisor.history.record import Run
from advisor.history.store import RunStore
from advisor.report.drift import drift_lines


@pytest.mark.parametrize(
    ("t", "freedom", "p"),
    [
        (12.706, 1, 0.05),
        (4.3027, 2, 0.05),
        (3.1824, 3, 0.05),
        (4.6041, 4, 0.01),
        (2.5706, 5, 0.05),
        (3.7074, 6, 0.01),
        (2.2281, 10, 0.05),
        (3.6592, 29, 0.001),
    ],
)
def test_students_p_is_that_of_the_tables(t: float, freedom: int, p: float) -> None:
    assert two_sided_p(t, freedom) == pytest.approx(p, rel=1e-3)


def noisy(level: float, runs: int, noise: float, random: np.random.Generator) -> list[float]:
    return list(level * np.exp(noise * random.standard_normal(runs)))


def test_without_a_change_fewer_than_one_run_in_a_hundred_raises_an_alarm() -> None:
    random = np.random.default_rng(17)
    alarms = runs = 0
    for noise in (0.01, 0.02, 0.03):
        for _ in range(30):
            alarms += len(changes(noisy(100, 60, noise, random)))
            runs += 60
    assert alarms / runs < 0.01


@pytest.mark.parametrize("step", [0.95, 1.05])
def test_a_step_of_five_percent_is_found_within_five_runs(step: float) -> None:
    """At a noise of one percent from run to run; benchmarks/drift.py has the others."""
    random = np.random.default_rng(23)
    found = 0
    for _ in range(40):
        series = noisy(100, 20, 0.01, random) + noisy(100 * step, 5, 0.01, random)
        found += any(18 <= each.at <= 22 and each.seen_at >= 20 for each in changes(series))
    assert found >= 38


def test_one_odd_run_is_no_change() -> None:
    random = np.random.default_rng(29)
    series = noisy(100, 15, 0.005, random)
    series[10] = 60.0
    assert changes(series) == []


def test_a_step_is_told_where_it_was_and_how_large() -> None:
    random = np.random.default_rng(31)
    series = noisy(100, 12, 0.005, random) + noisy(80, 6, 0.005, random)
    (change,) = changes(series)
    assert change.at == 12 and change.seen_at == 13
    assert change.ratio == pytest.approx(0.8, rel=0.02)
    assert change.ci95[0] < 0.8 < change.ci95[1]


def test_a_step_and_its_return_are_two_changes() -> None:
    random = np.random.default_rng(37)
    series = [*noisy(100, 10, 0.003, random), *noisy(85, 10, 0.003, random)]
    series += noisy(100, 10, 0.003, random)
    assert [each.at for each in changes(series)] == [10, 20]


def history(levels: list[float], **after: Any) -> list[Run]:
    """Runs of these speeds, oldest first; from the first lower one on with what `after` says."""
    return [
        made_up(
            f"r{day:02d}",
            level,
            started_at=f"2026-01-{day + 1:02d}T03:00:00+00:00",
            **(after if level < 95 else {}),
        )
        for day, level in enumerate(levels)
    ]


LEVELS = [100, 100.5, 99.5, 100.2, 99.8, 100.1, 99.9, 90.1, 89.9, 90.0]


def test_a_slower_box_is_explained_by_what_changed_with_it() -> None:
    (drift,) = drifts(courses(history(LEVELS, server=("ollama", "0.9.4"))))
    assert (drift.metric, drift.since, drift.words) == ("decode_tok_per_s", "r07", "slower")
    assert drift.ratio == pytest.approx(0.9, rel=0.01)
    assert [(each.what, each.before, each.after) for each in drift.causes] == [
        ("server version", "0.9.3", "0.9.4")
    ]


def test_machines_workloads_and_partial_runs_are_kept_apart() -> None:
    mixed = [
        *history([100] * 6),
        made_up("other", 50, machine="box-b"),
        made_up("short", 50, workload={"input_tokens": 32}),
        msgspec.structs.replace(made_up("cut", 50), partial=True),
        msgspec.structs.replace(made_up("cut2", 50), partial=True),
    ]
    assert drifts(courses(mixed)) == []


def test_what_is_news_is_told_with_the_run_that_made_it_known(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    runs = history(LEVELS)
    for run in runs:
        store.save(run)
    (drift,) = drifts_of(store).measured
    by_id = {run.id: run for run in runs}
    assert news_of(store, by_id[drift.seen_with]).measured == (drift,)
    assert news_of(store, by_id["r09"]).measured == ()
    (line,) = drift_lines(drifts_of(store))
    assert line.startswith("Since 2026-01-08 slower: decode_tok_per_s -10.0 %")
    assert "Nothing else that is recorded changed" in line


def advised(run_id: str, day: int, price_usd: float) -> Run:
    """A run with the advice that its box gets against an API of this price."""
    from advisor.advice.answer import answer

    tables = {
        "usage": USAGE,
        "box": {"price_usd": 2_000.0, "electricity_usd_per_month": 30.0},
        "api": [
            {"name": "gpt-x", "input_usd_per_mtok": price_usd, "output_usd_per_mtok": price_usd}
        ],
    }
    run = made_up(run_id, 100, started_at=f"2026-02-{day:02d}T00:00:00+00:00", said=tables)
    return msgspec.structs.replace(run, advice=answer(tables, origin="test"))


def test_a_price_that_fell_ends_the_payback_and_is_named() -> None:
    (drift,) = money_drifts([advised("a", 1, 45.0), advised("b", 2, 2.0)])
    assert drift.months_before == pytest.approx(2_000 / 510, abs=0.01)
    assert drift.months_after is None
    assert (drift.decision_before, drift.decision_after) == ("local", "api")
    assert [(p.name, p.input_before, p.input_after) for p in drift.prices] == [("gpt-x", 45.0, 2.0)]
    from advisor.history.drift.document import Drifts

    (line,) = drift_lines(Drifts(runs=2, measured=(), money=(drift,)))
    assert line.startswith("This box no longer pays back against gpt-x (it took 3.9 months)")
    assert "gpt-x went from $45/$45 to $2/$2 per million tokens" in line


def test_an_unchanged_price_is_no_news() -> None:
    assert money_drifts([advised("a", 1, 45.0), advised("b", 2, 45.0)]) == []
    assert money_drifts([advised("a", 1, 45.0), advised("b", 2, 44.0)]) == []
