"""`advisor ask` as a user runs it: a scripted server, a paid API, a real small model."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import psutil
import pytest
from real_models import smollm2
from scripted_model import scripted

from advisor.agent import toolbox
from advisor.agent.ask import chat
from advisor.agent.ask.check import check
from advisor.agent.ask.document import Record
from advisor.agent.tools.prices import PRICE as PRICE_TOOL
from advisor.cli.main import main
from advisor.cli.schema import json_schema
from advisor.report import language

__all__ = ["smollm2"]

PRICE = [("price", {"model": "openai/gpt-4"})]
RIGHT = "It costs $30 per million tokens in [r1 input_usd_per_mtok]."
KEY = "sk-test-0123456789-never-shown"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))


def advisor(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_an_answer_is_shown_with_what_it_cites(capsys: pytest.CaptureFixture[str]) -> None:
    with scripted(PRICE, RIGHT) as model:
        assert advisor("ask", "--url", model.url, "What", "does", "GPT-4", "cost?") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("It costs $30 per million tokens in.\n")
    assert "r1 input_usd_per_mtok = 30" in shown
    assert "2 steps" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_a_refused_answer_says_why_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    with scripted(PRICE, "It costs \x1b[31m$31 [r1 input_usd_per_mtok].") as model:
        assert advisor("ask", "--url", model.url, "What does GPT-4 cost?") == 1
    shown = capsys.readouterr().out
    assert shown.startswith("Refused")
    assert "'31' is not what it cites (input_usd_per_mtok = 30.0)" in shown
    assert "\x1b" not in shown


def test_the_document_keeps_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    for said, code, status in ((RIGHT, 0, "answered"), ("It costs $31.", 1, "refused")):
        with scripted(PRICE, said) as model:
            assert advisor("ask", "--json", "--url", model.url, "What does GPT-4 cost?") == code
        document = json.loads(capsys.readouterr().out)
        jsonschema.validate(document, json_schema("advisor.answer/1"))
        assert document["status"] == status


def test_it_speaks_the_users_language(capsys: pytest.CaptureFixture[str]) -> None:
    language.use("zh-TW")
    try:
        with scripted(PRICE, "要價 31 美元。") as model:
            assert advisor("ask", "--url", model.url, "要多少錢？") == 1
    finally:
        language.use("en")
    assert capsys.readouterr().out.startswith("已拒絕")


def test_an_api_is_asked_within_its_limit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    api = ("--api", "openai", "--model", "gpt-4o-mini", "--price", "1/2")
    with scripted(PRICE, RIGHT) as model:
        given = ("ask", "--json", *api, "--url", model.url, "--max-usd", "0.2", "What?")
        assert advisor(*given) == 0
        assert model.requests[0]["max_completion_tokens"] == chat.LONGEST_REPLY_TOKENS
        done = capsys.readouterr()
        spent = json.loads(done.out)["spent"]
        assert spent["usd"] == pytest.approx(2 * (900 * 1 + 60 * 2) / 1e6)
        assert (spent["max_usd"], spent["requests"]) == (0.2, 2)
        told = " ".join(done.err.split())
        assert "nothing is sent that could bring the cost over $0.2" in told
        assert KEY not in done.out + done.err
        before = len(model.requests)
        assert advisor(*given[:-3], "--max-usd", "0.001", "What?") == 1
        assert len(model.requests) == before
    assert "could bring the cost over $0.001" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("ask", "--url", "http://127.0.0.1:9", "What?"), "127.0.0.1:9"),
        (("ask", "--api", "nobody", "What?"), "there is no API"),
        (("ask", "--api", "openai", "What?"), "which model"),
        (("ask", "--model", "none.gguf", "What?"), "there is no file"),
        (("ask", " "), "a question has"),
    ],
)
def test_what_cannot_be_asked_says_why(
    arguments: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert advisor(*arguments) in (1, 2)
    assert why in capsys.readouterr().err


def test_a_real_small_model_is_asked(
    smollm2: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot answer well; but it has to use the tools, and what it invents is refused."""
    monkeypatch.setattr(chat, "LONGEST_REPLY_TOKENS", 64)
    monkeypatch.setattr(psutil, "cpu_count", lambda **_: 1)  # threads that wait would spin
    monkeypatch.setattr(toolbox, "TOOLS", (PRICE_TOOL,))
    question = "What does openai/gpt-4 cost? Use the tool price."
    code = advisor("ask", "--json", "--model", str(smollm2), "--max-steps", "3", question)
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json_schema("advisor.answer/1"))
    assert document["asked"]["server"] == "embedded llama.cpp"
    assert document["steps"] >= 2
    assert (code == 0) is (document["status"] == "answered")
    if document["status"] == "answered":
        records = [Record(**each) for each in document["records"]]
        assert records
        cited = " ".join(
            f"{each['text']} "
            + " ".join(f"[{cite['record']} {cite['path']}]" for cite in each["citations"])
            for each in document["sentences"]
        )
        assert check(cited, records).problems == ()
