"""Are a load's tokens held against the server's totals without blaming the cut streams?"""

from __future__ import annotations

import pytest
from made_up import observation

from advisor.bench.totals import Counted, disagreements, gained, total_checks
from advisor.documents import Unknown
from advisor.servers.told import Counters


def counted(prompt: float | None, output: float | None, *, cached: bool = False) -> Counted:
    return Counted("/metrics", prompt, output, cached)


def test_what_was_gained_is_the_difference_of_two_readings() -> None:
    before = Counters("/metrics", prompt_tokens=10, generated_tokens=5)
    after = Counters("/metrics", prompt_tokens=110, generated_tokens=45)
    assert gained(before, after) == counted(100, 40)
    assert gained(before, Unknown("gone")) == Unknown("gone")
    assert gained(Unknown("none"), after) == Unknown("none")
    assert isinstance(gained(after, before), Unknown), "started anew in between"


def test_equal_counts_agree() -> None:
    load = [observation(events=20, input_tokens=50) for _ in range(4)]
    prompt, output = total_checks(counted(200, 80), load)
    assert (prompt.difference, output.difference) == (0, 0)
    assert not prompt.disagrees
    assert disagreements((prompt, output)) == []


@pytest.mark.parametrize(("servers", "difference"), [(80, 0.0), (85, 0.0), (90, 0.0), (100, -0.1)])
def test_cut_streams_count_or_not_as_the_server_likes(servers: float, difference: float) -> None:
    load = [observation(events=20) for _ in range(4)]
    cut = observation(events=10, error="interrupted", input_tokens=None)
    _, output = total_checks(counted(None, servers), [*load, cut])
    assert (output.ours, output.ours_with_cut) == (80, 90)
    assert output.difference == pytest.approx(difference)
    assert output.disagrees == (difference != 0)


def test_cached_input_is_left_out_where_the_server_leaves_it_out() -> None:
    load = [observation(input_tokens=50, cached=30) for _ in range(2)]
    prompt, _ = total_checks(counted(40, None), load)
    assert not prompt.disagrees
    whole, _ = total_checks(counted(100, None, cached=True), load)
    assert not whole.disagrees
    assert prompt.definition != whole.definition


def test_a_disagreement_says_both_counts() -> None:
    load = [observation(events=20) for _ in range(4)]
    checks = total_checks(counted(None, 200), load)
    (said,) = disagreements(checks)
    assert "200 output tokens" in said
    assert "told 80" in said


def test_without_a_counter_or_answers_nothing_is_compared() -> None:
    assert total_checks(Unknown("off"), [observation()]) == (None, None)
    assert total_checks(counted(None, None), [observation()]) == (None, None)
    assert total_checks(counted(5, 5), []) == (None, None)
    assert total_checks(counted(5, None), [observation(input_tokens=None)])[0] is None
