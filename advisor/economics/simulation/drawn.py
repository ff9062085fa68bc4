"""Which value has each number of a plan in each scenario? Its draws, or one value for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.economics.carbon import G_PER_TONNE
from advisor.economics.inputs import Shape
from advisor.economics.rates import Dialogue
from advisor.economics.simulation.plan import Plan

if TYPE_CHECKING:
    from advisor.economics.simulation.normal import Floats

    Amount = float | Floats


class Draws:
    """The uncertain keys' values by scenario."""

    def __init__(self, values: Mapping[str, Floats], follows: Mapping[str, str]) -> None:
        taken = {key: values[other] for key, other in follows.items() if other in values}
        self._values = {**taken, **values}

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def of(self, key: str, otherwise: float) -> Amount:
        """A value a scenario where the key is uncertain, else the one for all."""
        return self._values.get(key, otherwise)

    def known(self, key: str, otherwise: float | None) -> Amount | None:
        """The same for a number that may be unknown."""
        return self._values.get(key, otherwise)


def carbon_change_usd(plan: Plan, draws: Draws, key: str, grams: float) -> Amount:
    """How much more the carbon of a unit costs than at the medians, `key` saying its grams."""
    drawn = draws.of(key, grams) * draws.of("carbon.usd_per_tonne", plan.carbon.usd_per_tonne)
    return (drawn - grams * plan.carbon.usd_per_tonne) / G_PER_TONNE


@dataclass(frozen=True, slots=True)
class DrawnDialogue:
    """How many tokens and requests one model makes of the usage's."""

    input_token_ratio: Amount
    input_factor: Amount
    output_factor: Amount
    request_factor: Amount


def drawn_dialogue(draws: Draws, prefix: str, dialogue: Dialogue) -> DrawnDialogue:
    """`ratio (1 + retries)` of input, `ratio (1 + reasoning)(1 + retries)` of output."""
    ratio = draws.of(prefix + "input_token_ratio", dialogue.input_token_ratio)
    requests = 1.0 + draws.of(prefix + "retry_share", dialogue.retry_share)
    reasoning = 1.0 + draws.of(
        prefix + "reasoning_tokens_per_output_token", dialogue.reasoning_tokens_per_output_token
    )
    output = draws.of(prefix + "output_token_ratio", dialogue.output_token_ratio)
    return DrawnDialogue(ratio, ratio * requests, output * reasoning * requests, requests)


@dataclass(frozen=True, slots=True)
class DrawnUsage:
    """Month 0's work. Shares that come to more than the whole leave less for cache writes."""

    input_tokens: Amount
    output_tokens: Amount
    cached_share: Amount
    written_share: Amount
    batch_share: Amount
    requests: Amount | None
    growth: Amount
    """Each month's tokens over those of the month before."""
    shapes_given: tuple[Shape, ...]


def drawn_usage(plan: Plan, draws: Draws) -> DrawnUsage:
    """The usage of a plan in each scenario."""
    import numpy as np

    usage = plan.case.usage
    cached = draws.of("usage.cached_input_share", usage.cached_input_share)
    written = draws.of("usage.cache_write_share", usage.cache_write_share)
    if "usage.cached_input_share" in draws or "usage.cache_write_share" in draws:
        written = np.minimum(written, 1.0 - cached)
    tokens_in = draws.of("usage.input_tokens_per_month", usage.input_tokens_per_month)
    tokens_out = draws.of("usage.output_tokens_per_month", usage.output_tokens_per_month)
    requests = draws.known("usage.requests_per_month", usage.requests_per_month)
    if plan.request_tokens is not None and "usage.requests_per_month" not in draws:
        requests = _requests(tokens_in, tokens_out, plan.request_tokens)
    return DrawnUsage(
        tokens_in,
        tokens_out,
        cached,
        written,
        draws.of("usage.batch_share", usage.batch_share),
        requests,
        1.0 + draws.of("usage.growth_per_month", usage.growth_per_month),
        usage.shapes_given,
    )


def _requests(tokens_in: Amount, tokens_out: Amount, mean: tuple[float, float]) -> Amount:
    import numpy as np

    by_input = tokens_in / mean[0] if mean[0] > 0 else 0.0
    by_output = tokens_out / mean[1] if mean[1] > 0 else 0.0
    found: Amount = np.where(np.asarray(by_input) > 0, by_input, by_output)
    return found
