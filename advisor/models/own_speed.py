"""How fast does a model run on this machine, by the rates fitted to what was measured on it?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from advisor.models.architecture import Architecture
from advisor.models.band import Band
from advisor.models.cache import BATCH_TOKENS
from advisor.models.calibration import Calibration, Work
from advisor.models.elsewhere import PROMPT_TOKENS
from advisor.models.kernels import Kernel, prompt_cost, step_cost
from advisor.models.model import Model
from advisor.models.quantization import Tensor
from advisor.models.roofline import ATTENTION_FLOP, attention_flop, cache_traffic
from advisor.models.shapes import Shape, active_weights
from advisor.models.traffic import weights_read

SPLIT_FROM, PADDED_TO = 512, 256
"""Of so many places in a cache, which grows by so many, llama.cpp gives each processor a part when
a single request is answered: the one whose part is full decides (`use_split_kv_path` in
ggml-cpu/ops.cpp of ggml-org/llama.cpp, read on 2026-11-29)."""


@dataclass(frozen=True, slots=True)
class OwnSpeed:
    """The fits to one server's measurements on one of this machine's devices. `prefill` is None
    where too few prompts were measured, `most_streams` the requests at once up to which were,
    `measured` the models with their quantization."""

    server: str
    decode: Calibration
    prefill: Calibration | None
    most_streams: int = 1
    measured: frozenset[str] = frozenset()
    on_processor: bool = True

    def decode_rates(self, model: Model, depth: int, streams: int) -> Band:
        """The output of all streams together in tokens a second, each with `depth` before it."""
        band = self.decode.seconds(
            decode_work(model, depth, streams, on_processor=self.on_processor)
        )
        return band.under(streams)

    def prefill_rates(self, model: Model) -> Band | None:
        """The rate at which one prompt of `PROMPT_TOKENS` is read, in tokens a second."""
        if self.prefill is None:
            return None
        band = self.prefill.seconds(
            prefill_work(model, PROMPT_TOKENS, on_processor=self.on_processor)
        )
        return band.under(PROMPT_TOKENS)


def decode_work(model: Model, depth: int, streams: int = 1, *, on_processor: bool = True) -> Work:
    """What one decode step of so many streams does, each with `depth` tokens before it."""
    one = model.architecture
    places = _places(depth) if streams == 1 else depth
    cost = step_cost if on_processor else _alike
    flops = 2.0 * math.fsum(
        weights * cost(kernel, streams) for kernel, weights in _by_kernel(one, model.tensors)
    )
    return Work(
        weight_bytes=float(weights_read(one, model.tensors, streams)),
        alone_flops=flops if streams == 1 else 0.0,
        together_flops=flops if streams > 1 else 0.0,
        logits=float(streams * one.vocab),
        attention=float(streams * one.heads * _looked_at(one, places)),
        cached_bytes=float(streams * cache_traffic(one, places)),
        activations=float(streams * one.layers * one.hidden),
    )


def prefill_work(model: Model, tokens: int, *, on_processor: bool = True) -> Work:
    """What reading a prompt of so many tokens does: the output is computed for the last alone."""
    one = model.architecture
    output = "token_embd.weight" if one.tied_embeddings else "output.weight"
    layers = (each for each in model.tensors if each.name != output)
    cost = prompt_cost if on_processor else _alike
    return Work(
        weight_bytes=float(
            math.ceil(tokens / BATCH_TOKENS)
            * weights_read(one, model.tensors, min(tokens, BATCH_TOKENS))
        ),
        together_flops=2.0
        * math.fsum(weights * cost(kernel, tokens) for kernel, weights in _by_kernel(one, layers)),
        attention=attention_flop(one, tokens) / ATTENTION_FLOP,
        activations=float(tokens * one.layers * one.hidden),
    )


def _alike(_kernel: Kernel, tokens: int) -> float:
    """What is no processor multiplies weights of all types alike, as far as is known here."""
    return float(tokens)


def _by_kernel(one: Architecture, tensors: Iterable[Tensor]) -> Iterator[tuple[Kernel, int]]:
    """The weights that a token needs, by what multiplies them."""
    shapes: dict[Kernel, list[Shape]] = {}
    for each in tensors:
        shapes.setdefault(Kernel(each.type, each.shape.is_of_experts), []).append(each.shape)
    for kernel, found in shapes.items():
        yield kernel, active_weights(one, found)


def _places(depth: int) -> int:
    """The cached tokens that a single request's step takes the time of."""
    places = math.ceil(depth / PADDED_TO) * PADDED_TO
    return places if places >= SPLIT_FROM else depth


def _looked_at(one: Architecture, depth: int) -> int:
    """The cached tokens that one head of every layer of attention looks at in one step."""
    near = min(depth, one.window_tokens)
    return sum(near if kind in "Ww" else depth for kind in one.kinds if kind in "AWaw")
