"""How do several sides differ from the first, at the loads that all of them share?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from advisor.bench.document import Stage
from advisor.documents import Unknowns
from advisor.errors import InputError
from advisor.history.compare.document import Comparison, Difference, Line, Mean, SidePart
from advisor.history.compare.key import (
    LOAD,
    PARTS,
    Key,
    by_load,
    differences,
    keys_of,
    same_meter,
    without,
)
from advisor.history.compare.limits import Limit, crossed
from advisor.history.compare.metrics import METRICS, Metric
from advisor.history.compare.money import money
from advisor.history.compare.sides import Side
from advisor.history.compare.statistics import (
    LEAST_RUNS,
    RUN_TO_RUN,
    Basis,
    Ratio,
    Value,
    Verdict,
    compared,
    corrected_p,
    geometric_mean,
    verdict,
)

Loads = dict[Key, list[Stage | None]]
"""Each load, run by run; None where a run lacks it."""

JOULES = "j_per_output_token"


def compare(
    sides: Sequence[Side],
    *,
    allowed: Sequence[str] = (),
    limits: Sequence[Limit] = (),
    tables: Mapping[str, Any] | None = None,
    origin: str = "the options",
) -> Comparison:
    """The comparison of two or more sides, the first being the base.

    `allowed` names the parts of the key (`key.PARTS`) that may differ; `tables` are those of a
    scenario. Raises InputError where the sides have no load in common, or are unlike in a part that
    was not allowed.
    """
    _check_sides(sides)
    _check_alike(sides, allowed)
    unknown = Unknowns()
    loads = {side.name: _loads(side, allowed) for side in sides}
    found = [
        each
        for side in sides[1:]
        for each in _found(side.name, loads[sides[0].name], loads[side.name])
    ]
    if not found:
        raise InputError(
            "these sides have no load in common",
            why="; ".join(f"{name}: {_listed(each)}" for name, each in loads.items()),
            remedy="Measure both with the same --workload, lengths and --concurrency.",
        )
    lines = tuple(_line(each) for each in found)
    return Comparison(
        sides=tuple(_side(side) for side in sides),
        differences=tuple(
            Difference(part=part, values={side: tuple(each) for side, each in values.items()})
            for part, values in differences({side.name: side.runs for side in sides}).items()
        ),
        money=tuple(money(sides, tables or {}, origin, unknown)),
        lines=lines,
        means=_means(found),
        crossed=crossed(limits, lines),
        notes=tuple(_notes(sides, lines)),
        unknown=unknown.reasons,
    )


def _check_sides(sides: Sequence[Side]) -> None:
    if len(sides) < 2:
        raise InputError(
            "a comparison has two sides or more", remedy="Such as `latest tag:before`."
        )
    names = [side.name for side in sides]
    if len(set(names)) < len(names):
        raise InputError("a side is named twice", remedy="Name each side once.")


def _check_alike(sides: Sequence[Side], allowed: Sequence[str]) -> None:
    """Refuses sides that are unlike in a part that nobody allowed, if that leaves nothing."""
    wrong = [part for part in allowed if part not in PARTS]
    if wrong:
        raise InputError(
            f"'{wrong[0]}' cannot be allowed to differ", remedy=f"There are {', '.join(PARTS)}."
        )
    base = _loads(sides[0], allowed)
    unlike = [side for side in sides[1:] if not base.keys() & _loads(side, allowed).keys()]
    if not unlike:
        return
    pair = {side.name: side.runs for side in (sides[0], unlike[0])}
    parts = {part: each for part, each in differences(pair).items() if part not in allowed}
    if not parts:
        return
    why = "; ".join(
        f"{part}: {' against '.join(' and '.join(values) for values in each.values())}"
        for part, each in parts.items()
    )
    raise InputError(
        f"{sides[0].name} and {unlike[0].name} are not alike",
        why=why,
        remedy=f"If that is what you want to compare, add --allow {','.join(parts)}.",
    )


def _loads(side: Side, allowed: Sequence[str]) -> Loads:
    """The stages of all runs under their keys."""
    loads: Loads = {}
    for number, run in enumerate(side.runs):
        for key, stage in keys_of(run).items():
            runs = loads.setdefault(without(key, allowed), [None] * len(side.runs))
            runs[number] = stage
    return loads


@dataclass(frozen=True, slots=True)
class _Found:
    """One line before it is written: each run's value (None: it has none), the ratio, its p."""

    side: str
    metric: Metric
    key: Key
    base: list[Value | None]
    other: list[Value | None]
    ratio: Ratio
    p: float | None = None


def _found(name: str, base: Loads, other: Loads) -> list[_Found]:
    """Every metric at every load that both have."""
    found = []
    for key in sorted(base.keys() & other.keys(), key=by_load):
        for metric in METRICS:
            if metric.name == JOULES and not _same_meter(base[key], other[key]):
                continue
            values = [_values(metric, side[key]) for side in (base, other)]
            first, second = _known(values[0]), _known(values[1])
            if first and second:
                ratio = compared(first, second)
                found.append(_Found(name, metric, key, values[0], values[1], ratio))
    return _tested(found)


def _values(metric: Metric, stages: Sequence[Stage | None]) -> list[Value | None]:
    return [metric.read(stage) if stage else None for stage in stages]


def _same_meter(base: Sequence[Stage | None], other: Sequence[Stage | None]) -> bool:
    stages = [stage for stage in (*base, *other) if stage]
    return all(same_meter(stages[0], stage) for stage in stages[1:])


def _known(values: Sequence[Value | None]) -> list[Value]:
    return [value for value in values if value is not None]


def _tested(found: list[_Found]) -> list[_Found]:
    """With the p of those lines that have enough runs, corrected for them all."""
    import numpy as np

    able = [each for each in found if each.ratio.basis is Basis.RUNS]
    if not able:
        return found

    def matrix(side: str) -> Any:
        columns = [
            [np.nan if value is None else value.value for value in getattr(each, side)]
            for each in able
        ]
        return np.array(columns).T

    ps = dict(zip(map(id, able), corrected_p(matrix("base"), matrix("other")), strict=True))
    return [replace(each, p=ps.get(id(each))) for each in found]


def _line(found: _Found) -> Line:
    metric, parts = found.metric, dict(found.key)
    base, other = _known(found.base), _known(found.other)
    said = verdict(found.ratio, found.p, lower_is_better=metric.lower_is_better)
    return Line(
        side=found.side,
        metric=metric.name,
        load=parts[LOAD],
        workload=parts.get("workload", ""),
        values=(median(v.value for v in base), median(v.value for v in other)),
        unit=metric.unit,
        runs=(len(base), len(other)),
        ratio=found.ratio.ratio,
        ci95=found.ratio.ci95,
        basis=str(found.ratio.basis),
        p=found.p,
        verdict=str(said),
        words=_words(metric, said),
    )


def _words(metric: Metric, said: Verdict) -> str:
    return {Verdict.BETTER: metric.better, Verdict.WORSE: metric.worse}.get(said, str(said))


def _means(found: Sequence[_Found]) -> tuple[Mean, ...]:
    """Of every side and metric with more than one line."""
    groups: dict[tuple[str, str], list[Ratio]] = defaultdict(list)
    for each in found:
        groups[(each.side, each.metric.name)].append(each.ratio)
    means = []
    for (side, metric_name), ratios in groups.items():
        if len(ratios) > 1:
            middle, ci95 = geometric_mean(ratios)
            means.append(
                Mean(side=side, metric=metric_name, lines=len(ratios), ratio=middle, ci95=ci95)
            )
    return tuple(means)


def _side(side: Side) -> SidePart:
    bench = side.newest.bench
    assert bench is not None
    return SidePart(
        name=side.name,
        runs=tuple(run.id for run in side.runs),
        machines=tuple(dict.fromkeys(run.machine_id or "unknown" for run in side.runs)),
        measured_on=bench.measured_on,
        model=bench.model.name,
        synthetic=bench.model.synthetic,
    )


def _notes(sides: Sequence[Side], lines: Sequence[Line]) -> list[str]:
    notes = []
    if any(line.basis == Basis.WITHIN for line in lines):
        notes.append(
            f"fewer than {LEAST_RUNS} runs a side: their spread from run to run is taken for "
            f"{RUN_TO_RUN:.0%}, which is an assumption; measure again to know it"
        )
    compared_metrics = {line.metric for line in lines}
    if JOULES not in compared_metrics:
        notes.append("joules are not compared: not measured on all sides by the same meter")
    partial = [run.id for side in sides for run in side.runs if run.partial]
    if partial:
        notes.append(f"partial: {', '.join(partial[:5])}")
    shared = {run.id for run in sides[0].runs} & {run.id for s in sides[1:] for run in s.runs}
    if shared:
        notes.append(f"on both sides: {', '.join(sorted(shared)[:5])}")
    return notes


def _listed(loads: Loads) -> str:
    names = [f"{dict(key).get('workload', '')}, {dict(key)[LOAD]}" for key in loads]
    return " / ".join(sorted(names)[:6]) or "no load"
