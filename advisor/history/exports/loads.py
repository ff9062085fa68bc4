"""Which loads did a run put on the server, and what did each request of them show?

Times of a request are read as the document reads them, unless a function says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

import msgspec

from advisor.bench.document import Bench, RequestSample, Samples, Stage, StageSamples
from advisor.bench.observe import CUT
from advisor.errors import AdvisorError, InputError
from advisor.history.record import Run
from advisor.history.store import RunStore


@dataclass(frozen=True, slots=True)
class Load:
    """One load: its samples, and the document's entry if it has one.

    `number` counts from 1 in the order measured, the second mix of the operating point last.
    `not_before_s` is the earliest Unix time at which it can have begun: the record holds the run's
    start and each load's length, not the pauses between.
    """

    number: int
    stage: Stage | None
    samples: StageSamples
    not_before_s: float

    @property
    def name(self) -> str:
        """What it pressed with, fit for a file's name: `2-concurrency-4`, `3-rate-2.5`."""
        held = self.samples
        level = f"rate-{held.rate:g}" if held.rate else f"concurrency-{held.concurrency}"
        return f"{self.number}-{level}"

    @property
    def counted(self) -> tuple[RequestSample, ...]:
        """The requests that the document's numbers are made of, in the order they were sent."""
        return _in_order([each for each in self.samples.requests if each.counted])

    @property
    def failed(self) -> tuple[RequestSample, ...]:
        """The requests begun in the steady window that did not come through.

        A stream of a closed loop that was cut at the end of the load is no failure.
        """
        if self.stage is None or self.stage.window_s is None:
            opened_us, closed_us = 0.0, float("inf")
        else:
            opened_us = self.stage.warmup.seconds * 1e6
            closed_us = opened_us + self.stage.window_s * 1e6
        is_open = self.samples.rate is not None
        return _in_order(
            [
                each
                for each in self.samples.requests
                if each.error is not None
                and (is_open or each.error != CUT)
                and opened_us <= start_us(each) <= closed_us
            ]
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run with a measurement, and its loads."""

    run: Run
    bench: Bench
    loads: tuple[Load, ...]


def recorded(store: RunStore, run_id: str | None) -> Recorded:
    """The run with this id and its requests.

    Raises InputError if it is not there or measured nothing, AdvisorError if it cannot be read.
    """
    run = store.load(run_id, measured=True)
    if run.bench is None:
        raise InputError(
            f"the run '{run.id}' holds no measurement",
            remedy="`advisor history` lists the runs; those with a model have one.",
        )
    return Recorded(run, run.bench, _loads(run.bench, _samples(store, run.id)))


def start_us(request: RequestSample) -> int:
    """From when its latency counts: the plan in an open loop, else the last byte written."""
    return request.sent_us if request.planned_us is None else request.planned_us


def ttft_us(request: RequestSample, since_us: int) -> int | None:
    """From a time until the first token."""
    return request.events_us[0] - since_us if request.events_us else None


def last_token_us(request: RequestSample) -> int | None:
    """When the last token came."""
    return sum(request.events_us) if request.events_us else None


def gaps_us(request: RequestSample) -> tuple[int, ...]:
    """Between each event with tokens and the next."""
    return request.events_us[1:]


def tpot_us(request: RequestSample) -> float | None:
    """The time of one token after those of the first event."""
    if request.output_tokens is None:
        return None
    later_tokens = request.output_tokens - request.first_event_tokens
    spent_us = sum(gaps_us(request))
    return spent_us / later_tokens if later_tokens > 0 and spent_us > 0 else None


def total(counts: Sequence[int | None]) -> int | None:
    """Their sum; None as soon as one is unknown."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _in_order(requests: Sequence[RequestSample]) -> tuple[RequestSample, ...]:
    return tuple(sorted(requests, key=lambda each: each.sent_us))


def _loads(bench: Bench, samples: Samples) -> tuple[Load, ...]:
    second = bench.operating_point.stages if bench.operating_point else ()
    stages: list[Stage | None] = [*bench.stages, *second]
    stages += [None] * (len(samples.stages) - len(stages))
    started_s = datetime.fromisoformat(bench.started_at).timestamp()
    lengths_s = [
        max((each.closed_us for each in held.requests), default=0) / 1e6 for held in samples.stages
    ]
    starts_s = accumulate(lengths_s, initial=started_s)
    return tuple(
        Load(number, stage, held, start_s)
        for number, (stage, held, start_s) in enumerate(
            zip(stages, samples.stages, starts_s, strict=False), start=1
        )
    )


def _samples(store: RunStore, run_id: str) -> Samples:
    path = store.path_of(run_id).with_name(f"{run_id}.samples.json")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Samples)
    except FileNotFoundError:
        why = f"{path} is not there"
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        why = str(error)
    raise AdvisorError(
        f"cannot read the requests of run '{run_id}'", why=why, remedy="Measure again."
    )
