"""Are the rates and latencies those that the definitions promise?"""

from __future__ import annotations

import numpy as np
import pytest
from made_up import MS, observation

from advisor.bench.crosscheck import cross_check
from advisor.bench.metrics import (
    Span,
    TokenTimes,
    counted_requests,
    latencies,
    output_rate,
    prefill,
)
from advisor.bench.observe import sample
from advisor.servers.wire import ServerTimings


def test_each_latency_of_a_plain_stream() -> None:
    seen = [observation(sent_ms=i * 1000, ttft_ms=100, gap_ms=10, events=11) for i in range(6)]
    found = latencies(seen)
    assert found.ttft_ms is not None and found.ttft_ms.median == pytest.approx(100)
    assert found.itl_ms is not None and found.itl_ms.median == pytest.approx(10)
    assert found.itl_ms.n == 60
    assert found.tpot_ms is not None and found.tpot_ms.median == pytest.approx(10)
    assert found.e2e_ms is not None and found.e2e_ms.median == pytest.approx(200)
    assert found.decode_tok_per_s is not None
    assert found.decode_tok_per_s.median == pytest.approx(100)
    assert found.send_delay_ms is None


def test_tokens_of_the_first_event_are_left_out() -> None:
    seen = observation(events=5, tokens=13, first_tokens=3, gap_ms=25)
    assert seen.decode_tok_per_s == pytest.approx(100)
    assert latencies([seen]).tpot_ms.median == pytest.approx(10)  # type: ignore[union-attr]


def test_a_single_token_has_no_rate() -> None:
    found = latencies([observation(events=1)])
    assert found.tpot_ms is None
    assert found.itl_ms is None
    assert found.decode_tok_per_s is None
    assert found.ttft_ms is not None


def test_a_planned_start_counts_against_the_server() -> None:
    found = latencies([observation(sent_ms=50, planned_ms=20, ttft_ms=100)])
    assert found.ttft_ms is not None and found.ttft_ms.median == pytest.approx(130)
    assert found.send_delay_ms is not None and found.send_delay_ms.median == pytest.approx(30)


def test_cached_input_is_taken_off_prefill() -> None:
    seen = [observation(input_tokens=50, cached=20, ttft_ms=100)]
    rate, source = prefill(seen, 1)
    assert rate is not None and rate.median == pytest.approx(300)
    assert source == "ttft"
    assert prefill(seen, 4) == (None, None)


def test_the_servers_own_prefill_time_is_preferred() -> None:
    timings = ServerTimings(prefill_tokens=50, prefill_s=0.05)
    for concurrency in (1, 4):
        rate, source = prefill([observation(timings=timings)], concurrency)
        assert rate is not None and rate.median == pytest.approx(1000)
        assert source == "server"


def test_ramp_up_and_end_are_left_out() -> None:
    seen = [observation(sent_ms=i * 100, events=11) for i in range(20)]
    span = Span(500 * MS, 1500 * MS)
    counted = counted_requests(seen, span, 4)
    assert [s.sent_ns // MS for s in counted] == list(range(500, 1301, 100))
    assert len(counted_requests(seen, span, 1)) == 11
    shortened = [observation(sent_ms=i * 100, events=11, ramp_up=True) for i in range(20)]
    assert counted_requests(shortened, span, 4) == []


def test_the_servers_rate_counts_every_stream() -> None:
    seen = [
        observation(sent_ms=stream * 50 + i * 200, ttft_ms=100, gap_ms=10, events=11)
        for stream in range(4)
        for i in range(30)
    ]
    span = Span(1000 * MS, 5000 * MS)
    counted = counted_requests(seen, span, 4)
    rate = output_rate(TokenTimes(seen), counted, span, 4)
    assert rate is not None and rate.ci95 is not None
    assert rate.value == pytest.approx(4 * 11 / 0.2, rel=0.02)
    assert rate.ci95[0] <= rate.value <= rate.ci95[1]


def test_one_streams_rate_holds_its_prefill() -> None:
    seen = [observation(sent_ms=i * 200, ttft_ms=100, gap_ms=10, events=11) for i in range(8)]
    rate = output_rate(TokenTimes(seen), seen, Span(0, 1600 * MS), 1)
    assert rate is not None
    assert rate.value == pytest.approx(11 / 0.2)


def test_events_weigh_what_the_server_counted() -> None:
    tokens = TokenTimes([observation(events=5, tokens=13, first_tokens=3)])
    assert float(tokens.between(np.array([0, 10**12]))[0]) == pytest.approx(13)


def test_both_clocks_are_brought_to_one_definition() -> None:
    from_first = ServerTimings(decode_tokens=11, decode_intervals=10, decode_s=0.1)
    from_before = ServerTimings(decode_tokens=11, decode_intervals=11, decode_s=0.11)
    for timings in (from_first, from_before):
        check = cross_check([observation(timings=timings)], 1)
        assert check is not None and check.decode_tok_per_s is not None
        assert check.decode_tok_per_s.difference == pytest.approx(0, abs=1e-9)
        assert not check.decode_tok_per_s.disagrees


def test_a_disagreement_is_flagged() -> None:
    timings = ServerTimings(decode_tokens=11, decode_intervals=10, decode_s=0.12)
    check = cross_check([observation(timings=timings)], 1)
    assert check is not None and check.decode_tok_per_s is not None
    assert check.decode_tok_per_s.disagrees
    assert check.decode_tok_per_s.difference == pytest.approx(0.2)
    assert cross_check([observation()], 1) is None


def test_samples_give_every_event_back() -> None:
    seen = observation(sent_ms=3, ttft_ms=100, gap_ms=10, events=4)
    kept = sample(seen, origin_ns=1 * MS, counted=True)
    assert kept.sent_us == 2_000
    assert list(np.cumsum(kept.events_us)) == [102_000, 112_000, 122_000, 132_000]
