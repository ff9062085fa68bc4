"""How does another tool's result become a record, without saying more than its file does?

A number that means what ours means goes into the measurement; every number stands under the other
tool's own name in `source.metrics` with that tool's definition. There is no interval where the file
has none, and what the file does not tell is null with its reason.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from advisor import __version__
from advisor.bench.document import Bench, Model, ServerFacts, Stage, Workload
from advisor.bench.interval import Distribution
from advisor.documents import now
from advisor.history.exchange.limits import (
    LARGEST_WHOLE,
    BadBundleError,
    check_not_ahead,
    check_text,
)
from advisor.history.exchange.texts import moment
from advisor.history.record import Run, Source, ToldMachine, ToldMetric

UNTOLD = "not told"
LONGEST_NAME = 200
MOST_ROWS = 10_000


@dataclass(slots=True)
class Told:
    """What a file tells of one run, as a format's module has gathered it.

    `definitions` are of the stages' fields, `unknown` the reasons of what they lack.
    """

    tool: str
    version: str | None
    machine: ToldMachine
    model: Model
    server: ServerFacts
    input_tokens: int | None = None
    output_tokens: int | None = None
    started_at: str | None = None
    duration_s: float | None = None
    stages: list[Stage] = field(default_factory=list)
    metrics: list[ToldMetric] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    definitions: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


def record(told: Told, file_sha256: str, number: int) -> Run:
    """The record of the `number`th run in the file with this digest.

    The same file gives the same id again.
    """
    run_id = f"{told.tool}-{file_sha256[:12]}-{number}"
    unknown = {"machine": "another tool measured; source.machine is what its file tells"}
    unknown |= told.unknown
    unknown |= {"bench.workload.seed": "the file does not tell it"}
    started_at = told.started_at
    if started_at is None or moment(started_at) is None:
        started_at = now()
        unknown["started_at"] = "the file does not tell it; this is when it was imported"
    check_not_ahead(started_at, f"a run in the file of {told.tool}")
    if told.duration_s is None:
        unknown["bench.duration_s"] = "the file does not tell it"
    bench = Bench(
        id=run_id,
        started_at=started_at,
        duration_s=told.duration_s,
        machine=told.machine.id,
        measured_on=told.machine.accelerator or told.machine.cpu or UNTOLD,
        server=told.server,
        model=told.model,
        workload=Workload(
            name=told.tool,
            input_tokens=told.input_tokens,
            output_tokens=told.output_tokens,
            scaled_from=None,
            seed=None,
            prompts="",
            tokens_per_word=None,
        ),
        partial=False,
        first_request=None,
        stages=tuple(told.stages),
        operating_point=None,
        capacity=None,
        suspect=(),
        warnings=(),
        assumptions=tuple(told.settings),
        definitions=told.definitions,
        unknown=unknown,
    )
    return Run(
        id=run_id,
        started_at=started_at,
        kind="imported",
        advisor_version=__version__,
        partial=False,
        machine=None,
        bench=bench,
        advice=None,
        source=Source(
            tool=told.tool,
            version=told.version,
            file_sha256=file_sha256,
            machine=told.machine,
            metrics=tuple(told.metrics),
        ),
    )


def stage(*, concurrency: int | None = None, rate: float | None = None, **given: Any) -> Stage:
    """A stage of which only what is given is known."""
    facts: dict[str, Any] = dict.fromkeys(Stage.__struct_fields__)
    facts |= {
        "overloaded": False if concurrency else None,
        "errors": {},
        "error_details": {},
        "held_back_by": (),
        "drifting": False,
        "stopped_by": UNTOLD,
    }
    return Stage(**(facts | {"concurrency": concurrency, "rate": rate} | given))


def machine(**facts: Any) -> ToldMachine:
    """A machine under a name made from what is told of it."""
    digest = hashlib.sha256(msgspec.json.encode(facts, order="deterministic")).hexdigest()
    return ToldMachine(id=f"told-{digest[:16]}", **facts)


def of_repetitions(values: Sequence[float]) -> Distribution | None:
    """The distribution of some repetitions, without an interval."""
    if not values:
        return None
    import numpy as np

    p95, p99 = (float(value) for value in np.percentile(values, (95, 99)))
    return Distribution(
        median=float(np.median(values)),
        mean=float(np.mean(values)),
        p95=p95,
        p99=p99,
        n=len(values),
        ci95=None,
    )


def table(value: Any, what: str) -> Mapping[str, Any]:
    """A JSON object. Raises BadBundleError for anything else."""
    if not isinstance(value, dict):
        raise BadBundleError(f"{what} is no table of values")
    return value


def rows(value: Any, what: str) -> Sequence[Mapping[str, Any]]:
    """A list of JSON objects, not too many. Raises BadBundleError for anything else."""
    if not isinstance(value, list) or len(value) > MOST_ROWS:
        raise BadBundleError(f"{what} is no list of up to {MOST_ROWS:,} rows")
    return [table(each, f"a row of {what}") for each in value]


def amount(values: Mapping[str, Any], name: str, what: str) -> float | None:
    """A number that is none below zero; None where the file has none. Raises BadBundleError."""
    found = values.get(name)
    if found is None or found == "":
        return None
    if isinstance(found, str) and re.fullmatch(r"\d{1,15}(\.\d{1,15})?", found):
        found = float(found)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        raise BadBundleError(f"{name} of {what} is no number")
    if not math.isfinite(found) or not 0 <= found <= LARGEST_WHOLE:
        raise BadBundleError(f"{name} of {what} cannot be", why=f"it is {found:.6g}")
    return found


def count(values: Mapping[str, Any], name: str, what: str) -> int | None:
    """The same for a whole number."""
    found = amount(values, name, what)
    if found is not None and found != int(found):
        raise BadBundleError(f"{name} of {what} is no whole number", why=f"it is {found:.6g}")
    return None if found is None else int(found)


def text(values: Mapping[str, Any], name: str, what: str) -> str | None:
    """A text that is no danger to a terminal; None where there is none. Raises BadBundleError."""
    found = values.get(name)
    if found is None or found == "":
        return None
    if not isinstance(found, str):
        raise BadBundleError(f"{name} of {what} is no text")
    check_text(found, f"{name} of {what}", LONGEST_NAME)
    return " ".join(found.split())


def file_name(path: str | None) -> str | None:
    """The last part of a path of any system: folders tell of somebody's home."""
    return None if path is None else re.split(r"[/\\]", path)[-1] or None
