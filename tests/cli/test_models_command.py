"""`advisor models` as a user runs it."""

from __future__ import annotations

import json
import os
import re
import struct
from pathlib import Path
from subprocess import CompletedProcess

import jsonschema
import pytest
from hub_configs import LLAMA
from program import typed

from advisor.cli.schema import json_schema

_BOX = 'kind = "cuda"\nmemory_gib = 24\nbandwidth_gb_per_s = 936\nfp16_tflops = 71\n'


def advisor(folder: Path, *arguments: object) -> CompletedProcess[str]:
    environment = {**os.environ, "ADVISOR_DATA_DIR": str(folder), "COLUMNS": "100"}
    return typed(*map(str, arguments), folder=folder, environment=environment)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    path = tmp_path / "candidate.toml"
    path.write_text(_BOX)
    return path


def test_show_is_one_document(tmp_path: Path) -> None:
    done = advisor(tmp_path, "models", "show", "gpt-oss-120b", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema("advisor.model/1"))
    assert document["parameters"] == 116_829_156_672
    assert document["quantization"] == "MXFP4"
    assert document["bits_per_weight"]["experts"] == pytest.approx(4.25, abs=0.01)


def test_show_in_words(tmp_path: Path) -> None:
    done = advisor(tmp_path, "models", "show", "qwen3-30b-a3b:Q4_K_M")
    assert done.returncode == 0, done.stderr
    assert "30.5 B, 3.04 B used by a token" in done.stdout
    assert "8 of 128 in each layer" in done.stdout
    assert "17.3 GiB" in done.stdout


def test_prediction_for_a_candidate_is_one_document(tmp_path: Path, box: Path) -> None:
    asked = ("models", "predict", "llama-3.1-8b:Q4_K_M", "--machine", box, "--json")
    done = advisor(tmp_path, *asked)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema("advisor.prediction/1"))
    assert document["machine"] == "candidate"
    assert document["fits"] == "yes"
    assert document["basis"] == "bandwidth"
    for key in ("memory_bytes", "decode_tok_per_s", "prefill_tok_per_s"):
        assert document[key]["p10"] < document[key]["p50"] < document[key]["p90"]
    assert advisor(tmp_path, *asked).stdout == done.stdout


def test_prediction_in_words(tmp_path: Path, box: Path) -> None:
    done = advisor(
        tmp_path, "models", "predict", "llama-3.3-70b", "--machine", box, "--context", 8192
    )
    assert done.returncode == 0, done.stderr
    assert "fits partly" in done.stdout
    assert "of 80 layers into main memory" in done.stdout
    assert "Assumed: main memory holds 24 GiB" in done.stdout


def test_a_speed_says_after_how_long_a_context(tmp_path: Path) -> None:
    asked = ("models", "predict", "llama-3.1-8b", "--device", "RTX 4090")
    at_first = advisor(tmp_path, *asked).stdout
    assert "after" not in at_first
    alone = " ".join(advisor(tmp_path, *asked, "--context", 8192).stdout.split())
    assert "tokens/s after 8,192 tokens prefill" in alone
    assert "tokens/s for a prompt of 512 after 8,192 tokens basis" in alone
    four = advisor(tmp_path, *asked, "--context", 8192, "--concurrency", 4).stdout
    assert "all together, after 8,192 tokens each" in " ".join(four.split())


def test_the_longest_context_that_is_told_is_one_that_fits(tmp_path: Path) -> None:
    asked = ("--quiet", "models", "predict", "qwen3-8b", "--device", "RTX 3060")
    told = re.search(r"at most +([\d,]+) tokens of context", advisor(tmp_path, *asked).stdout)
    assert told is not None
    longest = advisor(tmp_path, *asked, "--context", told[1])
    assert "fits" in longest.stdout
    assert "Warning" not in longest.stdout


def test_a_longest_context_that_is_not_known_is_said_to_be(tmp_path: Path, box: Path) -> None:
    config = {key: value for key, value in LLAMA.items() if key != "max_position_embeddings"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    predicted = advisor(tmp_path, "models", "predict", tmp_path, "--machine", box)
    assert "4,096 tokens of context" not in predicted.stdout
    assert "the model's own limit is not known" in " ".join(predicted.stdout.split())
    shown = " ".join(advisor(tmp_path, "models", "show", tmp_path).stdout.split())
    assert "context the file does not state it" in shown


def test_prediction_for_a_device_by_its_name(tmp_path: Path) -> None:
    asked = ("models", "predict", "llama-3.1-8b:Q4_K_M", "--device", "rtx 4090", "--json")
    plain, small = (
        json.loads(advisor(tmp_path, *asked, "--context", "32768", *more).stdout)
        for more in ((), ("--cache-type", "Q8_0"))
    )
    assert plain["machine"] == "NVIDIA GeForce RTX 4090"
    assert plain["fits"] == "yes"
    assert plain["prefill_tok_per_s"]["p50"] > plain["decode_tok_per_s"]["p50"]
    assert small["cache_type"] == "q8_0"
    assert small["memory"]["cache_bytes"] < 0.6 * plain["memory"]["cache_bytes"]
    assert small["decode_tok_per_s"]["p50"] > plain["decode_tok_per_s"]["p50"]


def test_a_file_may_leave_out_what_is_known_of_its_device(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "RTX 4090"\nprice_usd = 2500\n')
    asked = ("models", "predict", "llama-3.1-8b:Q4_K_M", "--context", "32k", "--json")
    file, device = (
        json.loads(advisor(tmp_path, *asked, *box).stdout)
        for box in (("--machine", "mine.toml"), ("--device", "RTX 4090"))
    )
    assert file["context_tokens"] == 32_000
    assert file["decode_tok_per_s"] == device["decode_tok_per_s"]
    assert any("leaves out" in each for each in file["assumptions"])


def test_known_devices_are_listed_and_taken_by_each_command(tmp_path: Path) -> None:
    listed = advisor(tmp_path, "models", "devices", "--search", "rtx 4090", "--json")
    document = json.loads(listed.stdout)
    jsonschema.validate(document, json_schema("advisor.devices/1"))
    name = document["devices"][0]["name"]
    assert "NVIDIA GeForce RTX 4090" in advisor(tmp_path, "models", "devices").stdout
    table = advisor(tmp_path, "models", "--device", name, "--search", "qwen3-8b", "--json")
    assert json.loads(table.stdout)["machine"] == name


def test_a_prediction_says_what_it_rests_on(tmp_path: Path, box: Path) -> None:
    asked = ("--quiet", "models", "predict", "smollm2-135m:Q8_0")
    here = " ".join(advisor(tmp_path, *asked).stdout.split())
    assert "this machine's measured memory bandwidth" in here
    assert "advisor models calibrate, some three minutes. 0 of at least 3 models" in here
    there = " ".join(advisor(tmp_path, *asked, "--machine", box, "--context", 9000).stdout.split())
    assert "published rates of llama.cpp" in there
    assert "calibrate" not in there
    assert "Warning: a context of 9,000 tokens is more than the 8,192" in there


def test_prediction_for_this_machine(tmp_path: Path) -> None:
    done = advisor(tmp_path, "--quiet", "models", "predict", "smollm2-135m:Q8_0", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["fits"] == "yes"
    assert document["free_bytes"] > document["memory_bytes"]["p50"]


def _gguf(path: Path, tensors: int, rest: bytes = b"") -> Path:
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, tensors, 0) + rest)
    return path


def test_bad_input_is_one_line_and_code_2(tmp_path: Path, box: Path) -> None:
    (tmp_path / "page.gguf").write_text("<!DOCTYPE html>")
    (tmp_path / "evil.json").write_text('{"model_type": "\\u001b[31mrwkv"}')
    odd = tmp_path / "odd.toml"
    odd.write_text(_BOX + "\nvram = 3\n")
    bare = tmp_path / "bare.toml"
    bare.write_text("bandwidth_gb_per_s = 900\n")
    for asked, said in (
        (("show", "lama-3.1-8b"), "Did you mean llama-3.1-8b"),
        (("show", "llama-3.1-8b:Q99"), "The quantization 'Q99' is not known"),
        (("show", _gguf(tmp_path / "cut.gguf", 5)), "damaged: it ends inside its header"),
        (("show", _gguf(tmp_path / "lie.gguf", 2**63)), "9,223,372,036,854,775,808 tensors"),
        (("show", tmp_path / "page.gguf"), "is not a GGUF model"),
        (("show", tmp_path / "evil.json"), "whose tensors follow from dimensions"),
        (("show", tmp_path), "config.json cannot be read"),
        (("predict", "llama-3.1-8b", "--machine", odd), "vram"),
        (("predict", "llama-3.1-8b", "--machine", tmp_path / "no.toml"), "no such file"),
        (("predict", "llama-3.1-8b", "--machine", bare), "it does not state kind, memory_gib"),
        (("predict", "llama-3.1-8b", "--machine", box, "--context", "0"), "--context"),
        (("predict", "llama-3.1-8b", "--context", "much"), "written like 32768 or 32k"),
        (("predict", "llama-3.1-8b", "--device", "RTX 4990"), "RTX 4090"),
        (("predict", "llama-3.1-8b", "--device", "M4", "--machine", box), "two boxes"),
        (("predict", "llama-3.1-8b", "--cache-type", "f32"), "q8_0"),
    ):
        done = advisor(tmp_path, "models", *asked)
        assert done.returncode == 2, (asked, done.stderr)
        assert said in done.stderr.replace("\n", " "), asked
        assert "Traceback" not in done.stderr
        assert "\x1b" not in done.stderr
        assert done.stdout == ""
