"""Are settings that spoil a measurement named, and others left alone?"""

from __future__ import annotations

import math

import pytest

from advisor.documents import Unknown
from advisor.servers.concerns import Demand, concerns
from advisor.servers.told import Means, Setting, Value

DEMAND = Demand(input_tokens=2000, output_tokens=500, streams=4)


def setting(means: Means, value: Value | Unknown) -> Setting:
    return Setting(str(means), value, "/somewhere", means)


@pytest.mark.parametrize(
    ("means", "value", "said"),
    [
        (Means.CONTEXT_TOKENS, 2048, "context 2,048 truncates this workload"),
        (Means.CONTEXT_TOKENS, 2500, None),
        (Means.STREAMS, 1, "one slot only: 4 streams wait for each other"),
        (Means.STREAMS, 3, "3 slots only: 4 streams"),
        (Means.STREAMS, 4, None),
        (Means.GPU_SHARE, 0.4, "partly on the CPU: 60% of its memory"),
        (Means.GPU_SHARE, 0.0, None),
        (Means.GPU_SHARE, 1.0, None),
        (Means.PREFIX_CACHE, True, "prefix cache on"),
        (Means.PREFIX_CACHE, False, None),
        (Means.SPECULATIVE, True, "speculative decoding on"),
        (Means.SPECULATIVE, False, None),
        (Means.KV_CACHE_TYPE, "q8_0", "KV cache in q8_0"),
        (Means.KV_CACHE_TYPE, "f16", None),
        (Means.SLEEPING, True, "asleep"),
        (Means.KEEP_ALIVE_S, 0.0, "every request loads the model"),
        (Means.KEEP_ALIVE_S, math.inf, None),
        (Means.OTHER, 0, None),
    ],
)
def test_each_setting_is_judged_by_its_meaning(means: Means, value: Value, said: str) -> None:
    found = concerns([setting(means, value)], DEMAND)
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def test_a_model_in_two_places_is_told_by_layers_where_they_are_known() -> None:
    parts = [
        setting(Means.GPU_SHARE, 0.5),
        setting(Means.GPU_LAYERS, 19),
        setting(Means.LAYERS, 33),
    ]
    assert concerns(parts) == ["model partly on the CPU: 14 of 33 layers"]


def test_the_last_of_several_settings_with_one_meaning_counts() -> None:
    parts = [setting(Means.CONTEXT_TOKENS, 2048), setting(Means.CONTEXT_TOKENS, 8192)]
    assert concerns(parts, DEMAND) == []
    assert len(concerns(parts[::-1], DEMAND)) == 1


def test_what_is_not_known_or_not_asked_for_raises_no_concern() -> None:
    assert concerns([setting(Means.CONTEXT_TOKENS, Unknown("not told"))], DEMAND) == []
    parts = [setting(Means.CONTEXT_TOKENS, 16), setting(Means.STREAMS, 1)]
    assert concerns(parts) == []
    stretched = [
        setting(Means.CONTEXT_TOKENS, 9000),
        setting(Means.TRAINED_CONTEXT_TOKENS, 8192),
    ]
    assert concerns(stretched) == [
        "context 9,000 is longer than the 8,192 the model was trained for"
    ]
