"""From what somebody said and what was measured to the advice: scenario, price book, benchmark."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from advisor.advice.advise import Ready, advise_on, ready
from advisor.advice.asked_document import Sensitivity
from advisor.advice.book import hosts_of_model, identity_of, lookup_in
from advisor.advice.document import Advice, UsedPart
from advisor.advice.explain import explain as explained
from advisor.advice.from_usage import with_usage
from advisor.advice.inputs import Inputs
from advisor.advice.load import queueing_part
from advisor.advice.measured import MeasuredBox
from advisor.advice.measurement import measured_box
from advisor.advice.scenario import parse_scenario
from advisor.advice.sensitivity import sensitivity as along
from advisor.advice.simulated import simulated
from advisor.advice.simulated_regret import worth_in_words
from advisor.advice.situation import Situation
from advisor.advice.summary import with_measuring
from advisor.advice.uncertain import Uncertain, take_uncertain
from advisor.advice.uncertainty import MayWin
from advisor.advice.what_if import value_now
from advisor.advice.what_if import what_if as beside
from advisor.advice.what_if_keys import find_key, put, with_settings
from advisor.bench.document import Bench
from advisor.documents import Unknown
from advisor.machine.document import Machine
from advisor.prices.book import PriceBook
from advisor.usage.document import Usage

ARRIVING = ("slo", "arrivals")
"""Tables of a scenario that ask how the box serves the work as it arrives."""
Choosing = Callable[[Inputs], MayWin]


def answer(
    tables: Mapping[str, Any],
    *,
    origin: str,
    machine: Machine | None = None,
    bench: Bench | None = None,
    usage: Usage | None = None,
    guess_missing: bool = False,
    settings: Sequence[str] = (),
    what_if: Sequence[str] = (),
    sensitivity: str | None = None,
    explain: bool = False,
    choosing: Choosing | None = None,
) -> Advice:
    """The advice for the tables of a scenario, as TOML would give them.

    `usage`, what records of use come to, stands in for what the tables' `[usage]` leaves out.
    A benchmark (with the machine it ran on) fills in what the tables leave out and adds the APIs
    that host the measured model. With `guess_missing` the guide's usage and box price stand in
    where nobody told them, and the decision is then `measure`. Where a value is a range or a
    distribution, or the benchmark has intervals, `uncertainty` and `simulated_regret` are added,
    and `queueing` where the tables say how work arrives or how soon it must be answered.

    `settings` are `KEY=VALUE` laid over the tables. Three parts are added where they are asked
    for: `what_if` (the answer with those `KEY=VALUE` beside today's), `sensitivity` (the answer
    along a range of one key) and `explain` (every number with its formula). `choosing`
    tells, by the scenario as it was read, which actions are ones to choose from when chances are
    counted. Raises InputError.
    """
    measured = measured_box(bench, machine) if bench and machine else None
    asked = _Asked(
        PriceBook.load(),
        origin,
        bench.model.name if bench else None,
        measured if isinstance(measured, MeasuredBox) else None,
        guess_missing,
    )
    used: UsedPart | UnsetType = UNSET
    if usage is not None:
        tables, used = with_usage(tables, usage)
    said = with_settings(tables, settings, lookup_in(asked.book), option="--set")
    start = asked.ready(said)
    plain, stated = take_uncertain(said, origin=origin)
    advice = msgspec.structs.replace(
        _with_futures(advise_on(start), start, stated, choosing), used=used
    )
    if any(plain.get(table) for table in ARRIVING):
        advice = _with_queueing(advice, bench if asked.measured else None, plain)
    if what_if:
        other = with_settings(said, what_if, lookup_in(asked.book), option="--what-if")
        after = advise_on(asked.ready(other))
        advice = msgspec.structs.replace(advice, what_if=beside(advice, after, what_if, other))
    if sensitivity is not None:
        advice = msgspec.structs.replace(advice, sensitivity=asked.along(sensitivity, said, advice))
    if explain:
        advice = msgspec.structs.replace(advice, explain=explained(advice, start))
    return advice


def _with_queueing(advice: Advice, bench: Bench | None, tables: Mapping[str, Any]) -> Advice:
    """The advice with how the measured box serves the work as it comes, or why that is unknown."""
    found = queueing_part(bench, tables)
    if isinstance(found, Unknown):
        unknown = {**advice.unknown, "queueing": found.reason}
        return msgspec.structs.replace(advice, unknown=unknown)
    return msgspec.structs.replace(advice, queueing=found)


def _with_futures(
    advice: Advice, start: Ready, stated: Uncertain, choosing: Choosing | None
) -> Advice:
    """The advice with what the simulated futures say, where something is uncertain."""
    found = simulated(start, stated, choosing(start.situation.inputs) if choosing else None)
    if not isinstance(found, Unknown):
        worth = worth_in_words(found[1], advice.inputs.currency.shown.text)
        return msgspec.structs.replace(
            advice,
            uncertainty=found[0],
            simulated_regret=found[1],
            summary=with_measuring(advice.summary, advice.verdict, worth),
        )
    if not stated.distributions:
        return advice
    return msgspec.structs.replace(advice, unknown={**advice.unknown, "uncertainty": found.reason})


@dataclass(frozen=True, slots=True)
class _Asked:
    """Everything besides the tables: what is measured and what the book says."""

    book: PriceBook
    origin: str
    model_name: str | None
    measured: MeasuredBox | None
    guess_missing: bool

    def ready(self, tables: Mapping[str, Any]) -> Ready:
        plain, _ = take_uncertain(tables, origin=self.origin)
        scenario = parse_scenario(plain, origin=self.origin, guess_missing=self.guess_missing)
        usage = scenario.inputs.usage
        hosts = (
            hosts_of_model(
                self.book,
                self.model_name,
                input_tokens=usage.input_tokens_per_month,
                output_tokens=usage.output_tokens_per_month,
            )
            if self.model_name
            else ()
        )
        return ready(
            scenario,
            price_lookup=lookup_in(self.book),
            price_book_identity=identity_of(self.book),
            measured=self.measured,
            same_model_hosted=hosts,
        )

    def along(self, dotted: str, tables: Mapping[str, Any], advice: Advice) -> Sensitivity:
        key = find_key(dotted, tables)

        def at(value: float | bool) -> Situation:
            changed = with_settings(tables, (), lookup_in(self.book), option="--sensitivity")
            put(changed, key, value, lookup_in(self.book))
            return self.ready(changed).situation

        return along(key, value_now(key, advice), at)
