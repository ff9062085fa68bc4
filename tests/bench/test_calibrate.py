"""Is the workload cut to what the box can do in the time, and no further?"""

from __future__ import annotations

import pytest

from advisor.bench.calibrate import Calibration, fit
from advisor.bench.document import FirstRequest
from advisor.bench.workload import Mix, fixed

ASKED = fixed(512, 128)


def rough(prefill: float, decode: float) -> Calibration:
    return Calibration(
        first=FirstRequest(ttft_ms=1.0, load_s=None),
        prefill_tok_per_s=prefill,
        decode_tok_per_s=decode,
        tokens_per_byte=0.01,
        counts_input=True,
    )


@pytest.mark.parametrize(
    ("prefill", "decode", "concurrencies"),
    [(5000, 100, (1, 16)), (500, 60, (1, 4)), (20_000, 200, (1, 64))],
)
def test_a_box_that_is_fast_enough_gets_what_was_asked(
    prefill: float, decode: float, concurrencies: tuple[int, ...]
) -> None:
    assert fit(ASKED, rough(prefill, decode), concurrencies, 60) == ASKED


def test_a_slow_box_gets_less_and_enough_answers_fit() -> None:
    fitted = fit(ASKED, rough(60, 15), (1, 4), 60)
    assert fitted.typical == Mix(128, 32)
    assert 8 * (128 / 60 + 32 / 15) <= 60


def test_there_is_a_least_workload() -> None:
    assert fit(ASKED, rough(0.01, 0.01), (1,), 60).typical == Mix(32, 8)
    assert fit(fixed(10, 4), rough(0.01, 0.01), (1,), 60) == fixed(10, 4)
