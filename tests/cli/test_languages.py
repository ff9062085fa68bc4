"""Is the command line shown in the language that was asked for, at 80 columns?"""

from __future__ import annotations

import json
import os
from subprocess import CompletedProcess
from unicodedata import east_asian_width

import pytest
from program import typed

from advisor.cli.help import wrapped
from advisor.cli.main import COMMANDS


def advisor(*arguments: str, **environment: str) -> CompletedProcess[str]:
    bare = {
        name: value
        for name, value in os.environ.items()
        if name not in ("LANG", "LC_ALL", "LC_MESSAGES", "ADVISOR_LANG")
    }
    return typed(*arguments, environment={**bare, "COLUMNS": "80", **environment})


def columns(line: str) -> int:
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in line)


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("--lang", "zh-TW"), {}),
        (("--lang=zh-tw",), {"LANG": "en_US.UTF-8"}),
        ((), {"ADVISOR_LANG": "zh-TW"}),
        ((), {"LANG": "zh_TW.UTF-8"}),
    ],
)
def test_help_is_in_the_language_asked_for(
    arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    shown = advisor(*arguments, "--help", **environment).stdout
    assert "用法：" in shown
    assert all(f"\n  {name} " in shown for name in COMMANDS)
    assert all(columns(line) <= 80 for line in shown.splitlines())


def test_an_option_outranks_the_environment() -> None:
    asked = advisor("--lang", "en", "--help", ADVISOR_LANG="zh-TW", LANG="zh_TW.UTF-8")
    assert asked.stdout == advisor("--help").stdout
    assert "Usage:" in asked.stdout


@pytest.mark.parametrize("command", ["bench", "history", "prices"])
def test_no_help_of_a_command_is_left_in_english(command: str) -> None:
    shown = advisor("--lang", "zh-TW", command, "--help").stdout
    for line in shown.splitlines():
        assert columns(line) <= 80
        words = line.split()
        if words and not line.lstrip().startswith("-") and "Usage" not in line:
            assert sum(each.isalpha() and each.isascii() and each.islower() for each in words) < 6


def test_an_error_is_told_in_chinese_and_a_document_stays_english() -> None:
    missing = advisor("--lang", "zh-TW", "prices", "show", "no-such-model-at-all")
    assert missing.returncode == 2
    assert "價目表中沒有模型「no-such-model-at-all」" in missing.stderr
    unknown = advisor("--lang", "zh-TW", "probee")
    assert unknown.stderr == "advisor: 沒有「probee」這個命令。您是指「probe」嗎？\n"
    asked = ("advise", "--scenario", "configs/guide.toml", "--json")
    document = advisor("--lang", "zh-TW", *asked).stdout
    assert document == advisor(*asked).stdout
    assert json.loads(document)["summary"].startswith("Run it on your own box")


def test_a_language_that_is_not_there_is_refused() -> None:
    refused = advisor("--lang", "tlh", "probe")
    assert refused.returncode == 2
    assert "--lang" in refused.stderr


def test_lines_are_wrapped_by_their_width() -> None:
    lines = wrapped("這個語言模型該在這部工作站上執行，還是使用 API？", 20)
    assert all(columns(line) <= 21 for line in lines)
    assert not any(line[0] in "，？" for line in lines)
    assert "".join(lines).replace(" ", "") == "這個語言模型該在這部工作站上執行，還是使用API？"
