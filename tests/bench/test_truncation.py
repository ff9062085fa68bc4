"""Is a warm-up told from what follows it?"""

import numpy as np

from advisor.bench.truncation import warm_up_length


def test_a_slow_start_is_dropped_and_little_else() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        values = np.concatenate([[9, 7, 5, 3], np.ones(60)]) + random.normal(0, 0.1, 64)
        assert 4 <= warm_up_length(list(values)) <= 24


def test_values_that_keep_growing_never_settle() -> None:
    values = list(np.arange(50.0))
    assert warm_up_length(values) == 25


def test_few_values_are_kept() -> None:
    assert warm_up_length([]) == warm_up_length([1.0]) == 0
