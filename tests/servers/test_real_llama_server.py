"""Does the llama.cpp dialect agree with a real llama-server, an older one in its own process?"""

from __future__ import annotations

from pathlib import Path

import pytest
from mid_stream import read_with
from real_llama_server import running_llama_server

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.client import exchange
from advisor.servers.concerns import Demand, concerns
from advisor.servers.discovery import connect
from advisor.servers.told import Counters, Means
from advisor.servers.wire import Completion, Reading, Server, TokenSource

NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"


def ask(server: Server, *, tokens: int, seed: int) -> Reading:
    request = server.request(NAME, Completion(f"{seed} seven quiet rivers " * 4, tokens, seed))
    return server.read(exchange(server.endpoint, request, timeout_s=120))


def test_is_told_by_its_marks_and_lists_its_model(llama_server: Server) -> None:
    assert llama_server.kind == "llama.cpp"
    assert isinstance(llama_server.version, str)
    (model,) = llama_server.models()
    assert (model.name, model.parameters, model.loaded) == (NAME, 134_515_008, True)


def test_tells_its_settings_and_those_of_its_command_line(llama_server: Server) -> None:
    told = {each.means: each.value for each in llama_server.settings() if each.means != "other"}
    assert told[Means.CONTEXT_TOKENS] == 1024
    assert told[Means.TRAINED_CONTEXT_TOKENS] == 8192
    assert told[Means.STREAMS] == 2
    assert told[Means.SPECULATIVE] is False
    assert (told[Means.GPU_LAYERS], told[Means.LAYERS]) == (14, 31)
    assert told[Means.KV_CACHE_TYPE] == "f16"
    assert concerns(llama_server.settings(), Demand(1000, 100, 4)) == [
        "context 1,024 truncates this workload (1,000 tokens in, 100 out)",
        "model partly on the CPU: 17 of 31 layers",
        "2 slots only: 4 streams wait for each other",
    ]


def test_counts_agree_with_its_own_totals_to_the_token(llama_server: Server) -> None:
    before = llama_server.counters(NAME)
    readings = [ask(llama_server, tokens=24, seed=seed) for seed in (1, 2, 3)]
    after = llama_server.counters(NAME)
    assert [reading.error for reading in readings] == [None] * 3
    assert {reading.token_source for reading in readings} == {TokenSource.USAGE}
    assert isinstance(before, Counters)
    assert isinstance(after, Counters)
    assert after.generated_tokens - before.generated_tokens == 3 * 24
    assert after.prompt_tokens - before.prompt_tokens == sum(r.input_tokens for r in readings)
    assert after.generated_s > before.generated_s


def test_serves_one_model_which_nobody_can_unload(llama_server: Server) -> None:
    assert isinstance(llama_server.load(NAME), Unknown)
    assert isinstance(llama_server.unload(NAME), Unknown)
    with llama_server.as_found(NAME):
        assert ask(llama_server, tokens=2, seed=9).output_tokens == 2


@pytest.mark.parametrize("kind", ["generic", "vllm", "llama-swap"])
def test_a_wrong_guess_changes_no_count(kind: str, llama_server: Server) -> None:
    right = ask(llama_server, tokens=16, seed=5)
    wrong = ask(connect(llama_server.endpoint.url, kind=kind), tokens=16, seed=5)
    assert (wrong.error, wrong.token_source) == (None, TokenSource.USAGE)
    assert (wrong.input_tokens, wrong.output_tokens) == (right.input_tokens, right.output_tokens)
    assert 1 <= len(wrong.event_ns) <= 16


def test_killed_in_the_middle_of_a_stream_it_leaves_what_was_read(
    smollm2: Path, tmp_path: Path
) -> None:
    with running_llama_server(smollm2, tmp_path) as (server, process):
        reading = read_with(server, NAME, process.kill)
        process.wait(30)
        assert reading.error in ("reset", "truncated")
        assert 3 < len(reading.event_ns) == reading.output_tokens < 400
        assert reading.token_source is TokenSource.ESTIMATED
        with pytest.raises(AdvisorError, match="nothing listens"):
            server.settings()
        assert isinstance(server.counters(), Unknown)
