"""Is what cannot be right told from what can?"""

from __future__ import annotations

from typing import Any

import pytest

from advisor.bench.document import Distribution, Stage, WarmUp
from advisor.bench.plausibility import suspects
from advisor.bench.roof import Roof

ROOF = Roof(
    bandwidth_bytes_per_s=100e9,
    bytes_per_step=1_000_000_000,
    ops_per_s=20e12,
    ops_per_token=2e9,
    model_bytes=1_100_000_000,
    memory_bytes=16_000_000_000,
)


def of(median: float, **other: Any) -> Distribution:
    values = {"mean": median, "p95": median, "p99": median, "n": 9, "ci95": (median, median)}
    return Distribution(median=median, **{**values, **other})


def stage(**values: Any) -> Stage:
    plain: dict[str, Any] = {
        "concurrency": 1,
        "rate": None,
        "arrivals": None,
        "in_flight": None,
        "overloaded": False,
        "goodput": None,
        "requests": 9,
        "attempts": 9,
        "errors": {},
        "error_details": {},
        "input_tokens": 512.0,
        "cached_input_tokens": None,
        "output_tokens": 128.0,
        "output_tokens_asked": 128,
        "token_source": "usage",
        "ttft_ms": of(100),
        "itl_ms": of(10),
        "tpot_ms": of(10),
        "e2e_ms": of(1400),
        "send_delay_ms": None,
        "prefill_tok_per_s": of(5000),
        "prefill_source": "ttft",
        "decode_tok_per_s": of(90),
        "output_tok_per_s": None,
        "requests_per_s": 0.7,
        "cross_check": None,
        "energy": None,
        "warmup": WarmUp(requests=0, seconds=0.0, steady=True),
        "window_s": 10.0,
        "stopped_by": "precision",
        "precision": 0.01,
    }
    return Stage(**{**plain, **values})


def test_ordinary_numbers_are_not_suspect() -> None:
    assert suspects([stage()], ROOF) == ()
    assert suspects([stage()], None) == ()


@pytest.mark.parametrize(
    ("values", "path", "reason"),
    [
        ({"decode_tok_per_s": of(120)}, "decode_tok_per_s", "allows 100 a second"),
        ({"prefill_tok_per_s": of(12_000)}, "prefill_tok_per_s", "allow 10000 a second"),
        ({"ttft_ms": of(-3)}, "ttft_ms", "not above zero"),
        ({"tpot_ms": of(10, ci95=(2, 13))}, "tpot_ms", "interval"),
        ({"prefill_tok_per_s": of(10, p95=30)}, "prefill_tok_per_s", "spread"),
        ({"output_tokens": 90.0}, "output_tokens", "128 tokens were asked"),
        ({"cached_input_tokens": 400.0}, "cached_input_tokens", "cache"),
    ],
)
def test_each_kind_is_named(values: dict[str, Any], path: str, reason: str) -> None:
    (found,) = suspects([stage(), stage(**values)], ROOF)
    assert found.path == f"stages[1].{path}"
    assert reason in found.reason
    number = values[path]
    assert found.value == (number.median if isinstance(number, Distribution) else number)


def test_weights_in_the_cache_have_no_roof() -> None:
    cached = Roof(bandwidth_bytes_per_s=100e9, bytes_per_step=10_000_000, cache_bytes=32_000_000)
    assert suspects([stage(decode_tok_per_s=of(90_000))], cached) == ()


def test_a_model_that_memory_cannot_hold_is_suspect() -> None:
    (found,) = suspects([stage()], Roof(model_bytes=40_000_000_000, memory_bytes=16_000_000_000))
    assert found.path == "model.size_bytes"
    assert "16.0 GB" in found.reason


def test_a_cache_that_the_workload_asks_for_is_not_suspect() -> None:
    cached = stage(cached_input_tokens=400.0)
    assert suspects([cached], None, cache_expected=True) == ()
