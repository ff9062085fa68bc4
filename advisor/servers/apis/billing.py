"""What does an API say that it bills for one answer, and can that be believed?"""

from __future__ import annotations

import math
from typing import Any

from advisor.servers.counting import check, whole
from advisor.servers.wire import Billing


def billing(
    input_tokens: object,
    output_tokens: object,
    *,
    cached: object = None,
    cache_write: object = None,
    reasoning: object = None,
    cost: object = None,
) -> Billing | None:
    """The billed counts, None unless input and output are believable whole numbers.

    `input_tokens` holds cached and newly cached tokens, `output_tokens` the reasoning. `cost` is
    the provider's own figure in USD.
    """
    counts = check(
        {
            "input_tokens": input_tokens,
            "cached_input_tokens": cached,
            "output_tokens": output_tokens,
        }
    )
    if counts.input_tokens is None or counts.output_tokens is None:
        return None
    return Billing(
        input_tokens=counts.input_tokens,
        output_tokens=counts.output_tokens,
        cached_input_tokens=counts.cached_input_tokens or 0,
        cache_write_tokens=whole(cache_write) or 0,
        reasoning_tokens=min(whole(reasoning) or 0, counts.output_tokens),
        cost_usd=_usd(cost),
    )


def seen_tokens(output_tokens: object, reasoning: object, *, reasoning_seen: bool) -> Any:
    """Output tokens that stand behind what was streamed: without reasoning that was kept back."""
    told, hidden = whole(output_tokens), whole(reasoning)
    if told is None or not hidden or reasoning_seen or hidden > told:
        return output_tokens
    return told - hidden


def _usd(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) and value >= 0 else None
    return None
