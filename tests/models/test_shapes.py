"""Tensors and counts that follow from dimensions."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from advisor.errors import InputError
from advisor.models.catalogue import find
from advisor.models.shapes import Shape, active_parameters, active_weights, shapes


def _published() -> list[dict[str, Any]]:
    text = (Path(__file__).parent / "published_parameters.toml").read_text(encoding="utf-8")
    models: list[dict[str, Any]] = tomllib.loads(text)["model"]
    return models


@pytest.mark.parametrize("stated", _published(), ids=lambda stated: stated["name"])
def test_active_parameters_are_those_stated(stated: dict[str, Any]) -> None:
    one = find(stated["name"])
    embedding = one.vocab * one.hidden if stated["embedding"] else 0
    assert (active_parameters(one) + embedding) / 1e9 == pytest.approx(stated["active"], rel=0.02)


def test_a_dense_model_uses_all_but_the_embedding() -> None:
    one = find("llama-3.1-8b")
    assert one.parameters - active_parameters(one) == one.vocab * one.hidden


def test_layers_of_experts_alone_hold_no_attention() -> None:
    one = find("nemotron-3-nano-30b-a3b")
    by_layer: dict[int | None, set[str]] = {}
    for shape in shapes(one):
        by_layer.setdefault(shape.layer, set()).add(shape.name.split(".", 2)[-1])
    for layer in range(one.layers):
        names = by_layer[layer]
        assert ("ffn_up_exps.weight" in names) == (one.kind(layer) == "E")
        assert ("attn_q.weight" in names) == (one.kind(layer) == "A")
        assert ("ssm_in.weight" in names) == (one.kind(layer) == "M")


def test_an_unknown_family_is_refused() -> None:
    strange = msgspec.structs.replace(find("llama-3.1-8b"), family="rwkv9")
    with pytest.raises(InputError, match="'rwkv9' of llama-3"):
        shapes(strange)


def test_layers_that_predict_further_tokens_are_not_active() -> None:
    one = find("glm-4.5-air")
    predicting = Shape(f"blk.{one.layers}.nextn.eh_proj.weight", (one.hidden, 2 * one.hidden))
    assert active_weights(one, (*shapes(one), predicting)) == active_parameters(one)
