"""Does the llama.cpp dialect agree with a real llama.cpp server, the embedded one?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mid_stream import read_with

from advisor.documents import Unknown
from advisor.servers.client import exchange
from advisor.servers.discovery import connect, pick_model
from advisor.servers.embedded import EmbeddedEngine
from advisor.servers.told import Counters, Means
from advisor.servers.wire import Completion, Server, TokenSource

PROMPT = "seven quiet rivers carry early lanterns past the window of a sleeping baker " * 2


@pytest.fixture(scope="module")
def llamacpp(smollm2: Path) -> Iterator[Server]:
    with EmbeddedEngine(smollm2, threads=1, slots=1, context_tokens=1024) as engine:
        yield connect(engine.endpoint.url)


def test_is_told_from_others_and_describes_its_model(llamacpp: Server) -> None:
    assert llamacpp.kind == "llama.cpp"
    (model,) = llamacpp.models()
    assert "/" not in model.name
    assert (model.parameters, model.quantization) == (134_515_008, "Q4_1")
    assert (model.context_tokens, model.loaded) == (1024, True)


def test_counts_and_clocks_agree_with_the_servers_own(llamacpp: Server) -> None:
    name = pick_model(llamacpp, None)
    for seed in (1, 2):
        request = llamacpp.request(name, Completion(PROMPT, 32, seed))
        reading = llamacpp.read(exchange(llamacpp.endpoint, request, timeout_s=120))
        assert reading.error is None
        assert (reading.output_tokens, reading.token_source) == (32, TokenSource.USAGE)
        assert reading.cached_input_tokens == 0
        assert reading.timings.prefill_tokens == reading.input_tokens
        assert reading.timings.decode_intervals == 31
    span_s = (reading.event_ns[-1] - reading.event_ns[0]) / 1e9
    assert span_s == pytest.approx(reading.timings.decode_s, rel=0.25, abs=0.15)


def test_tells_its_settings_and_counts_to_the_token(llamacpp: Server) -> None:
    name = pick_model(llamacpp, None)
    told = {each.means: each.value for each in llamacpp.settings(name)}
    assert (told[Means.CONTEXT_TOKENS], told[Means.STREAMS]) == (1024, 1)
    before = llamacpp.counters(name)
    request = llamacpp.request(name, Completion(PROMPT, 24, 7))
    reading = llamacpp.read(exchange(llamacpp.endpoint, request, timeout_s=120))
    after = llamacpp.counters(name)
    assert isinstance(before, Counters)
    assert isinstance(after, Counters)
    assert after.generated_tokens - before.generated_tokens == reading.output_tokens == 24
    assert after.prompt_tokens - before.prompt_tokens == reading.input_tokens
    assert isinstance(llamacpp.unload(name), Unknown)


def test_killed_in_the_middle_of_a_stream_it_leaves_what_was_read(smollm2: Path) -> None:
    with EmbeddedEngine(smollm2, threads=1, slots=1, context_tokens=1024) as engine:
        server = connect(engine.endpoint.url)
        assert engine._child is not None
        reading = read_with(server, engine.model_name, engine._child.kill)
        assert reading.error in ("reset", "truncated")
        assert 3 < len(reading.event_ns) == reading.output_tokens < 400
        assert reading.token_source is TokenSource.ESTIMATED


def test_as_a_generic_server_it_gives_the_same_counts(llamacpp: Server) -> None:
    generic = connect(llamacpp.endpoint.url, kind="generic")
    request = generic.request("any", Completion(PROMPT, 8, 3))
    reading = generic.read(exchange(generic.endpoint, request, timeout_s=60))
    assert (reading.output_tokens, reading.error) == (8, None)
