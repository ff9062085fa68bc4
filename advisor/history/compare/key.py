"""Which runs may be compared: what has to be the same, and in what do two sides differ?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from advisor.bench.document import Bench, Stage
from advisor.history.record import Run

Key = tuple[tuple[str, str], ...]
"""What a load is, part by part: (part, value)."""

PARTS = ("model", "quantization", "server", "server-version", "workload")
"""What has to be equal, beside the load."""
LOAD = "load"
UNTOLD = "not told"


def keys_of(run: Run) -> dict[Key, Stage]:
    """Each load of a run under its key."""
    bench = run.bench
    if bench is None:
        return {}
    common = {
        "model": _model(bench),
        "quantization": bench.model.quantization or UNTOLD,
        "server": bench.server.kind,
        "server-version": bench.server.version or UNTOLD,
        "workload": _workload(bench),
    }
    return {
        tuple({**common, LOAD: load_name(stage)}.items()): stage
        for stage in bench.stages
        if stage.requests
    }


def without(key: Key, allowed: Sequence[str]) -> Key:
    """The key without the parts that may differ."""
    return tuple((part, value) for part, value in key if part not in allowed)


def load_name(stage: Stage) -> str:
    """`1 stream`, `4 streams`, `2 requests/s`."""
    if stage.concurrency is None:
        return f"{stage.rate:g} requests/s"
    return "1 stream" if stage.concurrency == 1 else f"{stage.concurrency} streams"


def load_size(load: str) -> float:
    """Of "16 streams" the 16."""
    number = re.match(r"[\d.]+", load)
    return float(number[0]) if number else 0.0


def by_load(key: Key) -> tuple[Key, float]:
    """To sort keys: alike ones together, the least load first."""
    return without(key, [LOAD]), load_size(dict(key)[LOAD])


def differences(sides: Mapping[str, Sequence[Run]]) -> dict[str, dict[str, list[str]]]:
    """Part -> side -> its values, for the parts in which the sides are not all alike.

    The load is none of them: sides are compared at the loads that they share.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for part in PARTS:
        values = {
            side: sorted({dict(key)[part] for run in runs for key in keys_of(run)})
            for side, runs in sides.items()
        }
        if len({tuple(each) for each in values.values()}) > 1:
            found[part] = values
    return found


def _model(bench: Bench) -> str:
    """The digest where it is told, as names differ from server to server."""
    model = bench.model
    return model.digest or model.name


def _workload(bench: Bench) -> str:
    shape = bench.workload
    lengths = f"{shape.input_tokens or 'own prompts'} in, {shape.output_tokens} out"
    more = [f"{shape.shared_prefix_tokens} shared"] if shape.shared_prefix_tokens else []
    more += [f"{shape.turns} turns"] if shape.turns > 1 else []
    return ", ".join([f"{shape.name}: {lengths}", *more])


def same_meter(one: Stage, other: Stage) -> bool:
    """Whether two joules may be compared: both of the same part of the box, by the same means."""
    first, second = one.energy, other.energy
    return (
        first is not None
        and second is not None
        and (first.grade, first.domain) == (second.grade, second.domain)
    )
