"""`advisor bench --api` and `--beside` as a user runs them: output, record, and never the key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from pathlib import Path

import jsonschema
import pytest
from fake_apis import KEY, Reply, Seen, anthropic, chat, refusal, serving_api

from advisor.cli import paying
from advisor.cli.main import main
from advisor.cli.schema import json_schema
from advisor.history.store import RunStore
from advisor.report.bench import show_bench

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from timed_server import timed_server

MODEL = ("--api", "groq", "--model", "llama-3.1-8b-instant")
SMALL = ("--input-tokens", "32", "--output-tokens", "12")


def advisor(
    home: Path, *arguments: str, answer: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    base = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return subprocess.run(
        [sys.executable, "-m", "advisor", *arguments],
        env={**base, "ADVISOR_DATA_DIR": str(home), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def kept(home: Path) -> bytes:
    """Everything that was written under the home, as one text."""
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def test_an_api_is_measured_shown_and_kept_without_its_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving_api(chat(x_groq=True)) as api:
        variables = {"GROQ_API_KEY": KEY, "ADVISOR_GROQ_URL": api.url}
        done = advisor(tmp_path, "--verbose", "bench", *MODEL, *SMALL, "--json", **variables)
        assert {each.headers["authorization"] for each in api.seen} == {f"Bearer {KEY}"}
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema("advisor.bench/1"))
    assert document["server"]["kind"] == "groq"
    assert document["spend"]["usd"] < document["spend"]["max_usd"] == 0.1
    assert document["spend"]["price"]["name"] == "groq/llama-3.1-8b-instant"
    assert "12 requests cost about" in " ".join(done.stderr.split())
    assert KEY not in done.stdout + done.stderr
    assert kept(tmp_path)
    assert KEY.encode() not in kept(tmp_path)

    show_bench(RunStore(tmp_path).load(document["id"]).bench, record="somewhere")
    shown = capsys.readouterr().out
    for wanted in ("spent", "per million tokens", "1 stream"):
        assert wanted in shown
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert KEY not in shown


def test_a_provider_that_repeats_the_key_cannot_put_it_into_the_record(tmp_path: Path) -> None:
    good = chat(x_groq=True)
    echo = refusal(500, {"X-Your-Key": KEY}, {"error": {"message": f"Bearer {KEY} overloaded"}})
    with serving_api(good, good, echo, good) as api:
        done = advisor(
            tmp_path,
            *("bench", *MODEL, *SMALL, "--json", "--requests", "2"),
            GROQ_API_KEY=KEY,
            ADVISOR_GROQ_URL=api.url,
        )
    assert done.returncode == 0, done.stderr
    details = json.loads(done.stdout)["stages"][0]["error_details"]
    assert "[key] overloaded" in details["http_500"]
    assert KEY not in done.stdout + done.stderr
    assert KEY.encode() not in kept(tmp_path)


def test_errors_and_tracebacks_do_not_show_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from advisor.bench import replay

    def breaks(*given: object, **named: object) -> None:
        raise RuntimeError(f"{given} {named}")

    monkeypatch.setenv("GROQ_API_KEY", KEY)
    monkeypatch.setenv("ADVISOR_GROQ_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(replay, "run_load", breaks)
    with pytest.raises(RuntimeError) as caught:
        main(["--verbose", "bench", *MODEL, *SMALL])
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(told.format())
    assert "Prepared" in text
    assert KEY not in text


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--api", "groq"), "--model"),
        (("--api", "grok", "--model", "x"), "groq"),
        ((*MODEL, "--header", f"Authorization: Bearer {KEY}"), "--header"),
        ((*MODEL, "--rate", "5"), "--rate"),
        ((*MODEL, "--sweep"), "--sweep"),
        ((*MODEL, "--power-w", "100"), "--power-w"),
        (("--api", "groq", "--model", "no-such-model"), "--price"),
        ((*MODEL, "--energy", "full"), "--energy"),
        ((*MODEL, "--max-usd", "0"), "--max-usd"),
        ((*MODEL, "--max-usd", "0.0000001"), "--max-usd"),
        ((*MODEL, "--url", "http://gateway.example.com"), "not encrypted"),
        (("--beside", "groq"), "groq/"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    with pytest.raises(SystemExit) as ended:
        main(["bench", *options])
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert says in told.err
    assert KEY not in told.out + told.err


def test_at_a_terminal_the_estimate_is_asked_about_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", KEY)
    monkeypatch.setattr(paying, "can_ask", lambda: True)
    asked: list[str] = []
    monkeypatch.setattr("click.confirm", lambda text, **_: bool(asked.append(text)))
    with serving_api(chat()) as api, pytest.raises(SystemExit) as ended:
        monkeypatch.setenv("ADVISOR_GROQ_URL", api.url)
        main(["bench", *MODEL])
    assert ended.value.code == 1
    assert asked == ["Send them?"]
    assert api.seen == []
    told = " ".join(capsys.readouterr().err.split())
    assert "12 requests cost about $0.0003" in told
    assert told.index("cost about") < told.index("nothing was sent")


def test_without_a_key_nothing_is_measured(tmp_path: Path) -> None:
    done = advisor(
        tmp_path, "bench", *MODEL, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring"
    )
    assert done.returncode == 1
    assert "GROQ_API_KEY" in done.stderr


def test_the_same_work_on_a_local_server_and_two_apis_is_one_table(tmp_path: Path) -> None:
    with (
        serving_api(chat(x_groq=True, pause_s=0.001)) as groq,
        serving_api(anthropic()) as claude,
        timed_server("--ttft-ms", "20", "--itl-ms", "2") as local,
    ):
        variables = {
            "GROQ_API_KEY": KEY,
            "ADVISOR_GROQ_URL": groq.url,
            "ANTHROPIC_API_KEY": KEY,
            "ADVISOR_ANTHROPIC_URL": claude.url,
        }
        options = (
            *("bench", "--url", local, "--concurrency", "1", "--max-time", "3s", *SMALL),
            *("--power-w", "200", "--requests", "4", "--usd-per-kwh", "0.30"),
            *("--beside", "groq/llama-3.1-8b-instant", "--beside", "anthropic/claude-haiku-4-5"),
        )
        done = advisor(tmp_path, *options, "--json", **variables)
        asked = [
            [each.body["messages"][0]["content"] for each in api.seen[2:]] for api in (groq, claude)
        ]
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema("advisor.bench/1"))
    work = document["same_work"]
    box, first, second = work["sides"]
    assert work["requests"] == 4
    assert asked[0] == asked[1]
    assert len(set(asked[0])) == 4
    assert [side["kind"] for side in work["sides"]] == ["local", "api", "api"]
    assert [side["requests"] for side in work["sides"]] == [4, 4, 4]
    assert [side["output_tokens"] for side in work["sides"]] == [12, 12, 12]
    joules = box["j_per_request"]
    assert joules == pytest.approx(200 * box["e2e_ms"]["mean"] / 1e3, rel=0.2)
    assert box["usd_per_1000_requests"] == pytest.approx(1000 * joules / 3.6e6 * 0.30)
    assert box["unknown"]["j_per_request_marginal"]
    assert first["spend"]["usd"] > 0
    assert first["usd_per_1000_requests"] > 0
    assert first["j_per_request"] is None
    assert "API" in first["unknown"]["j_per_request"]
    assert any("another model" in each for each in first["differs"])
    assert any("another tokenizer" in each for each in second["differs"])
    assert KEY not in done.stdout + done.stderr
    assert KEY.encode() not in kept(tmp_path)


def test_an_api_that_fails_leaves_the_local_measurement(tmp_path: Path) -> None:
    def gone(seen: Seen) -> Reply:
        return refusal(404)(seen)

    with serving_api(gone) as groq, timed_server("--ttft-ms", "20", "--itl-ms", "2") as local:
        done = advisor(
            tmp_path,
            *("bench", "--url", local, "--concurrency", "1", "--max-time", "2s", *SMALL),
            *("--requests", "2", "--beside", "groq/llama-3.1-8b-instant"),
            GROQ_API_KEY=KEY,
            ADVISOR_GROQ_URL=groq.url,
        )
    assert done.returncode == 0, done.stderr
    assert "groq/llama-3.1-8b-instant was not measured" in " ".join(done.stdout.split())
    assert "The same 2 requests" in done.stdout
