"""Does the llama.cpp dialect read recorded streams and lists right?"""

from __future__ import annotations

import json

import pytest
from streams import LLAMACPP_CHAT, http, reads

from advisor.documents import Unknown
from advisor.servers.dialects.llamacpp import LlamaCppServer
from advisor.servers.wire import Completion, Endpoint, ServerTimings, TokenSource

SERVER = LlamaCppServer(Endpoint("http", "127.0.0.1", 8080), kind="llama.cpp", version="b7000")


def test_timers_are_brought_to_tokens_intervals_and_seconds() -> None:
    reading = SERVER.read(reads(http(LLAMACPP_CHAT)))
    assert reading.error is None
    assert (len(reading.event_ns), reading.output_tokens, reading.input_tokens) == (4, 4, 31)
    assert reading.cached_input_tokens == 0
    assert reading.token_source is TokenSource.USAGE
    assert reading.timings == ServerTimings(31, pytest.approx(0.195729), 4, 3, 0.035601)


def test_a_prompt_cache_hit_is_seen() -> None:
    hit = LLAMACPP_CHAT.replace(b'"cache_n":0,"prompt_n":31', b'"cache_n":30,"prompt_n":1')
    reading = SERVER.read(reads(http(hit)))
    assert (reading.input_tokens, reading.cached_input_tokens) == (31, 30)
    assert reading.timings.prefill_tokens == 1


@pytest.mark.parametrize("lie", [b"-4", b"1e400", b'"x"', b"null", b"[]"])
def test_senseless_timers_are_left_out(lie: bytes) -> None:
    body = LLAMACPP_CHAT.replace(b'"predicted_ms":35.601', b'"predicted_ms":' + lie)
    timings = SERVER.read(reads(http(body))).timings
    assert timings is None or timings.decode_s is None


def test_requests_compute_every_prompt_in_full_and_force_length() -> None:
    body = json.loads(SERVER.request("m", Completion("hi", 16, 3)).body)
    assert (body["cache_prompt"], body["ignore_eos"], body["max_tokens"]) == (False, True, 16)


def test_a_listed_path_is_shortened_to_its_file() -> None:
    meta = {"n_params": 134515008, "size": 96576768, "ftype": "Q4_1", "n_ctx": 1024}
    model = SERVER.describe({"id": "/home/someone/models/SmolLM2.Q4_1.gguf", "meta": meta})
    assert model.name == "SmolLM2.Q4_1.gguf"
    assert (model.parameters, model.size_bytes) == (134515008, 96576768)
    assert (model.quantization, model.context_tokens, model.loaded) == ("Q4_1", 1024, True)
    assert SERVER.describe({"id": r"C:\models\a.gguf"}).name == "a.gguf"
    bare = SERVER.describe({"id": "org/model"})
    assert bare.name == "org/model"
    assert isinstance(bare.parameters, Unknown)
