"""Does the split of many scenarios at once cost what the split of each one costs?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.economics.hybrid import hybrid_usd
from advisor.economics.split import BoxCosts, best_split
from advisor.economics.tiers import Tiers
from advisor.economics.work import Work
from advisor.errors import InputError


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 4),
    st.integers(0, 2**32),
    st.sampled_from([0.0, 0.2]),
    st.floats(0, 2),
    st.floats(0, 100),
)
def test_every_scenario_agrees_with_the_split_found_alone(
    classes: int, seed: int, sensitive: float, rate: float, base: float
) -> None:
    rng = np.random.default_rng(seed)
    hours, bills = rng.uniform(0, 400, (2, classes, 1, 8))
    hours *= rng.integers(0, 2, hours.shape)
    room = rng.uniform(50, 800, (1, 8))
    found = hybrid_usd(
        hours,
        bills,
        base_usd=base,
        usd_per_busy_hour=rate,
        hours_per_month=room,
        sensitive_share=sensitive,
    )
    for scenario in range(8):
        work = [
            Work(f"{index}", 1.0, hours[index, 0, scenario], bills[index, 0, scenario], sensitive)
            for index in range(classes)
        ]
        box = BoxCosts(0.0, base, Tiers.flat(rate), float(room[0, scenario]))
        alone = best_split([work], box, [1.0])
        expected = np.inf if isinstance(alone, Unknown) else alone.usd
        assert found[0, scenario] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_amounts_that_make_no_sense_are_an_error() -> None:
    price = {"base_usd": 0.0, "usd_per_busy_hour": 0.1, "hours_per_month": 730.0}
    for hours, bills in (([[1.0]], [[-1.0]]), ([[1.0]], [[1.0, 2.0]]), ([1.0], [1.0])):
        with pytest.raises(InputError):
            hybrid_usd(hours, bills, **price)
    with pytest.raises(InputError):
        hybrid_usd([[1.0]], [[1.0]], **price, sensitive_share=2.0)
