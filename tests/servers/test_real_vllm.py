"""Does the vLLM dialect agree with a real vLLM, the one for CPUs?"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from real_vllm import CONTEXT_TOKENS, MODEL, VERSION, Installed, running_vllm

from advisor.bench.document import Bench, Model
from advisor.bench.plan import BenchPlan
from advisor.bench.progress import OnProgress, Progress
from advisor.bench.runner import run_bench
from advisor.bench.workload import fixed
from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.servers.client import exchange
from advisor.servers.discovery import connect, pick_model
from advisor.servers.told import Counters, Means, Value
from advisor.servers.wire import Completion, Reading, Server, TokenSource

pytestmark = pytest.mark.timeout(1200)

PROMPT = "seven quiet rivers carry early lanterns past the window of a sleeping baker "
SAME = 0.03
UNTIL_COUNTED_S = 5.0
ATTEMPTS, QUIET_PERCENT = 4, 15.0
BUSY = "other programs kept the processors busy: nothing can be said of clocks"


def ask(server: Server, prompt: str, output_tokens: int, *, exact: bool = True) -> Reading:
    request = server.request(MODEL, Completion(prompt, output_tokens, 1, exact_length=exact))
    return server.read(exchange(server.endpoint, request, timeout_s=120))


def settings(server: Server) -> dict[str, Value | Unknown]:
    return {each.name: each.value for each in server.settings(MODEL)}


def totals(server: Server, requests: float | None = None) -> Counters:
    """The counters, once they hold `requests` of them: vLLM counts a moment after it answers."""
    deadline = time.monotonic() + UNTIL_COUNTED_S
    while True:
        counters = server.counters(MODEL)
        assert isinstance(counters, Counters)
        if requests in (None, counters.requests) or time.monotonic() > deadline:
            return counters
        time.sleep(0.05)


def bench(
    server: Server,
    concurrencies: tuple[int, ...],
    max_time_s: float = 5.0,
    precision: float = 0.05,
    on_progress: OnProgress = lambda _: None,
) -> Bench:
    plan = BenchPlan(
        model=MODEL,
        workload=fixed(96, 48),
        concurrencies=concurrencies,
        max_time_s=max_time_s,
        precision=precision,
        second_mix=False,
        fit_to_time=False,
    )
    return run_bench(
        plan,
        server=server,
        machine_id="test",
        measured_on="CPU",
        model=Model(name=MODEL),
        on_progress=on_progress,
    ).document


def test_is_told_by_its_answers_and_lists_its_model(vllm: Server) -> None:
    found = connect(vllm.endpoint.url)
    assert (found.kind, found.version) == ("vllm", VERSION)
    (model,) = found.models()
    assert (model.name, model.context_tokens, model.loaded) == (MODEL, CONTEXT_TOKENS, True)
    assert (model.quantization, 5_000_000 < model.size_bytes < 6_000_000) == ("BF16", True)
    assert pick_model(found, None) == MODEL


@pytest.mark.parametrize("exact", [True, False])
def test_counts_every_token_by_its_usage(vllm: Server, exact: bool) -> None:
    reading = ask(vllm, f"{exact} {PROMPT}", 64, exact=exact)
    assert reading.error is None
    assert reading.token_source is TokenSource.USAGE
    assert reading.first_event_tokens >= 1
    assert len(reading.event_ns) + reading.first_event_tokens - 1 <= reading.output_tokens
    assert reading.output_tokens == 64 if exact else reading.output_tokens <= 64
    assert list(reading.event_ns) == sorted(reading.event_ns)


def test_as_a_generic_server_it_gives_the_same_counts(vllm: Server) -> None:
    generic = connect(vllm.endpoint.url, kind="generic")
    reading = ask(generic, PROMPT, 16)
    assert (reading.output_tokens, reading.error) == (16, None)
    assert reading.input_tokens == ask(vllm, PROMPT, 4).input_tokens


def test_its_counters_hold_exactly_what_was_asked_of_it(vllm: Server) -> None:
    before = totals(vllm)
    readings = [ask(vllm, f"{number} {time.time_ns()} {PROMPT}", 20) for number in range(6)]
    after = totals(vllm, (before.requests or 0) + 6)
    assert all(reading.error is None for reading in readings)
    asked = sum(reading.input_tokens or 0 for reading in readings)
    assert after.prompt_tokens - before.prompt_tokens == asked
    assert after.generated_tokens - before.generated_tokens == 6 * 20
    assert after.first_tokens - before.first_tokens == 6
    assert after.gaps - before.gaps == 6 * 19


def test_a_repeated_prompt_is_answered_from_its_prefix_cache_and_new_ones_are_not(
    vllm: Server,
) -> None:
    assert settings(vllm)["enable_prefix_caching"] is True
    before = totals(vllm)
    for number in range(3):
        assert ask(vllm, f"{time.time_ns()} {number} {PROMPT * 12}", 2).error is None
    new = totals(vllm, (before.requests or 0) + 3)
    assert new.cached_tokens == before.cached_tokens
    same = f"{time.time_ns()} {PROMPT * 12}"
    inputs = [ask(vllm, same, 2).input_tokens for _ in range(2)]
    repeated = totals(vllm, (before.requests or 0) + 5)
    assert repeated.prompt_includes_cached
    assert repeated.cached_tokens > new.cached_tokens
    assert repeated.prompt_tokens - new.prompt_tokens == sum(inputs)


def test_a_whole_measurement_counts_the_tokens_that_vllm_counts(vllm: Server) -> None:
    document = bench(vllm, (1, 4))
    assert not document.partial
    for stage in document.stages:
        assert (stage.errors, stage.token_source, stage.output_tokens) == ({}, "usage", 48)
        assert stage.input_tokens == pytest.approx(96, abs=3)
        check = stage.cross_check
        assert abs(check.prompt_tokens.difference) < SAME
        assert abs(check.output_tokens.difference) < SAME
    assert not any("prefix cache" in warning for warning in document.warnings)


def test_a_whole_measurement_clocks_what_vllm_clocks(vllm: Server) -> None:
    """The best of a few, where the machine is quiet: else this side reads late."""
    told = BUSY
    for _ in range(ATTEMPTS):
        now = psutil.cpu_times_percent(interval=1.0)
        # What has been made nice gives way.
        busy_percent = now.user + now.system
        (stage,) = bench(vllm, (1,)).stages
        between, first = stage.cross_check.itl_ms, stage.cross_check.ttft_ms
        assert first.n > 0
        if between and abs(between.difference) < SAME and not first.disagrees:
            return
        if busy_percent < QUIET_PERCENT:
            told = f"between tokens: {between}, first token: {first}"
    if told == BUSY:
        pytest.skip(BUSY)
    pytest.fail(told)


def test_what_it_tells_of_its_settings(vllm: Server) -> None:
    told = settings(vllm)
    assert (told["max_model_len"], told["engine_sleep_state"]) == (CONTEXT_TOKENS, False)
    assert (told["enforce_eager"], told["speculative_config"]) == (True, False)
    assert isinstance(vllm.unload(MODEL), Unknown)
    assert vllm.load(MODEL) is None


def test_a_missing_model_is_a_named_error(vllm: Server) -> None:
    request = vllm.request("no-such-model", Completion("hello", 2, 1))
    reading = vllm.read(exchange(vllm.endpoint, request, timeout_s=30))
    assert reading.error == "http_404"
    assert "no-such-model" in reading.error_detail


def test_a_prompt_beyond_its_context_is_a_named_error_and_hurts_no_other(vllm: Server) -> None:
    reading = ask(vllm, PROMPT * 1000, 4)
    assert reading.error == "http_400"
    assert "4096" in reading.error_detail
    assert ask(vllm, PROMPT, 4).error is None


def test_a_prompt_that_is_computed_in_several_steps_does_not_kill_it(vllm: Server) -> None:
    """With a seed of its own such a request ends the whole server (vLLM 0.32.0 on a CPU)."""
    readings: list[Reading] = []
    prompts = [f"{time.time_ns()} {number} {PROMPT * 60}" for number in range(4)]
    threads = [
        threading.Thread(target=lambda text=text: readings.append(ask(vllm, text, 4)))
        for text in prompts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(reading.input_tokens or 0 for reading in readings) > 2048
    assert [reading.error for reading in readings] == [None] * 4


def test_killed_in_mid_stream_it_is_a_named_error_and_the_rest_is_kept(
    installed_vllm: Installed, tmp_path: Path
) -> None:
    """Its whole family is killed once the first load is measured; it is also asked, before, for
    the configuration that it tells only in its developers' mode."""
    environment = {"VLLM_SERVER_DEV_MODE": "1"}
    with running_vllm(installed_vllm, tmp_path / "log", environment=environment) as server:
        told = {each.means: each.value for each in server.settings(MODEL)}
        named = settings(server)
        killed: list[int] = []

        def kill_in_second_load(progress: Progress) -> None:
            if progress.stage == 2 and progress.requests and not killed:
                killed.append(_kill(server))

        document = bench(
            server, (1, 4), max_time_s=6.0, precision=1e-4, on_progress=kill_in_second_load
        )
        assert killed
        with pytest.raises(AdvisorError):
            server.models()
    assert (named["enforce_eager"], named["quantization"]) == (True, "none")
    assert (told[Means.STREAMS], told[Means.SPECULATIVE]) == (128, False)
    assert document.partial
    first, *later = document.stages
    assert (first.concurrency, first.errors) == (1, {})
    assert first.requests > 0
    ends = {"reset", "connect_refused", "no_answer", "truncated", "error_body"}
    for stage in later:
        assert set(stage.errors) <= ends


def _kill(server: Server) -> int:
    """Kills the server, then its engines, of whose end it would tell; its process id."""
    for connection in psutil.net_connections("tcp"):
        if connection.status == "LISTEN" and connection.laddr.port == server.endpoint.port:
            program = psutil.Process(connection.pid)
            for each in (program, *program.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            return program.pid
    raise AssertionError("nobody listens there any more")
