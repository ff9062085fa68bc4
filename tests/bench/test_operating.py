"""Do two mixes give back the costs that made them?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import MS, observation

from advisor.bench.energy import token_costs_j
from advisor.bench.metrics import Span, TokenTimes
from advisor.bench.observe import Observation
from advisor.bench.operating import Cycles, busy_rates, cycles, solve
from advisor.documents import Unknown
from advisor.power.manual import ManualMeter

COST = st.floats(1e-6, 1.0)
COUNT = st.floats(1.0, 1e6)


@given(st.tuples(COST, COST), st.tuples(COUNT, COUNT), st.tuples(COUNT, COUNT))
def test_solving_is_the_inverse_of_costing(
    costs: tuple[float, float], one: tuple[float, float], other: tuple[float, float]
) -> None:
    (a, b), (in_1, out_1), (in_2, out_2) = costs, one, other
    solved = solve((a * in_1 + b * out_1, in_1, out_1), (a * in_2 + b * out_2, in_2, out_2))
    alike = abs(in_1 * out_2 - in_2 * out_1) <= 0.1 * max(in_1 * out_2, in_2 * out_1)
    if alike:
        assert isinstance(solved, Unknown)
    elif not isinstance(solved, Unknown):
        ours = solved[0] * in_1 + solved[1] * out_1
        assert ours == pytest.approx(a * in_1 + b * out_1, rel=1e-6)


def one_after_another(prefill_ms: float, gap_ms: float, events: int) -> list[Observation]:
    each_ms = prefill_ms + gap_ms * (events - 1)
    return [
        observation(sent_ms=i * each_ms, ttft_ms=prefill_ms, gap_ms=gap_ms, events=events)
        for i in range(12)
    ]


def cut(seen: list[Observation]) -> Cycles:
    found = cycles(seen, TokenTimes(seen), Span(0, seen[-1].last_byte_ns))
    assert not isinstance(found, Unknown)
    return found


def test_one_stream_gives_its_own_rates() -> None:
    long = cut(one_after_another(100, 10, 33))
    short = cut(one_after_another(100, 10, 5))
    rates = busy_rates(long, short, 1)
    assert not isinstance(rates, Unknown)
    assert rates.decode_tok_per_s == pytest.approx(100, rel=1e-3)
    # 50 input tokens take 100 ms, of which one token's worth is the first token itself.
    assert 50 / rates.prefill_tok_per_s + 1 / rates.decode_tok_per_s == pytest.approx(0.1, rel=1e-3)
    assert rates.prefill_ci95 is not None
    assert rates.prefill_ci95[0] == pytest.approx(rates.prefill_tok_per_s, rel=1e-3)


def test_a_prompt_without_a_count_is_not_forgotten() -> None:
    seen = one_after_another(100, 10, 33)
    seen[5] = observation(
        sent_ms=seen[5].sent_ns / MS, ttft_ms=100, gap_ms=10, events=33, input_tokens=None
    )
    assert cut(seen).input_tokens.tolist() == [50.0] * 11


def test_too_little_or_nothing_counted_is_unknown() -> None:
    few = one_after_another(100, 10, 5)[:3]
    assert isinstance(cycles(few, TokenTimes(few), Span(0, 10**12)), Unknown)
    uncounted = [observation(sent_ms=i * 100, input_tokens=None) for i in range(9)]
    assert isinstance(cycles(uncounted, TokenTimes(uncounted), Span(0, 10**12)), Unknown)


def test_like_mixes_tell_nothing_apart() -> None:
    mix = cut(one_after_another(100, 10, 33))
    assert isinstance(busy_rates(mix, mix, 1), Unknown)


def test_joules_split_like_seconds_under_constant_power() -> None:
    long, short = cut(one_after_another(100, 10, 33)), cut(one_after_another(100, 10, 5))
    rates = busy_rates(long, short, 1)
    costs = token_costs_j(ManualMeter(200.0), long, short, idle_w=50.0, sockets=None)
    assert not isinstance(rates, Unknown)
    assert costs["j_per_output_token"] == pytest.approx(200 / rates.decode_tok_per_s)
    assert costs["j_per_output_token_marginal"] == pytest.approx(1.5, rel=1e-3)
    assert costs["j_per_input_token_marginal"] == pytest.approx(150 / rates.prefill_tok_per_s)
    assert costs["j_per_output_token_wall"] == costs["j_per_output_token"]


def test_a_load_that_draws_no_more_than_idle_has_no_marginal_cost() -> None:
    long, short = cut(one_after_another(100, 10, 33)), cut(one_after_another(100, 10, 5))
    costs = token_costs_j(ManualMeter(200.0), long, short, idle_w=200.0, sockets=None)
    assert not isinstance(costs["j_per_output_token"], Unknown)
    assert isinstance(costs["j_per_output_token_marginal"], Unknown)
