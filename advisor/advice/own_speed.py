"""How fast will a model run here, judged by what was measured on this machine?

Each measurement of one stream with a model that the catalogue knows gives a step of decoding and a
prompt, in bytes and operations, and one of several streams a step of them all;
`models.calibration` fits this machine's rates to them. Measurements of different servers or devices
are never mixed. Several streams count only with a server that is known to compute all of them in
one step: others may keep some waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from advisor.advice.measurement import measured_on_processor
from advisor.bench.document import Bench, Stage
from advisor.bench.session import HIGHER_CONCURRENCY
from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.models.calibration import LEAST_MODELS, Calibration, Measured, Work, calibrate
from advisor.models.catalogue import find, recognize
from advisor.models.model import Model, quantized
from advisor.models.own_speed import OwnSpeed, decode_work, prefill_work
from advisor.servers.own_engine import EMBEDDED


@dataclass(slots=True)
class _Group:
    """What one server measured on one kind of device."""

    server: str
    on_processor: bool
    steps: list[Measured] = field(default_factory=list)
    streams: int = 1
    prompts: list[Measured] = field(default_factory=list)

    @property
    def models(self) -> frozenset[str]:
        return frozenset(each.model for each in self.steps)

    def take(self, name: str, bench: Bench) -> None:
        """Adds what a benchmark of that model tells."""
        for stage in (*bench.stages, *bench.contexts):
            if stage.concurrency == 1:
                self._take_step(name, stage)
                self._take_prompt(name, stage)
            elif stage.concurrency and _computes_all_at_once(bench):
                self._take_step_of_all(name, stage, stage.concurrency)

    def _take_step(self, name: str, stage: Stage) -> None:
        rate = stage.decode_tok_per_s
        if rate is None or rate.median <= 0 or not stage.input_tokens:
            return
        work = _decoding(name, _depth(stage), 1, self.on_processor)
        self.steps.append(Measured(name, work, 1.0 / rate.median))

    def _take_step_of_all(self, name: str, stage: Stage, streams: int) -> None:
        """The usual gap between two tokens of a stream is a step of all, with no prompt between."""
        gap = stage.itl_ms
        if gap is None or gap.median <= 0 or not stage.input_tokens:
            return
        work = _decoding(name, _depth(stage), streams, self.on_processor)
        self.steps.append(Measured(name, work, gap.median / 1e3))
        self.streams = max(self.streams, streams)

    def _take_prompt(self, name: str, stage: Stage) -> None:
        rate, tokens = stage.prefill_tok_per_s, stage.input_tokens
        if rate is None or rate.median <= 0 or not tokens:
            return
        work = _reading(name, round(tokens), self.on_processor)
        self.prompts.append(Measured(name, work, tokens / rate.median))


def own_speed(benches: Iterable[Bench], *, on_processor: bool) -> OwnSpeed | Unknown:
    """The rates of this machine by its own measurements, those of the server with most models.

    `on_processor` says which device is asked about. Unknown with fewer than three models.
    """
    groups: dict[str, _Group] = {}
    for bench in benches:
        if measured_on_processor(bench) is not on_processor:
            continue
        model = _model(bench)
        if model is None:
            continue
        server = bench.server.kind or "unknown"
        group = groups.setdefault(server, _Group(server, on_processor))
        group.take(f"{model.architecture.name}:{model.quantization}", bench)
    found = max(groups.values(), key=lambda group: len(group.models), default=None)
    if found is None or len(found.models) < LEAST_MODELS:
        measured = 0 if found is None else len(found.models)
        return Unknown(
            f"{measured} of at least {LEAST_MODELS} models of the catalogue were measured here "
            "with one server"
        )
    return OwnSpeed(
        found.server,
        calibrate(found.steps),
        _fit(found.prompts),
        most_streams=found.streams,
        measured=found.models,
        on_processor=on_processor,
    )


def _model(bench: Bench) -> Model | None:
    """The catalogue's model that was measured; None where it is none or its types are unknown."""
    known = recognize(bench.model.name)
    if known is None or not bench.model.quantization:
        return None
    try:
        return _quantized(known.name, bench.model.quantization)
    except InputError:
        return None


@cache
def _quantized(name: str, quantization: str) -> Model:
    return quantized(find(name), quantization)


@cache
def _decoding(name: str, depth: int, streams: int, on_processor: bool) -> Work:
    model = _quantized(*name.split(":"))
    return decode_work(model, depth, streams, on_processor=on_processor)


@cache
def _reading(name: str, tokens: int, on_processor: bool) -> Work:
    return prefill_work(_quantized(*name.split(":")), tokens, on_processor=on_processor)


def _computes_all_at_once(bench: Bench) -> bool:
    return bench.measured_on.endswith(EMBEDDED) or bench.server.kind in HIGHER_CONCURRENCY


def _depth(stage: Stage) -> int:
    return round((stage.input_tokens or 0) + (stage.output_tokens or 0) / 2)


def _fit(prompts: Sequence[Measured]) -> Calibration | None:
    models = {each.model for each in prompts}
    return calibrate(prompts) if len(models) >= LEAST_MODELS else None
