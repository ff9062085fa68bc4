"""Which metrics of a machine changed their level over its runs?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.history.compare.key import LOAD, keys_of, without
from advisor.history.compare.metrics import BY_NAME
from advisor.history.drift.causes import causes
from advisor.history.drift.detector import Change, changes
from advisor.history.drift.document import Drift
from advisor.history.moments import micros
from advisor.history.record import Run

MAY_DIFFER = ("server-version", "model")
"""They begin no series of their own: a new one is what may explain a change."""

Place = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Course:
    """A watched metric of one machine, model and load, run by run, oldest first.

    `changes` are those of its level, by their index among the runs.
    """

    machine: str
    model: str
    load: str
    workload: str
    metric: str
    runs: tuple[Run, ...]
    values: tuple[float, ...]
    changes: tuple[Change, ...]

    @property
    def unit(self) -> str:
        return BY_NAME[self.metric].unit

    def words(self, change: Change) -> str:
        """Whether a change is for the better: "faster", "more energy"."""
        metric = BY_NAME[self.metric]
        return metric.better if (change.ratio < 1) == metric.lower_is_better else metric.worse


def courses(runs: Sequence[Run]) -> list[Course]:
    """Every watched metric of the runs of any machines; `runs` are oldest first."""
    found = []
    for place, points in _points(runs).items():
        values = tuple(value for _, value in points)
        measured = tuple(run for run, _ in points)
        found.append(Course(*place, measured, values, tuple(changes(values))))
    return found


def drifts(watched: Sequence[Course]) -> list[Drift]:
    """Every change in these courses, in order of the run that made it known."""
    found = [
        (micros(course.runs[change.seen_at].started_at), _drift(course, change))
        for course in watched
        for change in course.changes
    ]
    return [drift for _, drift in sorted(found, key=lambda each: each[0])]


def _drift(course: Course, change: Change) -> Drift:
    since, seen_with = course.runs[change.at], course.runs[change.seen_at]
    return Drift(
        machine=course.machine,
        model=course.model,
        load=course.load,
        workload=course.workload,
        metric=course.metric,
        since=since.id,
        since_at=since.started_at,
        seen_with=seen_with.id,
        ratio=change.ratio,
        ci95=change.ci95,
        words=course.words(change),
        causes=causes(course.runs[change.at - 1], seen_with),
    )


def _points(runs: Sequence[Run]) -> dict[Place, list[tuple[Run, float]]]:
    """Each watched metric run by run: of a machine, a model by its name, a load."""
    series: dict[Place, list[tuple[Run, float]]] = defaultdict(list)
    for run in runs:
        if run.bench is None or run.partial or run.machine_id is None:
            continue
        for key, stage in keys_of(run).items():
            parts = dict(without(key, MAY_DIFFER))
            for name in _watched_at(parts[LOAD]):
                value = BY_NAME[name].read(stage)
                if value is None:
                    continue
                place = (
                    run.machine_id,
                    f"{run.bench.model.name}, {parts['quantization']}, {parts['server']}",
                    parts[LOAD],
                    parts["workload"],
                    name,
                )
                series[place].append((run, value.value))
    return series


def _watched_at(load: str) -> tuple[str, str]:
    """Few metrics, since each is one more chance of a false alarm."""
    rate = "decode_tok_per_s" if load == "1 stream" else "output_tok_per_s"
    return rate, "j_per_output_token"
