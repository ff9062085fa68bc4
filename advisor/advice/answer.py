"""From what somebody said and what was measured to the advice: scenario, price book, benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from advisor.advice.advise import advise
from advisor.advice.book import hosts_of_model, identity_of, lookup_in
from advisor.advice.document import Advice
from advisor.advice.measured import MeasuredBox
from advisor.advice.measurement import measured_box
from advisor.advice.scenario import parse_scenario
from advisor.bench.document import Bench
from advisor.machine.document import Machine
from advisor.prices.book import PriceBook


def answer(
    tables: Mapping[str, Any],
    *,
    origin: str,
    machine: Machine | None = None,
    bench: Bench | None = None,
    guess_missing: bool = False,
) -> Advice:
    """The advice for the tables of a scenario, as TOML would give them.

    A benchmark (with the machine it ran on) fills in what the tables leave out and adds the APIs
    that host the measured model. With `guess_missing` the guide's usage and box price stand in
    where nobody told them, and the decision is then `measure`. Raises InputError.
    """
    scenario = parse_scenario(tables, origin=origin, guess_missing=guess_missing)
    book = PriceBook.load()
    measured = measured_box(bench, machine) if bench and machine else None
    usage = scenario.inputs.usage
    hosts = (
        hosts_of_model(
            book,
            bench.model.name,
            input_tokens=usage.input_tokens_per_month,
            output_tokens=usage.output_tokens_per_month,
        )
        if bench
        else ()
    )
    return advise(
        scenario,
        price_lookup=lookup_in(book),
        price_book_identity=identity_of(book),
        measured=measured if isinstance(measured, MeasuredBox) else None,
        same_model_hosted=hosts,
    )
