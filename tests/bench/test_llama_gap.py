"""Does the comparison with llama-bench divide what it should?"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from llama_gap import LINKS, Legs, Spread, bench_rates, lengths_of, links, rows, split, timed_rate

LEGS = Legs(
    bench={"prefill": 400.0, "decode": 100.0},
    alone={"prefill": 360.0, "decode": 80.0},
    timers={"prefill": 351.0, "decode": 79.2},
    ours={"prefill": 344.0, "decode": 79.4},
)
BETTER = Legs(
    bench={"prefill": 400.0, "decode": 100.0},
    alone={"prefill": 380.0, "decode": 96.0},
    timers={"prefill": 380.0, "decode": 96.0},
    ours={"prefill": 380.0, "decode": 96.0},
)


def test_links_name_who_lost_what() -> None:
    found = links(LEGS, "decode")
    assert found["server"] == pytest.approx(0.8)
    assert found["load"] == pytest.approx(0.99)
    assert found["clock"] == pytest.approx(79.4 / 79.2)
    assert found["all"] == pytest.approx(0.794)


@pytest.mark.parametrize("kind", ["prefill", "decode"])
def test_links_multiply_to_the_whole_gap(kind: str) -> None:
    found = links(LEGS, kind)
    assert found["load"] * found["clock"] == pytest.approx(found["measuring"])
    assert found["server"] * found["measuring"] == pytest.approx(found["all"])


def test_the_spread_is_over_rounds() -> None:
    found = split([LEGS, BETTER, LEGS])["decode"]["server"]
    assert found.rounds == pytest.approx((0.8, 0.96, 0.8))
    assert (found.lowest, found.highest) == pytest.approx((0.8, 0.96))
    assert found.mean == pytest.approx(2.56 / 3)
    half = 4.3027 * (0.16 / 3**0.5) / 3**0.5
    assert found.ci95 == pytest.approx((found.mean - half, found.mean + half))


def test_one_round_has_no_interval_but_a_row() -> None:
    found = split([LEGS])
    assert found["prefill"]["server"] == Spread(0.9, None, 0.9, 0.9, (0.9,))
    assert "nan" in list(rows(found))[1]


def test_the_table_fits_a_terminal() -> None:
    lines = list(rows(split([LEGS, BETTER])))
    assert len(lines) == 1 + 2 * len(LINKS)
    assert max(map(len, lines)) <= 80


def test_llama_bench_reports_are_told_apart_by_what_they_ran() -> None:
    report = [
        {"n_prompt": 0, "n_gen": 128, "samples_ts": [90.0, 20.0, 92.0]},
        {"n_prompt": 512, "n_gen": 0, "samples_ts": [400.0, 410.0]},
    ]
    assert bench_rates(json.dumps(report)) == {"decode": 90.0, "prefill": 405.0}


def test_a_server_decodes_one_token_less_than_it_counts() -> None:
    timings = {"prompt_n": 512, "prompt_ms": 1_280.0, "predicted_n": 129, "predicted_ms": 1_600.0}
    assert timed_rate(timings, "prefill") == pytest.approx(400.0)
    assert timed_rate(timings, "decode") == pytest.approx(80.0)


def test_each_rate_comes_from_requests_that_are_mostly_of_its_kind() -> None:
    prompt, answer = lengths_of("prefill")
    assert prompt >= 32 * answer
    prompt, answer = lengths_of("decode")
    assert answer >= 16 * prompt
