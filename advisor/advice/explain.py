"""How is every number of the advice computed again, and who says what it rests on?

The tables of formulas stand in `explain_local`, `explain_api`, `explain_rest` and `explain_carbon`;
a test computes every line again from what it prints, and another finds any number that has no line.
"""

from __future__ import annotations

from advisor.advice.advise import Ready
from advisor.advice.asked_document import Explanation
from advisor.advice.document import Advice
from advisor.advice.explain_actions import explain_actions
from advisor.advice.explain_api import explain_comparison
from advisor.advice.explain_carbon import explain_carbon
from advisor.advice.explain_lines import Lines
from advisor.advice.explain_local import explain_local
from advisor.advice.explain_rest import explain_rest


def explain(advice: Advice, start: Ready) -> tuple[Explanation, ...]:
    """Every number of the advice, in the order in which one needs the other."""
    lines = Lines(start)
    explain_local(lines, advice)
    for index in range(len(advice.comparisons)):
        explain_comparison(lines, index, advice)
    explain_actions(lines, advice)
    explain_rest(lines, advice)
    explain_carbon(lines, advice)
    return lines.all()
