"""From a benchmark's document and a scenario's tables to the part about queues."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from made_up_curve import (
    DECODE_TOK_PER_S,
    PREFILL_TOK_PER_S,
    RATES,
    made_up_bench,
    office_week,
    stage,
)

from advisor.advice.capacity_document import QueueingPart
from advisor.advice.load import queueing_part
from advisor.advice.load_keys import read_keys
from advisor.advice.measured_curve import measured_server
from advisor.bench.document import Bench, Stage
from advisor.bench.interval import Rate
from advisor.documents import Unknown, to_json
from advisor.economics.queueing.week import Server
from advisor.errors import InputError

PROMISE = {"ttft_p95_ms": 2000.0, "request_s": 30.0}


def part_of(tables: dict[str, Any], bench: Bench | None = None) -> QueueingPart:
    found = queueing_part(bench or made_up_bench(), tables)
    assert isinstance(found, QueueingPart), found
    return found


def reason(tables: dict[str, Any], bench: Bench | None) -> str:
    found = queueing_part(bench, tables)
    assert isinstance(found, Unknown)
    return found.reason


def server(bench: Bench, tables: dict[str, Any]) -> Server | Unknown:
    keys = read_keys(tables)
    assert keys.requests_per_month is not None
    return measured_server(bench, keys, keys.mix(keys.requests_per_month))


def test_utilization_by_hand() -> None:
    part = part_of(office_week(800_000, **PROMISE))
    measured_s = 512 / PREFILL_TOK_PER_S + 128 / DECODE_TOK_PER_S
    own_s = 600 / PREFILL_TOK_PER_S + 200 / DECODE_TOK_PER_S
    most_per_s = 420 / 128 * measured_s / own_s
    assert part.utilization_mean == pytest.approx(800_000 / (730 * 3600) / most_per_s)
    assert part.utilization_peak_hour == pytest.approx(part.utilization_mean * 3.36)
    assert len(part.utilization_by_hour) == 168
    assert max(part.utilization_by_hour) == pytest.approx(part.utilization_peak_hour)


def test_alone_a_request_takes_what_was_measured_alone() -> None:
    tables = office_week(100.0)
    tables["usage"] |= {
        "input_tokens_per_month": 512 * 100.0,
        "output_tokens_per_month": 128 * 100.0,
    }
    tables["arrivals"] = {"size_cv": 0.0}
    part = part_of(tables)
    assert part.request_p95_ms == pytest.approx(128 / 45 * 1e3, rel=0.01)
    assert part.ttft_p95_ms == pytest.approx(1.6 * 120, rel=0.05)
    assert part.wait_p95_ms == 0


def test_overflow_is_told_in_the_usages_tokens() -> None:
    part = part_of(office_week(2_500_000, **PROMISE))
    assert part.overflow_share_peak > part.overflow_share_by_hour > part.overflow_share_smooth == 0
    assert part.overflow_input_tokens_per_month == pytest.approx(
        part.overflow_share_peak * 600 * 2_500_000, rel=0.02
    )
    assert part.with_overflow is not None
    assert part.with_overflow.share_within_slo is not None
    assert part.with_overflow.share_within_slo >= 0.95
    assert part.wait_p95_ms is None
    assert "busiest hour" in part.unknown["wait_p95_ms"]


def test_without_requests_a_month_it_is_unknown_and_says_what_to_add() -> None:
    tables = office_week(1000)
    del tables["usage"]["requests_per_month"]
    assert "usage.requests_per_month" in reason(tables, made_up_bench())


def test_lengths_tell_the_requests() -> None:
    tables = office_week(1000)
    del tables["usage"]["requests_per_month"]
    tables["usage"]["request"] = [
        {"share": 0.5, "input_tokens": 200, "output_tokens": 100},
        {"share": 0.5, "input_tokens": 1000, "output_tokens": 300},
    ]
    part = part_of(tables)
    assert part.requests_per_month == pytest.approx(1000)
    assert any("[[usage.request]]" in line for line in part.assumptions)


@pytest.mark.parametrize("bench", [None, made_up_bench(stages=())])
def test_without_a_curve_it_is_unknown_and_names_the_command(bench: Bench | None) -> None:
    assert "advisor bench --concurrency" in reason(office_week(1000), bench)


def test_open_loops_are_no_curve() -> None:
    bench = made_up_bench(
        stages=(msgspec.structs.replace(stage(1, 45.0, 100.0), concurrency=None, rate=0.5),)
    )
    assert "advisor bench --concurrency" in reason(office_week(1000), bench)


def test_nothing_to_serve_is_unknown() -> None:
    assert "no requests" in reason(office_week(0.0), made_up_bench())


def test_no_second_mix_and_another_split_is_not_guessed() -> None:
    bench = made_up_bench(operating_point=None)
    assert "second mix" in reason(office_week(1000), bench)
    tables = office_week(1000)
    tables["box"] = {"prefill_tok_per_s": 5000.0, "decode_tok_per_s": 600.0}
    assert part_of(tables, bench) == part_of(office_week(1000) | {"box": {}})


def test_no_second_mix_and_the_same_split_needs_none() -> None:
    tables = office_week(1000)
    tables["usage"] |= {"input_tokens_per_month": 1024e3, "output_tokens_per_month": 256e3}
    part = part_of(tables, made_up_bench(operating_point=None))
    per_s = 420 / 256
    assert part.utilization_mean == pytest.approx(1000 / (730 * 3600) / per_s)


def test_a_cached_prompt_is_no_work_of_the_measured_server() -> None:
    plain = server(made_up_bench(), office_week(1000))
    half = made_up_bench(stages=tuple(stage(*each, cached_input_tokens=256.0) for each in RATES))
    cached = server(half, office_week(1000))
    assert isinstance(plain, Server)
    assert isinstance(cached, Server)
    assert cached.curve.full_speed < plain.curve.full_speed


def test_the_local_models_own_tokens_and_its_cache_count() -> None:
    tables = office_week(800_000)
    plain = part_of(tables)
    heavier = part_of(
        tables | {"box": {"output_token_ratio": 2.0, "input_token_ratio": 2.0, "retry_share": 0.1}}
    )
    assert heavier.utilization_mean == pytest.approx(2.2 * plain.utilization_mean)
    lighter = part_of(tables | {"box": {"cached_input_share": 1.0}})
    assert lighter.utilization_mean < plain.utilization_mean


def test_one_measured_concurrency_is_a_lower_bound_and_says_so() -> None:
    bench = made_up_bench(stages=(stage(1, 45.0, 100.0),))
    part = part_of(office_week(40_000), bench)
    assert part.measured_concurrencies == (1,)
    assert any("no gain from batching" in line for line in part.assumptions)


def test_without_first_tokens_they_are_unknown_and_waits_are_not() -> None:
    stages = (msgspec.structs.replace(stage(*each), ttft_ms=None) for each in RATES[:2])
    bench = made_up_bench(stages=tuple(stages))
    part = part_of(office_week(40_000, ttft_p95_ms=500.0), bench)
    assert part.ttft_p95_ms is None
    assert "ttft_p95_ms" in part.unknown
    assert part.share_within_slo is None
    assert part.wait_p95_ms is not None


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("usage", "requests_per_month", -1.0),
        ("usage", "requests_per_month", float("nan")),
        ("usage", "requests_per_month", float("inf")),
        ("usage", "requests_per_month", "many"),
        ("slo", "ttft_p95_ms", 0.0),
        ("slo", "request_s", float("nan")),
        ("arrivals", "peak_to_mean", 0.5),
        ("arrivals", "burstiness", 0.0),
        ("arrivals", "size_cv", 1e308),
        ("arrivals", "seasonal_peak", 0.9),
    ],
)
def test_values_without_sense_are_refused_by_name(table: str, key: str, value: object) -> None:
    tables = office_week(1000)
    tables.setdefault(table, {})[key] = value
    with pytest.raises(InputError, match=key):
        queueing_part(made_up_bench(), tables)


def test_a_day_that_is_none_is_refused_by_its_own_key() -> None:
    tables = office_week(1000)
    tables["usage"]["hours"][0]["days"] = "someday"
    with pytest.raises(InputError, match=r"usage\.hours\.days"):
        queueing_part(made_up_bench(), tables)


def test_equal_inputs_give_equal_bytes_that_read_back() -> None:
    first, again = (to_json(part_of(office_week(400_000, **PROMISE))) for _ in range(2))
    assert first == again
    assert to_json(msgspec.json.decode(first, type=QueueingPart)) == first


def with_intervals(bench: Bench, width: float) -> Bench:
    def widened(each: Stage) -> Stage:
        rate = each.output_tok_per_s
        assert rate is not None
        ends = (rate.value * (1 - width), rate.value * (1 + width))
        return msgspec.structs.replace(each, output_tok_per_s=Rate(value=rate.value, ci95=ends))

    return msgspec.structs.replace(bench, stages=tuple(map(widened, bench.stages)))


def test_intervals_of_the_rates_become_a_band_of_waiting() -> None:
    tables = office_week(1_000_000, **PROMISE)
    part = part_of(tables, with_intervals(made_up_bench(), 0.1))
    assert part.band is not None
    slow, fast = part.band.slow, part.band.fast
    assert slow.utilization_mean == pytest.approx(part.utilization_mean / 0.9)
    assert fast.utilization_peak_hour == pytest.approx(part.utilization_peak_hour / 1.1)
    assert slow.request_p95_ms and part.request_p95_ms and fast.request_p95_ms
    assert slow.request_p95_ms > part.request_p95_ms > fast.request_p95_ms
    assert slow.share_within_slo is not None and fast.share_within_slo is not None
    assert part.share_within_slo is not None
    assert slow.share_within_slo <= part.share_within_slo <= fast.share_within_slo


def test_the_band_is_the_answer_of_a_slower_and_a_faster_box() -> None:
    tables = office_week(1_000_000, **PROMISE)
    width = 0.1
    part = part_of(tables, with_intervals(made_up_bench(), width))
    slower = made_up_bench()
    slower = msgspec.structs.replace(
        slower,
        stages=tuple(
            msgspec.structs.replace(
                each,
                output_tok_per_s=Rate(value=each.output_tok_per_s.value * (1 - width), ci95=None),
            )
            for each in slower.stages
            if each.output_tok_per_s is not None
        ),
    )
    there = part_of(tables, slower)
    assert part.band is not None
    assert part.band.slow.wait_p95_ms == there.wait_p95_ms
    assert part.band.slow.share_within_slo == there.share_within_slo


def test_without_an_interval_at_every_concurrency_there_is_no_band() -> None:
    part = part_of(office_week(1_000_000, **PROMISE))
    assert part.band is None
    assert "no interval" in part.unknown["band"]


def test_a_slower_end_that_cannot_keep_up_says_so() -> None:
    full = part_of(office_week(1_000_000)).utilization_peak_hour
    part = part_of(office_week(1_000_000 * 0.95 / full), with_intervals(made_up_bench(), 0.3))
    assert part.band is not None
    assert part.band.slow.wait_p95_ms is None
    assert "busiest hour" in (part.band.slow.why_unknown or "")
    assert part.band.fast.why_unknown is None
