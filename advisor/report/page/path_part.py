"""Which way did the answer take through the guide's questions, and where would each turn?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report.advice_path import ANSWERS, INSTEAD, lever
from advisor.report.language import _, sentence
from advisor.report.page.blocks import Section, Step, Steps, Text
from advisor.report.text import name, safe, tokens, usd

if TYPE_CHECKING:
    from advisor.advice.document import Advice
    from advisor.advice.flow import Step as FlowStep


def path_sections(advice: Advice) -> tuple[Section, ...]:
    """The questions in the order in which they were asked."""
    steps = tuple(
        Step(safe(sentence(step.question)), _answer(step), _turns(step), step.ends_flow)
        for step in advice.path
    )
    sources = dict.fromkeys(safe(sentence(step.source)) for step in advice.path)
    source = Text(
        _("Questions and thresholds: {source}.").format(source="; ".join(sources)), "small"
    )
    return (Section("path", _("How this was decided"), (Steps(steps), source) if steps else ()),)


def _answer(step: FlowStep) -> str:
    answer = safe(sentence(step.answer))
    if step.unit == "tokens_per_month" and isinstance(step.value, float):
        return f"{answer} ({tokens(step.value)})"
    return answer


def _turns(step: FlowStep) -> str:
    """What would have to be otherwise at this step; empty where nothing in reach turns it."""
    key, at = step.flips_key, step.flips_at
    if at is None or key is None or step.flips_to is None:
        return ""
    instead = _(INSTEAD[step.flips_to])
    if isinstance(at, bool):
        condition = _(ANSWERS[key, at])
        return _("{decision} if {condition}").format(decision=instead, condition=condition)
    above = at > float(step.flips_now or 0)
    unit = step.flips_unit or ""
    amount = usd(at) if unit.startswith("USD") else tokens(at)
    shape = (
        _("{decision} if {input} is above {amount}")
        if above
        else _("{decision} if {input} is below {amount}")
    )
    return shape.format(decision=instead, input=name(lever(key), 80), amount=amount)
