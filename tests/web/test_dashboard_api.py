"""Is the JSON API the contract of `--json`, and does its OpenAPI document tell the truth of it?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from dashboard_at import GUIDE, dashboard_at, some_runs

from advisor.advice.scenario import read_tables
from advisor.cli.main import main
from advisor.history.store import RunStore
from advisor.web.dashboard.api import ENDPOINTS, EVENTS
from advisor.web.dashboard.openapi import openapi

SCHEMA = Path(__file__).parent / "openapi-3.1-schema.json"
"""https://spec.openapis.org/oas/3.1/schema/2022-10-07, Apache-2.0, as openapi-spec-validator 0.9.0
brings it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with dashboard_at(some_runs(folder)) as url:
        yield url


def got(url: str, **more: Any) -> Any:
    answer = requests.get(url, timeout=60, **more)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json()


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--json"])
    assert ended.value.code == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("history", ["history"]),
        ("history?model=smol&limit=2", ["history", "--model", "smol", "--limit", "2"]),
        ("history?kind=skip", ["history", "--kind", "skip"]),
        ("runs/run-5", ["history", "show", "run-5"]),
        ("compare?side=run-1&side=run-4", ["compare", "run-1", "run-4"]),
        ("drift", ["history", "drift"]),
        ("prices?q=gpt-4o-mini", ["prices", "search", "gpt-4o-mini"]),
        ("prices/openai/gpt-4o", ["prices", "show", "openai/gpt-4o"]),
    ],
)
def test_it_answers_what_the_command_prints(
    *,
    url: str,
    folder: Path,
    path: str,
    command: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(folder))
    assert got(f"{url}/api/v1/{path}") == printed(capsys, *command)


def test_a_record_comes_byte_for_byte_in_its_values(url: str, folder: Path) -> None:
    kept = json.loads(RunStore(folder).document("run-2"))
    assert got(f"{url}/api/v1/runs/run-2") == kept


def advised(url: str, **order: Any) -> requests.Response:
    return requests.post(f"{url}/api/v1/advice", json=order, timeout=60)


def test_advice_is_that_of_the_command(
    url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answer = advised(url, scenario=read_tables(GUIDE), what_if=["usage.stable=false"])
    asked = ("advise", "--scenario", str(GUIDE), "--what-if", "usage.stable=false")
    assert answer.json() == printed(capsys, *asked)


def test_advice_on_a_run_uses_what_was_said_then(url: str) -> None:
    of_run = advised(url, run="run-5").json()
    assert of_run["measured"]["run_id"] == "run-5"
    assert of_run["baseline"] == "GPT-4"


@pytest.mark.parametrize(
    ("order", "status", "said"),
    [
        ({"scenario": {"usage": {"nonsense": 1}}}, 400, "nonsense"),
        ({"run": "no-such-run"}, 404, "there is no run"),
        ({"scenario": {}, "unknown": 1}, 400, "unknown"),
        ({"scenario": 3}, 400, "scenario"),
    ],
)
def test_wrong_orders_are_told_in_one_document(
    url: str, order: dict[str, Any], status: int, said: str
) -> None:
    answer = advised(url, **order)
    assert answer.status_code == status
    document = answer.json()
    assert document["schema"] == "advisor.failure/1"
    assert said in json.dumps(document["error"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("history?limit=0", 400),
        ("history?limit=9999999999999", 400),
        ("history?limit=00000000100001", 400),
        ("history?since=yesterday", 400),
        ("history?kind=other", 400),
        ("compare?side=run-1", 400),
        ("compare?side=run-1&side=/etc/passwd", 404),
        ("compare?side=run-1&side=x.json", 404),
        ("prices/no-such-model-at-all", 400),
        ("nothing", 404),
        ("runs/..%2f..%2fetc", 404),
    ],
)
def test_wrong_questions_are_told(url: str, path: str, status: int) -> None:
    answer = requests.get(f"{url}/api/v1/{path}", timeout=30)
    assert answer.status_code == status
    assert answer.json()["schema"] == "advisor.failure/1"


def test_a_side_is_never_a_file(url: str, folder: Path, tmp_path: Path) -> None:
    record = tmp_path / "run.json"
    record.write_bytes(RunStore(folder).document("run-1"))
    answer = requests.get(
        f"{url}/api/v1/compare", params={"side": ["run-2", str(record)]}, timeout=30
    )
    assert answer.status_code == 404


def test_the_openapi_document_is_one(url: str) -> None:
    document = got(f"{url}/api/openapi.json")
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(document)
    for shape in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(shape)
    text = json.dumps(document)
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in document["components"]["schemas"]
    ids = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids)) == len(ENDPOINTS)


@pytest.mark.parametrize(
    "endpoint",
    [each for each in ENDPOINTS if each.method == "GET" and each.media_type != EVENTS],
    ids=lambda each: each.path,
)
def test_each_answer_is_what_the_document_says(url: str, endpoint: Any) -> None:
    path = endpoint.path.format(run_id="run-5", model="openai/gpt-4o")
    sides = {"side": ["run-1", "run-2"]} if "compare" in path else {}
    answer = got(url + path, params=sides)
    document = openapi()
    shape = document["paths"][endpoint.path]["get"]["responses"]["200"]["content"]
    validator = jsonschema.Draft202012Validator(
        {**shape["application/json"]["schema"], "components": document["components"]}
    )
    validator.validate(answer)
    if "schema" in answer:
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**answer, "schema": "something else"})


def test_health_and_metrics(url: str) -> None:
    assert requests.get(f"{url}/healthz", timeout=30).text == "ok\n"
    told = requests.get(f"{url}/metrics", timeout=30)
    assert "advisor_decode_tokens_per_second{" in told.text
    assert "advisor_schedule_running" not in told.text
