"""Other tools' results become records that say no more than their files, in those tools' words."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from real_models import missing, python_with_pip, smollm2
from real_servers import require
from test_exports import kept, store

from advisor.bench.interval import Distribution
from advisor.errors import InputError
from advisor.history.exchange.limits import BadBundleError
from advisor.history.exchange.reduce import reduced
from advisor.history.exchange.results.known import read_results
from advisor.history.exchange.take_in import take_in
from advisor.history.exports.aiperf import aiperf
from advisor.history.exports.guidellm import guidellm
from advisor.history.exports.loads import Recorded
from advisor.history.exports.timing import first_token_us, gaps_us
from advisor.history.record import Run
from advisor.history.store import RunStore, Wanted

__all__ = ["kept", "smollm2", "store"]

RESULTS = Path(__file__).with_name("results")
LLAMA_BENCH = RESULTS / "llama-bench.json"
"""What the real llama-bench (build 6ecf5e8) wrote of a real model; only the model's folder was
changed to one of somebody called eve."""
LOCALSCORE = RESULTS / "localscore.json"
"""Made by hand after LocalScore's own printer."""


def runs_in(path: Path) -> tuple[Run, ...]:
    with path.open("rb") as file:
        return read_results(file, path.name).runs


def written(folder: Path, value: Any) -> Path:
    path = folder / "result.json"
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


def told(run: Run) -> dict[tuple[str, str, str], float]:
    assert run.source is not None
    return {(each.load, each.name, each.statistic): each.value for each in run.source.metrics}


def test_llama_bench_tells_decode_and_prefill_of_its_repetitions() -> None:
    pp, tg = json.loads(LLAMA_BENCH.read_text())
    (run,) = runs_in(LLAMA_BENCH)
    assert run.kind == "imported"
    assert run.machine is None
    assert run.source is not None
    assert run.source.machine.cpu == pp["cpu_info"]
    assert run.source.machine.accelerator is None
    assert run.started_at == pp["test_time"]
    assert run.bench is not None
    (stage,) = run.bench.stages
    assert (stage.concurrency, stage.requests) == (1, 3)
    for row, tokens, found in (
        (pp, 32, stage.prefill_tok_per_s),
        (tg, 16, stage.decode_tok_per_s),
    ):
        assert found is not None
        assert found.median == pytest.approx(tokens * 1e9 / np.median(row["samples_ns"]))
        assert found.mean == pytest.approx(row["avg_ts"], rel=1e-5)
        assert (found.n, found.ci95) == (3, None)
    assert stage.ttft_ms is None
    assert "sends no requests" in run.bench.unknown["bench.stages[0].ttft_ms"]
    assert "no interval" in run.bench.unknown["bench.stages[0].decode_tok_per_s.ci95"]
    assert "repetitions" in run.bench.definitions["decode_tok_per_s"]
    assert told(run)["tg16", "avg_ts", "mean"] == tg["avg_ts"]


def test_llama_bench_names_the_model_and_not_its_folder() -> None:
    (run,) = runs_in(LLAMA_BENCH)
    assert run.bench is not None
    model = run.bench.model
    assert (model.name, model.quantization) == ("SmolLM2-135M-Instruct.Q4_1.gguf", "Q4_1")
    assert (model.parameters, model.size_bytes) == (134515008, 96576768)
    assert b"eve" not in msgspec.json.encode(run)


def test_prompts_and_answers_in_one_time_stay_apart() -> None:
    (run,) = runs_in(RESULTS / "llama-bench.jsonl")
    assert run.bench is not None
    (stage,) = run.bench.stages
    assert stage.decode_tok_per_s is not None
    assert stage.decode_tok_per_s.median < told(run)["pp32+tg16", "avg_ts", "mean"]
    assert {load for load, *_ in told(run)} == {"pp32", "tg16", "pp32+tg16"}


def test_each_setting_and_each_depth_of_llama_bench_is_told_apart(tmp_path: Path) -> None:
    pp, tg = json.loads(LLAMA_BENCH.read_text())
    rows = [
        pp,
        tg,
        tg | {"n_threads": 1},
        tg | {"n_depth": 512},
        tg | {"model_type": "qwen2 7B Q4_K - Medium"},
    ]
    first, one_thread, other = runs_in(written(tmp_path, rows))
    assert first.id != one_thread.id
    assert ("tg16 after 512", "avg_ts", "mean") in told(first)
    assert first.bench is not None
    assert len(first.bench.stages) == 1
    assert "n_threads = 1" in (one_thread.bench.assumptions if one_thread.bench else ())
    assert other.bench is not None
    assert other.bench.model.quantization == "Q4_K_M"


def test_llama_bench_without_repetitions_fills_nothing_in(tmp_path: Path) -> None:
    rows = [
        {name: value for name, value in row.items() if name != "samples_ns"}
        for row in json.loads(LLAMA_BENCH.read_text())
    ]
    (run,) = runs_in(written(tmp_path, rows))
    assert run.bench is not None
    assert run.bench.stages == ()
    assert ("tg16", "avg_ts", "mean") in told(run)


def test_localscore_keeps_its_means_under_their_own_names() -> None:
    (run,) = runs_in(LOCALSCORE)
    assert run.bench is not None
    assert run.source is not None
    assert run.bench.stages == ()
    assert "means and no median" in run.bench.unknown["bench.stages"]
    numbers = told(run)
    assert numbers["pp1024+tg16", "gen_tps", "mean"] == 400.0
    assert numbers["pp1024+tg16", "ttft_ms", "mean"] == 45.1
    assert not any(name == "power_watts" for _, name, _ in numbers), "0 W is no reading"
    machine = run.source.machine
    assert machine.accelerator == "NVIDIA GeForce RTX 4090"
    assert machine.accelerator_memory_bytes == round(23.5 * 2**30)
    assert b"eve" not in msgspec.json.encode(run)


def test_rows_of_localscores_table_are_a_run_each() -> None:
    card, processor = runs_in(RESULTS / "localscore-rows.json")
    assert card.started_at == "2025-04-02 17:10:00"
    assert processor.bench is not None
    assert "when it was imported" in processor.bench.unknown["started_at"]
    assert card.source is not None
    assert processor.source is not None
    assert card.source.machine.accelerator == "NVIDIA GeForce RTX 3060"
    assert processor.source.machine.cpu == "AMD Ryzen 7 5800X"
    assert card.machine_id != processor.machine_id
    assert told(card)["all tests", "avg_gen_tps", "mean over nine tests"] == 160.5


def spread(values: list[float]) -> tuple[float, float, int]:
    return float(np.median(values)), float(np.mean(values)), len(values)


def three(found: Distribution | None) -> tuple[float, float, int]:
    assert found is not None
    assert found.ci95 is None
    return found.median, found.mean, found.n


def test_our_guidellm_report_is_read_back(kept: Recorded, tmp_path: Path) -> None:
    (run,) = runs_in(written(tmp_path, guidellm(kept)))
    bench, closed = run.bench, kept.loads[0]
    assert bench is not None
    first, second = bench.stages
    ttft = [first_token_us(each, each.sent_us) / 1e3 for each in closed.counted]
    latency = [(each.closed_us - each.sent_us) / 1e3 for each in closed.counted]
    assert three(first.ttft_ms)[1:] == pytest.approx(spread(ttft)[1:])
    assert three(first.ttft_ms)[0] == pytest.approx(min(ttft)), "GuideLLM's median of two"
    assert three(first.e2e_ms)[1:] == pytest.approx(spread(latency)[1:])
    assert (first.concurrency, first.requests, first.attempts) == (2, 2, 3)
    assert first.errors == {"errored": 1}
    assert first.itl_ms is None
    assert first.tpot_ms is None
    assert first.output_tok_per_s is None
    assert "mean of each request" in bench.unknown["bench.stages[0].itl_ms"]
    assert (second.rate, second.arrivals, second.ttft_ms, second.e2e_ms) == (
        2.0,
        "poisson",
        None,
        None,
    )
    assert "from the plan" in bench.unknown["bench.stages[1].ttft_ms"]
    assert told(run)["2 requests/s", "time_to_first_token_ms", "mean"] == pytest.approx(100.0)
    assert bench.model.name == kept.bench.model.name.replace("\n", " ")
    assert bench.server.url == ""


def test_our_aiperf_files_are_read_back(kept: Recorded, tmp_path: Path) -> None:
    closed, open_ = (
        runs_in(written(tmp_path, content))[0]
        for path, content in aiperf(kept).items()
        if path.name == "profile_export_aiperf.json"
    )
    counted = kept.loads[0].counted
    ttft = [first_token_us(each, each.sent_us) / 1e3 for each in counted]
    gaps = [gap / 1e3 for each in counted for gap in gaps_us(each)]
    assert closed.bench is not None
    assert open_.bench is not None
    (stage,) = closed.bench.stages
    assert three(stage.ttft_ms) == pytest.approx(spread(ttft))
    assert three(stage.itl_ms) == pytest.approx(spread(gaps))
    assert (stage.concurrency, stage.requests, stage.attempts) == (2, 2, 3)
    assert (stage.tpot_ms, stage.e2e_ms, stage.decode_tok_per_s) == (None, None, None)
    assert "own tokenizer" in closed.bench.unknown["bench.stages[0].tpot_ms"]
    assert closed.started_at.startswith("2026-01-01T00:00:00")
    assert open_.bench.stages[0].ttft_ms is None
    assert open_.bench.stages[0].rate == 2.0


def test_a_report_of_another_version_of_guidellm_is_refused(
    kept: Recorded,
    tmp_path: Path,
) -> None:
    report = json.loads(guidellm(kept))
    report["metadata"]["version"] = 1
    with pytest.raises(BadBundleError, match="another version of GuideLLM"):
        runs_in(written(tmp_path, report))


def test_results_are_taken_once_and_listed_as_what_they_are(tmp_path: Path) -> None:
    history = RunStore(tmp_path)
    first = take_in(LLAMA_BENCH, history)
    (run_id,) = first.new
    assert first.tool == "llama-bench"
    assert take_in(LLAMA_BENCH, history).known == (run_id,)
    (listed,) = history.history(Wanted(kind="imported")).runs
    assert listed.origin is not None
    assert (listed.origin.tool, listed.server, listed.measured_on) == (
        "llama-bench",
        "llama-bench",
        "Intel(R) Xeon(R) Processor",
    )
    assert listed.decode_tok_per_s is not None
    assert (listed.machine or "").startswith("told-")
    with pytest.raises(InputError, match="no measurement yet"):
        history.load(measured=True)


def test_a_result_taken_under_another_version_is_known_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = RunStore(tmp_path)
    take_in(LLAMA_BENCH, history)
    monkeypatch.setattr("advisor.history.exchange.results.told.__version__", "99")
    assert take_in(LLAMA_BENCH, history).refused == {}


def test_another_tools_result_can_be_handed_on(tmp_path: Path) -> None:
    (run,) = runs_in(LLAMA_BENCH)
    copy = reduced(run)
    assert copy.bench is not None
    assert run.bench is not None
    assert copy.source == run.source
    assert copy.bench.stages == run.bench.stages


def changed(change: Callable[[list[dict[str, Any]]], None]) -> list[dict[str, Any]]:
    rows = json.loads(LLAMA_BENCH.read_text())
    change(rows)
    return rows


@pytest.mark.parametrize(
    ("value", "match"),
    [
        (b"", "is no JSON"),
        (b"{}", "neither a bundle nor"),
        (b'{"a":1}\n{"a":2}', "neither a bundle nor"),
        (b"[" * 100_000, "nested too deeply"),
        (b'[{"avg_ts":NaN,"n_prompt":1,"n_gen":0}]', "NaN"),
        (changed(lambda rows: rows[0].update(avg_ts=-1)), "cannot be"),
        (changed(lambda rows: rows[0].update(n_prompt=1.5)), "no whole number"),
        (changed(lambda rows: rows[0].update(n_prompt="many")), "is no number"),
        (changed(lambda rows: rows[0].update(n_prompt=True)), "is no number"),
        (changed(lambda rows: rows[0].update(model_n_params=2**70)), "cannot be"),
        (changed(lambda rows: rows[0].update(samples_ns=[0])), "a time that is none"),
        (changed(lambda rows: rows[0].update(samples_ns=[1] * 10_001)), "no list of times"),
        (changed(lambda rows: rows[0].update(cpu_info="x\x1b[2J")), "control character"),
        (changed(lambda rows: rows[0].update(cpu_info="x" * 300)), "300 characters"),
        (changed(lambda rows: rows[0].update(model_filename=["a"])), "is no text"),
        (changed(lambda rows: rows.append(7)), "no table"),
        (changed(lambda rows: rows.extend(rows[:1] * 10_000)), "no list of up to"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, value: Any, match: str) -> None:
    history = RunStore(tmp_path / "history")
    with pytest.raises(BadBundleError, match=match):
        take_in(written(tmp_path, value), history)
    assert history.history().runs == ()


@pytest.mark.parametrize("tool", ["guidellm", "aiperf"])
def test_reports_with_holes_tell_less_and_break_nothing(
    kept: Recorded,
    tmp_path: Path,
    tool: str,
) -> None:
    content = guidellm(kept) if tool == "guidellm" else next(iter(aiperf(kept).values()))
    for value in (None, [], {}, "x", 3):
        for name in json.loads(content):
            report = json.loads(content) | {name: value}
            try:
                (run,) = runs_in(written(tmp_path, report))
            except BadBundleError:
                continue
            assert run.kind == "imported"


def test_the_real_llama_bench_still_writes_what_is_read(
    tmp_path: Path,
    smollm2: Path,
) -> None:
    require(shutil.which("gcc") is not None, "gcc")
    require(python_with_pip() is not None, "a Python with pip")
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    import llama_tools

    try:
        folder = llama_tools.tools()
    except (SystemExit, subprocess.CalledProcessError) as error:
        missing(f"llama.cpp's programs: {error}")
    report = llama_tools.run_llama_bench(
        folder, smollm2, 2, tests=["-p", "16", "-n", "8"], repetitions=2
    )
    (run,) = runs_in(written(tmp_path, report.encode()))
    assert run.bench is not None
    (stage,) = run.bench.stages
    assert stage.decode_tok_per_s is not None
    assert stage.prefill_tok_per_s is not None
    assert (stage.output_tokens, stage.input_tokens) == (8, 16)
    assert run.bench.model.size_bytes is not None
    assert run.bench.model.size_bytes <= smollm2.stat().st_size
