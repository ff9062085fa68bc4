"""Are a server's sums of latencies held against ours by one definition?"""

from __future__ import annotations

import pytest
from made_up import observation

from advisor.bench.clocks import clock_checks
from advisor.bench.observe import Observation
from advisor.bench.totals import Counted, cache_note, gained
from advisor.documents import Unknown
from advisor.servers.told import Counters


def counted(**clocks: float | None) -> Counted:
    return Counted("/metrics", 100.0, 10.0, True, **clocks)


def seen(first_ms: float, *gap_ms: float, tokens: int | None = None, first: int = 1) -> Observation:
    """A request whose events follow its first at even gaps."""
    return observation(
        ttft_ms=first_ms,
        gap_ms=gap_ms[0] if gap_ms else 0,
        events=1 + len(gap_ms),
        tokens=tokens,
        first_tokens=first,
    )


def test_the_time_of_a_token_after_the_first_is_compared_over_all_requests() -> None:
    """Two tokens came with the first event of the second request: their gap is in no span."""
    both = [seen(10, 10, 10), seen(10, 30, tokens=5, first=2)]
    _, gaps = clock_checks(counted(gap_s=0.050, gaps=5.0), both)
    assert gaps.ours == pytest.approx((20 + 30) / (2 + 3))
    assert (gaps.servers, gaps.n, gaps.disagrees) == (pytest.approx(10.0), 5, False)
    _, wrong = clock_checks(counted(gap_s=0.040, gaps=5.0), both)
    assert (wrong.difference, wrong.disagrees) == (pytest.approx(0.25), True)


@pytest.mark.parametrize(
    ("servers_ms", "disagrees"),
    [(95.0, False), (81.0, False), (79.0, True), (104.0, False), (110.0, True)],
)
def test_only_the_way_may_lie_between_the_clocks_of_a_first_token(
    servers_ms: float, disagrees: bool
) -> None:
    """Ours is 100 ms: the server's may be shorter by the way, and hardly longer."""
    totals = counted(first_token_s=2 * servers_ms / 1e3, first_tokens=2.0)
    first, _ = clock_checks(totals, [seen(90, 1), seen(110, 1)])
    assert (first.ours, first.servers) == (pytest.approx(100.0), pytest.approx(servers_ms))
    assert first.disagrees is disagrees


def test_without_such_clocks_or_without_answers_nothing_is_compared() -> None:
    full = counted(gap_s=1.0, gaps=5.0, first_token_s=1.0, first_tokens=2.0)
    assert clock_checks(Unknown("none"), [seen(1, 2)]) == (None, None)
    assert clock_checks(counted(), [seen(1, 2)]) == (None, None)
    assert clock_checks(full, []) == (None, None)
    assert clock_checks(full, [seen(1)])[1] is None


def test_what_a_prefix_cache_answered_is_said_where_prompts_are_new() -> None:
    def note(cached: float, *, includes: bool = True, repeats: bool = False) -> list[str]:
        before = Counters("/metrics", prompt_tokens=50, cached_tokens=7, generated_tokens=1)
        after = Counters(
            "/metrics",
            prompt_tokens=150,
            cached_tokens=7 + cached,
            generated_tokens=2,
            prompt_includes_cached=includes,
        )
        return cache_note(gained(before, after), repeats_prefixes=repeats)

    assert note(0) == note(2) == note(40, repeats=True) == []
    assert "40% of the input" in note(40)[0]
    assert "50% of the input" in note(100, includes=False)[0]
    assert cache_note(Unknown("none"), repeats_prefixes=False) == []
