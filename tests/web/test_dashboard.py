"""The dashboard is one that Grafana knows, and each of its queries finds something in a real
Prometheus that collects from a real scheduler and a real file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from made_up_latest import UNKIND, guides_advice, made_up, skip, stage
from real_prometheus import (
    Prometheus,
    eventually,
    free_port,
    node_exporter,
    program,
    prometheus,
)

from advisor.documents import to_json, write_whole
from advisor.history.store import RunStore
from advisor.schedule.job import Job
from advisor.schedule.when import When

CONFIGS = Path(__file__).parents[2] / "configs"
DASHBOARD = json.loads((CONFIGS / "grafana" / "advisor.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
VARIABLES = [each for each in DASHBOARD["templating"]["list"] if each["type"] == "query"]
COLUMNS = 24
SERVE = """
import sys
from datetime import datetime, timedelta
import msgspec
from advisor.history.store import RunStore
from advisor.schedule.job import Job
from advisor.web.endpoint import scraped_at
from advisor.web.serve import serve_with_metrics
job = msgspec.json.decode(sys.argv[1], type=Job)
first = datetime.now().astimezone() + timedelta(seconds=1)
serve_with_metrics(job, RunStore(), scraped_at(sys.argv[2], exposed=False), next_at=first)
"""
SKIPS = """
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.05)
sys.stdout.write(open(sys.argv[1]).read())
"""


@pytest.fixture(scope="module")
def collected() -> Iterator[Prometheus]:
    """A Prometheus that has seen a scheduler skip a run, and a file by way of node_exporter."""
    for name in ("prometheus", "prometheus-node-exporter"):
        program(name)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="advisor-metrics-")))
        folder.chmod(0o755)
        textfiles = folder / "textfiles"
        textfiles.mkdir()
        textfiles.chmod(0o755)
        environment = {**os.environ, "ADVISOR_DATA_DIR": str(folder / "data")}
        keep_made_up_runs(folder / "data")
        subprocess.run(
            [sys.executable, "-m", "advisor", "history", "metrics", "-o", textfiles / "a.prom"],
            env=environment,
            check=True,
        )
        scheduler = f"127.0.0.1:{free_port()}"
        config = yaml.safe_load((CONFIGS / "prometheus.yml").read_text())
        config["global"]["scrape_interval"] = "250ms"
        targets = {"advisor": scheduler, "node": stack.enter_context(node_exporter(textfiles))}
        for job in config["scrape_configs"]:
            job["static_configs"] = [{"targets": [targets[job["job_name"]]]}]
        found = stack.enter_context(prometheus(folder, config))
        stack.enter_context(serving(folder, scheduler, environment))
        assert eventually(lambda: found.series("advisor_schedule_running == 1"))
        record = skip("s2", "a card is at 90 °C", started_at="2026-11-01T03:00:00+00:00")
        write_whole(folder / "skip.json", to_json(record))
        assert eventually(lambda: found.series("advisor_schedule_last_outcome == 1"))
        yield found


def keep_made_up_runs(data: Path) -> None:
    store = RunStore(data)
    now = datetime.now(UTC)
    for days, run in (
        (9, made_up("first", stage(50.0), stage(40.0, concurrency=16))),
        (5, made_up("advised", stage(51.0), advice=guides_advice())),
        (2, made_up("newest", stage(45.0), partial=True)),
        (1, made_up("unkind", stage(12.0), model=UNKIND, machine="box-b")),
    ):
        when = (now - timedelta(days=days)).isoformat(timespec="seconds")
        store.save(msgspec.structs.replace(run, started_at=when))
    when = (now - timedelta(days=3)).isoformat(timespec="seconds")
    store.save(skip("skipped", "this machine runs on its battery", started_at=when))


@contextmanager
def serving(folder: Path, address: str, environment: dict[str, str]) -> Iterator[None]:
    """A resident scheduler whose first run comes soon and is skipped when `skip.json` is there."""
    (folder / "skips.py").write_text(SKIPS)
    job = Job(
        name="nightly",
        when=When(hour=3, minute=0),
        program=(sys.executable, str(folder / "skips.py"), str(folder / "skip.json")),
        data_folder=str(folder / "data"),
        wait_s=1,
        limit_s=60,
    )
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, msgspec.json.encode(job).decode(), address],
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def filled(expression: str) -> str:
    """As Grafana asks it where all is chosen."""
    for variable in VARIABLES:
        expression = expression.replace(f"${variable['name']}", variable["allValue"])
    assert "$" not in expression
    return expression


@pytest.mark.parametrize("expression", QUERIES)
def test_each_query_finds_something(collected: Prometheus, expression: str) -> None:
    assert eventually(lambda: collected.series(filled(expression)), within_s=30)


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda each: each["name"])
def test_each_variable_has_values(collected: Prometheus, variable: dict[str, Any]) -> None:
    asked = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
    assert asked is not None
    selector, label = filled(asked[1]), asked[2]
    assert label == variable["name"]
    values = collected.ask(f"label/{label}/values", **{"match[]": selector})
    assert len(values) == 2


def test_a_box_and_a_model_can_be_chosen(collected: Prometheus) -> None:
    query = 'advisor_decode_tokens_per_second{machine=~"box-a", model=~"smollm2", job="advisor"}'
    values = {each["metric"]["load"]: each["value"][1] for each in collected.series(query)}
    assert values == {"concurrency 1": "45", "concurrency 16": "40"}


def test_the_file_and_the_scheduler_tell_the_same(collected: Prometheus) -> None:
    """But for the grouping, every load is there from both."""
    query = "count by (job) (advisor_last_run_timestamp_seconds)"
    counts = {each["metric"]["job"]: each["value"][1] for each in collected.series(query)}
    assert counts == {"advisor": "3", "node": "3"}
    assert collected.series("node_textfile_scrape_error")[0]["value"][1] == "0"


def test_promtool_takes_the_example() -> None:
    done = subprocess.run(
        [program("promtool"), "check", "config", CONFIGS / "prometheus.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "SUCCESS" in done.stdout
    assert "WARN" not in done.stdout + done.stderr


def test_grafanas_own_types_know_every_key() -> None:
    """What they do not know does not come back from them."""
    plugins.register_default_plugins()
    known = json.loads(JSONEncoder().encode(Dashboard.from_json(DASHBOARD)))
    assert list(lost(DASHBOARD, known)) == []
    changed = {**DASHBOARD, "panel": []}
    assert list(lost(changed, known)) == [".panel"]


def lost(ours: Any, known: Any, path: str = "") -> Iterator[str]:
    """Where the second document says another thing than the first, or nothing."""
    if isinstance(ours, dict) and isinstance(known, dict):
        for key, value in ours.items():
            if key in known:
                yield from lost(value, known[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"
    elif isinstance(ours, list) and isinstance(known, list) and len(ours) == len(known):
        for number, (each, other) in enumerate(zip(ours, known, strict=True)):
            yield from lost(each, other, f"{path}[{number}]")
    elif ours != known:
        yield path


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= COLUMNS
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        taken |= cells


def test_every_panel_asks_the_chosen_prometheus() -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert DASHBOARD["templating"]["list"][0]["name"] == "datasource"
    for panel in PANELS:
        assert panel["title"]
        for asks in (panel, *panel["targets"]):
            assert asks["datasource"] == chosen
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
