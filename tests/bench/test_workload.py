"""Are prompts unique and as long as asked?"""

from __future__ import annotations

import msgspec
import pytest

from advisor.bench.workload import Mix, Requests, Sizer, words
from advisor.servers.llamacpp import LlamaCppServer
from advisor.servers.wire import Endpoint


def prompts(seed: int, count: int) -> list[str]:
    requests = Requests(LlamaCppServer(Endpoint("http", "127.0.0.1", 1)), "m", seed)
    bodies = [requests.make(Mix(40, 8)).data.split(b"\r\n\r\n", 1)[1] for _ in range(count)]
    return [msgspec.json.decode(body)["prompt"] for body in bodies]


def test_the_words_cost_alike_and_are_many() -> None:
    assert len(set(words())) == len(words()) > 400
    assert {len(word) for word in words()} == {4}


def test_no_two_prompts_share_their_first_word() -> None:
    made = prompts(seed=3, count=400)
    assert len({prompt.split()[0] for prompt in made}) == 400


def test_another_seed_asks_something_else() -> None:
    assert prompts(3, 5) == prompts(3, 5)
    assert not set(prompts(3, 5)) & set(prompts(4, 5))


@pytest.mark.parametrize(("base", "slope"), [(0, 1.0), (1, 1.0), (37, 1.31), (2, 5.0)])
def test_length_is_met_after_two_counted_prompts(base: int, slope: float) -> None:
    sizer = Sizer()
    for length in (24, 96):
        sizer.learn(length, base + round(slope * length))
    for target in (64, 512, 4096):
        counted = base + round(slope * sizer.words_for(target))
        assert abs(counted - target) <= max(2, 0.02 * target)


def test_without_counts_a_rule_of_thumb_is_used() -> None:
    sizer = Sizer()
    sizer.learn(24, None)
    assert sizer.tokens_per_word is None
    assert sizer.words_for(100) == 75
    sizer.learn(50, 60)
    assert sizer.words_for(120) == 100
