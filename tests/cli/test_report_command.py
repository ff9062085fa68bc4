"""`advisor report` as it is typed: files, refusals, and what is printed without a file."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from subprocess import CompletedProcess

import program
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "history"))

from made_up_runs import made_up
from real_models import missing

from advisor.history.store import RunStore
from advisor.report.page.browser import find_browser

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    RunStore(place).save(made_up("20261128T200000Z-abc123", 100.0))
    return place


def typed(folder: Path, *arguments: str, **environment: str) -> CompletedProcess[str]:
    own = {"ADVISOR_DATA_DIR": str(folder), "COLUMNS": "80"}
    return program.typed("report", *arguments, environment={**os.environ, **own, **environment})


def test_a_scenario_becomes_files_without_any_measurement(folder: Path, tmp_path: Path) -> None:
    names = {kind: str(tmp_path / f"report.{kind}") for kind in ("html", "markdown", "csv")}
    options = [word for kind, path in names.items() for word in (f"--{kind}", path)]
    done = typed(folder, "--scenario", str(CONFIGS / "guide.toml"), *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("Wrote ") == 3
    html = Path(names["html"]).read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>") and "Run it on the box" in html
    assert 'http-equiv="Content-Security-Policy"' in html


def test_a_run_of_the_history_and_its_record_in_a_file_give_the_same_report(
    folder: Path, tmp_path: Path
) -> None:
    here = {**os.environ, "ADVISOR_DATA_DIR": str(folder)}
    shown = program.typed("history", "show", "latest", "--json", environment=here).stdout
    record = tmp_path / "record.json"
    record.write_text(shown, encoding="utf-8")
    measured = tmp_path / "bench.json"
    measured.write_text(json.dumps(json.loads(shown)["bench"]), encoding="utf-8")
    by_id, by_file = typed(folder, "20261128T20"), typed(folder, str(record))
    assert by_id.returncode == by_file.returncode == 0, by_id.stderr + by_file.stderr
    assert by_id.stdout == by_file.stdout
    assert by_id.stdout.startswith("# Measured\n")
    assert typed(folder, str(measured)).stdout.startswith("# Measured\n")


def test_a_run_with_a_scenario_has_both_advice_and_measurement(folder: Path) -> None:
    done = typed(folder, "latest", "--scenario", str(CONFIGS / "guide.toml"))
    assert done.returncode == 0, done.stderr
    assert "## Cost over time" in done.stdout and "100 ±0.1 tok/s" in done.stdout
    assert "advisor advise --scenario guide.toml --run 20261128T200000Z-abc123" in done.stdout


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "holds no report's documents"),
        ('{"schema": "advisor.machine/1"}', "its schema is advisor.machine/1"),
        ('{"schema": "advisor.advice/1"}', "missing required field"),
        ("[1]", "holds no report's documents"),
        ("[" * 100_000, "holds no report's documents"),
    ],
)
def test_a_file_that_is_no_record_is_refused(
    folder: Path, tmp_path: Path, content: str, why: str
) -> None:
    file = tmp_path / "other.json"
    file.write_text(content, encoding="utf-8")
    done = typed(folder, str(file))
    assert done.returncode == 2
    assert why in done.stderr and "Traceback" not in done.stderr


def test_a_place_that_cannot_be_written_is_told_without_a_traceback(
    folder: Path, tmp_path: Path
) -> None:
    done = typed(folder, "latest", "--html", str(tmp_path / "none" / "report.html"))
    assert done.returncode == 2
    assert "cannot write" in done.stderr and "Traceback" not in done.stderr


def test_without_a_browser_a_pdf_is_refused_and_charts_are_svg_only(
    folder: Path, tmp_path: Path
) -> None:
    scenario = ("--scenario", str(CONFIGS / "guide.toml"))
    done = typed(folder, *scenario, "--pdf", str(tmp_path / "r.pdf"), PATH=str(tmp_path))
    assert done.returncode == 1
    assert "no browser here" in done.stderr and not (tmp_path / "r.pdf").exists()
    drawn = typed(folder, *scenario, "--charts", str(tmp_path / "charts"), PATH=str(tmp_path))
    assert drawn.returncode == 0, drawn.stderr
    assert [file.name for file in (tmp_path / "charts").iterdir()] == ["cumulative.svg"]


def test_a_browser_prints_the_pdf_and_the_pictures(folder: Path, tmp_path: Path) -> None:
    if find_browser() is None:
        missing("no Chromium here: apt-get install chromium fonts-noto-cjk")
    pdf, charts = tmp_path / "report.pdf", tmp_path / "charts"
    done = typed(
        folder,
        "--scenario",
        str(CONFIGS / "guide.toml"),
        "--pdf",
        str(pdf),
        "--charts",
        str(charts),
    )
    assert done.returncode == 0, done.stderr
    assert pdf.read_bytes().startswith(b"%PDF-") and pdf.stat().st_size > 10_000
    assert (charts / "cumulative.png").read_bytes().startswith(b"\x89PNG")
