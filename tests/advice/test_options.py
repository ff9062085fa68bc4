"""The option at each leaf, chosen by need, outranked by measurement."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from advisor.advice.flow import Decision, Leaf
from advisor.advice.inputs import Need
from advisor.advice.measured import MeasuredBox
from advisor.advice.options import options, recommend
from advisor.advice.policy import Policy

POLICY = Policy()
MEASURED = MeasuredBox(
    run_id="r",
    measured_on="a card",
    model_name="m",
    server_kind="ollama",
    concurrency=16,
    synthetic=False,
)


def names(decision: Decision, leaf: Leaf, *needs: Need) -> list[str]:
    return [each.name for each in recommend(decision, leaf, needs, POLICY)]


def test_every_profile_is_dated_sourced_and_complete() -> None:
    assert len(options()) == 10 == len({option.id for option in options()})
    for option in options():
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", option.as_of)
        assert "https://" in option.source
        assert set(option.picked_for) <= set(option.serves)
    for leaf in set(Leaf) - {Leaf.UNKNOWN, Leaf.SENSITIVE, Leaf.PAYS_BACK}:
        assert any(leaf in option.default_for for option in options() if option.side == "api")


@pytest.mark.parametrize(
    ("need", "name"),
    [
        (Need.NO_COMMAND_LINE, "LM Studio"),
        (Need.MANY_USERS, "vLLM"),
        (Need.CUSTOMISATION, "Text Generation WebUI"),
        (Need.KUBERNETES, "LocalAI"),
        (Need.OPENAI_DROP_IN, "LocalAI"),
        (Need.OFFLINE, "Ollama"),
    ],
)
def test_local_needs(need: Need, name: str) -> None:
    assert names(Decision.LOCAL, Leaf.PAYS_BACK, need) == [name]


@pytest.mark.parametrize(
    ("need", "name"),
    [
        (Need.NEWEST_MODELS, "OpenAI"),
        (Need.PRIVACY_ASSURANCES, "Claude"),
        (Need.LOWEST_LATENCY, "Groq"),
        (Need.GOOGLE, "Gemini"),
    ],
)
def test_api_needs(need: Need, name: str) -> None:
    assert names(Decision.API, Leaf.PAYS_BACK_LATE, need) == [name]


def test_leaves() -> None:
    late = recommend(Decision.API, Leaf.PAYS_BACK_LATE, (), POLICY)[0]
    assert (late.name, late.alternatives) == ("OpenAI", ("Together AI",))
    nobody = recommend(Decision.API, Leaf.NO_MAINTAINER, (), POLICY)[0]
    assert (nobody.name, nobody.alternatives) == ("OpenAI", ("Claude",))
    free = recommend(Decision.API, Leaf.FREE_TIER, (), POLICY)[0]
    assert free.free_tier and free.because == "the guide's choice for so little use"
    local = recommend(Decision.LOCAL, Leaf.PAYS_BACK, (), POLICY)[0]
    assert (local.name, local.alternatives) == ("Ollama", ("LM Studio",))
    assert names(Decision.HYBRID, Leaf.SENSITIVE) == ["Ollama", "OpenAI"]
    assert names(Decision.MEASURE, Leaf.UNKNOWN) == []


def test_needs_that_the_answer_cannot_meet_are_named() -> None:
    offline = recommend(Decision.API, Leaf.UNSTABLE, (Need.OFFLINE,), POLICY)[0]
    assert offline.unmet_needs == ("offline",)
    newest = recommend(Decision.LOCAL, Leaf.PAYS_BACK, (Need.NEWEST_MODELS,), POLICY)[0]
    assert newest.unmet_needs == ("newest_models",)


def test_measured_facts_outrank_profiles() -> None:
    many = (Need.MANY_USERS,)
    held = recommend(Decision.LOCAL, Leaf.PAYS_BACK, many, POLICY, MEASURED)[0]
    assert held.name == "Ollama" and "held 16 at once" in held.because
    assert held.unmet_needs == ()
    few = replace(MEASURED, concurrency=4)
    assert recommend(Decision.LOCAL, Leaf.PAYS_BACK, many, POLICY, few)[0].name == "vLLM"
    vllm = replace(MEASURED, server_kind="vllm")
    running = recommend(Decision.LOCAL, Leaf.PAYS_BACK, (), POLICY, vllm)[0]
    assert running.name == "vLLM" and running.because.startswith("measured here")
    unknown_server = replace(MEASURED, server_kind="embedded")
    assert recommend(Decision.LOCAL, Leaf.PAYS_BACK, (), POLICY, unknown_server)[0].name == "Ollama"
