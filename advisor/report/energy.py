"""How is the energy of a measurement shown, beside the table of its stages?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.language import _, sentence
from advisor.report.metrics import grade, plus_minus
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
        facts.append((_("idle"), f"{idle} ({_domain(last.domain)})"))
    facts.append(
        (
            _("meter"),
            _("{meter}, grade {grade}").format(
                meter=name(sentence(last.meter), 100), grade=grade(last.grade)
            ),
        )
    )
    if last.warning:
        facts.append(("", name(sentence(last.warning), 300)))
    return facts


def _trials(found: EnergyTrials, domain: str) -> list[tuple[str, str]]:
    """A line a way of counting; at the wall is said apart where the meter does not see it all."""
    label = _("{trials} energy trials").format(trials=len(found.trials))
    ways = [("", _("in all")), ("_marginal", _("above idle"))]
    ways += [] if domain == "box" else [("_wall", _("at the wall, estimated"))]
    facts = []
    for ending, what in ways:
        costs = [
            said.format(joules=f"{number(cost.value)}{plus_minus(cost.ci95)}")
            for which, said in (
                ("output", _("{joules} J an output token")),
                ("input", _("{joules} J an input token")),
            )
            if (cost := found.costs_j.get(f"j_per_{which}_token{ending}"))
        ]
        if costs:
            facts.append((label, f"{_(', ').join(costs)} {what}"))
            label = ""
    return facts


def _idle(found: Baselines) -> str:
    parts = [
        f"{number(idle.power_w)} W {when}"
        for idle, when in (
            (found.unloaded, _("before the model was loaded")),
            (found.resident, _("with it in memory")),
        )
        if idle is not None
    ]
    return _(", ").join(parts)


def _domain(domain: str) -> str:
    return _("the whole box") if domain == "box" else _("{domain} alone").format(domain=domain)
