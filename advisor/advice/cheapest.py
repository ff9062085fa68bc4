"""Which of all actions costs least, and which would turn the answer?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.advice.action_costs import (
    LOCAL,
    action_costs,
    api_action,
    candidate_action,
    rented_action,
)
from advisor.advice.actions_document import CandidatePart, CheapestPart, RentedPart
from advisor.advice.document import Comparison, Reversal, Split
from advisor.advice.flow import Decision, Outcome, Verdict
from advisor.advice.situation import Situation
from advisor.documents import Unknown
from advisor.economics.capacity import capacity
from advisor.economics.inputs import Case

HYBRID = "hybrid"
"""The split that is decided where some data must not leave."""


def cheapest_part(
    situation: Situation,
    outcome: Outcome,
    splits: Sequence[Split],
    rented: Sequence[RentedPart],
) -> CheapestPart | None:
    """The action that costs least over 12 months of those that may serve the work.

    None while nothing is decided, or where what is decided has no known cost. Sensitive data rule
    out APIs, GPUs that may not hold them, and boxes that cannot serve the whole load.
    """
    known = {
        action: usd
        for action, usd in action_costs(situation).items()
        if not isinstance(usd, Unknown)
    }
    decided = _decided(situation, outcome)
    private = next((each for each in splits if each.kind == "sensitive_local_rest_api"), None)
    if decided == HYBRID and private is not None:
        known[HYBRID] = private.usd_12_months
    if decided is None or decided not in known:
        return None
    out = {*_ruled_out(situation, rented)} - {decided}
    action = min((each for each in known if each not in out), key=lambda each: known[each])
    return CheapestPart(
        action=action,
        usd_12_months=known[action],
        less_than_decided_usd=known[decided] - known[action],
    )


def _decided(situation: Situation, outcome: Outcome) -> str | None:
    if outcome.decision is Decision.API and situation.baseline is not None:
        return api_action(situation.apis[situation.baseline].name)
    if outcome.verdict is Verdict.SPLIT_SENSITIVE:
        return HYBRID
    return LOCAL if outcome.decision in (Decision.LOCAL, Decision.HYBRID) else None


def _ruled_out(situation: Situation, rented: Sequence[RentedPart]) -> Iterator[str]:
    yield from (rented_action(each.name) for each in rented if each.ruled_out)
    if not situation.inputs.usage.sensitive:
        return
    yield from (api_action(api.name) for api in situation.apis)
    if _is_too_small(situation.inputs.case()):
        yield LOCAL
    for other in situation.candidates():
        if _is_too_small(other.situation.inputs.case()):
            yield candidate_action(other.table.name)


def _is_too_small(case: Case) -> bool:
    load = capacity(case)
    return not isinstance(load, Unknown) and not load.fits


def reversals(
    outcome: Outcome,
    compared: Sequence[Comparison],
    rented: Sequence[RentedPart],
    candidates: Sequence[CandidatePart],
    cheapest: CheapestPart | None,
) -> tuple[Reversal, ...]:
    """What the decision would be another against: APIs, candidates, and of the rented GPUs the one
    that is the cheapest of all. None while nothing is decided."""
    if outcome.decision is Decision.MEASURE:
        return ()
    found = [Reversal(name=each.name, decision=each.decision) for each in compared]
    found += [
        Reversal(name=rented_action(each.name), decision=each.decision, kind="rented")
        for each in rented
        if each.decision is not None
        and cheapest is not None
        and cheapest.action == rented_action(each.name)
    ]
    found += [
        Reversal(name=candidate_action(each.name), decision=each.decision, kind="candidate")
        for each in candidates
    ]
    return tuple(
        each for each in found if each.decision not in (outcome.decision, Decision.MEASURE)
    )
