"""Which situation was an advice worked out from, and does working it out again say the same?

A document holds every input but not every price that came from the book: those are looked up in the
same edition of it, and only numbers that come out as the document has them may be recomputed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose

import msgspec

from advisor.advice.actions_document import CandidatePart, RentedPart
from advisor.advice.book import identity_of, lookup_in
from advisor.advice.candidate_part import candidate_parts
from advisor.advice.comparison import comparisons
from advisor.advice.document import Advice, Comparison
from advisor.advice.inputs import Inputs
from advisor.advice.policy import Policy
from advisor.advice.pricing import ListedPrice, PricedApi, PriceLookup, price_apis
from advisor.advice.rented_part import rented_parts
from advisor.advice.scenario import REQUIRED
from advisor.advice.situation import Situation
from advisor.documents import Unknown, Unknowns
from advisor.economics.local_cost import electricity
from advisor.errors import InputError
from advisor.prices.book import PriceBook

_Part = Comparison | RentedPart | CandidatePart

SAME_NUMBER = 1e-9
"""Numbers of the document that are nearer to each other than this part are the same."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A situation that leads to the document, and its prices without the carbon that weighs."""

    situation: Situation
    apis_without_carbon: tuple[PricedApi, ...]
    baseline: int


def rebuilt(advice: Advice) -> Rebuilt | Unknown:
    """The situation behind an advice, or why nothing can be recomputed from it."""
    inputs = advice.inputs
    baseline = next((i for i, each in enumerate(advice.comparisons) if each.baseline), None)
    if baseline is None or advice.comparisons[baseline].api_usd_per_month is None:
        return Unknown("there is no API with a known price to compare with")
    if inputs.usage.input_tokens_per_month + inputs.usage.output_tokens_per_month == 0:
        return Unknown("no tokens are used, so there is nothing to scale")
    running = electricity(inputs.case())
    if isinstance(running, Unknown):
        return running
    try:
        lookup = _lookup(advice)
        hosted = [
            price
            for each in advice.comparisons
            if each.added and isinstance(price := lookup(each.name), ListedPrice)
        ]
        apis, plain = (
            price_apis(stated, lookup, hosted) for stated in (inputs, without_carbon(inputs))
        )
    except InputError:
        return Unknown("a price of this report is not in the price book")
    situation = Situation(
        inputs,
        apis,
        baseline,
        Policy(**msgspec.structs.asdict(inputs.policy)),
        tuple(each.key for each in advice.assumptions if each.key in REQUIRED),
    )
    if not _leads_to(situation, advice):
        return Unknown(
            "this version of advisor works the numbers of this report out differently: "
            "run advisor advise again"
        )
    return Rebuilt(situation, plain, baseline)


def without_carbon(inputs: Inputs) -> Inputs:
    """The same inputs where carbon weighs in no cost."""
    carbon = msgspec.structs.replace(inputs.carbon, usd_per_tonne=0.0)
    return msgspec.structs.replace(inputs, carbon=carbon)


def _lookup(advice: Advice) -> PriceLookup:
    """The price book that the advice names, else the prices that it prints."""
    book = PriceBook.load()
    if identity_of(book) == advice.price_book:
        return lookup_in(book)
    printed = {each.name: each for each in advice.comparisons}
    return lambda name: _printed(printed.get(name), advice.inputs)


def _printed(found: Comparison | None, inputs: Inputs) -> ListedPrice | Unknown:
    if found is None or found.input_usd_per_mtok is None or found.output_usd_per_mtok is None:
        return Unknown("it had no price")
    carbon = 0.0 if found.added else inputs.carbon.usd_per_mtok(found.name)
    cached = found.cached_input_usd_per_mtok
    return ListedPrice(
        found.name,
        found.input_usd_per_mtok - carbon,
        found.output_usd_per_mtok - carbon,
        None if cached is None else cached - carbon,
        found.status or "",
        found.as_of,
        found.source or "",
    )


def _leads_to(situation: Situation, advice: Advice) -> bool:
    nowhere = Unknowns()
    again: tuple[_Part, ...] = (
        *comparisons(situation, nowhere),
        *rented_parts(situation, nowhere),
        *candidate_parts(situation, nowhere),
    )
    said: tuple[_Part, ...] = (*advice.comparisons, *advice.rented, *advice.candidates)
    return (
        len(again) == len(said)
        and situation.outcome().decision == advice.decision
        and all(_same(*pair) for pair in zip(again, said, strict=True))
    )


def _same(one: _Part, other: _Part) -> bool:
    if type(one) is not type(other):
        return False
    for field in msgspec.structs.fields(type(one)):
        here, there = getattr(one, field.name), getattr(other, field.name)
        if isinstance(here, float) and isinstance(there, float):
            if not isclose(here, there, rel_tol=SAME_NUMBER, abs_tol=SAME_NUMBER):
                return False
        elif isinstance(here, float) or isinstance(there, float):
            return False
    return one.name == other.name and one.decision == other.decision
