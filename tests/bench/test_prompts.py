"""Are prompts unique, as long as asked, and alike only where the workload wants it?"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from advisor.bench.load import Prepared
from advisor.bench.prompts import GO_ON, Line, Requests, Source, asking_to_go_on, words
from advisor.bench.sizer import Sizer
from advisor.bench.workload import Length, Prompt, Workload, fixed
from advisor.servers.dialects.llamacpp import LlamaCppServer
from advisor.servers.wire import Endpoint


def source(workload: Workload, seed: int = 3, tokens_per_word: float = 1.0) -> Source:
    requests = Requests(
        LlamaCppServer(Endpoint("http", "127.0.0.1", 1), version="b7000"), "m", seed
    )
    for count in (10, 1000):
        requests.sizer.learn(count, round(count * tokens_per_word))
    return Source(requests, workload)


def body(request: Prepared) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(request.data.split(b"\r\n\r\n", 1)[1])
    return found


def prompt(request: Prepared) -> list[str]:
    return str(body(request)["prompt"]).split()


def test_the_words_cost_alike_and_are_many() -> None:
    assert len(set(words())) == len(words()) > 400
    assert {len(word) for word in words()} == {4}


def test_no_two_prompts_share_their_first_word() -> None:
    made = source(fixed(40, 8))
    prompts = [prompt(made.make()) for _ in range(400)]
    assert len({each[0] for each in prompts}) == 400
    assert {len(each) for each in prompts} == {40}


def test_prompts_of_one_length_hold_the_same_words() -> None:
    made = source(fixed(300, 8))
    one, other = (prompt(made.make()) for _ in range(2))
    assert sorted(one[1:]) == sorted(other[1:])
    assert one[1:] != other[1:]


def test_another_seed_asks_something_else() -> None:
    asked = [[prompt(source(fixed(40, 8), seed).make()) for _ in range(5)] for seed in (3, 3, 4)]
    assert asked[0] == asked[1]
    assert asked[0][0] != asked[2][0]


def test_a_shared_prefix_is_shared_and_the_cache_allowed() -> None:
    made = source(Workload("w", Length(30), Length(8), shared_prefix_tokens=50))
    one, other = made.make(0), made.make(1)
    assert prompt(one)[:50] == prompt(other)[:50]
    assert prompt(one)[50] != prompt(other)[50]
    assert len(prompt(one)) == 80
    assert body(one)["cache_prompt"] is True
    assert body(source(fixed(30, 8)).make())["cache_prompt"] is False


def test_each_turn_repeats_the_last_one_of_its_own_stream() -> None:
    made = source(Workload("w", Length(30), Length(8), 20, turns=3, turn_tokens=Length(10)))
    turns = [[prompt(made.make(stream)) for stream in (0, 1)] for _ in range(4)]
    assert [len(turn[0]) for turn in turns] == [50, 60, 70, 50]
    for stream in (0, 1):
        first, second, third, again = (turn[stream] for turn in turns)
        assert second[:50] == first and third[:60] == second
        assert again[:20] == first[:20] and again[20:] != first[20:]
    assert turns[0][0][20:] != turns[0][1][20:]


def test_prompts_of_ones_own_all_come_once_before_any_comes_again() -> None:
    own = tuple(Prompt(f"prompt {i}", None if i else 7) for i in range(20))
    made = source(Workload("own", Length(1), Length(5), prompts=own))
    requests = [made.make(i % 4) for i in range(40)]
    texts = [str(body(each)["prompt"]) for each in requests]
    assert sorted(texts[:20]) == sorted(texts[20:]) == sorted(each.text for each in own)
    assert texts[:20] != texts[20:]
    answers = {body(each)["prompt"]: each.output_tokens for each in requests}
    assert answers["prompt 0"] == 7 and answers["prompt 5"] == 5


def test_the_ramp_up_asks_for_a_share_and_says_so() -> None:
    request = source(fixed(30, 8)).make(2, ramp_up_share=0.3)
    assert (request.output_tokens, request.ramp_up, request.stream) == (3, True, 2)


@pytest.mark.parametrize(("base", "slope"), [(0, 1.0), (1, 1.0), (37, 1.31), (2, 5.0)])
def test_length_is_met_after_two_counted_prompts(base: int, slope: float) -> None:
    sizer = Sizer()
    for length in (24, 96):
        sizer.learn(length, base + round(slope * length))
    for target in (64, 512, 4096):
        counted = base + round(slope * sizer.words_for(target))
        assert abs(counted - target) <= max(2, 0.02 * target)


def test_between_counted_prompts_a_straight_line_holds() -> None:
    sizer = Sizer()
    for count, tokens in ((20, 25), (100, 110), (1000, 1400)):
        sizer.learn(count, tokens)
    assert sizer.words_for(110) == 100
    assert sizer.words_for(1400) == 1000
    assert sizer.words_for(755) == 550
    sizer.learn(1001, 1500)
    assert sizer.words_for(1500) == 1001


def test_without_counts_a_rule_of_thumb_is_used() -> None:
    sizer = Sizer()
    sizer.learn(24, None)
    assert sizer.tokens_per_word is None
    assert sizer.words_for(100) == 75
    sizer.learn(50, 60)
    assert sizer.words_for(120) == 100


def test_a_prompt_that_asks_to_go_on_is_as_long_and_begins_like_no_other() -> None:
    line = Line(b"iron bell " * 40, 80, 16)
    asking = asking_to_go_on(line)
    assert len(asking.prompt.split()) == 80
    assert asking.prompt.endswith(GO_ON)
    assert asking.prompt.startswith(line.prompt[:200])
    assert (asking.words, asking.output_tokens) == (80, 16)
    own = Line(b"What is a break-even?", 0, 16)
    assert asking_to_go_on(own) == own
