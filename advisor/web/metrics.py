"""How does the latest look to Prometheus? Its text format, in base units.

Written by Prometheus' own Python client, which escapes what stands in labels:
https://prometheus.github.io/client_python/collector/custom/ (read 2026-11-25).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor import __version__
from advisor.bench.document import Stage
from advisor.bench.energy_document import Energy
from advisor.errors import AdvisorError
from advisor.schedule.reasons import KINDS
from advisor.web.latest import Latest, Series, Skipped, label
from advisor.web.watch import OUTCOMES, SchedulerState

if TYPE_CHECKING:
    from prometheus_client.core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LOAD = (*Series._fields, "load")


def render(latest: Latest | None, state: SchedulerState | None = None) -> bytes:
    """The whole exposition; without `latest` the history could not be read, and says so.

    Raises AdvisorError without prometheus-client.
    """
    _check_client()
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Families([*_about(latest), *_scheduler(state), *_history(latest)]))
    return generate_latest(registry)


class _Families:
    """What is collected: these families, as they are."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _check_client() -> None:
    try:
        import prometheus_client  # noqa: F401
    except ImportError:
        raise AdvisorError(
            "metrics need Prometheus' Python client",
            why="it comes with an extra",
            remedy="Run `pip install 'local-or-api[web]'`.",
        ) from None


def _gauge(name: str, text: str, labels: Iterable[str] = ()) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"advisor_{name}", text, labels=tuple(labels))


def _about(latest: Latest | None) -> Iterator[Metric]:
    build = _gauge("build_info", "1, with the version of advisor.", ("version",))
    build.add_metric((__version__,), 1)
    yield build
    readable = _gauge("history_readable", "Whether the history of runs could be read.")
    readable.add_metric((), float(latest is not None))
    yield readable
    if latest is not None:
        for name, text, count in (
            ("unreadable_runs", "Runs among the latest that are damaged.", latest.unreadable),
            ("left_out_loads", "Loads that are beyond what is exposed.", latest.left_out),
        ):
            family = _gauge(name, text)
            family.add_metric((), count)
            yield family


def _history(latest: Latest | None) -> Iterator[Metric]:
    if latest is None:
        return
    yield from _loads(latest)
    yield from _breaking_even(latest)
    skipped = _gauge(
        "skipped_runs",
        "Scheduled runs that were not made and are in the history, of the last 30 days.",
        Skipped._fields,
    )
    for labels, count in latest.skipped:
        skipped.add_metric(labels, count)
    yield skipped


def _loads(latest: Latest) -> Iterator[Metric]:
    started = _gauge(
        "last_run_timestamp_seconds", "When the newest run of this load started.", LOAD
    )
    partial = _gauge(
        "run_partial", "1 if the newest run of this load is not whole, as when interrupted.", LOAD
    )
    for each in latest.measured:
        started.add_metric((*each.series, each.load), each.started_s)
        partial.add_metric((*each.series, each.load), float(each.partial))
    yield from (started, partial)
    for value in VALUES:
        family = _gauge(value.name, value.text, (*LOAD, *value.labels))
        for each in latest.measured:
            for labels, number in value.read(each.stage).items():
                if number is not None and math.isfinite(number):
                    family.add_metric((*each.series, each.load, *labels), number)
        yield family


Read = dict[tuple[str, ...], float | None]


@dataclass(frozen=True, slots=True)
class Value:
    """A gauge that is read off each stage; what was not measured is absent."""

    name: str
    text: str
    labels: tuple[str, ...]
    read: Callable[[Stage], Read]


def _decode(stage: Stage) -> Read:
    rate = stage.decode_tok_per_s
    return {(): rate.median} if rate else {}


def _output(stage: Stage) -> Read:
    rate = stage.output_tok_per_s
    return {(): rate.value} if rate else {}


def _ttft(stage: Stage) -> Read:
    ttft = stage.ttft_ms
    return {("median",): ttft.median / 1000, ("p95",): ttft.p95 / 1000} if ttft else {}


def _graded(read: Callable[[Energy], float | None]) -> Callable[[Stage], Read]:
    def of(stage: Stage) -> Read:
        return {(label(stage.energy.grade),): read(stage.energy)} if stage.energy else {}

    return of


VALUES = (
    Value(
        "decode_tokens_per_second",
        "Tokens a second of one stream after its first token, the median request's.",
        (),
        _decode,
    ),
    Value(
        "output_tokens_per_second",
        "Tokens a second of the whole server in the steady window.",
        (),
        _output,
    ),
    Value("ttft_seconds", "Time to the first token.", ("statistic",), _ttft),
    Value(
        "joules_per_output_token",
        "Energy of an output token with its share of the idle draw, by a meter of this grade.",
        ("grade",),
        _graded(lambda energy: energy.j_per_output_token),
    ),
    Value(
        "active_power_watts",
        "Mean power under this load, of what a meter of this grade sees.",
        ("grade",),
        _graded(lambda energy: energy.active_w),
    ),
    Value(
        "idle_power_watts",
        "Mean power with the model in memory and nothing asked, by the same meter.",
        ("grade",),
        _graded(lambda energy: energy.idle_w),
    ),
)


def _breaking_even(latest: Latest) -> Iterator[Metric]:
    labels = (*Series._fields, "api")
    months = _gauge(
        "break_even_months",
        "Months until the box has paid back against this API, by the newest advice; none if never.",
        labels,
    )
    pays = _gauge(
        "pays_back", "1 if the box pays back against this API within the horizon, 0 if not.", labels
    )
    for each in latest.pays_back:
        pays.add_metric((*each.series, each.api), float(each.months is not None))
        if each.months is not None:
            months.add_metric((*each.series, each.api), each.months)
    yield from (months, pays)


def _scheduler(state: SchedulerState | None) -> Iterator[Metric]:
    if state is None:
        return
    from prometheus_client.core import CounterMetricFamily

    of = (state.schedule,)
    for name, text, value in (
        ("schedule_running", "1 while a scheduled run is at work.", float(state.running)),
        ("schedule_next_run_timestamp_seconds", "When the next run starts.", state.next_run_s),
        ("schedule_last_run_timestamp_seconds", "When the last run ended.", state.last_run_s),
    ):
        family = _gauge(name, text, ("schedule",))
        if value is not None:
            family.add_metric(of, value)
        yield family
    last = _gauge(
        "schedule_last_outcome", "1 for what the last run came to.", ("schedule", "outcome")
    )
    runs = CounterMetricFamily(
        "advisor_schedule_runs",
        "Scheduled runs since the scheduler started, by what they came to.",
        labels=("schedule", "outcome"),
    )
    for outcome in OUTCOMES:
        if state.last_outcome is not None:
            last.add_metric((*of, outcome), float(outcome == state.last_outcome))
        runs.add_metric((*of, outcome), state.outcomes.get(outcome, 0))
    skipped = CounterMetricFamily(
        "advisor_skipped",
        "Runs skipped since the scheduler started, by reason; one may have several.",
        labels=("schedule", "reason"),
    )
    for reason in KINDS:
        skipped.add_metric((*of, reason), state.reasons.get(reason, 0))
    yield from (last, runs, skipped)
