"""Is a promise read as written, and judged with those who got no answer?"""

import pytest
from made_up import observation

from advisor.bench.document import SloLimit
from advisor.bench.slo import goodput, parse_slo
from advisor.errors import InputError


def test_limits_are_read_as_written() -> None:
    assert parse_slo("ttft_p95_ms=500, itl_mean_ms=50.5") == (
        SloLimit(metric="ttft", statistic="p95", limit_ms=500.0),
        SloLimit(metric="itl", statistic="mean", limit_ms=50.5),
    )


@pytest.mark.parametrize(
    "text",
    ["", "ttft=500", "ttft_p95=500", "ttft_p95_s=1", "ttft_p95_ms=0", "ttft_p95_ms=nan", "x" * 999],
)
def test_anything_else_is_refused_with_what_is_known(text: str) -> None:
    with pytest.raises(InputError, match=r"no limit of an SLO.*ttft, itl, tpot, e2e"):
        parse_slo(text)


def test_good_requests_meet_every_limit() -> None:
    quick = [observation(ttft_ms=100, gap_ms=10) for _ in range(6)]
    late = observation(ttft_ms=600, gap_ms=10)
    slow = observation(ttft_ms=100, gap_ms=60)
    failed = observation(error="http_500")
    found = goodput(parse_slo("ttft_p50_ms=500,itl_p95_ms=50"), [*quick, late, slow, failed], 3.0)
    assert found is not None
    assert (found.requests_per_s, found.share) == (2.0, 6 / 9)
    assert found.values_ms == (pytest.approx(100), None)
    assert not found.met


def test_the_load_keeps_its_promise_by_the_statistic_over_all() -> None:
    attempts = [observation(ttft_ms=100) for _ in range(19)] + [observation(ttft_ms=900)]
    by_95 = goodput(parse_slo("ttft_p95_ms=500"), attempts, 1.0)
    by_99 = goodput(parse_slo("ttft_p99_ms=500"), attempts, 1.0)
    assert by_95 is not None and by_99 is not None
    assert by_95.met and not by_99.met
    assert by_95.requests_per_s == by_99.requests_per_s == 19


def test_failures_wait_for_ever() -> None:
    attempts = [observation(ttft_ms=100) for _ in range(18)] + [observation(error="timeout")] * 2
    for metric in ("ttft", "itl", "tpot", "e2e"):
        kept = goodput(parse_slo(f"{metric}_p90_ms=1000"), attempts, 1.0)
        broken = goodput(parse_slo(f"{metric}_p95_ms=1000"), attempts, 1.0)
        assert kept is not None and broken is not None
        assert kept.met and not broken.met
        assert broken.values_ms == (None,)


def test_nothing_tried_is_no_goodput() -> None:
    assert goodput(parse_slo("ttft_p95_ms=1"), [], 1.0) is None
