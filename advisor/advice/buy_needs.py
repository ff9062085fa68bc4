"""What does a use ask of every choice: tokens a second for each reader, prompts read in time?

How long the prompts are is the scenario's to say: by `[[usage.request]]`, else by its requests a
month. Where it says neither, prompts of 512 tokens stand for them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from advisor.advice.buy_document import PromptSource, Shortfall
from advisor.advice.load_keys import LoadKeys, UsageKeys, read_keys
from advisor.advice.uncertain import take_uncertain
from advisor.errors import InputError
from advisor.models.elsewhere import PROMPT_TOKENS

WITHIN = 0.95
"""The share of the requests whose prompts are no longer than the one that the limit is held to."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What each reader needs: so many tokens a second, and a prompt of `prompt_tokens` read within
    `ttft_ms`. The mean input token comes from a prompt of `priced_prompt_tokens`."""

    tok_per_s: float
    context_tokens: int
    ttft_ms: float | None = None
    prompt_tokens: float = PROMPT_TOKENS
    prompt_source: PromptSource = "assumed"
    priced_prompt_tokens: float = PROMPT_TOKENS

    def ttft_ms_at(self, prefill_tok_per_s: float, decode_tok_per_s: float) -> float:
        """How long the prompt that the limit is held to takes by itself.

        However short it is, it takes as long as a step, which reads all weights.
        """
        return 1000 * max(self.prompt_tokens / prefill_tok_per_s, 1 / decode_tok_per_s)

    def shortfalls(
        self, decode_tok_per_s: float | None, ttft_ms: float | None
    ) -> Iterator[Shortfall]:
        """The limits that are missed at that speed for one reader; none where it is not known."""
        if decode_tok_per_s is not None and decode_tok_per_s < self.tok_per_s:
            yield Shortfall(limit="tok_per_s", needed=self.tok_per_s, predicted=decode_tok_per_s)
        if self.ttft_ms is not None and ttft_ms is not None and ttft_ms > self.ttft_ms:
            yield Shortfall(limit="ttft_ms", needed=self.ttft_ms, predicted=ttft_ms)


def needs_of(
    tables: Mapping[str, Any], *, tok_per_s: float, context_tokens: int, origin: str
) -> Needs:
    """The needs of a scenario's use.

    Raises InputError for a value that makes no sense, or where a request and its answer are longer
    than the context.
    """
    plain, _ = take_uncertain(tables, origin=origin)
    try:
        keys = read_keys(plain)
    except InputError as error:
        raise InputError(f"{origin}: {error.what}", why=error.why, remedy=error.remedy) from error
    longest = _longest_request(keys)
    if longest > context_tokens:
        raise InputError(
            f"a request with its answer has up to {longest:,.0f} tokens in the scenario",
            why=f"a context of {context_tokens:,} does not hold it",
            remedy=f"Ask for --context {math.ceil(longest)} or more.",
        )
    prompt_tokens, source = _prompt(keys)
    return Needs(
        tok_per_s,
        context_tokens,
        keys.slo.ttft_p95_ms,
        prompt_tokens,
        source,
        _of_mean_token(keys.usage) or prompt_tokens,
    )


def _of_mean_token(usage: UsageKeys) -> float:
    """The mean length of the prompts, each counting by its tokens; 0 without kinds of requests."""
    tokens = math.fsum(each.share * each.input_tokens for each in usage.request)
    weighted = math.fsum(each.share * each.input_tokens**2 for each in usage.request)
    return weighted / tokens if tokens else 0.0


def _prompt(keys: LoadKeys) -> tuple[float, PromptSource]:
    """The length that 95 % of the prompts do not exceed, where all that is known is said."""
    usage = keys.usage
    if usage.request:
        return _within(usage), "usage.request"
    if usage.requests_per_month and usage.input_tokens_per_month:
        return usage.input_tokens_per_month / usage.requests_per_month, "usage.requests_per_month"
    return PROMPT_TOKENS, "assumed"


def _within(usage: UsageKeys) -> float:
    kinds = sorted(usage.request, key=lambda each: each.input_tokens)
    enough = WITHIN * sum(each.share for each in kinds)
    so_far = 0.0
    for kind in kinds:
        so_far += kind.share
        if so_far >= enough:
            return kind.input_tokens
    return kinds[-1].input_tokens


def _longest_request(keys: LoadKeys) -> float:
    """Input and output of the longest kind of request, or of the mean one; 0 where unknown."""
    usage = keys.usage
    if usage.request:
        return max(each.input_tokens + each.output_tokens for each in usage.request if each.share)
    if not usage.requests_per_month:
        return 0.0
    tokens = usage.input_tokens_per_month + usage.output_tokens_per_month
    return tokens / usage.requests_per_month
