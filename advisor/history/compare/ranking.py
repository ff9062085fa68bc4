"""Which of many machines is fastest, most frugal, cheapest, soonest paid back?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from advisor.bench.document import Bench
from advisor.bench.interval import Interval
from advisor.documents import Unknowns
from advisor.errors import InputError
from advisor.history.compare.document import Money
from advisor.history.compare.metrics import BY_NAME
from advisor.history.compare.money import money
from advisor.history.compare.sides import Side
from advisor.history.compare.statistics import Value


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """One side by its newest run; bands are the measurement's own 95 % intervals.

    `decode_tok_per_s` is one stream's, `output_tok_per_s` the highest of the whole server, at
    `output_load`; `energy_grade` says how good its joules are.
    """

    side: str
    run: str
    measured_on: str
    model: str
    synthetic: bool
    workload: str
    decode_tok_per_s: float | None
    decode_ci95: Interval | None
    output_tok_per_s: float | None
    output_ci95: Interval | None
    output_load: str | None
    j_per_output_token: float | None
    energy_grade: str | None
    local_usd_per_mtok: float | None
    break_even_months: float | None
    decision: str | None


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """All sides, the best by `sorted_by` first, unknown ones last (`advisor.ranking/1`).

    `like` is false where they were not measured with one model and one workload.
    """

    schema: Literal["advisor.ranking/1"] = "advisor.ranking/1"
    sorted_by: str
    like: bool
    rows: tuple[Ranked, ...]
    unknown: dict[str, str]


COLUMNS: dict[str, tuple[str, bool]] = {
    "decode": ("decode_tok_per_s", False),
    "output": ("output_tok_per_s", False),
    "energy": ("j_per_output_token", True),
    "usd_per_mtok": ("local_usd_per_mtok", True),
    "months": ("break_even_months", True),
}
"""What may be sorted by: the field, and whether little is good."""


def rank_sides(
    sides: Sequence[Side], *, tables: Mapping[str, Any], origin: str, sort_by: str
) -> Ranking:
    """The sides in order of one column. Raises InputError if a side is named twice."""
    if len({side.name for side in sides}) < len(sides):
        raise InputError("a side is named twice", remedy="Name each side once.")
    unknown = Unknowns()
    priced = {each.side: each for each in money(sides, tables, origin, unknown)}
    rows = [_row(side, priced.get(side.name)) for side in sides]
    field, low_is_good = COLUMNS[sort_by]

    def place(row: Ranked) -> tuple[bool, float]:
        value = getattr(row, field)
        if value is None:
            return True, 0.0
        return False, value if low_is_good else -value

    return Ranking(
        sorted_by=sort_by,
        like=len({(row.model, row.workload) for row in rows}) == 1,
        rows=tuple(sorted(rows, key=place)),
        unknown=unknown.reasons,
    )


def _row(side: Side, priced: Money | None) -> Ranked:
    bench = side.newest.bench
    assert bench is not None
    decode = _of_one_stream(bench)
    output, load, joules, grade = _of_the_server(bench)
    return Ranked(
        side=side.name,
        run=side.newest.id,
        measured_on=bench.measured_on,
        model=bench.model.name,
        synthetic=bench.model.synthetic,
        workload=f"{bench.workload.input_tokens} in, {bench.workload.output_tokens} out",
        decode_tok_per_s=decode.value if decode else None,
        decode_ci95=decode.ci95 if decode else None,
        output_tok_per_s=output.value if output else None,
        output_ci95=output.ci95 if output else None,
        output_load=load,
        j_per_output_token=joules,
        energy_grade=grade,
        local_usd_per_mtok=priced.local_usd_per_mtok if priced else None,
        break_even_months=priced.break_even_months_simple if priced else None,
        decision=priced.decision if priced else None,
    )


def _of_one_stream(bench: Bench) -> Value | None:
    single = next((stage for stage in bench.stages if stage.concurrency == 1), None)
    return BY_NAME["decode_tok_per_s"].read(single) if single else None


def _of_the_server(bench: Bench) -> tuple[Value | None, str | None, float | None, str | None]:
    """The highest rate of the closed loops and its load; joules of the load that tells them."""
    rates = [
        (rate, stage)
        for stage in bench.stages
        if stage.concurrency and (rate := BY_NAME["output_tok_per_s"].read(stage))
    ]
    best = max(rates, key=lambda each: each[0].value, default=None)
    told = next(
        (
            stage.energy
            for stage in bench.stages
            if stage.energy and stage.energy.j_per_output_token is not None
        ),
        None,
    )
    return (
        best[0] if best else None,
        f"{best[1].concurrency} streams" if best else None,
        told.j_per_output_token if told else None,
        told.grade if told else None,
    )
