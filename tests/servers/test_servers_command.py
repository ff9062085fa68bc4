"""Does `advisor servers` say who serves here, as a page and as a document?"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest
from fake_servers import Route, as_json, listed, serving

from advisor.cli.main import main
from advisor.cli.schema import json_schema
from advisor.servers import discovery, installed
from advisor.servers.installed import Installed
from advisor.servers.known import KINDS


@pytest.fixture(autouse=True)
def nothing_else_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "LOCAL_PORTS", ())
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.setattr(installed, "_find", lambda name: None)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["servers", *arguments])
    return int(ended.value.code or 0)


def test_the_document_keeps_to_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    with serving({"/v1/models": listed("vllm", max_model_len=2048)}) as url:
        assert run("--url", url, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json_schema("advisor.servers/1"))
    (server,) = document["servers"]
    assert (server["kind"], server["url"], server["version"]) == ("vllm", url, None)
    assert server["models"][0]["context_tokens"] == 2048
    assert document["unknown"]["servers[0].version"]
    assert document["unknown"]["servers[0].models[0].quantization"]


def test_the_page_names_server_and_model(capsys: pytest.CaptureFixture[str]) -> None:
    with serving({"/v1/models": listed("vllm", max_model_len=2048)}) as url:
        assert run("--url", url) == 0
    page = capsys.readouterr().out
    assert f"vllm at {url}" in page
    assert "model-0" in page
    assert "2,048" in page


SMALL_SLOT = {
    "/v1/models": listed("llamacpp", meta={"n_ctx": 256, "n_ctx_train": 8192}),
    "/props": as_json(
        {
            "default_generation_settings": {"n_ctx": 256, "speculative": True},
            "total_slots": 1,
            "build_info": "b7000\x1b]0;owned\x07",
        }
    ),
}


def test_the_page_names_settings_and_what_looks_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serving(SMALL_SLOT) as url:
        assert run("--url", url) == 0
    page = capsys.readouterr().out
    assert "n_ctx 256" in page
    assert "total_slots 1" in page
    assert "context 256 truncates the default workload" in " ".join(page.split())
    assert max(len(line) for line in page.splitlines()) <= 80
    assert not {"\x1b", "\x07"} & set(page)


def test_the_document_holds_settings_by_name_and_meaning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serving(SMALL_SLOT) as url:
        assert run("--url", url, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json_schema("advisor.servers/1"))
    (server,) = document["servers"]
    assert {
        "name": "n_ctx",
        "value": 256,
        "source": "/props",
        "means": "context_tokens",
    } in server["settings"]
    assert any("truncates" in concern for concern in server["concerns"])
    (gpu,) = [n for n, each in enumerate(server["settings"]) if each["value"] is None]
    assert "not llama-server" in document["unknown"][f"servers[0].settings[{gpu}].value"]
    assert server["models"][0]["concerns"] == [], "said once, of the server"


def test_a_key_opens_a_server_that_asks_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    closed = as_json({"error": {"message": "who are you"}}, 401)
    with serving({"/v1/models": listed("vllm")}, key="Bearer k3y", otherwise=closed) as url:
        assert run("--url", url) == 1
        assert "--header" in capsys.readouterr().err
        assert run("--url", url, "--header", "Authorization: Bearer k3y") == 0
    shown = capsys.readouterr()
    assert "model-0" in shown.out
    assert "k3y" not in shown.out + shown.err


def test_a_server_cannot_act_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    models = as_json({"data": [{"id": "evil\x1b]0;owned\x07\u202e[red]name"}]})
    with serving({"/v1/models": models}) as url:
        assert run("--url", url) == 0
    page = capsys.readouterr().out
    assert "evil" in page
    assert not {"\x1b", "\x07", "\u202e"} & set(page)


def test_nothing_here_is_said_with_what_could_be_started(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run() == 0
    assert "No model server runs here" in capsys.readouterr().out
    monkeypatch.setattr(installed, "_find", lambda name: Path("/opt/ollama"))
    assert run() == 0
    assert "ollama" in capsys.readouterr().out


def test_a_server_that_refuses_to_list_its_models_is_still_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers: list[Route] = [listed("vllm"), as_json({"error": "worn out"}, 500)]

    def once(_: dict[str, object]) -> Route:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    with serving({"/v1/models": once}) as url:
        assert run("--url", url, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["servers"][0]["models"] is None
    assert "worn out" in document["unknown"]["servers[0].models"]


@pytest.mark.parametrize(
    ("url", "code"), [("http://127.0.0.1:1", 1), ("ftp://host", 2), ("http://me:pw@host", 2)]
)
def test_bad_urls_end_in_one_line(url: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--url", url) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "Traceback" not in shown.err


@pytest.mark.skipif(sys.platform != "linux", reason="names of programs on Linux")
@pytest.mark.parametrize(
    ("kind", "name", "command"),
    [
        ("ollama", "ollama", "ollama serve"),
        ("vllm", "vllm", "vllm serve MODEL"),
        ("llama.cpp", "llama-server", "llama-server -m FILE.gguf"),
        ("lmstudio", "lms", "lms server start"),
        (
            "llama-swap",
            "llama-swap",
            "llama-swap --config config.yaml --listen 127.0.0.1:8080",
        ),
        ("localai", "local-ai", "local-ai run MODEL"),
        ("koboldcpp", "koboldcpp-linux-x64", "koboldcpp-linux-x64 --model FILE.gguf"),
        ("tgwui", "start_linux.sh", "start_linux.sh --api"),
        ("sglang", "sglang", "sglang serve --model-path MODEL"),
        ("mlx", "mlx_lm.server", "mlx_lm.server --model MODEL"),
    ],
)
def test_engines_are_found_on_the_path(
    kind: str, name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    program = tmp_path / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    found = [engine for engine in installed.installed() if engine.kind == kind]
    assert found == [Installed(kind, program, command)]
    assert kind in KINDS
