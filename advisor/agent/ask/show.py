"""How is an answer shown in the terminal: its sentences, what each cites, what was refused?"""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from advisor.agent.ask.document import Answer, Citation, Problem, Sentence
from advisor.report.console import result_console
from advisor.report.language import _, ngettext
from advisor.report.language import sentence as translated
from advisor.report.text import name, number, safe, usd


def show_answer(answer: Answer) -> None:
    """Prints the answer, or what was refused and why."""
    console = result_console()
    if answer.status == "answered":
        for sentence in answer.sentences:
            _sentence(console, sentence)
    elif answer.status == "refused":
        console.print(Text(_("Refused: the answer states what its records do not hold.")))
        for sentence in answer.sentences:
            console.print(Text(f"  {safe(sentence.text, 400)}", style="dim"))
    elif answer.status == "declined":
        console.print(Text(_("The model declines to answer.")))
    else:
        console.print(Text(_("The model came to no answer.")))
    _problems(console, answer.problems)
    _records(console, answer)


def _sentence(console: Console, sentence: Sentence) -> None:
    console.print(Text(safe(sentence.text)))
    for each in sentence.citations:
        console.print(Text(f"    {_cited(each)}", style="dim"))


def _cited(cite: Citation) -> str:
    value = cite.value
    shown = (
        number(value, 6)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else name(value, 60)
    )
    return f"{cite.record} {name(cite.path, 100)} = {shown}"


def _problems(console: Console, problems: tuple[Problem, ...]) -> None:
    for each in problems:
        console.print(Text(f"  - {safe(translated(each.why), 400)}"))


def _records(console: Console, answer: Answer) -> None:
    console.print()
    for record in answer.records:
        given = ", ".join(f"{name(key)}={name(value)}" for key, value in record.arguments.items())
        console.print(Text(f"{record.id}  {name(record.tool)}({name(given, 200)})", style="dim"))
    steps = ngettext("{count} step", "{count} steps", answer.steps).format(count=answer.steps)
    line = _("Asked {model} ({server}), {steps}.").format(
        model=name(answer.asked.model), server=name(answer.asked.server), steps=steps
    )
    if answer.spent is not None:
        line = f"{line} " + _("It cost {cost} of at most {limit}.").format(
            cost=usd(answer.spent.usd), limit=usd(answer.spent.max_usd)
        )
    console.print(Text(line, style="dim"))
