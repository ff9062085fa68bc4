"""What does one line of an explanation rest on, and who says so?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from advisor.advice.advise import Ready
from advisor.advice.asked_document import ExplainedInput, Explanation
from advisor.advice.inputs import value_at
from advisor.advice.policy import GUIDE
from advisor.advice.pricing import PricedApi
from advisor.advice.tariff_table import DEFAULT_USD_PER_KWH
from advisor.documents import Unknown

Number = float | tuple[float, ...]

WITH_CARBON = "local.usd_per_kwh_with_carbon"
"""A kilowatt-hour's price where carbon weighs."""

UNITS = (
    ("usd_per_mtok", "USD per million tokens"),
    ("usd_per_kwh", "USD per kWh"),
    ("usd_per_hour", "USD per hour"),
    ("usd_per_month", "USD per month"),
    ("usd", "USD"),
    ("tok_per_s", "tokens per second"),
    ("tokens_per_month", "tokens per month"),
    ("power_w", "W"),
    ("hours_per_month", "hours per month"),
    ("months", "months"),
    ("share", "share"),
    ("factor", "factor"),
    ("per_month", "per month"),
    ("per_year", "per year"),
)


def unit_of(name: str) -> str:
    """The unit that stands at the end of a number's name, in words."""
    return next((words for end, words in UNITS if name.endswith(end)), "")


@dataclass(slots=True)
class Lines:
    """The explanations so far. A line may use any number of the scenario and any earlier line."""

    start: Ready
    found: dict[str, Explanation] = field(default_factory=dict)

    def add(
        self,
        line_id: str,
        label: str,
        value: Number | Unknown | None,
        unit: str,
        formula: str,
        *inputs: ExplainedInput,
        never: str = "never",
    ) -> None:
        """Notes how a number is computed. One that is unknown, or null for `never`, says why."""
        missing = value is None or isinstance(value, Unknown)
        self.found[line_id] = Explanation(
            id=line_id,
            label=label,
            value=None if isinstance(value, Unknown) else value,
            unit=unit,
            formula=None if isinstance(value, Unknown) else formula,
            inputs=() if isinstance(value, Unknown) else inputs,
            note=(value.reason if isinstance(value, Unknown) else never) if missing else None,
        )

    def without_formula(self, line_id: str, label: str, value: Number, unit: str, why: str) -> None:
        """Notes a number that no closed formula gives, and how it was found."""
        self.found[line_id] = Explanation(
            id=line_id, label=label, value=value, unit=unit, formula=None, inputs=(), note=why
        )

    def knows(self, *line_ids: str) -> bool:
        """Whether all these lines have a value."""
        return all(each in self.found and self.found[each].value is not None for each in line_ids)

    def computed(self, line_id: str, name: str | None = None) -> ExplainedInput:
        """An earlier line as an input; its name is the last part of its id."""
        line = self.found[line_id]
        if line.value is None:
            raise ValueError(f"{line_id} has no value to compute with")
        return ExplainedInput(
            name=name or line_id.rsplit(".", 1)[-1],
            value=line.value,
            unit=line.unit,
            source=f"computed: {line_id}",
        )

    def key(self, dotted: str, name: str | None = None) -> ExplainedInput:
        """A number of the scenario, with whoever said it."""
        value = value_at(self.start.filled.inputs, dotted)
        if not isinstance(value, int | float):
            raise ValueError(f"{dotted} has no value to compute with")
        field_name = dotted.rsplit(".", 1)[-1]
        return ExplainedInput(
            name=name or field_name,
            value=float(value),
            unit=unit_of(field_name),
            source=self.source_of(dotted),
        )

    def tariff(self) -> ExplainedInput:
        """The price of a kilowatt-hour, averaged over the hours of the week, with its carbon."""
        if self.knows(WITH_CARBON):
            return self.computed(WITH_CARBON, "usd_per_kwh")
        inputs = self.start.filled.inputs
        source = self.source_of("tariff.usd_per_kwh")
        if inputs.tariff.band:
            source = "the scenario's bands, averaged over the minutes of the week"
        elif inputs.tariff.usd_per_kwh is None:
            source = f"default: {DEFAULT_USD_PER_KWH:g}"
        return ExplainedInput(
            name="usd_per_kwh", value=inputs.usd_per_kwh, unit="USD per kWh", source=source
        )

    def given(self, name: str, value: Number, unit: str, source: str) -> ExplainedInput:
        """A number that stands on its own."""
        return ExplainedInput(name=name, value=value, unit=unit, source=source)

    def source_of(self, dotted: str) -> str:
        """Who says what a key of the scenario is."""
        start = self.start
        if dotted in start.scenario.guessed:
            return f"{GUIDE}: its small team, because nobody said"
        if dotted in start.filled.supplied and start.measured is not None:
            return f"measurement {start.measured.run_id} ({start.measured.measured_on})"
        if dotted in start.scenario.defaulted:
            return f"default, of the {GUIDE}" if dotted.startswith("policy.") else "default"
        return "the scenario"

    def price(self, api: PricedApi, name: str, value: float) -> ExplainedInput:
        """One of an API's prices, with its source and date."""
        source = "the scenario"
        if api.status != "given":
            source = f"price book: {api.status}, as of {api.as_of or 'no date'}, {api.source}"
        elif name.startswith("cached") and _cached_price_is_default(self.start, api):
            source = "default: the input price"
        if self.start.filled.inputs.carbon.usd_per_mtok(api.name) and name.endswith("mtok"):
            source += ", and its carbon (carbon.told * carbon.usd_per_tonne / 1e6)"
        return ExplainedInput(name=name, value=value, unit="USD per million tokens", source=source)

    def all(self) -> tuple[Explanation, ...]:
        """Every line, in the order in which one needs the other."""
        return tuple(self.found.values())


def _cached_price_is_default(start: Ready, api: PricedApi) -> bool:
    tables = start.filled.inputs.api
    return any(each.name == api.name and each.cached_input_usd_per_mtok is None for each in tables)


def series(values: Sequence[float]) -> tuple[float, ...]:
    """One value a month."""
    return tuple(float(value) for value in values)
