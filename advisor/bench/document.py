"""What did a benchmark find? `advisor.bench/1`, and the raw samples that are kept beside it."""

from __future__ import annotations

from typing import Literal

import msgspec

from advisor.bench.cold_document import ColdStart
from advisor.bench.energy_document import Baselines, Energy, EnergyTrials
from advisor.bench.interval import Distribution, Interval, Rate
from advisor.bench.same_work import SameWork
from advisor.bench.spend import Spend
from advisor.machine.sensors import SensorReading
from advisor.servers.document import SettingTold


class ServerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The server that was measured, with its settings that change speed.

    `proxies` stood in between, each as host:port.
    """

    kind: str
    version: str | None
    url: str
    http_version: str = "1.1"
    proxies: tuple[str, ...] = ()
    settings: tuple[SettingTold, ...] = ()


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """The model that was measured. `synthetic`: random weights, real speed, no sense."""

    name: str
    parameters: int | None = None
    quantization: str | None = None
    digest: str | None = None
    size_bytes: int | None = None
    synthetic: bool = False


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """What the requests asked for: the median one's tokens, p95 where they differ.

    In a conversation of several turns that is the middle turn's. `scaled_from` is set where the
    asked one would not fit. With the user's own prompts their length is in the stages only.
    """

    name: str
    input_tokens: int | None
    input_tokens_p95: int | None = None
    output_tokens: int | None
    output_tokens_p95: int | None = None
    shared_prefix_tokens: int = 0
    turns: int = 1
    scaled_from: tuple[int, int] | None
    seed: int | None
    prompts: str
    tokens_per_word: float | None
    source: str = ""


class WarmUp(msgspec.Struct, frozen=True, kw_only=True):
    """What came before the steady window and is not in any number."""

    requests: int
    seconds: float
    steady: bool


class FirstRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The first request of all, kept apart: the server may have loaded the model for it."""

    ttft_ms: float | None
    load_s: float | None


class CrossCheckOf(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity by this side's clock and by the server's, brought to one definition."""

    ours: float
    servers: float
    difference: float
    disagrees: bool
    n: int
    definition: str


class TotalOf(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of a whole load, by the streams and by a running total of the server's.

    `ours` is of whole answers, `ours_with_cut` with what came of those that were cut, which some
    servers count. `difference` is the nearer one over the server's - 1, 0 between the two.
    """

    ours: float
    ours_with_cut: float
    servers: float
    difference: float
    disagrees: bool
    definition: str
    source: str


class CrossCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server reports its own timings or totals. `difference` is ours/servers - 1."""

    decode_tok_per_s: CrossCheckOf | None
    prefill_tok_per_s: CrossCheckOf | None
    prompt_tokens: TotalOf | None = None
    output_tokens: TotalOf | None = None
    ttft_ms: CrossCheckOf | None = None
    itl_ms: CrossCheckOf | None = None
    threshold: float


class SloLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A promise: this statistic ("mean", "p95", ...) of this metric stays within the limit."""

    metric: str
    statistic: str
    limit_ms: float


class Goodput(msgspec.Struct, frozen=True, kw_only=True):
    """Requests a second that met every limit, their share, and whether the whole load did.

    `values_ms` are the limits' statistics over all requests, null where failures have none.
    """

    slo: tuple[SloLimit, ...]
    requests_per_s: float
    share: float
    values_ms: tuple[float | None, ...]
    met: bool


class InFlight(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests of an open loop were waiting or being answered in the steady window."""

    mean: float
    max: int


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One load. Token counts are the median request's, rates as `definitions` says.

    A closed loop has a `concurrency`, an open one a `rate` (requests/s) and `arrivals`. An open
    loop that is `overloaded` got answers more slowly than requests came.

    `held_back_by` is what kept the graphics cards' clocks low meanwhile, by their driver.
    `temperature_c` is the hottest chip's in the first and the last quarter of the steady window,
    `drifting` whether it was still warming.

    `errors` counts by kind; `requests` are those inside the steady window, `attempts` all.
    `stopped_by` is "precision", "max_time", "interrupted", "failures" or "memory"; for a fixed
    list of requests also "end", "rate_limit" or "budget".
    """

    concurrency: int | None
    rate: float | None
    arrivals: str | None
    in_flight: InFlight | None
    overloaded: bool | None
    goodput: Goodput | None
    requests: int
    attempts: int
    errors: dict[str, int]
    error_details: dict[str, str]
    input_tokens: float | None
    cached_input_tokens: float | None
    output_tokens: float | None
    output_tokens_asked: int | None
    token_source: str | None
    ttft_ms: Distribution | None
    itl_ms: Distribution | None
    tpot_ms: Distribution | None
    e2e_ms: Distribution | None
    send_delay_ms: Distribution | None
    prefill_tok_per_s: Distribution | None
    prefill_source: str | None
    decode_tok_per_s: Distribution | None
    output_tok_per_s: Rate | None
    requests_per_s: float | None
    cross_check: CrossCheck | None
    energy: Energy | None
    held_back_by: tuple[str, ...] = ()
    temperature_c: Interval | None = None
    drifting: bool = False
    warmup: WarmUp | None
    window_s: float | None
    stopped_by: str
    precision: float | None
    """Half the width of the main metric's interval over its value."""


class OperatingPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The whole server's rates at the concurrency that is needed.

    Busy seconds of any work are `input/prefill_tok_per_s + output/decode_tok_per_s`, solved from
    two mixes that both kept the server busy (`stages`).
    """

    concurrency: int
    prefill_tok_per_s: float | None
    prefill_ci95: Interval | None
    decode_tok_per_s: float | None
    decode_ci95: Interval | None
    method: str
    stages: tuple[Stage, ...]


class CapacityLoad(msgspec.Struct, frozen=True, kw_only=True):
    """A load that a search found: its size, and the server's rate there."""

    concurrency: int | None
    rate: float | None
    output_tok_per_s: float | None
    goodput_per_s: float | None


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """What the loads together show of the server's limits.

    `saturation` is the lowest load that brings all the server can give, within `tolerance`;
    `within_slo` the highest one measured that meets the SLO. Null where none was found.
    """

    saturation: CapacityLoad | None
    within_slo: CapacityLoad | None
    tolerance: float


class SustainedPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a long load: `at_s` from its beginning; the sensors' last reading in it."""

    at_s: float
    output_tok_per_s: float
    power_w: float | None
    sensors: SensorReading | None


class Sustained(msgspec.Struct, frozen=True, kw_only=True):
    """A long load, piece by piece, and its last quarter against its first (`change`).

    `verdict` is "slower", "faster", "steady" or "unclear"; `held_back_by` what the graphics driver
    gave as reasons for low clocks.
    """

    stage: Stage
    interval_s: float
    points: tuple[SustainedPoint, ...]
    first_tok_per_s: float
    last_tok_per_s: float
    change: float
    change_ci95: Interval
    verdict: str
    held_back_by: tuple[str, ...]


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """A number that cannot be right, or not be trusted, and why."""

    path: str
    value: float
    reason: str


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark of one model on one server on one machine (`advisor.bench/1`).

    `machine` is the id of the one that the model computed on, null for an unknown other one.
    `contexts` are single streams with ever longer prompts, `sustained` is a load of minutes,
    `baselines` and `energy_trials` belong to the energy that the stages name. `spend` is what a
    paid API cost, `same_work` puts the same requests to several sides. In a record made from
    another tool's file, null is what that file does not tell.
    """

    schema: Literal["advisor.bench/1"] = "advisor.bench/1"
    id: str
    started_at: str
    duration_s: float | None
    machine: str | None
    measured_on: str
    server: ServerFacts
    model: Model
    workload: Workload
    partial: bool
    first_request: FirstRequest | None
    cold_start: ColdStart | None = None
    stages: tuple[Stage, ...]
    operating_point: OperatingPoint | None
    capacity: Capacity | None
    contexts: tuple[Stage, ...] = ()
    sustained: Sustained | None = None
    baselines: Baselines | None = None
    energy_trials: EnergyTrials | None = None
    spend: Spend | None = None
    same_work: SameWork | None = None
    suspect: tuple[Suspect, ...]
    warnings: tuple[str, ...]
    assumptions: tuple[str, ...]
    definitions: dict[str, str]
    unknown: dict[str, str]


class RequestSample(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One request, times in microseconds from the start of its stage.

    `events_us` is the first event's time, then each gap to the next. Requests outside the steady
    window have `counted` false.
    """

    counted: bool
    planned_us: int | None
    sent_us: int
    closed_us: int
    input_tokens: int | None
    cached_input_tokens: int | None
    output_tokens: int | None
    first_event_tokens: int
    error: str | None
    events_us: tuple[int, ...]


class StageSamples(msgspec.Struct, frozen=True, kw_only=True):
    """All requests of one stage, in the order of their end."""

    concurrency: int | None
    output_tokens_asked: int | None
    requests: tuple[RequestSample, ...]
    rate: float | None = None


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """The raw samples of a benchmark, with its id (`advisor.samples/1`)."""

    schema: Literal["advisor.samples/1"] = "advisor.samples/1"
    id: str
    stages: tuple[StageSamples, ...]
