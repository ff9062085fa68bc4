"""What will measuring an API cost, and what did it cost?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import fsum
from statistics import fmean

from advisor.advice.paid.guard import TEXT_BYTES_PER_TOKEN, Guard, most_text_bytes
from advisor.advice.paid.rates import ApiRates, book_rates, given_rates
from advisor.bench.paid import WARM_UP, PaidPlan, PaidRun
from advisor.bench.prompts import BYTES_PER_WORD
from advisor.bench.sizer import TOKENS_PER_WORD_UNTOLD
from advisor.bench.spend import Spend, SpentTokens
from advisor.bench.workload import Workload
from advisor.errors import InputError
from advisor.prices.book import PriceBook
from advisor.servers.apis.providers import Provider
from advisor.servers.wire import Billing

DISAGREES = 0.05
SMALLEST_USD = 1e-6
"""Differences below this are rounding."""
BYTES_PER_TOKEN = 4
"""Of English text, for the estimate only (ai.google.dev/gemini-api/docs/generate-content/tokens,
read 2026-11-25)."""
FRAME_BYTES = 800
"""HTTP head and JSON around a prompt, generously, for the estimate only."""
STATE_IT = "State it with --price IN/OUT, in USD per million tokens."


@dataclass(frozen=True, slots=True)
class Estimate:
    """Before anything is sent: how many requests, what they cost as planned, and one at worst."""

    requests: int
    planned_usd: float
    worst_request_usd: float


def rates_of(provider: Provider, model: str, given: str | None) -> ApiRates:
    """The price to count by. Raises InputError for a model that has none."""
    name = f"{provider.book_name}/{model}"
    if given is not None:
        return given_rates(name, given)
    try:
        price = PriceBook.load(date.today()).show(name)
    except InputError as error:
        remedy = f"{STATE_IT} {error.remedy}"
        raise InputError(f"{name} has no price", why=error.what, remedy=remedy) from None
    if price.provider != provider.book_name:
        raise InputError(
            f"{name} has no price", why="the price book has it from others only", remedy=STATE_IT
        )
    return book_rates(price)


def estimate(plan: PaidPlan, rates: ApiRates) -> Estimate:
    """What the plan costs if prompts and answers are as long as asked for."""
    count = plan.requests if plan.script is None else len(plan.script)
    lengths = [(round(words * TOKENS_PER_WORD_UNTOLD), tokens) for words, tokens in WARM_UP]
    lengths += [_typical(plan.workload)] * (count * len(set(plan.concurrencies)))
    answer = plan.workload.output_tokens.quantile(1)
    return Estimate(
        requests=len(lengths),
        planned_usd=fsum(rates.cost_usd(Billing(each, tokens)) for each, tokens in lengths),
        worst_request_usd=rates.most_usd(
            _longest_bytes(plan.workload) + FRAME_BYTES, most_text_bytes(answer)
        ),
    )


def _typical(workload: Workload) -> tuple[int, int]:
    """Tokens in and out; of the user's own prompts by their bytes."""
    mix = workload.typical
    if not workload.prompts:
        return mix.input_tokens, mix.output_tokens
    mean_bytes = fmean(len(each.text.encode()) for each in workload.prompts)
    return round(mean_bytes / BYTES_PER_TOKEN), mix.output_tokens


def _longest_bytes(workload: Workload) -> int:
    if workload.prompts:
        return max(len(each.text.encode()) for each in workload.prompts)
    return BYTES_PER_WORD * (workload.most_tokens - workload.output_tokens.quantile(1))


def spend_of(done: PaidRun, guard: Guard, provider: Provider, planned_usd: float) -> Spend:
    """What was spent, by every count that there is."""
    bills = guard.bills
    told = [bill for bill in bills if bill.cost_usd is not None]
    told_usd = fsum(bill.cost_usd or 0.0 for bill in told) if told else None
    return Spend(
        usd=guard.spent_usd,
        max_usd=guard.max_usd,
        by_usage_usd=fsum(guard.rates.cost_usd(bill) for bill in bills),
        planned_usd=planned_usd,
        told_usd=told_usd,
        requests=guard.requests,
        refused=guard.refused,
        by_worst_case=guard.by_worst_case,
        cut=guard.cut,
        retries=done.retries,
        waits=len(done.pauses_s),
        waited_s=fsum(done.pauses_s),
        tokens=SpentTokens(
            input=sum(bill.input_tokens for bill in bills),
            cached_input=sum(bill.cached_input_tokens for bill in bills),
            output=sum(bill.output_tokens for bill in bills),
            reasoning=sum(bill.reasoning_tokens for bill in bills),
        ),
        price=guard.rates.price,
        disagreement=_disagreement(told, guard),
        broken=guard.broken,
        rests_on=_rests_on(provider, guard.rates),
    )


def _disagreement(told: list[Billing], guard: Guard) -> str | None:
    """Whether the API's own figure and usage times price differ."""
    theirs = fsum(bill.cost_usd or 0.0 for bill in told)
    ours = fsum(guard.rates.cost_usd(bill) for bill in told)
    if abs(theirs - ours) <= max(DISAGREES * max(ours, theirs), SMALLEST_USD):
        return None
    return (
        f"the API says ${theirs:.6f} where its usage comes to ${ours:.6f} at the price of "
        f"{guard.rates.name}: the price known is not the one charged"
    )


def _rests_on(provider: Provider, rates: ApiRates) -> tuple[str, ...]:
    limit = (
        f"every request carries a limit of output tokens; {provider.title}'s reference says it is"
    )
    cut = (
        f"a stream is cut once its text is longer than {TEXT_BYTES_PER_TOKEN} bytes a token allowed"
    )
    unseen = "what a provider generates out of sight, or after the cut, nobody here can bound"
    return (
        f"{limit} {provider.limit}",
        "no token of a prompt is shorter than a byte of the request",
        f"the price is no higher than known ({rates.price.source})",
        f"{cut}; {unseen}: one bill beyond the worst case ends the measurement",
        "the usage that an answer tells is what is billed, where its text does not refute it",
        "what the API refuses with HTTP 4xx is not billed",
    )
