"""The decision flow against a table written apart from it, and what must never happen."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advice.flow import Decision, Facts, Leaf, Missing, Verdict, decide
from advisor.advice.policy import Policy
from advisor.documents import Unknown

PAYS = Facts(
    tokens_per_month=12e6,
    stable=True,
    validating=False,
    sensitive=False,
    sensitive_share=1.0,
    can_maintain=True,
    break_even_months=3.92,
    api_priced=True,
    fits=True,
)
POLICY = Policy()

unhurried = settings(deadline=None)

facts = st.builds(
    Facts,
    st.sampled_from([0.0, 0.5e6, 1e6, 12e6, 60e6]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.booleans(),
    st.sampled_from([0.0, 3.92, 12.0, 25.0, None, Unknown("no power is known")]),
    st.booleans(),
    st.sampled_from([True, False, None]),
    st.sampled_from([(), ("box.price_usd",), ("usage.input_tokens_per_month",)]),
)


def by_the_guide(given_facts: Facts) -> str:
    """The guide's tree with the design's rules, as nested conditions."""
    small = given_facts.tokens_per_month < 1e6
    if given_facts.sensitive:
        return "hybrid" if small or given_facts.sensitive_share < 1 else "local"
    if small or not given_facts.stable or given_facts.validating or not given_facts.can_maintain:
        return "api"
    months = given_facts.break_even_months
    if isinstance(months, Unknown):
        return "measure"
    if months is None or months >= 12:
        return "api"
    return "hybrid" if given_facts.fits is False else "local"


def test_every_combination_follows_the_guide() -> None:
    for tokens, stable, validating, sensitive, share, maintain, months, fits in product(
        [0.5e6, 1e6, 12e6, 60e6],
        [True, False],
        [True, False],
        [True, False],
        [0.3, 1.0],
        [True, False],
        [0.0, 3.92, 11.999, 12.0, None, Unknown("why")],
        [True, False, None],
    ):
        case = Facts(tokens, stable, validating, sensitive, share, maintain, months, True, fits)
        assert decide(case, POLICY).decision == by_the_guide(case), case


@unhurried
@given(facts)
def test_sensitive_data_never_go_to_an_api(case: Facts) -> None:
    outcome = decide(replace(case, sensitive=True), POLICY)
    assert outcome.decision is not Decision.API
    assert outcome.provisional is not Decision.API


@unhurried
@given(facts)
def test_an_unpriced_api_never_yields_a_verdict_for_an_api(case: Facts) -> None:
    unpriced = replace(case, api_priced=False, break_even_months=Unknown("no price"))
    outcome = decide(unpriced, POLICY)
    assert outcome.decision is not Decision.API
    if not case.sensitive:
        assert outcome.decision is Decision.MEASURE and outcome.measure_first


@unhurried
@given(facts)
def test_a_path_explains_itself(case: Facts) -> None:
    outcome = decide(case, POLICY)
    assert outcome.path[0].id == "usage"
    assert all(step.question.endswith("?") and step.answer for step in outcome.path)
    assert any(step.ends_flow for step in outcome.path)
    assert (outcome.decision is Decision.MEASURE) == bool(outcome.measure_first)
    assert (outcome.overruled is not None) <= case.sensitive


def test_a_guess_decides_nothing() -> None:
    outcome = decide(replace(PAYS, guessed=("box.price_usd",)), POLICY)
    assert (outcome.decision, outcome.verdict) == (Decision.MEASURE, Verdict.MEASURE_FIRST)
    assert outcome.provisional is Decision.LOCAL
    assert outcome.measure_first == (Missing.BOX_PRICE,)
    unstable = replace(PAYS, guessed=("box.price_usd",), stable=False)
    assert decide(unstable, POLICY).decision is Decision.API


def test_thresholds_are_configuration() -> None:
    slow = replace(PAYS, break_even_months=18.0)
    assert decide(slow, POLICY).decision is Decision.API
    patient = decide(slow, Policy(break_even_below_months=24))
    assert patient.decision is Decision.LOCAL
    assert patient.path[-2].threshold == 24 and "24 months" in patient.path[-2].question
    assert decide(PAYS, Policy(free_tier_below_tokens_per_month=20e6)).leaf is Leaf.FREE_TIER


@pytest.mark.parametrize(("tokens", "answer"), [(12e6, "no"), (50e6, "no"), (60e6, "yes")])
def test_the_exception_for_large_use_is_shown_but_does_not_decide(
    tokens: float, answer: str
) -> None:
    outcome = decide(replace(PAYS, can_maintain=False, tokens_per_month=tokens), POLICY)
    assert outcome.decision is Decision.API and outcome.leaf is Leaf.NO_MAINTAINER
    exception = outcome.path[-1]
    assert exception.id == "maintainer_exception" and exception.answer.startswith(answer)


def test_sensitive_data_overrule_an_earlier_exit() -> None:
    outcome = decide(replace(PAYS, sensitive=True, stable=False), POLICY)
    assert (outcome.decision, outcome.verdict) == (Decision.LOCAL, Verdict.LOCAL_FOR_PRIVACY)
    assert outcome.overruled is Leaf.UNSTABLE
    small = decide(replace(PAYS, sensitive=True, tokens_per_month=0.5e6), POLICY)
    assert (small.decision, small.overruled) == (Decision.HYBRID, Leaf.FREE_TIER)
