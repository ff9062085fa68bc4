"""How is the energy of a measurement shown, beside the table of its stages?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.metrics import plus_minus
from advisor.report.text import name, number

if TYPE_CHECKING:
    from advisor.bench.document import Bench
    from advisor.bench.energy_document import Baselines, EnergyTrials


def energy_facts(bench: Bench) -> list[tuple[str, str]]:
    """The meter, the idle draws, and what several trials said of a token."""
    last = bench.stages[-1].energy if bench.stages else None
    if last is None:
        return []
    facts = []
    if bench.energy_trials is not None:
        facts += _trials(bench.energy_trials, last.domain)
    idle = _idle(bench.baselines) if bench.baselines else ""
    if idle:
        facts.append(("idle", f"{idle} ({_domain(last.domain)})"))
    facts.append(("meter", f"{name(last.meter, 100)}, grade {last.grade}"))
    if last.warning:
        facts.append(("", name(last.warning, 300)))
    return facts


def _trials(found: EnergyTrials, domain: str) -> list[tuple[str, str]]:
    """A line a way of counting; at the wall is said apart where the meter does not see it all."""
    label = f"{len(found.trials)} energy trials"
    ways = [("", "in all"), ("_marginal", "above idle")]
    ways += [] if domain == "box" else [("_wall", "at the wall, estimated")]
    facts = []
    for ending, what in ways:
        costs = [
            f"{number(cost.value)}{plus_minus(cost.ci95)} J an {which} token"
            for which in ("output", "input")
            if (cost := found.costs_j.get(f"j_per_{which}_token{ending}"))
        ]
        if costs:
            facts.append((label, f"{', '.join(costs)} {what}"))
            label = ""
    return facts


def _idle(found: Baselines) -> str:
    parts = [
        f"{number(idle.power_w)} W {when}"
        for idle, when in (
            (found.unloaded, "before the model was loaded"),
            (found.resident, "with it in memory"),
        )
        if idle is not None
    ]
    return ", ".join(parts)


def _domain(domain: str) -> str:
    return "the whole box" if domain == "box" else f"{domain} alone"
