"""`advisor export` and `advisor import` as users run them: from one history to another's."""

from __future__ import annotations

import gzip
import json
import os
import socket
from pathlib import Path
from subprocess import CompletedProcess

import jsonschema
import pytest
from program import typed

from advisor.cli.schema import json_schema
from advisor.history.exchange.read import read_bundle

RESULTS = Path(__file__).parents[1] / "history" / "results"


def advisor(home: Path, *arguments: str) -> CompletedProcess[str]:
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "ADVISOR_DATA_DIR": str(home), "COLUMNS": "80"}
    return typed(*arguments, folder=home, environment=environment)


@pytest.fixture
def home(measured: Path) -> Path:
    """A history with one real measurement."""
    return measured


def of(done: CompletedProcess[str], name: str) -> dict:
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert document["schema"] == name
    jsonschema.validate(document, json_schema(name))
    return document


def test_a_real_run_goes_to_another_history_and_says_where_it_is_from(
    home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "runs.gz"
    sent = of(advisor(home, "export", "latest", "-o", str(file), "--json"), "advisor.exported/1")
    assert sent["file"] == str(file)
    assert "ServerFacts.url" in sent["left_out"]
    away = tmp_path / "away"
    came = of(advisor(away, "import", str(file), "--json"), "advisor.imported/1")
    (one,) = came["files"]
    assert (one["new"], one["sha256"], one["signature"]) == (
        sent["runs"],
        sent["sha256"],
        "unsigned",
    )
    listed = of(advisor(away, "history", "--json"), "advisor.history/1")
    (run,) = listed["runs"]
    assert run["origin"]["file_sha256"] == sent["sha256"]
    assert "(imported)" in advisor(away, "history").stdout
    shown = advisor(away, "history", "show", run["id"])
    assert shown.returncode == 0, shown.stderr
    assert "Imported 20" in shown.stdout
    at_home = json.loads(advisor(home, "history", "--json").stdout)["runs"][0]
    assert at_home["origin"] is None
    for metric in ("decode_tok_per_s", "ttft_ms", "output_tok_per_s", "machine", "model"):
        assert run[metric] == at_home[metric]
    again = of(advisor(away, "import", str(file), "--json"), "advisor.imported/1")
    assert (again["files"][0]["new"], again["files"][0]["known"]) == ([], sent["runs"])


def test_what_would_leave_is_shown_before_and_fits_the_terminal(home: Path, tmp_path: Path) -> None:
    done = advisor(home, "export", "latest")
    assert done.returncode == 0
    assert "What stays here" in done.stdout
    assert "Nothing was written" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    shown = {line.split()[0] for line in done.stdout.splitlines() if line[:1].isupper()}
    written = tmp_path / "runs.gz"
    advisor(home, "export", "latest", "-o", str(written))
    (run,) = json.loads(advisor(home, "export", "latest", "--json").stdout)["runs"]
    sent = json.loads(advisor(home, "export", run, "--json").stdout)
    assert set(sent["texts"]) - {"Bench.definitions", "Reduced.left_out"} <= shown


def test_what_is_written_is_what_was_shown(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "runs.gz"
    sent = json.loads(advisor(home, "export", "latest", "-o", str(file), "--json").stdout)
    content = gzip.decompress(file.read_bytes()).decode().split("\n")[1]
    texts = {text for found in sent["texts"].values() for text in found}

    def values(value: object) -> list[str]:
        if isinstance(value, dict):
            return [text for key, each in value.items() for text in values(each)]
        if isinstance(value, list):
            return [text for each in value for text in values(each)]
        return [value] if isinstance(value, str) and value else []

    assert set(values(json.loads(content))) <= texts


def test_neither_host_nor_user_nor_port_is_in_a_bundle_unasked(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "runs.gz"
    assert advisor(home, "export", "latest", "-o", str(file)).returncode == 0
    content = gzip.decompress(file.read_bytes())
    url = json.loads(advisor(home, "history", "show", "latest", "--json").stdout)["bench"]["server"]
    assert url["url"].encode() not in content
    assert b"127.0.0.1" not in content
    assert b'"hostname":null' in content
    asked = tmp_path / "asked.gz"
    advisor(home, "export", "latest", "-o", str(asked), "--include", "addresses,hostname,samples")
    content = gzip.decompress(asked.read_bytes())
    assert url["url"].encode() in content
    assert f'"hostname":"{socket.gethostname()}"'.encode() in content
    assert b"advisor.samples/1" in content
    assert len(read_bundle(asked)) == 1


def test_errors_are_one_line_and_store_nothing(home: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    bad = tmp_path / "bad.json"
    bad.write_text('{"a": NaN}')
    for arguments, code in (
        (("import", str(bad)), 2),
        (("import", str(tmp_path / "none")), 2),
        (("import", str(bad), str(RESULTS / "llama-bench.json")), 1),
        (("export", "latest", "--include", "secrets"), 2),
        (("export", "nothing"), 2),
        (("export", "latest", "--sign", "key"), 2),
    ):
        done = advisor(away, *arguments)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
    listed = json.loads(advisor(away, "history", "--json").stdout)["runs"]
    assert [run["kind"] for run in listed] == ["imported"]


def test_other_tools_results_are_shown_in_their_own_words(tmp_path: Path) -> None:
    files = [str(RESULTS / name) for name in ("llama-bench.json", "localscore-rows.json")]
    done = advisor(tmp_path, "import", *files)
    assert done.returncode == 0, done.stderr
    assert "2 new of localscore" in done.stdout
    listed = advisor(tmp_path, "history", "--kind", "imported")
    assert "by llama-bench" in listed.stdout
    runs = json.loads(advisor(tmp_path, "history", "--json").stdout)["runs"]
    for run in runs:
        shown = advisor(tmp_path, "history", "show", run["id"])
        assert shown.returncode == 0, shown.stderr
        assert "What it means by them" in shown.stdout
        assert all(len(line) <= 80 for line in shown.stdout.splitlines())
    advise = advisor(tmp_path, "advise", "--json")
    assert advise.returncode == 2
    assert "no measurement yet" in advise.stderr
