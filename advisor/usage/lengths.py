"""How long are requests, as far as single ones were seen?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from advisor.usage.cell import BINS_PER_OCTAVE, Bin
from advisor.usage.document import LengthClass, Lengths

CLASS_ENDS = (8_192, 32_768, 131_072, 200_000)
"""Where context lengths and their price tiers usually end."""


def lengths(inputs: Sequence[Bin], outputs: Sequence[Bin]) -> Lengths | None:
    """The quantiles and the classes by length of input; None without a single request."""
    requests = sum(each.requests for each in inputs)
    if not requests:
        return None
    return Lengths(
        requests=requests,
        input_p50=_quantile(inputs, 0.50, lambda each: each.input_tokens),
        input_p95=_quantile(inputs, 0.95, lambda each: each.input_tokens),
        output_p50=_quantile(outputs, 0.50, lambda each: each.output_tokens),
        output_p95=_quantile(outputs, 0.95, lambda each: each.output_tokens),
        classes=tuple(_classes(inputs, requests)),
    )


def _quantile(bins: Sequence[Bin], share: float, tokens: Callable[[Bin], int]) -> float:
    """The mean of the bin in which the quantile lies."""
    wanted = share * sum(each.requests for each in bins)
    seen = 0
    for each in bins:
        seen += each.requests
        if seen >= wanted:
            return tokens(each) / each.requests
    return 0.0


def _classes(bins: Sequence[Bin], requests: int) -> list[LengthClass]:
    found = []
    left = list(bins)
    for end in (*CLASS_ENDS, None):
        inside = [
            each for each in left if end is None or 2 ** (each.index / BINS_PER_OCTAVE) <= end
        ]
        left = left[len(inside) :]
        count = sum(each.requests for each in inside)
        if count:
            found.append(
                LengthClass(
                    up_to_input_tokens=end,
                    share=count / requests,
                    input_tokens=sum(each.input_tokens for each in inside) / count,
                    output_tokens=sum(each.output_tokens for each in inside) / count,
                )
            )
    return found
