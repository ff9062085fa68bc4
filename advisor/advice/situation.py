"""What would be decided if one thing were different? A scenario that can be decided again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec

from advisor.advice.box_table import BoxTable, CandidateTable
from advisor.advice.flow import Decision, Facts, Outcome, decide
from advisor.advice.inputs import Inputs, with_value
from advisor.advice.policy import Policy
from advisor.advice.pricing import PricedApi
from advisor.documents import Unknown
from advisor.economics.api_cost import api_usd
from advisor.economics.break_even import simple_break_even_months
from advisor.economics.capacity import serves_all, utilization
from advisor.economics.inputs import ApiPrice, Case
from advisor.economics.local_cost import local_month
from advisor.economics.rented import Rented, rented_month

STEPS_PER_DECADE = 16
BISECTIONS = 60

_Billed = TypeVar("_Billed", BoxTable, CandidateTable)


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

    @property
    def baseline_price(self) -> ApiPrice | Unknown:
        """What the API that decides charges."""
        return self._price(self.baseline)

    def _price(self, against: int | None) -> ApiPrice | Unknown:
        if against is None:
            return Unknown("there is no API to compare with")
        return self.apis[against].price

    def facts(self, against: int | None) -> Facts:
        """What the flow asks about, with the simple break-even against one API."""
        price, case = self._price(against), self.inputs.case()
        months = _break_even_months(case, price)
        return self._facts(case, months, isinstance(price, ApiPrice))

    def outcome_against_rent(self, rented: Rented) -> Outcome:
        """The flow's outcome with a rent in place of the baseline's bill."""
        months = self.break_even_against_rent_months(rented)
        return decide(self._facts(self.inputs.case(), months, priced=True), self.policy)

    def _facts(self, case: Case, break_even_months: float | Unknown | None, priced: bool) -> Facts:
        usage, team = self.inputs.usage, self.inputs.team
        load = utilization(case)
        return Facts(
            tokens_per_month=usage.input_tokens_per_month + usage.output_tokens_per_month,
            stable=usage.stable,
            validating=team.validating,
            sensitive=usage.sensitive,
            sensitive_share=usage.sensitive_share,
            can_maintain=usage.can_maintain,
            break_even_months=break_even_months,
            api_priced=priced,
            fits=None if isinstance(load, Unknown) else serves_all(load),
            guessed=self.guessed,
        )

    def break_even_months(self, against: int | None, month: int = 0) -> float | Unknown | None:
        """The simple break-even at one month's costs; None is never."""
        return _break_even_months(self.inputs.case(), self._price(against), month)

    def break_even_against_rent_months(self, rented: Rented) -> float | Unknown | None:
        """The simple break-even against a rented GPU; None is never."""
        case = self.inputs.case()
        running, rent = local_month(case), rented_month(case, rented)
        if isinstance(running, Unknown):
            return running
        if isinstance(rent, Unknown):
            return rent
        return simple_break_even_months(case.box.capital_usd, rent.usd, running.usd)

    def candidates(self) -> tuple[OtherBox, ...]:
        """The same with each candidate in place of the box, in file order."""
        inputs = self.inputs
        free = tuple(key for key in self.guessed if key != "box.price_usd")
        return tuple(
            OtherBox(
                table,
                replace(
                    self,
                    inputs=msgspec.structs.replace(
                        inputs, box=table.as_box(inputs.box), candidate=()
                    ),
                    guessed=free,
                ),
            )
            for table in inputs.candidate
        )

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
        scaled = self.with_input(
            "usage.input_tokens_per_month", usage.input_tokens_per_month * factor
        ).with_input("usage.output_tokens_per_month", usage.output_tokens_per_month * factor)
        if usage.requests_per_month is None:
            return scaled
        return scaled.with_input("usage.requests_per_month", usage.requests_per_month * factor)

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
        """The same with every bill that is given times `factor`, and every kilowatt-hour."""
        inputs = self.inputs
        return replace(
            self,
            inputs=msgspec.structs.replace(
                inputs,
                box=_with_bill(inputs.box, factor),
                candidate=tuple(_with_bill(each, factor) for each in inputs.candidate),
                tariff=inputs.tariff.scaled(factor),
            ),
        )


def _break_even_months(
    case: Case, price: ApiPrice | Unknown, month: int = 0
) -> float | Unknown | None:
    running = local_month(case, month)
    if isinstance(price, Unknown):
        return price
    if isinstance(running, Unknown):
        return running
    bill = api_usd(case.usage, price, case.horizon, month)
    return simple_break_even_months(case.box.capital_usd, bill, running.usd)


def _with_bill(table: _Billed, factor: float) -> _Billed:
    given = table.electricity_usd_per_month
    if given is None:
        return table
    return msgspec.structs.replace(table, electricity_usd_per_month=given * factor)


@dataclass(frozen=True, slots=True)
class OtherBox:
    """A candidate, and the situation of a team that has it in place of its own box."""

    table: CandidateTable
    situation: Situation


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
            at = narrowed(lambda value: decision_at(value) is today, here, there)
            return Turn(at, decision_at(at))
        here = there
    return None


def narrowed(
    holds: Callable[[float], bool], inside: float, outside: float, *, whole: bool = False
) -> float:
    """The value nearest to `inside` at which `holds` fails, found between the two."""
    for _ in range(BISECTIONS):
        middle = (inside + outside) / 2
        middle = math.floor(middle) if whole else middle
        if middle in (inside, outside):
            break
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
