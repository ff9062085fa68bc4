"""Does the table of both sides say what is the same, what is not, and what each costs?"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from advisor.advice.paid import same_work
from advisor.advice.quality import is_same_model
from advisor.bench.energy_document import BoxPower, Energy
from advisor.documents import Unknown


@pytest.mark.parametrize(
    ("here", "there", "same"),
    [
        ("llama-3.1-8b:Q4_0", "llama-3.1-8b-instant", True),
        ("llama3.1:8b", "meta-llama/Llama-3.1-8B-Instruct", True),
        ("qwen2.5:7b", "Qwen/Qwen2.5-7B-Instruct-Turbo", True),
        ("llama3.1:8b", "llama-3.1-70b-versatile", False),
        ("llama3.1:8b", "gpt-4o-mini", False),
        ("timed", "timed", False),
    ],
)
def test_the_same_open_weights_are_recognized_by_name(here: str, there: str, same: bool) -> None:
    assert is_same_model(here, there) is same


def energy(idle_w: float | None, active_w: float, *, box: bool = True) -> Energy:
    power = BoxPower(
        idle_w=None if idle_w is None else idle_w + 50,
        active_w=active_w + 50,
        idle_band_w=None,
        active_band_w=None,
        grade="estimated",
        assumptions=(),
    )
    return Energy(
        meter="m",
        grade="counter",
        domain="gpu",
        idle_w=idle_w,
        active_w=active_w,
        energy_j=1.0,
        j_per_request=1.0,
        j_per_input_token=None,
        j_per_output_token=None,
        j_per_input_token_marginal=None,
        j_per_output_token_marginal=None,
        box=power if box else None,
        warning=None,
    )


def replayed(found: Energy | Unknown) -> Any:
    """Four answers in eight seconds."""
    span = SimpleNamespace(seconds=8.0)
    replay = SimpleNamespace(measured=SimpleNamespace(span=span), answered=[None] * 4)
    return SimpleNamespace(energy=found, replay=replay)


def test_joules_are_the_whole_boxs_with_and_without_its_idle_share() -> None:
    assert same_work._joules(replayed(energy(20, 220))) == (540.0, 400.0)
    assert same_work._joules(replayed(energy(20, 220, box=False))) == (440.0, 400.0)


def test_an_idle_share_that_is_not_known_is_not_taken_off() -> None:
    total, above = same_work._joules(replayed(energy(None, 220)))
    assert total == 540.0
    assert isinstance(above, Unknown)
    total, above = same_work._joules(replayed(energy(220, 220)))
    assert total == 540.0
    assert above == Unknown("the load drew no more than the idle box")


def test_without_a_meter_joules_are_unknown_with_its_reason() -> None:
    reason = Unknown("no power meter")
    assert same_work._joules(replayed(reason)) == (reason, reason)
