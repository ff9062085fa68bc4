"""Do both shallow copies keep the shapes, the mix of layers and the types of the whole?"""

from __future__ import annotations

from pathlib import Path

import gguf
import pytest
from tiny_models import tiny, tiny_families

from advisor.errors import AdvisorError, InputError
from advisor.models.architecture import Architecture
from advisor.models.catalogue import catalogue
from advisor.models.memory import Load
from advisor.models.model import Model, of_catalogue, quantized
from advisor.models.shallow import MOST_DEPTH, WANTED_BYTES, Copies, shallow_copies
from advisor.models.synthetic import write_model

PLENTY = 10**13


def copies(model: Model, memory: int = PLENTY, disk: int = PLENTY) -> Copies:
    return shallow_copies(model, Load(640), memory, disk)


def layer_shapes(model: Model) -> list[frozenset[tuple[str, tuple[int, ...]]]]:
    layers: list[set[tuple[str, tuple[int, ...]]]] = [
        set() for _ in range(model.architecture.layers)
    ]
    for each in model.tensors:
        if each.shape.layer is not None and each.shape.layer < len(layers):
            layers[each.shape.layer].add((each.name.split(".", 2)[2], each.dims))
    return [frozenset(each) for each in layers]


def others(model: Model) -> list[tuple[str, str]]:
    return [(each.name, each.type) for each in model.tensors if each.shape.layer is None]


def kept(kinds: str) -> bool:
    """Whether every layer that looks at an earlier cache stands behind those that fill it."""
    filling = kinds.rstrip("aw")
    return filling == filling.upper() and set(kinds[len(filling) :].upper()) <= set(filling)


@pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.name)
def test_every_model_of_the_catalogue_has_two_copies_of_its_own_layers(one: Architecture) -> None:
    whole = quantized(one, "Q4_K_M")
    found = copies(whole)
    depths = [each.architecture.layers for each in (found.shallow, found.deep, found.whole)]
    assert depths == sorted(set(depths))
    assert found.deep.weights_bytes < whole.weights_bytes
    known = set(layer_shapes(whole))
    for copy in (found.shallow, found.deep):
        assert set(layer_shapes(copy)) <= known
        assert others(copy) == others(whole)
        assert kept(copy.architecture.kinds)
    assert set(layer_shapes(found.deep)) == known
    further = layer_shapes(found.deep)[depths[0] :]
    if one.experts is not None and one.experts.dense_layers:
        assert all(any("_exps." in name for name, _ in each) for each in further)


@pytest.mark.parametrize("name", ["gemma-3-27b", "gpt-oss-20b", "qwen3.5-27b"])
def test_copies_hold_whole_periods(name: str) -> None:
    found = copies(of_catalogue(name))
    for copy in (found.shallow, found.deep):
        kinds = copy.architecture.kinds
        assert kinds == copy.architecture.pattern * (len(kinds) // len(copy.architecture.pattern))


def test_the_mix_of_a_pattern_that_never_repeats_is_kept() -> None:
    whole = of_catalogue("nemotron-3-nano-30b-a3b").architecture
    kinds = copies(of_catalogue("nemotron-3-nano-30b-a3b")).deep.architecture.kinds
    for kind in set(whole.kinds):
        share = whole.kinds.count(kind) / whole.layers
        assert kinds.count(kind) / len(kinds) == pytest.approx(share, abs=0.03)


def test_further_layers_weigh_what_layers_weigh_on_average() -> None:
    whole = of_catalogue("llama-3.1-8b:Q4_K_M")
    found = copies(whole)
    more = found.deep.architecture.layers - found.shallow.architecture.layers
    each = (found.deep.weights_bytes - found.shallow.weights_bytes) / more
    rest = sum(one.size_bytes for one in whole.tensors if one.shape.layer is None)
    assert each == pytest.approx((whole.weights_bytes - rest) / 32, rel=0.01)


def test_the_second_copy_goes_as_deep_as_there_is_room() -> None:
    whole = of_catalogue("llama-3.1-8b:Q4_K_M")
    wide, narrow = copies(whole), copies(whole, memory=3_000_000_000)
    assert wide.deep.architecture.layers <= MOST_DEPTH * 32
    assert wide.weights_bytes <= WANTED_BYTES
    assert 1 < narrow.deep.architecture.layers < wide.deep.architecture.layers
    assert copies(whole, disk=2_500_000_000).weights_bytes <= 2_500_000_000


@pytest.mark.parametrize(
    ("memory", "disk", "what"), [(10**9, PLENTY, "memory"), (PLENTY, 10**9, "disk")]
)
def test_without_room_for_the_smallest_pair_it_is_refused(
    memory: int, disk: int, what: str
) -> None:
    with pytest.raises(AdvisorError, match=f"GB of {what}, 1.0 GB are free"):
        copies(of_catalogue("llama-3.1-70b:Q4_K_M"), memory, disk)


def test_what_cannot_be_copied_is_refused() -> None:
    with pytest.raises(InputError, match="too few layers"):
        copies(quantized(tiny(layers=1), "Q4_0"))
    strange = Model(tiny(family="rwkv9"), "Q4_0", quantized(tiny(), "Q4_0").tensors)
    with pytest.raises(InputError, match="no copy can be made of the architecture 'rwkv9'"):
        copies(strange)


DEEP_ENOUGH = ("tiny-llama", "tiny-mixtral-8x7b", "tiny-qwen3-30b-a3b", "tiny-gpt-oss-20b")


@pytest.mark.parametrize(
    "one", [each for each in tiny_families() if each.name in DEEP_ENOUGH], ids=lambda one: one.name
)
def test_the_file_of_a_copy_holds_its_tensors(tmp_path: Path, one: Architecture) -> None:
    copy = copies(quantized(one, "Q4_K_M")).shallow
    found = gguf.GGUFReader(write_model(copy, tmp_path / "m.gguf").path)
    stored = {each.name: each.tensor_type.name for each in found.tensors}
    assert stored == {each.name: each.type for each in copy.tensors}
