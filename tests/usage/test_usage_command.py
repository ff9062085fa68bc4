"""`advisor usage`, as a user runs it, and with what a real server answers."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import jsonschema
import pytest
from made_up_usage import SECRET, answer, imported, lines, sums
from program import typed
from tiny_models import tiny

from advisor.advice.scenario import known_keys, read_tables
from advisor.cli.schema import json_schema
from advisor.models.synthetic import write_synthetic
from advisor.servers.embedded import EmbeddedEngine
from advisor.usage.scenario import bands, scenario_toml


def advisor(*arguments: object) -> CompletedProcess[str]:
    return typed(*map(str, arguments))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A quarter and more of office work that grows, with a line that is broken."""
    start = datetime(2026, 7, 1, 9, tzinfo=UTC)
    records = []
    for day in range(130):
        for hour in range(9):
            at = start + timedelta(days=day, hours=hour)
            if at.weekday() < 5:
                sent = round(20_000 * 1.1 ** (day / 30.4))
                at_text = at.strftime("%Y-%m-%dT%H:%M:%S")
                records.append(answer(100 * day + hour, at_text, sent, sent // 5))
    file = lines(tmp_path / "log.jsonl", records)
    file.write_text(file.read_text() + '{"usage": {"prompt_tokens": -1}}\n')
    return file


def test_import_prints_one_document_that_fits_its_schema(log: Path) -> None:
    done = advisor("usage", "import", log, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema("advisor.usage/1"))
    assert (document["schema"], document["bad_lines"], document["cells"]) == (
        "advisor.usage/1",
        1,
        [],
    )
    assert SECRET not in done.stdout


def test_the_text_fits_eighty_columns_and_says_what_is_known(log: Path) -> None:
    done = advisor("usage", "import", log, "--time-zone", "Asia/Taipei")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for said in ("2026-09", "a month (95 %:", "stable", "Hours of the week", "1 bad", "log.jsonl:"):
        assert said in done.stdout
    assert SECRET not in done.stdout


def test_what_is_kept_can_be_shown_and_added_to(log: Path, tmp_path: Path) -> None:
    kept = tmp_path / "usage.json"
    first = json.loads(advisor("usage", "import", log, "--out", kept, "--json").stdout)
    again = json.loads(advisor("usage", "import", log, "--out", kept, "--json").stdout)
    assert again["total"] == first["total"]
    shown = json.loads(advisor("usage", "show", kept, "--json").stdout)
    assert shown["months"] == first["months"]
    assert SECRET not in kept.read_text()
    refused = advisor("usage", "show", log.with_name("nothing.json"))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)


def test_nothing_that_was_kept_is_lost_by_a_further_import(log: Path, tmp_path: Path) -> None:
    looked = tmp_path / "vllm.txt"
    looked.write_text(
        "# TYPE vllm:prompt_tokens_total counter\n"
        'vllm:prompt_tokens_total{model_name="m"} 1000\n'
        "# TYPE vllm:generation_tokens_total counter\n"
        'vllm:generation_tokens_total{model_name="m"} 500\n'
    )
    undated, damaged, foreign = (tmp_path / name for name in ("undated", "damaged", "foreign"))
    assert advisor("usage", "import", looked, "--out", undated).returncode == 0
    assert advisor("usage", "import", log, "--out", damaged).returncode == 0
    document = json.loads(damaged.read_text())
    document["cells"][0][4] = -1
    damaged.write_text(json.dumps(document))
    foreign.write_bytes(log.read_bytes())
    for kept, why in (
        (undated, "it holds totals without times, of vllm"),
        (damaged, "counts that are negative"),
        (foreign, "is not what an import keeps with --out"),
    ):
        before = kept.read_bytes()
        refused = advisor("usage", "import", log, "--out", kept)
        assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
        assert kept.read_bytes() == before


def test_the_scenario_is_one_that_advise_takes(log: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "usage.toml"
    assert advisor("usage", "import", log, "--scenario-out", scenario).returncode == 0
    tables = read_tables(scenario)["usage"]
    found = imported(log)
    assert found.monthly is not None
    assert tables["input_tokens_per_month"] == found.monthly.input_tokens
    assert tables["stable"] is True
    done = advisor(
        *("advise", "--scenario", scenario, "--json"),
        *("--box-price-usd", 2000, "--api", "openai/gpt-4o"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["comparisons"][0]["api_usd_per_month"] > 0


def test_newer_keys_stand_as_comments_until_they_are_read(log: Path, tmp_path: Path) -> None:
    import tomllib

    found = imported(log)
    old = tomllib.loads(scenario_toml(found, {"usage.stable"}))["usage"]
    assert "requests_per_month" not in old
    newer = {*known_keys(), "usage.requests_per_month", "usage.cache_write_share"}
    newer |= {"usage.hours.share", "usage.request.share"}
    new = tomllib.loads(scenario_toml(found, newer))["usage"]
    assert new["requests_per_month"] == found.monthly.requests  # type: ignore[union-attr]
    assert sum(band["share"] for band in new["hours"]) == pytest.approx(1, abs=1e-9)
    assert sum(each["share"] for each in new["request"]) == pytest.approx(1, abs=1e-9)


def test_growth_that_is_not_shown_is_not_drawn_out_over_years(tmp_path: Path) -> None:
    wild = [
        answer(n, f"2026-{4 + n // 28:02}-{n % 28 + 1:02}", 10 + 9000 * (n % 5)) for n in range(150)
    ]
    found = imported(lines(tmp_path / "x", wild))
    assert found.growth is not None
    assert found.growth.ci95[0] < 0 < found.growth.ci95[1]
    assert "growth_per_month = 0.0  #" in scenario_toml(found, known_keys())


def test_bands_hold_the_office_hours() -> None:
    shares = [0.0] * 168
    for day in range(5):
        for hour in range(9, 18):
            shares[24 * day + hour] = 1 / 45
    assert ("mon-fri", 9, 18, 1.0) in bands(shares)
    assert sum(band[3] for band in bands([1 / 168] * 168)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("usage", "import", "no-such-file"), "there is no no-such-file"),
        (("usage", "import", __file__), "no known source"),
        (("usage", "import", "{log}", "--time-zone", "Mars/Base"), "no time zone"),
        (("usage", "import", "{few}", "--scenario-out", "x.toml"), "1 days cannot stand"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    log: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    few = lines(tmp_path / "few", [answer(1, "2026-10-05")])
    done = advisor(*(each.format(log=log, few=few) for each in arguments))
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def ask(host: str, port: int, path: str, body: dict[str, Any] | None = None) -> bytes:
    connection = http.client.HTTPConnection(host, port, timeout=60)
    try:
        method = "POST" if body else "GET"
        content = json.dumps(body) if body else None
        connection.request(method, path, content, {"Content-Type": "application/json"})
        return connection.getresponse().read()
    finally:
        connection.close()


def test_a_real_servers_answers_and_its_own_totals_agree(tmp_path: Path) -> None:
    model = write_synthetic(tiny(), "Q4_0", tmp_path / "tiny.gguf").path
    with EmbeddedEngine(model, threads=1, context_tokens=1024) as engine:
        at = engine.endpoint
        before = ask(at.host, at.port, "/metrics")
        bodies = []
        for number in range(4):
            words = f"{number} words of a prompt {SECRET}"
            chat = {"messages": [{"role": "user", "content": words}], "max_tokens": 8 + number}
            wanted = {**chat, "ignore_eos": True, "cache_prompt": False}
            bodies.append(json.loads(ask(at.host, at.port, "/v1/chat/completions", wanted)))
        after = ask(at.host, at.port, "/metrics")
        live = imported(f"http://{at.host}:{at.port}/metrics")
    found = imported(lines(tmp_path / "log", bodies))
    assert sums(found)[3:] == (8 + 9 + 10 + 11, 4)
    assert found.total.input_tokens == sum(each["usage"]["prompt_tokens"] for each in bodies)
    assert found.first_day is not None
    looks = tmp_path / "looks"
    looks.write_bytes(b"# 2026-10-01T00:00:00Z\n" + before + b"\n# 2026-10-02T00:00:00Z\n" + after)
    assert sums(imported(looks))[3] == 38
    assert sums(imported(looks))[0] == found.total.input_tokens
    assert sums(live)[3] >= 38
