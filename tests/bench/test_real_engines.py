"""Do our numbers agree with a real engine's own timers, on the same requests?"""

from __future__ import annotations

from pathlib import Path

import pytest
from real_llama_server import llama_server
from real_models import smollm2
from real_servers import MODEL, ollama_093

from advisor.bench.document import Bench, Model, Stage
from advisor.bench.plan import BenchPlan
from advisor.bench.runner import run_bench
from advisor.bench.workload import fixed
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.discovery import connect
from advisor.servers.embedded import EmbeddedEngine
from advisor.servers.wire import Server

__all__ = ["llama_server", "ollama_093", "smollm2"]

AGREEMENT = 0.03


def agrees_with_totals(stage: Stage) -> None:
    check = stage.cross_check
    assert check is not None
    for total in (check.prompt_tokens, check.output_tokens):
        assert total is not None
        assert abs(total.difference) < AGREEMENT, total


def bench(server: Server, model: str, concurrencies: tuple[int, ...]) -> Bench:
    plan = BenchPlan(
        model=model,
        workload=fixed(64, 24),
        concurrencies=concurrencies,
        max_time_s=5.0,
        second_mix=False,
        fit_to_time=False,
    )
    return run_bench(
        plan,
        server=server,
        machine_id="test",
        measured_on="CPU",
        model=Model(name=model),
    ).document


def test_llama_cpp(smollm2: Path) -> None:
    with EmbeddedEngine(smollm2, threads=1, slots=2, context_tokens=512) as engine:
        document = bench(connect(engine.endpoint.url), engine.model_name, (1, 2))
    assert not document.partial
    for stage in document.stages:
        assert stage.errors == {}
        assert stage.token_source == "usage"
        assert stage.output_tokens == 24
        assert stage.input_tokens == pytest.approx(64, abs=2)
        assert stage.prefill_source == "server"
        assert stage.cross_check is not None and stage.cross_check.decode_tok_per_s is not None
        assert abs(stage.cross_check.decode_tok_per_s.difference) < AGREEMENT
        agrees_with_totals(stage)


def test_a_llama_server_in_its_own_process(llama_server: Server) -> None:
    document = bench(llama_server, "SmolLM2-135M-Instruct.Q4_1.gguf", (1, 2))
    assert not document.partial
    for stage in document.stages:
        assert stage.output_tokens == 24
        assert stage.cross_check is not None and stage.cross_check.decode_tok_per_s is not None
        assert abs(stage.cross_check.decode_tok_per_s.difference) < AGREEMENT
        agrees_with_totals(stage)


@pytest.mark.alone
def test_ollama(ollama_093: OllamaServer) -> None:
    document = bench(ollama_093, MODEL, (1,))
    (stage,) = document.stages
    assert stage.requests > 0
    assert stage.token_source == "native"
    assert stage.input_tokens == pytest.approx(64, abs=2)
    assert stage.cached_input_tokens in (None, 0)
    assert stage.cross_check is not None and stage.cross_check.decode_tok_per_s is not None
    assert abs(stage.cross_check.decode_tok_per_s.difference) < AGREEMENT
    assert stage.cross_check.output_tokens is None, "it keeps no totals"
