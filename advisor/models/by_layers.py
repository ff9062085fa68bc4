"""How fast does the whole model run, by what two shallow copies of it took?

Both copies are measured in turn. What the second takes longer is the time of the layers that it has
more, `(t2 − t1)/(x2 − x1)` for each unit of what they read (decoding) or multiply (prompts); what
the first takes beside its layers is the time of the rest: embedding, output, and what goes before
and after a step. So `t = t2 + (t2 − t1) (x − x2)/(x2 − x1)` for the whole. The band comes from the
rounds, resampled, and is never narrower than what this was off where the whole was measured too
(benchmarks/by_layers.py).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from msgspec.structs import replace

from advisor.documents import Unknowns
from advisor.errors import AdvisorError
from advisor.models.band import Band
from advisor.models.cache import read_bytes
from advisor.models.model import Model
from advisor.models.prediction import ENERGY, Prediction, energy_of
from advisor.models.shallow import Copies
from advisor.models.shapes import active_weights
from advisor.models.traffic import weights_read

LEAST_ERROR = 0.05
"""Half the band at least: 80 % of the whole models measured beside it lay nearer."""
_RESAMPLED = 1_000
_SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Round:
    """What both copies took one after the other: seconds a token or a prompt."""

    shallow_s: float
    deep_s: float


@dataclass(frozen=True, slots=True)
class Rounds:
    """What was measured: steps with `depth_tokens` before them, prompts of `prompt_tokens`."""

    copies: Copies
    depth_tokens: int
    decode: tuple[Round, ...]
    prompt_tokens: int
    prefill: tuple[Round, ...]


def decode_rate(found: Rounds) -> Band:
    """The whole's rate of one stream, in tokens a second. Raises AdvisorError as `_whole`."""
    return _whole(found.decode, _reads(found)).under(1)


def prefill_rate(found: Rounds) -> Band:
    """The rate at which the whole reads a prompt, in tokens a second. Raises alike."""
    copies = found.copies
    worked = tuple(map(_multiplied, (copies.shallow, copies.deep, copies.whole)))
    return _whole(found.prefill, worked).under(found.prompt_tokens)


def measured_by_layers(prediction: Prediction, found: Rounds) -> Prediction:
    """The prediction with the speeds that the copies tell. Raises AdvisorError."""
    copies, decode, unknowns = found.copies, decode_rate(found), Unknowns()
    unknowns.reasons.update(
        (path, why)
        for path, why in prediction.unknown.items()
        if "tok_per_s" not in path and path != ENERGY
    )
    shallow, deep = copies.shallow.architecture.layers, copies.deep.architecture.layers
    said = (
        f"measured by layers: copies of {shallow} and {deep} of its {prediction.layers} layers "
        "with random weights ran here in turn, and what the deeper one took longer stands for each "
        "further layer"
    )
    without = {
        "yes": (),
        "partly": ("the speed is the one it would have if all of it were in the device's memory",),
        "no": ("the speed is the one it would have if it had the memory",),
    }[prediction.fits]
    return replace(
        prediction,
        decode_tok_per_s=decode,
        output_tok_per_s=decode,
        prompt_tokens=found.prompt_tokens,
        prefill_tok_per_s=prefill_rate(found),
        energy_j_per_output_token=unknowns.settle(
            ENERGY, energy_of(decode, prediction.active_power_w)
        ),
        basis="layers",
        rests_on="two shallow copies of it that were measured on this machine",
        narrower_by=None,
        assumptions=(said, *without),
        unknown=unknowns.reasons,
    )


def half_width(found: Rounds) -> float:
    """Half the interval of the whole's step over its middle, so far; infinite if it tells none."""
    if len(found.decode) < 2:
        return math.inf
    try:
        band = _whole(found.decode, _reads(found), least_error=0.0)
    except AdvisorError:
        return math.inf
    return (band.p90 - band.p10) / 2 / band.p50


def _reads(found: Rounds) -> tuple[float, ...]:
    """The bytes that one step reads of the layers of the shallow copy, the deep one, the whole."""
    copies, depth = found.copies, found.depth_tokens
    return tuple(
        float(
            weights_read(
                each.architecture, [one for one in each.tensors if one.shape.layer is not None]
            )
            + read_bytes(each.architecture, depth)
        )
        for each in (copies.shallow, copies.deep, copies.whole)
    )


def _multiplied(model: Model) -> float:
    """The weights of the layers that each token of a prompt is multiplied with."""
    in_layers = (each.shape for each in model.tensors if each.shape.layer is not None)
    return float(active_weights(model.architecture, in_layers))


def _whole(
    rounds: Sequence[Round], work: Sequence[float], least_error: float = LEAST_ERROR
) -> Band:
    """The whole's seconds, given the work of both copies' layers and of its own.

    Raises AdvisorError where the deeper copy was not slower.
    """
    shallow, deep, whole = work
    further = (whole - deep) / (deep - shallow)

    def of(some: Sequence[Round]) -> float:
        first, second = (
            median(each.shallow_s for each in some),
            median(each.deep_s for each in some),
        )
        return second + (second - first) * further

    draw = random.Random(_SEED)
    resampled = sorted(of(draw.choices(rounds, k=len(rounds))) for _ in range(_RESAMPLED))
    p10, p50, p90 = resampled[_RESAMPLED // 10], of(rounds), resampled[-_RESAMPLED // 10 - 1]
    if p10 <= 0:
        raise AdvisorError(
            "The model cannot be measured by layers now",
            why="the deeper copy did not take longer than the shallow one",
            remedy="Close other programs and try again.",
        )
    return Band(
        p10=min(p10, p50 * (1 - least_error)), p50=p50, p90=max(p90, p50 * (1 + least_error))
    )
