"""Which metrics of a machine changed their level over its runs?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from advisor.history.compare.key import LOAD, keys_of, without
from advisor.history.compare.metrics import BY_NAME, Metric
from advisor.history.drift.causes import causes
from advisor.history.drift.detector import changes
from advisor.history.drift.document import Drift
from advisor.history.record import Run

MAY_DIFFER = ("server-version", "model")
"""They begin no series of their own: a new one is what may explain a change."""

Series = list[tuple[Run, float]]


def drifts(runs: Sequence[Run]) -> list[Drift]:
    """Every change in the runs of any machines, in order of the run that made it known.

    `runs` are oldest first.
    """
    found = []
    for (machine, model, load, workload, metric_name), points in _series(runs).items():
        metric = BY_NAME[metric_name]
        for change in changes([value for _, value in points]):
            before, since = points[change.at - 1][0], points[change.at][0]
            found.append(
                Drift(
                    machine=machine,
                    model=model,
                    load=load,
                    workload=workload,
                    metric=metric_name,
                    since=since.id,
                    since_at=since.started_at,
                    seen_with=points[change.seen_at][0].id,
                    ratio=change.ratio,
                    ci95=change.ci95,
                    words=_words(metric, change.ratio),
                    causes=causes(before, points[change.seen_at][0]),
                )
            )
    order = {run.id: place for place, run in enumerate(runs)}
    return sorted(found, key=lambda drift: order[drift.seen_with])


def _series(runs: Sequence[Run]) -> dict[tuple[str, str, str, str, str], Series]:
    """Each watched metric run by run: of a machine, a model by its name, a load."""
    series: dict[tuple[str, str, str, str, str], Series] = defaultdict(list)
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


def _words(metric: Metric, ratio: float) -> str:
    return metric.better if (ratio < 1) == metric.lower_is_better else metric.worse
