"""Synthetic weights of every type run in the real engine and answer with finite numbers."""

from __future__ import annotations

import http.client
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tiny_models import tiny, tiny_families

from advisor.models.architecture import Architecture
from advisor.models.blocks import PACKED_TYPES
from advisor.models.model import Model, quantized
from advisor.models.quantization import QUANTIZATIONS, Tensor, tensor_types
from advisor.models.synthetic import write_model, write_synthetic
from advisor.servers.embedded import EmbeddedEngine

TYPES = sorted(PACKED_TYPES)
TOKENS = 24
_ONE_WIDTH: dict[str, object] = {"hidden": 256, "heads": 4, "ffn": 256}
"""All rows are as long, so that blocks of each type are packed once."""


def _a_layer_of_each(one: Architecture) -> Model:
    """The model with as many layers as there are types, each stored in one of them."""
    whole = quantized(msgspec.structs.replace(one, layers=len(TYPES)), "F16")
    tensors = tuple(
        Tensor(each.shape, TYPES[each.shape.layer])
        if each.type == "F16" and each.shape.layer is not None
        else each
        for each in whole.tensors
    )
    return replace(whole, tensors=tensors)


def _logprobs(path: Path) -> list[float]:
    """Of the likeliest five tokens at each place of an answer."""
    with EmbeddedEngine(path, threads=1, context_tokens=512) as engine:
        connection = http.client.HTTPConnection(
            engine.endpoint.host, engine.endpoint.port, timeout=120
        )
        wanted = {"prompt": "the quick brown fox", "n_predict": TOKENS, "n_probs": 5}
        body = json.dumps(wanted | {"ignore_eos": True, "temperature": 1.0, "seed": 1})
        connection.request("POST", "/completion", body, {"Content-Type": "application/json"})
        answer: Any = json.loads(connection.getresponse().read())
        connection.close()
    return [
        likely["logprob"]
        for place in answer["completion_probabilities"]
        for likely in place["top_logprobs"]
    ]


def _families() -> list[Architecture]:
    experts = next(one for one in tiny_families() if one.family == "qwen3moe")
    narrow = msgspec.structs.replace(experts, **(_ONE_WIDTH | {"ffn": 0}))
    return [tiny(**_ONE_WIDTH), narrow]


@pytest.mark.parametrize("one", _families(), ids=lambda one: one.family)
def test_a_layer_of_each_type_runs(tmp_path: Path, one: Architecture) -> None:
    path = tmp_path / "m.gguf"
    write_model(_a_layer_of_each(one), path, memory_available_bytes=10**11)
    logprobs = _logprobs(path)
    assert len(logprobs) == 5 * TOKENS
    assert all(math.isfinite(value) for value in logprobs)
    # No token stands out as it would after weights of the wrong size, none is as likely as all.
    assert -math.log(2_048) < max(logprobs) < -0.01
    assert len(set(logprobs)) > TOKENS


LATER_FAMILIES = {"llama4", "qwen3next", "lfm2", "lfm2moe", "kimi-linear", "deepseek32", "glm-dsa"}


@pytest.mark.parametrize(
    "one",
    [
        each
        for each in tiny_families()
        if each.family in LATER_FAMILIES or each.name == "tiny-gemma-4-e2b"
    ],
    ids=lambda one: one.name,
)
def test_a_model_of_each_later_family_answers(tmp_path: Path, one: Architecture) -> None:
    path = write_synthetic(one, "Q4_K_M", tmp_path / "m.gguf", memory_available_bytes=10**11).path
    logprobs = _logprobs(path)
    assert len(logprobs) == 5 * TOKENS
    assert all(math.isfinite(value) for value in logprobs)
    assert -math.log(2_048) < max(logprobs) < -0.01
    assert len(set(logprobs)) > TOKENS


def test_a_layer_of_each_type_covers_every_quantization() -> None:
    one = tiny(tied_embeddings=False)
    stored = {each.type for name in QUANTIZATIONS for each in tensor_types(one, name)}
    assert stored - {"F32"} <= set(TYPES)
