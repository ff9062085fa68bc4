"""`advisor history export`, as a user runs it: a real measurement in others' formats."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from program import typed

from advisor.history.store import RunStore


def advisor(home: Path, *arguments: str) -> CompletedProcess[str]:
    return typed(*arguments, environment={**os.environ, "ADVISOR_DATA_DIR": str(home)})


@pytest.fixture
def home(measured: Path) -> Path:
    """A history with one run of three loads: two concurrencies and the second mix."""
    return measured


def test_the_table_is_the_document_again(home: Path) -> None:
    done = advisor(home, "history", "export", "latest", "--format", "csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    bench = RunStore(home).load().bench
    assert bench is not None
    for number, stage in enumerate(bench.stages, start=1):
        of_stage = [row for row in rows if row["stage"] == str(number)]
        counted = [row for row in of_stage if row["counted"] == "true"]
        assert (len(of_stage), len(counted)) == (stage.attempts, stage.requests)
        for name in ("ttft_ms", "tpot_ms", "e2e_ms"):
            mean = sum(float(row[name]) for row in counted) / len(counted)
            assert mean == pytest.approx(getattr(stage, name).mean, rel=0.01, abs=0.2)


def test_a_vllm_reader_finds_each_load(home: Path) -> None:
    done = advisor(home, "history", "export", "latest", "--format", "vllm")
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    bench = RunStore(home).load().bench
    assert bench is not None
    assert [result["max_concurrency"] for result in results] == [1, 2]
    for result, stage in zip(results, bench.stages, strict=True):
        assert stage.output_tok_per_s is not None and stage.ttft_ms is not None
        assert result["output_throughput"] == stage.output_tok_per_s.value
        assert result["completed"] == stage.requests == len(result["ttfts"])
        assert result["median_ttft_ms"] == pytest.approx(stage.ttft_ms.median, abs=0.01)


def test_a_guidellm_reader_finds_the_servers_rate(home: Path) -> None:
    done = advisor(home, "history", "export", "latest", "--format", "guidellm")
    assert done.returncode == 0, done.stderr
    bench = RunStore(home).load().bench
    assert bench is not None
    reports = json.loads(done.stdout)["benchmarks"]
    for report, stage in zip(reports, bench.stages, strict=True):
        rate = report["metrics"]["output_tokens_per_second"]["successful"]["mean"]
        assert stage.output_tok_per_s is not None
        assert rate == pytest.approx(stage.output_tok_per_s.value, rel=0.02)
        streams = report["metrics"]["request_concurrency"]["successful"]["mean"]
        assert streams == pytest.approx(stage.concurrency, rel=0.2)


def test_vllm_fills_a_folder_with_a_file_a_load(home: Path, tmp_path: Path) -> None:
    arguments = ("history", "export", "latest", "--format", "vllm")
    lines = advisor(home, *arguments).stdout
    assert advisor(home, *arguments, "-o", str(tmp_path / "all.jsonl")).returncode == 0
    assert (tmp_path / "all.jsonl").read_bytes() == lines.encode()
    folder = tmp_path / "results"
    folder.mkdir()
    assert advisor(home, *arguments, "-o", str(folder)).returncode == 0
    assert [path.read_bytes() for path in sorted(folder.iterdir())] == lines.encode().splitlines()


def test_a_file_is_kept_unless_forced(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "requests.csv"
    arguments = ("history", "export", "latest", "--format", "csv", "-o", str(target))
    written = advisor(home, *arguments)
    assert (written.returncode, written.stdout) == (0, "")
    content = target.read_bytes()
    target.write_bytes(b"mine")
    kept = advisor(home, *arguments)
    assert kept.returncode == 2
    assert "--force" in kept.stderr
    assert target.read_bytes() == b"mine"
    assert advisor(home, *arguments, "--force").returncode == 0
    assert target.read_bytes() == content


def test_a_format_of_many_files_needs_a_folder(home: Path, tmp_path: Path) -> None:
    arguments = ("history", "export", "latest", "--format", "aiperf")
    refused = advisor(home, *arguments)
    assert refused.returncode == 2
    assert "-o" in refused.stderr
    assert advisor(home, *arguments, "-o", str(tmp_path / "out")).returncode == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "stage_1_concurrency_1",
        "stage_2_concurrency_2",
    }
    assert advisor(home, *arguments, "-o", str(tmp_path / "out")).returncode == 2


def test_an_unknown_run_is_the_users_error(home: Path) -> None:
    done = advisor(home, "history", "export", "nope", "--format", "vllm")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "there is no run 'nope'" in done.stderr


def test_the_list_stays_as_it_was(home: Path) -> None:
    listed = json.loads(advisor(home, "history", "--json").stdout)
    assert listed["schema"] == "advisor.history/1"
    assert len(listed["runs"]) == 1
    assert listed["runs"][0]["id"] in advisor(home, "history").stdout
    mixed = advisor(home, "history", "--json", "export", "latest", "--format", "csv")
    assert (mixed.returncode, mixed.stdout) == (2, "")
