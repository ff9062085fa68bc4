"""Which two shallow copies of a model tell how fast the whole runs?

Both have the embedding, the output and every layer's shape and types of the whole; they differ only
in how many blocks of layers they hold. A block is the shortest run of layers that shows the whole's
mix of kinds (sliding windows, recurrent mixers, experts): its pattern, or the start of a pattern as
long as the model. Dense layers that stand before those with experts come first in both. Blocks are
drawn from the whole depth, so that layers stored with more bits have the share that is theirs.
Layers that look at an earlier layer's cache make a block together with layers that fill one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

from msgspec.structs import replace

from advisor.errors import AdvisorError, InputError
from advisor.models.architecture import Architecture, period
from advisor.models.memory import Load, need_of
from advisor.models.model import Model
from advisor.models.quantization import QUANTIZATIONS, Tensor
from advisor.models.shapes import FAMILIES, Shape

WANTED_BYTES = 6e9
"""What both copies may weigh before the second gets no deeper: some 40 s of writing."""
MOST_DEPTH = 0.5
"""Of the whole's: deeper is as long as measuring the whole."""
MEMORY_SHARE = 0.9
DISK_SHARE = 0.8
_LONGEST_BLOCK = 12


@dataclass(frozen=True, slots=True)
class Copies:
    """The whole and two copies of it, the second deeper than the first."""

    whole: Model
    shallow: Model
    deep: Model

    @property
    def weights_bytes(self) -> int:
        return self.shallow.weights_bytes + self.deep.weights_bytes


def shallow_copies(
    model: Model, load: Load, memory_available_bytes: int, disk_free_bytes: int
) -> Copies:
    """The copies to measure side by side on a machine with so much room.

    The second is as deep as `WANTED_BYTES` allow, if it can be deeper than the first at all. Raises
    InputError for a model that cannot be laid out anew or is too shallow for two copies, and
    AdvisorError where this machine has no room for the smallest pair.
    """
    one, label = model.architecture, f"{model.architecture.name}:{model.quantization}"
    if one.family not in FAMILIES or model.quantization not in QUANTIZATIONS:
        raise InputError(
            f"{label} cannot be measured by layers",
            why=f"no copy can be made of the architecture {one.family!r} in {model.quantization}",
            remedy="Leave --measure out.",
        )
    first, blocks = _blocks(model)
    least = 0 if first else 1
    if least + 1 > len(blocks):
        raise InputError(
            f"{label} cannot be measured by layers",
            why="it has too few layers for two shallow copies",
            remedy=f"Measure the whole: advisor bench --synthetic {label}",
        )
    base = _even(model, blocks, least)
    most_more = max(1, int(MOST_DEPTH * len(blocks)) - least)
    pairs = (
        Copies(model, _copy(model, first, base), _copy(model, first, [*base, *more]))
        for more in (_even(model, blocks, count) for count in range(1, most_more + 1))
    )
    chosen = next(pairs)
    needed = [need_of(each, load).total_bytes for each in (chosen.shallow, chosen.deep)]
    if sum(needed) > MEMORY_SHARE * memory_available_bytes:
        raise _no_room(label, "memory", sum(needed), memory_available_bytes)
    if chosen.weights_bytes > DISK_SHARE * disk_free_bytes:
        raise _no_room(label, "disk", chosen.weights_bytes, disk_free_bytes)
    for pair in pairs:
        needed = [need_of(each, load).total_bytes for each in (pair.shallow, pair.deep)]
        if (
            pair.weights_bytes > min(WANTED_BYTES, DISK_SHARE * disk_free_bytes)
            or sum(needed) > MEMORY_SHARE * memory_available_bytes
        ):
            break
        chosen = pair
    return chosen


def _no_room(label: str, what: str, needed_bytes: int, free_bytes: int) -> AdvisorError:
    return AdvisorError(
        f"{label} cannot be measured by layers here",
        why=f"two shallow copies take {needed_bytes / 1e9:.1f} GB of {what}, "
        f"{free_bytes / 1e9:.1f} GB are free",
        remedy="Free some, choose a smaller quantization, or leave --measure out.",
    )


def _blocks(model: Model) -> tuple[list[int], list[list[int]]]:
    """The dense layers that come first, and the blocks of those behind them."""
    one = model.architecture
    if one.kinds != one.kinds.upper():
        return [], _blocks_that_share(one)
    repeats_after = lcm(
        period(one.kinds),
        one.experts.step if one.experts else 1,
        one.indexer.step if one.indexer else 1,
    )
    repeats = repeats_after <= _LONGEST_BLOCK
    size = repeats_after if repeats else _start_that_shows_all(one.kinds)
    dense = one.experts.dense_layers if one.experts else 0
    start = -(-dense // size) * size
    blocks = [
        list(range(at if repeats else start, (at if repeats else start) + size))
        for at in range(start, one.layers - size + 1, size)
    ]
    return list(range(start)), blocks


def _blocks_that_share(one: Architecture) -> list[list[int]]:
    """Blocks of as many layers that fill a cache as of layers that look at it."""
    size = period(one.kinds.upper())
    filling = sum(kind.isupper() for kind in one.kinds)
    return [
        [*range(first, first + size), *range(second, second + size)]
        for first, second in zip(
            range(0, filling, size), range(filling, one.layers, size), strict=False
        )
    ]


def _start_that_shows_all(kinds: str) -> int:
    """How many of the first layers have every kind, and nearest to the mix of all."""
    enough = next(size for size in range(1, len(kinds) + 1) if set(kinds[:size]) == set(kinds))

    def distance(size: int) -> float:
        return sum(
            abs(kinds[:size].count(kind) / size - kinds.count(kind) / len(kinds))
            for kind in sorted(set(kinds))
        )

    return min(range(enough, max(enough, min(_LONGEST_BLOCK, len(kinds) // 2)) + 1), key=distance)


def _even(model: Model, blocks: Sequence[list[int]], count: int) -> list[list[int]]:
    """So many blocks that weigh on average as nearly as can be what all do, in the file's order."""
    by_layer = _by_layer(model)
    sizes = [sum(t.size_bytes for layer in each for t in by_layer[layer]) for each in blocks]
    mean = sum(sizes) / len(sizes)
    left, taken = list(range(len(blocks))), list[int]()
    for _ in range(count):
        so_far = sum(sizes[each] for each in taken)
        nearest = min(left, key=lambda each: abs((so_far + sizes[each]) / (len(taken) + 1) - mean))
        taken.append(nearest)
        left.remove(nearest)
    return [blocks[each] for each in sorted(taken)]


def _by_layer(model: Model) -> dict[int | None, list[Tensor]]:
    """The tensors of each layer, in the file's order; None: those that are of no layer."""
    found = defaultdict[int | None, list[Tensor]](list)
    for each in model.tensors:
        found[each.shape.layer].append(each)
    return found


def _copy(model: Model, first: Sequence[int], blocks: Sequence[list[int]]) -> Model:
    """The model with only these layers, one upon the other, those that fill a cache first."""
    one = model.architecture
    upon_the_other = [*first, *(layer for block in blocks for layer in block)]
    layers = sorted(upon_the_other, key=lambda layer: one.kind(layer).islower())
    by_layer = _by_layer(model)
    tensors = [_of_so_many_layers(each, one, len(layers)) for each in by_layer[None]]
    for place, layer in enumerate(layers):
        tensors += [_moved(each, place) for each in by_layer[layer]]
    kinds = "".join(one.kind(layer) for layer in layers)
    architecture = replace(
        one,
        name=f"{one.name}, {len(layers)} layers",
        layers=len(layers),
        pattern=kinds[: period(kinds)],
        kv_heads_by_layer=tuple(one.kv_heads_by_layer[each] for each in layers)
        if one.kv_heads_by_layer
        else (),
        ffn_by_layer=tuple(one.ffn_by_layer[each] for each in layers) if one.ffn_by_layer else (),
        parameters=sum(each.weights for each in tensors if each.name != "rope_freqs.weight"),
    )
    return Model(architecture, model.quantization, tuple(tensors))


def _of_so_many_layers(tensor: Tensor, one: Architecture, layers: int) -> Tensor:
    """The same, or where it holds a part for each layer, with the parts of so many."""
    whole = one.layers * one.layer_input
    if not whole or whole not in tensor.dims:
        return tensor
    dims = tuple(layers * one.layer_input if each == whole else each for each in tensor.dims)
    return Tensor(Shape(tensor.name, dims), tensor.type)


def _moved(tensor: Tensor, place: int) -> Tensor:
    """The tensor under the name that it has in another layer."""
    _, _, name = tensor.name.split(".", 2)
    return Tensor(Shape(f"blk.{place}.{name}", tensor.dims), tensor.type)
