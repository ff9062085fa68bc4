"""What a user may name a model by: files, split files, folders, Ollama's answers, names."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pytest
from hub_configs import LLAMA
from tiny_models import split_in_two, tiny, tiny_families

from advisor.errors import AdvisorError, InputError
from advisor.models import reading
from advisor.models.architecture import Architecture
from advisor.models.catalogue import catalogue, find
from advisor.models.description import describe
from advisor.models.devices import Device
from advisor.models.machine_file import Box, main_memory
from advisor.models.memory import Load, Room, need_of
from advisor.models.metadata import read_metadata
from advisor.models.model import quantized
from advisor.models.ollama_show import parse_show
from advisor.models.plausible import require_plausible
from advisor.models.prediction import predict
from advisor.models.reading import read_model
from advisor.models.synthetic import write_synthetic


@pytest.mark.parametrize("one", tiny_families(), ids=lambda one: one.name)
def test_a_file_needs_what_its_architecture_needs(tmp_path: Path, one: Architecture) -> None:
    """What is read from the header comes to the same as what was written into it."""
    made = write_synthetic(one, "Q4_K_M", tmp_path / "m.gguf", memory_available_bytes=10**11)
    read, known = read_model(str(made.path)), quantized(one, "Q4_K_M")
    assert read.from_file
    assert read.architecture.kinds == one.kinds
    assert read.parameters == known.parameters
    assert read.active_parameters == known.active_parameters
    assert read.quantization == "Q4_K_M"
    for load in (Load(), Load(3_000, 2), Load(100_000, 1, "q8_0")):
        assert need_of(read, load) == need_of(known, load)


def test_a_real_file(smollm2: Path) -> None:
    read = read_model(str(smollm2))
    assert read.parameters == 134_515_008
    assert read.architecture.tied_embeddings
    assert read.weights_bytes == pytest.approx(smollm2.stat().st_size, rel=0.02)


def test_a_split_file_is_read_whole_by_any_part(tmp_path: Path) -> None:
    made = write_synthetic(tiny(), "Q4_K_M", tmp_path / "whole.gguf")
    whole = read_model(str(made.path))
    for part in split_in_two(made.path, tmp_path):
        read = read_model(str(part))
        assert read.tensors == whole.tensors
        assert read.architecture.layers == whole.architecture.layers


def test_the_parts_of_a_split_file_are_found_by_an_address_that_asks_for_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = write_synthetic(tiny(), "Q4_K_M", tmp_path / "whole.gguf")
    split_in_two(made.path, tmp_path)

    @contextmanager
    def fetched(url: str) -> Iterator[tuple[IO[bytes], int]]:
        path = tmp_path / urlsplit(url).path.rsplit("/", 1)[-1]
        assert urlsplit(url).query == "download=true"
        with path.open("rb") as stream:
            yield stream, path.stat().st_size

    monkeypatch.setattr(reading, "_open_remote", fetched)
    read = read_model("https://hub.example/m-00002-of-00002.gguf?download=true")
    assert read.tensors == read_model(str(made.path)).tensors


@pytest.mark.parametrize(
    ("key", "lie", "why"),
    [
        ("llama.embedding_length", 1 << 20, "says 1,048,576 numbers a token, its tensors are made"),
        ("llama.attention.head_count_kv", 1 << 16, "a token and layer in the cache of keys"),
    ],
)
def test_a_header_that_its_own_tensors_contradict_is_refused(
    tmp_path: Path, key: str, lie: int, why: str
) -> None:
    path = write_synthetic(tiny(), "Q4_K_M", tmp_path / "whole.gguf").path
    content = bytearray(path.read_bytes())
    value_at = content.index(key.encode()) + len(key) + 4
    content[value_at : value_at + 4] = lie.to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(InputError, match=why):
        read_model(str(path))


def test_a_split_file_with_a_missing_part_is_refused(tmp_path: Path) -> None:
    made = write_synthetic(tiny(), "Q4_K_M", tmp_path / "whole.gguf")
    first, second = split_in_two(made.path, tmp_path)
    second.unlink()
    with pytest.raises(InputError, match="00002-of-00002"):
        read_model(str(first))
    shutil.copy(first, tmp_path / "m-00001-of-99999.gguf")
    with pytest.raises(InputError, match="99,999 parts"):
        read_model(str(tmp_path / "m-00001-of-99999.gguf"))


def test_a_folder_and_a_name_take_a_quantization(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    config = {
        "model_type": "qwen3",
        "hidden_size": 2048,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 6144,
        "vocab_size": 151936,
        "tie_word_embeddings": True,
    }
    (folder / "config.json").write_text(json.dumps(config))
    named = read_model("qwen3-1.7b:q8_0")
    for text in (f"{folder}:Q8_0", f"{folder / 'config.json'}:Q8_0"):
        read = read_model(text)
        assert (read.quantization, read.weights_bytes) == ("Q8_0", named.weights_bytes)
    assert read_model(str(folder)).quantization == "Q4_K_M"
    assert read_model("gpt-oss-20b").quantization == "MXFP4"


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        ("no-such.gguf", "There is no model no-such.gguf"),
        ("somewhere/else", "There is no model"),
        ("llama-9.9-8b", "No model is called 'llama-9.9-8b'.*Did you mean"),
        ("llama-3.1-8b:Q17", "The quantization 'Q17' is not known"),
        ("", "No model is called ''"),
    ],
)
def test_other_names_are_refused(named: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        read_model(named)


def test_a_file_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    made = write_synthetic(tiny(), "Q4_K_M", tmp_path / "m.gguf")
    content = made.path.read_bytes()
    (tmp_path / "strange.gguf").write_bytes(content.replace(b"attn_", b"mind_"))
    with pytest.raises(InputError, match="how layer 0 of 'llama' works is not known"):
        read_model(str(tmp_path / "strange.gguf"))
    (tmp_path / "empty.gguf").write_bytes(content.replace(b"block_count", b"block_kount"))
    with pytest.raises(InputError, match="does not describe a decoder"):
        read_model(str(tmp_path / "empty.gguf"))


def test_no_damage_escapes_as_another_error(tmp_path: Path) -> None:
    """Noise in a sound header is refused in one line, or the model is what it says by then."""
    card = Box(
        name="b",
        kind="cuda",
        room=Room(8 << 30, 8 << 30),
        device=Device(kind="cuda", memory_gib=8, bandwidth_gb_per_s=500, fp16_tflops=50),
        host=main_memory(50, 8 << 30),
    )
    draw = random.Random(11)
    refused = 0
    for one in tiny_families()[::4]:
        made = write_synthetic(one, "Q4_K_M", tmp_path / "m.gguf", memory_available_bytes=10**11)
        whole = made.path.read_bytes()
        tokens = whole.index(b"tokenizer.ggml.model")
        table = whole.index(b"token_embd.weight") - 8
        for _ in range(60):
            noisy = bytearray(whole)
            for _ in range(draw.randint(1, 4)):
                start, end = draw.choice(((24, tokens), (table, table + 900)))
                noisy[draw.randrange(start, end)] = draw.randrange(256)
            path = tmp_path / "noise.gguf"
            path.write_bytes(noisy)
            try:
                read = read_model(str(path))
                assert describe(read).weights_bytes >= 0
                assert predict(read, card).memory_bytes.p50 > 0
            except AdvisorError:
                refused += 1
    assert refused > 30


def _shown(path: Path, *, verbose: bool) -> dict[str, Any]:
    """What Ollama says of the file: the header's keys, long arrays only when asked for."""
    header = read_metadata(path)
    info: dict[str, Any] = {
        key: value
        for key, value in header.values.items()
        if not isinstance(value, tuple) and value is not None
    }
    info["general.parameter_count"] = header.parameters
    info["tokenizer.ggml.tokens"] = (
        ["x"] * header.items["tokenizer.ggml.tokens"] if verbose else None
    )
    answer: dict[str, Any] = {
        "model_info": info,
        "details": {"quantization_level": header.quantization},
    }
    if verbose:
        answer["tensors"] = [
            {"name": one.name, "type": one.type, "shape": list(reversed(one.dims))}
            for one in header.tensors
        ]
    return answer


@pytest.mark.parametrize("verbose", [True, False])
@pytest.mark.parametrize("tied", [True, False])
def test_ollamas_answer_says_what_the_file_says(tmp_path: Path, verbose: bool, tied: bool) -> None:
    one = tiny(tied_embeddings=tied, rope_scaling_factor=1.0)
    made = write_synthetic(one, "Q4_K_M", tmp_path / "m.gguf")
    answer = _shown(made.path, verbose=verbose)
    assert answer["model_info"]["llama.vocab_size"] == one.vocab
    (tmp_path / "show.json").write_text(json.dumps(answer))
    read, known = read_model(str(tmp_path / "show.json")), read_model(str(made.path))
    assert read.parameters == known.parameters
    assert need_of(read, Load()) == need_of(known, Load())
    assert read.architecture.tied_embeddings is tied


@pytest.mark.parametrize("name", ["qwen3-0.6b", "qwen3-8b", "phi-4", "gpt-oss-20b"])
def test_the_vocabulary_follows_from_the_count_of_weights(name: str) -> None:
    one = find(name)
    family = one.family
    info: dict[str, Any] = {
        "general.architecture": family,
        "general.parameter_count": one.parameters,
        f"{family}.block_count": one.layers,
        f"{family}.embedding_length": one.hidden,
        f"{family}.attention.head_count": one.heads,
        f"{family}.attention.head_count_kv": one.kv_heads,
        f"{family}.attention.key_length": one.head_dim,
        f"{family}.attention.value_length": one.head_dim,
        f"{family}.attention.sliding_window": one.window_tokens or None,
        f"{family}.feed_forward_length": one.ffn or (one.experts and one.experts.ffn),
        f"{family}.expert_count": one.experts and one.experts.count,
        f"{family}.expert_used_count": one.experts and one.experts.used,
        f"{family}.expert_feed_forward_length": one.experts and one.experts.ffn,
        "tokenizer.ggml.tokens": None,
    }
    answer = {"model_info": info, "details": {"quantization_level": "Q8_0"}}
    read = parse_show(json.dumps(answer), name, name)
    assert read.architecture.vocab == one.vocab
    assert read.architecture.tied_embeddings is one.tied_embeddings
    assert need_of(read, Load(9_000)) == need_of(quantized(one, "Q8_0"), Load(9_000))


@pytest.mark.parametrize(
    "answer",
    [
        {"model_info": 3},
        {"model_info": {}},
        {"model_info": {"general.architecture": "llama", "llama.block_count": 2**70}},
        {"model_info": {"general.architecture": "llama"}, "tensors": [{"name": 1}]},
    ],
)
def test_other_answers_are_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        parse_show(json.dumps(answer), "m", "m")


def test_a_negative_or_huge_tensor_is_refused(tmp_path: Path) -> None:
    made = write_synthetic(tiny(rope_scaling_factor=1.0), "Q4_K_M", tmp_path / "m.gguf")
    for shape in ([-4, 4], [-4, -4], [0, 4], [], [2**40, 2**40], [1] * 9):
        answer = _shown(made.path, verbose=True)
        answer["tensors"][0]["shape"] = shape
        with pytest.raises(InputError):
            parse_show(json.dumps(answer), "m", "m")


def _header(path: Path, *keys: tuple[bytes, bytes], tensors: bytes = b"", count: int = 0) -> str:
    """Writes a header with those keys and values, and room for a GiB of weights behind it."""
    written = b"".join(struct.pack("<Q", len(key)) + key + value for key, value in keys)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, count, len(keys)) + written + tensors)
    os.truncate(path, path.stat().st_size + (1 << 30))
    return str(path)


_DECODER = (
    (b"general.architecture", struct.pack("<IQ", 8, 5) + b"llama"),
    (b"llama.block_count", struct.pack("<II", 4, 1)),
    (b"llama.embedding_length", struct.pack("<II", 4, 64)),
    (b"llama.attention.head_count", struct.pack("<II", 4, 4)),
)


def _tensor(name: bytes, *dims: int) -> bytes:
    sizes = struct.pack(f"<I{len(dims)}Q", len(dims), *dims)
    return struct.pack("<Q", len(name)) + name + sizes + struct.pack("<IQ", 0, 0)


@pytest.mark.parametrize("name", [b"token_embd.weight", b"blk.0.attn_k.weight", b"x"])
@pytest.mark.parametrize("dims", [(), (0,), (64, 0)])
def test_a_tensor_without_weights_is_refused(
    tmp_path: Path, name: bytes, dims: tuple[int, ...]
) -> None:
    path = _header(tmp_path / "m.gguf", *_DECODER, tensors=_tensor(name, *dims), count=1)
    with pytest.raises(InputError, match=f"damaged: tensor '{name.decode()}' holds no weights"):
        read_model(path)


def test_keys_of_one_dimension_are_refused(tmp_path: Path) -> None:
    tensors = _tensor(b"blk.0.attn_q.weight", 64, 64) + _tensor(b"blk.0.attn_k.weight", 64)
    path = _header(tmp_path / "m.gguf", *_DECODER, tensors=tensors, count=2)
    with pytest.raises(InputError, match="its tensors are made for 1"):
        read_model(path)


def test_more_heads_than_the_model_is_wide_are_refused(tmp_path: Path) -> None:
    keys = (*_DECODER[:3], (b"llama.attention.head_count", struct.pack("<II", 4, 128)))
    path = _header(
        tmp_path / "m.gguf", *keys, tensors=_tensor(b"blk.0.attn_q.weight", 64, 64), count=1
    )
    with pytest.raises(InputError, match="128 heads, which are more than its width of 64"):
        read_model(path)


def test_parts_with_too_many_tensors_are_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MOST_TENSORS", 5)
    tensors = b"".join(_tensor(b"blk.0.x%d" % index, 1) for index in range(3))
    for part in range(1, 10):
        path = tmp_path / f"m-{part:05d}-of-00009.gguf"
        named = _header(path, *_DECODER, tensors=tensors, count=3)
    with pytest.raises(InputError, match="holds 6 tensors: no model has that many"):
        read_model(named)


@pytest.mark.parametrize("named", ["~nobody-here/m.gguf", "~nobody-here", "m" * 5_000, "~x:Q4_0"])
def test_a_name_that_no_file_can_have_is_no_file(named: str) -> None:
    with pytest.raises(InputError, match=r"There is no model|No model is called"):
        read_model(named)


def test_a_name_in_a_header_is_one_line(tmp_path: Path) -> None:
    made = write_synthetic(tiny(name="one"), "Q4_0", tmp_path / "m.gguf")
    name = b"synthetic one Q4_0"
    made.path.write_bytes(made.path.read_bytes().replace(name, b"a\nb\r\tc".ljust(len(name))))
    assert read_model(str(made.path)).architecture.name == "a b c"


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"a": [[]]}, "no answer of Ollama's /api/show: Expected"),
        ({"a": {}}, "no answer of Ollama's /api/show: Expected"),
        ({"llama.rope.freq_base": 10**400}, ""),
        ({"general.license": 5}, ""),
    ],
)
def test_what_no_header_holds_is_refused_or_left_out(
    tmp_path: Path, told: dict[str, Any], complaint: str
) -> None:
    made = write_synthetic(tiny(), "Q4_0", tmp_path / "m.gguf")
    answer = _shown(made.path, verbose=True)
    answer["model_info"].update(told)
    if complaint:
        with pytest.raises(InputError, match=complaint):
            parse_show(json.dumps(answer), "m", "m")
    else:
        read = parse_show(json.dumps(answer), "m", "m")
        assert math.isfinite(read.architecture.rope_base)


def test_ollamas_answer_may_be_in_utf_16_as_powershell_writes_it(tmp_path: Path) -> None:
    made = write_synthetic(tiny(), "Q4_0", tmp_path / "m.gguf")
    path = tmp_path / "show.json"
    path.write_text(json.dumps(_shown(made.path, verbose=True)), encoding="utf-16")
    assert read_model(str(path)).parameters == read_model(str(made.path)).parameters


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"intermediate_size": None}, r"an empty part.*'blk\.0\.ffn_gate\.weight' without weights"),
        ({"hidden_size": 16, "head_dim": None}, "an empty part"),
        (
            {"intermediate_size": 2**32 - 1, "hidden_size": 2**32 - 1},
            "there cannot be: it has .* weig",
        ),
        ({"head_dim": 2**20, "hidden_size": 64}, "bytes for each token of a context"),
        (
            {"intermediate_size": 2**32 - 1, "head_dim": 2, "hidden_size": 2},
            "bytes beside its weights",
        ),
    ],
)
def test_a_model_that_there_cannot_be_is_refused(
    tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({**LLAMA, **changes}))
    with pytest.raises(InputError, match=complaint):
        read_model(str(tmp_path))


def test_every_model_of_the_catalogue_can_be() -> None:
    for one in catalogue():
        require_plausible(quantized(one, "Q4_K_M"), one.name)
