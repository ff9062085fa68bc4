"""Which loads did a run put on the server, and which requests make their numbers?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from advisor.bench.document import Bench, RequestSample, Samples, Stage, StageSamples
from advisor.bench.observe import CUT
from advisor.errors import InputError
from advisor.history.exports.timing import start_us
from advisor.history.record import Run
from advisor.history.store import RunStore


@dataclass(frozen=True, slots=True)
class Load:
    """One stage of the document and its samples, `number` counting from 1.

    `not_before_s` is the earliest Unix time at which it can have begun: the record holds the run's
    start and each load's length, not the pauses between.
    """

    number: int
    stage: Stage
    samples: StageSamples
    not_before_s: float

    @property
    def name(self) -> str:
        """By number and level, fit for a file's name."""
        stage = self.stage
        level = f"concurrency_{stage.concurrency}" if stage.concurrency else f"rate_{stage.rate:g}"
        return f"stage_{self.number}_{level}"

    @property
    def counted(self) -> tuple[RequestSample, ...]:
        """The requests that the document's numbers are made of, in the order they were sent."""
        return _in_order([each for each in self.samples.requests if each.counted])

    @property
    def failed(self) -> tuple[RequestSample, ...]:
        """The requests begun in the steady window that did not come through.

        A stream of a closed loop that was cut at the end of the load is no failure.
        """
        opened_us, closed_us = 0.0, float("inf")
        if self.stage.window_s is not None and self.stage.warmup is not None:
            opened_us = self.stage.warmup.seconds * 1e6
            closed_us = opened_us + self.stage.window_s * 1e6
        is_open = self.stage.concurrency is None
        return _in_order(
            [
                each
                for each in self.samples.requests
                if each.error is not None
                and (is_open or each.error != CUT)
                and opened_us <= start_us(each) <= closed_us
            ]
        )

    @property
    def input_tokens(self) -> int | None:
        """Of all counted requests; None as soon as one is unknown."""
        return _total([each.input_tokens for each in self.counted])

    @property
    def output_tokens(self) -> int | None:
        """Of all counted requests; None as soon as one is unknown."""
        return _total([each.output_tokens for each in self.counted])

    @property
    def output_tok_per_s(self) -> float | None:
        """The whole server's in the steady window, as the document has it."""
        rate = self.stage.output_tok_per_s
        return None if rate is None else rate.value

    @property
    def total_tok_per_s(self) -> float | None:
        """Input and output, of as many requests as the document's `requests_per_s`."""
        output, requests, tokens = (
            self.output_tok_per_s,
            self.stage.requests_per_s,
            self.input_tokens,
        )
        if output is None or requests is None or tokens is None:
            return None
        return output + requests * tokens / len(self.counted)

    @property
    def goodput_per_s(self) -> float | None:
        """Requests a second that met the SLO; None where none was given."""
        return self.stage.goodput.requests_per_s if self.stage.goodput else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run with a measurement, its samples, and the loads that are stages of its document.

    The samples go on after them with the run's other loads, such as the second mix of the operating
    point.
    """

    run: Run
    bench: Bench
    samples: Samples
    loads: tuple[Load, ...]

    @property
    def started_at(self) -> datetime:
        """When the run began, in UTC."""
        return datetime.fromisoformat(self.bench.started_at).astimezone(UTC)


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
    samples = store.load_samples(run.id)
    return Recorded(run, run.bench, samples, _loads(run.bench, samples))


def _loads(bench: Bench, samples: Samples) -> tuple[Load, ...]:
    lengths_s = [
        max((each.closed_us for each in held.requests), default=0) / 1e6 for held in samples.stages
    ]
    starts_s = accumulate(lengths_s, initial=datetime.fromisoformat(bench.started_at).timestamp())
    return tuple(
        Load(number, stage, held, start_s)
        for number, (stage, held, start_s) in enumerate(
            zip(bench.stages, samples.stages, starts_s, strict=False), start=1
        )
    )


def _in_order(requests: Sequence[RequestSample]) -> tuple[RequestSample, ...]:
    return tuple(sorted(requests, key=lambda each: each.sent_us))


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
