"""How fast does a model run on this machine, by the rates fitted to what was measured on it?"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.models.cache import read_bytes
from advisor.models.calibration import Calibration, Work
from advisor.models.elsewhere import PROMPT_TOKENS, Quantiles
from advisor.models.model import Model
from advisor.models.roofline import BATCH_TOKENS, attention_flop
from advisor.models.traffic import weights_read


@dataclass(frozen=True, slots=True)
class OwnSpeed:
    """The fits to one server's measurements on one of this machine's devices. `prefill` is None
    where too few prompts were measured."""

    server: str
    decode: Calibration
    prefill: Calibration | None

    def decode_rates(self, model: Model, depth: int, streams: int) -> Quantiles:
        """The output of all streams together in tokens a second, each with `depth` before it."""
        band = self.decode.seconds(decode_work(model, depth, streams))
        return Quantiles(streams / band.p90, streams / band.p50, streams / band.p10)

    def prefill_rates(self, model: Model) -> Quantiles | None:
        """The rate at which one prompt of `PROMPT_TOKENS` is read, in tokens a second."""
        if self.prefill is None:
            return None
        band = self.prefill.seconds(prefill_work(model, PROMPT_TOKENS))
        return Quantiles(*(PROMPT_TOKENS / each for each in (band.p90, band.p50, band.p10)))


def decode_work(model: Model, depth: int, streams: int = 1) -> Work:
    """What one decode step of so many streams does, each with `depth` tokens before it."""
    one = model.architecture
    return Work(
        layers=one.layers,
        weight_bytes=float(weights_read(one, model.tensors, streams)),
        cache_bytes=float(streams * read_bytes(one, depth)),
        flops=2.0 * streams * model.active_parameters,
    )


def prefill_work(model: Model, tokens: int) -> Work:
    """What reading a prompt of so many tokens does."""
    one = model.architecture
    return Work(
        layers=one.layers,
        weight_bytes=float(weights_read(one, model.tensors, min(tokens, BATCH_TOKENS))),
        cache_bytes=0.0,
        flops=2.0 * model.active_parameters * tokens + attention_flop(one, tokens),
    )
