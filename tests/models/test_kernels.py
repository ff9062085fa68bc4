"""Do weights cost what the way says in which a processor multiplies them?"""

from __future__ import annotations

import pytest

from advisor.models.block_types import BLOCKS
from advisor.models.kernels import Kernel, prompt_cost, step_cost


def test_the_reference_costs_one_for_each_token() -> None:
    reference = Kernel("Q4_K")
    assert [step_cost(reference, streams) for streams in (1, 2, 4, 16)] == [1, 2, 4, 16]
    assert prompt_cost(reference, 512) == pytest.approx(512)


def test_in_tiles_two_streams_take_what_eight_take() -> None:
    two, eight, sixteen = (step_cost(Kernel("Q8_0"), streams) for streams in (2, 8, 16))
    assert two == eight
    assert sixteen == pytest.approx(2 * eight)
    assert step_cost(Kernel("Q5_0"), 2) > two
    assert step_cost(Kernel("Q8_0", of_experts=True), 2) < two


@pytest.mark.parametrize("slow", ["Q8_0", "Q6_K", "Q5_K", "F16"])
def test_what_is_not_laid_out_anew_takes_a_lone_token_longer(slow: str) -> None:
    assert step_cost(Kernel(slow), 1) > 1.3


@pytest.mark.parametrize(
    "stored_as", [each for each in BLOCKS if each[0] not in "I" or "Q" in each]
)
def test_every_type_of_weights_has_a_cost(stored_as: str) -> None:
    for streams in (1, 2, 4):
        assert 0.5 < step_cost(Kernel(stored_as), streams) / streams < 10
    assert 0.5 < prompt_cost(Kernel(stored_as), 100) / 100 < 3
