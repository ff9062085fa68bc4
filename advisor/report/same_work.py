"""How is the same work on several sides shown? One column a side, one row a quantity."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from advisor.report.console import columns_table, facts_table
from advisor.report.language import N_, _, sentence
from advisor.report.metrics import ABSENT, distribution
from advisor.report.text import name, number, safe, usd

if TYPE_CHECKING:
    from rich.console import Console

    from advisor.bench.same_work import SameWork, Side

LONGEST_NAME, LONGEST_OF_MANY = 26, 18
"""Of a model and its place: with two sides, and with more."""


def show_same_work(work: SameWork, console: Console) -> None:
    """Prints the table and, below it, what keeps the sides from being the same."""
    console.print()
    console.print(
        _("The same {count} requests on each side, one at a time").format(count=work.requests),
        style="bold",
    )
    longest = LONGEST_NAME if len(work.sides) < 3 else LONGEST_OF_MANY
    heads = [f"{name(side.model, longest)}\n{_where(side, longest)}" for side in work.sides]
    table = columns_table("", *heads, right=heads)
    for label, cell in _ROWS:
        cells = [cell(side) for side in work.sides]
        if any(each != ABSENT for each in cells):
            table.add_row(_(label), *cells)
    console.print(table)
    differences = [
        (_where(side, LONGEST_OF_MANY), safe(_("; ").join(map(sentence, side.differs))))
        for side in work.sides
        if side.differs
    ]
    if differences:
        console.print(_("What is not the same:"))
        console.print(facts_table(differences))
    console.print(
        _("Local dollars are electricity at {amount} a kWh, without the box's price.").format(
            amount=usd(work.usd_per_kwh)
        ),
        style="dim",
    )


def _where(side: Side, longest: int) -> str:
    return name(side.name.partition(" (")[0], longest)


def _tokens(side: Side) -> str:
    counts = [
        ABSENT if each is None else f"{each:.0f}"
        for each in (side.input_tokens, side.output_tokens)
    ]
    return " / ".join(counts)


def _rate(side: Side) -> str:
    rate = side.output_tok_per_s
    return ABSENT if rate is None else number(rate.value)


def _money(value: float | None) -> str:
    return ABSENT if value is None else usd(value)


def _joules(value: float | None) -> str:
    return ABSENT if value is None else number(value)


def _errors(side: Side) -> str:
    return (
        _(", ").join(f"{count} × {name(kind, 20)}" for kind, count in side.errors.items()) or ABSENT
    )


_ROWS: list[tuple[str, Callable[[Side], str]]] = [
    (N_("first token, ms"), lambda side: distribution(side.ttft_ms)),
    (N_("whole answer, ms"), lambda side: distribution(side.e2e_ms)),
    (N_("decode, tok/s"), lambda side: distribution(side.decode_tok_per_s)),
    (N_("with the prompt, tok/s"), _rate),
    (N_("tokens in / out"), _tokens),
    (N_("1,000 requests"), lambda side: _money(side.usd_per_1000_requests)),
    (N_("  above idle"), lambda side: _money(side.usd_per_1000_requests_marginal)),
    (N_("one request, J"), lambda side: _joules(side.j_per_request)),
    (N_("  above idle, J"), lambda side: _joules(side.j_per_request_marginal)),
    (N_("answered"), lambda side: str(side.requests)),
    (N_("errors"), _errors),
]
