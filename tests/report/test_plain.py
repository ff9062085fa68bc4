"""Shown plainly: a table as lines, symbols as words, commands as they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from advisor.report.console import (
    bullets,
    columns_table,
    facts_table,
    progress_console,
    redraws,
    result_console,
    show_plainly,
)
from advisor.report.drawing import sparkline
from advisor.report.plain import lines_of


@pytest.fixture(autouse=True)
def plain() -> Iterator[None]:
    show_plainly(True)
    yield
    show_plainly(False)


def test_a_table_has_a_line_a_value_and_an_empty_line_after_a_row() -> None:
    table = columns_table("model", "tok/s", "size", right=("tok/s",))
    table.add_row("a", "30 ±2", "–")
    table.add_row("b", "?", "")
    assert list(lines_of(table)) == [
        *("model: a", "tok/s: 30 plus or minus 2", "size: not known", ""),
        *("model: b", "tok/s: not known", ""),
    ]


def test_one_column_of_values_names_its_head_once() -> None:
    table = columns_table("", "1 stream")
    table.add_row("first token, ms", "250")
    assert list(lines_of(table)) == ["1 stream:", "first token, ms: 250"]


def test_facts_and_bullets_lose_their_columns() -> None:
    facts = facts_table(
        [("meter", "nvml"), ("", "a second line"), ("x", Group(Text("a → b"), "c"))]
    )
    assert list(lines_of(facts)) == ["meter: nvml", "a second line", "x: a to b", "c"]
    assert list(lines_of(Padding(bullets(["one", "two"]), (0, 0, 0, 2)))) == ["one", "two"]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("0.67× (0.58–0.77)", "0.67 times (0.58 to 0.77)"),
        ("decode · 2/3 × 4 · ≤ 20 s left", "decode, 2/3 times 4, at most 20 s left"),
        ("$540 a month   GPT-4", "$540 a month, GPT-4"),
        ("  indented", "  indented"),
        ("llama-3.1 – no change", "llama-3.1 – no change"),
    ],
)
def test_symbols_are_words(shown: str, said: str) -> None:
    assert list(lines_of(shown)) == [said]


def test_what_is_to_be_copied_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    line = "  ExecStart=/usr/bin/advisor bench   --note '± × →'" + "x" * 100
    result_console().print(line, soft_wrap=True)
    assert capsys.readouterr().out == line + "\n"


def test_a_course_is_said_by_its_ends() -> None:
    assert sparkline([10.0, None, 30.0]) == "from 10 to 30"
    show_plainly(False)
    assert sparkline([10.0, None, 30.0]) == "▁ █"
    assert sparkline([5.0, 5.0]) == "▁▁"
    assert sparkline([None]) == ""


def test_no_line_changes_where_it_stands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    console = progress_console()
    assert not redraws(console)
    with console.status("reading the machine") as status:
        status.update("memory …")
    said = capsys.readouterr().err
    assert said == "reading the machine\nmemory ...\n"
