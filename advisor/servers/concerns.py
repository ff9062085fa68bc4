"""Which of a server's settings look wrong for a piece of work, and what does each do to it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from advisor.servers.told import Means, Setting, Value

PLAIN_KV_CACHE = ("f16", "bf16", "f32", "auto")


@dataclass(frozen=True, slots=True)
class Demand:
    """What a workload asks of a server: the longest request's tokens, and how many at once."""

    input_tokens: int
    output_tokens: int
    streams: int
    name: str = "this workload"

    @property
    def tokens(self) -> int:
        """What one request takes of the context."""
        return self.input_tokens + self.output_tokens


def concerns(settings: Iterable[Setting], demand: Demand | None = None) -> list[str]:
    """Plain warnings, the gravest first; without a `demand` only those that hold for any work.

    Where several settings have one meaning, the last is taken: dialects tell the more certain
    later. Unknown values raise no concern.
    """
    known = {each.means: each.value for each in settings if isinstance(each.value, Value)}
    return [
        *_context(known, demand),
        *_place(known),
        *_streams(known, demand),
        *_habits(known),
    ]


def _context(known: dict[Means, Value], demand: Demand | None) -> Iterator[str]:
    context = _count(known.get(Means.CONTEXT_TOKENS))
    if context is None:
        return
    if demand is not None and 0 < context < demand.tokens:
        yield (
            f"context {context:,} truncates {demand.name} "
            f"({demand.input_tokens:,} tokens in, {demand.output_tokens:,} out)"
        )
    trained = _count(known.get(Means.TRAINED_CONTEXT_TOKENS))
    if trained and context > trained:
        yield f"context {context:,} is longer than the {trained:,} the model was trained for"


def _place(known: dict[Means, Value]) -> Iterator[str]:
    layers, on_gpu = (_count(known.get(each)) for each in (Means.LAYERS, Means.GPU_LAYERS))
    share = known.get(Means.GPU_SHARE)
    if layers and on_gpu is not None and 0 < on_gpu < layers:
        yield f"model partly on the CPU: {layers - on_gpu} of {layers} layers"
    elif isinstance(share, float) and 0 < share < 1:
        yield f"model partly on the CPU: {1 - share:.0%} of its memory"


def _streams(known: dict[Means, Value], demand: Demand | None) -> Iterator[str]:
    streams = _count(known.get(Means.STREAMS))
    if demand is None or not streams or streams >= demand.streams:
        return
    slots = "one slot only" if streams == 1 else f"{streams} slots only"
    yield f"{slots}: {demand.streams} streams wait for each other"


def _habits(known: dict[Means, Value]) -> Iterator[str]:
    if known.get(Means.PREFIX_CACHE) is True:
        yield "prefix cache on: a prompt that begins like an earlier one is answered sooner"
    if known.get(Means.SPECULATIVE) is True:
        yield "speculative decoding on: speed depends on the text, random prompts show little of it"
    cache = known.get(Means.KV_CACHE_TYPE)
    if isinstance(cache, str) and cache and cache.lower() not in PLAIN_KV_CACHE:
        yield f"KV cache in {cache[:20]}: less memory, somewhat other answers"
    if known.get(Means.SLEEPING) is True:
        yield "asleep: the next request waits until it has woken"
    kept_s = known.get(Means.KEEP_ALIVE_S)
    if isinstance(kept_s, int | float) and not isinstance(kept_s, bool) and kept_s == 0:
        yield "keep-alive 0: every request loads the model anew"


def _count(value: Value | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
