"""How fast does a model run on a box, by what it reads and where that lies?

By what was measured on this very machine where enough was (own_speed.py); else on devices known by
their data sheets by the factors fitted on published results (elsewhere.py), on this machine's
processors by their measured bandwidth (speed.py). What spilled into main memory is
read there after what lies on the device, or for a prompt copied to it first (crossing.py): the
times add up.
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.models import crossing
from advisor.models.band import Band
from advisor.models.devices import Device
from advisor.models.elsewhere import (
    ANSWER_TOKENS,
    PROMPT_TOKENS,
    SpeedElsewhere,
    predict_elsewhere,
)
from advisor.models.machine_file import Box
from advisor.models.model import Model
from advisor.models.quantization import QUANTIZATIONS, weight_bytes
from advisor.models.speed import decode_speed
from advisor.models.traffic import decode_bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """The bytes that one step reads from the device's memory and from main memory, and those of
    all weights that lie in the latter."""

    device_bytes: int
    host_bytes: int
    spilled_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """What is asked: so many streams, each after so many tokens, and what a step of it reads."""

    model: Model
    context_tokens: int
    streams: int
    reading: Reading


def decode_rates(work: Work, box: Box) -> Band | Unknown:
    """The output of all streams together, in tokens a second."""
    reading = work.reading
    if box.own is not None and not reading.host_bytes:
        depth = work.context_tokens + ANSWER_TOKENS // 2
        return box.own.decode_rates(work.model, depth, work.streams)
    found = _rates(work, reading.device_bytes, box.device, _own(box))
    if isinstance(found, Unknown) or not reading.host_bytes:
        return found
    behind = _rates(work, reading.host_bytes, box.host, box.measured_bytes_per_s)
    return behind if isinstance(behind, Unknown) else _one_after_the_other(found, behind)


def prefill_rates(work: Work, box: Box) -> Band | Unknown:
    """The rate at which one prompt is read, in tokens a second."""
    alone = _prefill_on_device(work, box)
    spilled_bytes = work.reading.spilled_bytes
    if isinstance(alone, Unknown) or not spilled_bytes:
        return alone
    return _one_after_the_other(alone, crossing.rates(spilled_bytes, PROMPT_TOKENS))


def _prefill_on_device(work: Work, box: Box) -> Band | Unknown:
    own = None if box.own is None else box.own.prefill_rates(work.model)
    if own is not None:
        return own
    if box.device is None:
        return Unknown("this machine's rate of operations was not measured")
    found = _elsewhere(work, box.device)
    if isinstance(found, Unknown):
        return found
    if found.prefill_tok_per_s is not None:
        return found.prefill_tok_per_s
    return Unknown(found.unknown["prefill_tok_per_s"])


def _own(box: Box) -> float | None:
    return box.measured_bytes_per_s if box.kind == "cpu" else None


def _rates(
    work: Work, read_bytes: int, device: Device | None, measured_bytes_per_s: float | None
) -> Band | Unknown:
    """The rates of that part of a step's bytes."""
    if measured_bytes_per_s is not None:
        speed = decode_speed(read_bytes, measured_bytes_per_s, "cpu", "measured")
        rates = Band(
            speed.decode_tok_per_s_p10, speed.decode_tok_per_s_p50, speed.decode_tok_per_s_p90
        )
        return rates.times(work.streams)
    if device is None:
        return Unknown("the memory's bandwidth is not known")
    found = _elsewhere(work, device)
    if isinstance(found, Unknown):
        return found
    depth = work.context_tokens + ANSWER_TOKENS // 2
    one = work.model.architecture
    predicted_bytes = decode_bytes(one, _alike(work.model), depth, work.streams)
    return found.decode_tok_per_s.times(predicted_bytes / read_bytes)


def _elsewhere(work: Work, device: Device) -> SpeedElsewhere | Unknown:
    one = work.model.architecture
    try:
        return predict_elsewhere(device, one, _alike(work.model), work.context_tokens, work.streams)
    except InputError as error:
        return Unknown(error.what)


def _alike(model: Model) -> str:
    """The quantization itself, or where it is not known the one whose file is nearest in size."""
    if model.quantization in QUANTIZATIONS:
        return model.quantization
    return min(
        QUANTIZATIONS,
        key=lambda name: abs(weight_bytes(model.architecture, name) - model.weights_bytes),
    )


def _one_after_the_other(one: Band, other: Band) -> Band:
    return Band(
        p10=1 / (1 / one.p10 + 1 / other.p10),
        p50=1 / (1 / one.p50 + 1 / other.p50),
        p90=1 / (1 / one.p90 + 1 / other.p90),
    )
