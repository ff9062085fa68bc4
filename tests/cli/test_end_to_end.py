"""From the command to the decision, as a user runs it: real engine, real Ollama, real Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jsonschema
import pytest
from fakes_nvml import fake_nvml, no_nvml
from program import typed
from real_models import smollm2
from real_servers import ollama_093

from advisor.cli.schema import json_schema
from advisor.history.store import RunStore

__all__ = ["fake_nvml", "no_nvml", "ollama_093", "smollm2"]

SMALL = ("--input-tokens", "48", "--output-tokens", "24", "--max-time", "8s")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "advisor", *arguments]


def environment(home: Path, base: dict[str, str] | None = None) -> dict[str, str]:
    return {**(base or os.environ), "ADVISOR_DATA_DIR": str(home)}


def advisor(
    home: Path, *arguments: str, base: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment(home, base),
        capture_output=True,
        text=True,
        timeout=240,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def valid(text: str, name: str) -> dict:
    document = json.loads(text)
    jsonschema.validate(document, json_schema(name))
    return document


@pytest.mark.alone
def test_one_command_measures_a_file_and_decides(home: Path, smollm2: Path, no_nvml) -> None:
    done = advisor(
        home,
        *("run", "--json", "--model", str(smollm2), "--concurrency", "1,2", *SMALL),
        *("--output-tokens-per-month", "2M"),
        base=no_nvml,
    )
    assert done.returncode == 0, done.stderr
    run = valid(done.stdout, "advisor.run/1")
    bench, advice = run["bench"], run["advice"]
    assert [stage["concurrency"] for stage in bench["stages"]] == [1, 2]
    single = bench["stages"][0]
    assert single["output_tokens"] == 24
    assert single["decode_tok_per_s"]["n"] >= 1
    assert abs(single["cross_check"]["decode_tok_per_s"]["difference"]) < 0.1
    for tokens in ("prompt_tokens", "output_tokens"):
        assert abs(single["cross_check"][tokens]["difference"]) < 0.03
    assert {"streams": 2} in [
        {each["means"]: each["value"]} for each in bench["server"]["settings"]
    ]
    assert single["energy"]["grade"] == "estimated"
    assert bench["measured_on"].startswith("CPU, embedded llama.cpp")
    assert bench["model"]["synthetic"] is False
    assert advice["decision"] == "measure"
    assert advice["measured"]["run_id"] == run["id"]

    again = advisor(home, "advise", "--json", "--run", run["id"], "--box-price-usd", "100")
    assert again.returncode == 0, again.stderr
    inputs = valid(again.stdout, "advisor.advice/1")["inputs"]
    assert inputs["box"]["price_usd"] == 100
    assert inputs["usage"]["output_tokens_per_month"] == 2e6
    listed = valid(advisor(home, "history", "--json").stdout, "advisor.history/1")
    assert [each["id"] for each in listed["runs"]] == [run["id"]]
    assert RunStore(home).load(run["id"]).bench is not None


def test_a_cpu_number_never_passes_for_the_gpus(home: Path, smollm2: Path, fake_nvml) -> None:
    done = advisor(
        home, "-q", "run", "--model", str(smollm2), "--concurrency", "1", *SMALL, base=fake_nvml()
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert len(done.stdout.splitlines()) <= 40
    shown = " ".join(done.stdout.split())
    assert "These are the CPU's numbers; the NVIDIA GeForce RTX 4090 was not measured." in shown
    assert "An engine for it:" in shown
    assert "on NVIDIA GeForce RTX 4090" in shown
    run = RunStore(home).load()
    assert run.bench is not None and run.advice is not None
    assert run.bench.measured_on.startswith("CPU")
    assert run.advice.measured is None


def test_a_real_ollama_is_measured_and_agrees_with_its_own_timers(
    home: Path, ollama_093, no_nvml
) -> None:
    done = advisor(
        home,
        *("bench", "--json", "--url", ollama_093.endpoint.url, "--model", "smollm2"),
        *("--concurrency", "1", "--power-w", "65", *SMALL),
        base=no_nvml,
    )
    assert done.returncode == 0, done.stderr
    bench = valid(done.stdout, "advisor.bench/1")
    stage = bench["stages"][0]
    server = bench["server"]
    assert (server["kind"], server["version"]) == ("ollama", "0.9.3")
    assert server["url"] == ollama_093.endpoint.url
    told = {each["means"]: each["value"] for each in server["settings"]}
    assert told["gpu_share"] == 0
    assert told["context_tokens"] > 0
    assert stage["token_source"] == "native"
    assert abs(stage["cross_check"]["decode_tok_per_s"]["difference"]) < 0.1
    assert stage["energy"]["box"]["active_w"] == pytest.approx(65)
    assert bench["measured_on"] == "CPU, ollama"


def test_ctrl_c_keeps_what_was_measured(home: Path, smollm2: Path, no_nvml) -> None:
    interruptible = (
        "import signal; from advisor.cli.main import main; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); main()"
    )
    arguments = ("bench", "--json", "--model", str(smollm2), "--max-time", "60s")
    process = subprocess.Popen(
        [sys.executable, "-c", interruptible, *arguments],
        env=environment(home, no_nvml),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(("warm-up", "measure")) and "TTFT" in line:
            break
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    bench = valid(out, "advisor.bench/1")
    assert bench["partial"] is True
    assert bench["stages"][0]["attempts"] >= 1
    assert bench["stages"][0]["stopped_by"] == "interrupted"
    assert RunStore(home).load(bench["id"]).partial


@pytest.fixture
def web_page():
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("bench", "--url", "http://127.0.0.1:9"), 1, "nothing listens"),
        (("bench", "--url", "nonsense://x"), 2, "URL"),
        (("bench", "--model", "/no/such.gguf"), 2, "there is no file"),
        (("bench", "--synthetic", "lama-3.2-1b"), 2, "llama-3.2-1b"),
        (("bench", "--synthetic", "llama-3.2-1b:Q9"), 2, "Q4_0"),
        (("bench", "--power-w", "-1", "--model", "x.gguf"), 2, "'--power-w'"),
        (("bench", "--concurrency", "0"), 2, "1,16,64"),
        (("bench", "--precision", "5"), 2, "5%"),
        (("advise", "--scenario", "/no/such.toml"), 2, "there is no such file"),
        (("advise",), 2, "there is no measurement yet"),
        (("prices", "show", "no-such-model-at-all"), 2, "no-such-model-at-all"),
        (("schema", "nothing"), 2, "there is no document"),
    ],
)
def test_bad_input_is_one_line_of_cause_and_remedy_before_anything_takes_time(
    home: Path,
    arguments: tuple[str, ...],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def early(**_: object) -> None:
        raise AssertionError("the machine is measured already")

    monkeypatch.setattr("advisor.machine.probe.probe", early)
    done = typed("-q", *arguments, environment=environment(home))
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr
    assert done.stdout == ""
    assert not (home / "runs").exists()


def test_a_port_that_is_no_language_models_server(home: Path, web_page: str) -> None:
    done = typed("-q", "bench", "--url", web_page, environment=environment(home))
    assert done.returncode == 1
    assert "it answers with a web page" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_model_that_ollama_does_not_have_names_the_nearest(home: Path, ollama_093) -> None:
    done = advisor(home, "-q", "bench", "--url", ollama_093.endpoint.url, "--model", "smolm2")
    assert done.returncode == 2
    assert "smollm2" in done.stderr


def test_a_broken_gguf_is_refused_before_anything_starts(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\xff" * 64)
    done = advisor(home, "-q", "bench", "--model", str(broken))
    assert done.returncode in (1, 2)
    assert len(done.stderr.splitlines()) == 1
