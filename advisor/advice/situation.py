"""What would be decided if one thing were different? A scenario that can be decided again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from advisor.advice.flow import Decision, Facts, Outcome, decide
from advisor.advice.inputs import Inputs, with_value
from advisor.advice.policy import Policy
from advisor.advice.pricing import PricedApi
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.break_even import simple_break_even_months
from advisor.economics.capacity import capacity
from advisor.economics.inputs import ApiPrice
from advisor.economics.local_cost import local_month

STEPS_PER_DECADE = 16
BISECTIONS = 60


@dataclass(frozen=True, slots=True)
class Situation:
    """A team's inputs with priced APIs, ready to be decided against any of them."""

    inputs: Inputs
    apis: tuple[PricedApi, ...]
    baseline: int | None
    policy: Policy
    guessed: tuple[str, ...] = ()

    def outcome(self, against: int | None = None) -> Outcome:
        """The flow's outcome against the baseline, or against another API."""
        return decide(self.facts(self.baseline if against is None else against), self.policy)

    def facts(self, against: int | None) -> Facts:
        """What the flow asks about, with the simple break-even against one API."""
        usage, team = self.inputs.usage, self.inputs.team
        load = capacity(self.inputs.case())
        price = None if against is None else self.apis[against].price
        return Facts(
            tokens_per_month=usage.input_tokens_per_month + usage.output_tokens_per_month,
            stable=usage.stable,
            validating=team.validating,
            sensitive=usage.sensitive,
            sensitive_share=usage.sensitive_share,
            can_maintain=usage.can_maintain,
            break_even_months=self.break_even_months(against),
            api_priced=isinstance(price, ApiPrice),
            fits=None if isinstance(load, Unknown) else load.fits,
            guessed=self.guessed,
        )

    def break_even_months(self, against: int | None, month: int = 0) -> float | Unknown | None:
        """The simple break-even at one month's costs; None is never."""
        if against is None:
            return Unknown("there is no API to compare with")
        price = self.apis[against].price
        case = self.inputs.case()
        running = local_month(case, month)
        if isinstance(price, Unknown):
            return price
        if isinstance(running, Unknown):
            return running
        bill = api_usd(case.usage, price, case.horizon, month)
        return simple_break_even_months(case.box.price_usd, bill, running.usd)

    def with_input(self, key: str, value: object) -> Situation:
        """The same with one dotted key of the scenario changed."""
        changed = replace(self, inputs=with_value(self.inputs, key, value))
        table, _, field = key.partition(".")
        if table != "policy":
            return changed
        threshold: dict[str, Any] = {field: value}
        return replace(changed, policy=replace(self.policy, **threshold))

    def at_volume(self, factor: float) -> Situation:
        """The same at `factor` times the tokens."""
        usage = self.inputs.usage
        return self.with_input(
            "usage.input_tokens_per_month", usage.input_tokens_per_month * factor
        ).with_input("usage.output_tokens_per_month", usage.output_tokens_per_month * factor)

    @property
    def upkeep_usd_per_month(self) -> float:
        """What looking after the box costs a month."""
        return self.inputs.maintenance.hours_per_month * self.inputs.maintenance.usd_per_hour

    def at_upkeep(self, usd_per_month: float) -> Situation:
        """The same with another cost of upkeep a month: more hours where an hour has a price."""
        hourly = self.inputs.maintenance.usd_per_hour or 1.0
        return self.with_input("maintenance.usd_per_hour", hourly).with_input(
            "maintenance.hours_per_month", usd_per_month / hourly
        )

    def at_price(self, factor: float) -> Situation:
        """The same with every price of the baseline times `factor`."""
        return replace(
            self,
            apis=tuple(
                replace(api, price=api.price.scaled(factor))
                if index == self.baseline and isinstance(api.price, ApiPrice)
                else api
                for index, api in enumerate(self.apis)
            ),
        )

    def at_electricity(self, factor: float) -> Situation:
        """The same with the electricity bill, or else the tariff, times `factor`."""
        given = self.inputs.box.electricity_usd_per_month
        if given is not None:
            return self.with_input("box.electricity_usd_per_month", given * factor)
        return self.with_input("tariff.usd_per_kwh", self.inputs.usd_per_kwh * factor).with_input(
            "tariff.band", ()
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """The first value on the way from today's at which the decision is another."""

    at: float
    decision: Decision


def turn(decision_at: Callable[[float], Decision], now: float, way: Iterator[float]) -> Turn | None:
    """The first value on `way` with another decision than today's, narrowed by bisection.

    `way` leads away from `now`. None if the decision holds all the way.
    """
    today = decision_at(now)
    here = now
    for there in way:
        if decision_at(there) is not today:
            at = _narrowed(lambda value: decision_at(value) is today, here, there)
            return Turn(at, decision_at(at))
        here = there
    return None


def _narrowed(holds: Callable[[float], bool], inside: float, outside: float) -> float:
    """The value nearest to `inside` at which `holds` fails, found between the two."""
    for _ in range(BISECTIONS):
        middle = (inside + outside) / 2
        if holds(middle):
            inside = middle
        else:
            outside = middle
    return outside


def upward(now: float, most: float) -> Iterator[float]:
    """Values above `now` up to `most`, each the same factor larger; none where `now` is so small
    that floating point has no larger one at that factor."""
    value = now if now > 0 else most / 1e6
    while value < most:
        higher = min(most, value * 10 ** (1 / STEPS_PER_DECADE))
        if higher <= value:
            return
        value = higher
        yield value


def downward(now: float, least: float) -> Iterator[float]:
    """Values below `now` down to `least`, each the same factor smaller; then 0, if that is it."""
    floor = least if least > 0 else now / 1e3
    value = now
    while value > floor:
        lower = max(floor, value / 10 ** (1 / STEPS_PER_DECADE))
        if lower >= value:
            break
        value = lower
        yield value
    if least == 0 and now > 0:
        yield 0.0
