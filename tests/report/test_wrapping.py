"""Does a line of Chinese break between characters, and a name nowhere?"""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from advisor.report.wrapping import CLOSING, break_chinese_anywhere


def test_chinese_fills_the_line_and_names_stay_whole() -> None:
    break_chinese_anywhere()
    text = "快取 cached_input_share 0，sensitive_share 1，無論用量如何變化，成本都一樣。" * 3
    lines = [str(line).rstrip() for line in Text(text).wrap(Console(width=40), 40)]
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line[0] in CLOSING for line in lines)
    joined = " ".join(lines)
    assert joined.count("cached_input_share") == joined.count("sensitive_share") == 3


def test_english_breaks_at_spaces_alone() -> None:
    break_chinese_anywhere()
    lines = [str(line).rstrip() for line in Text("one two-three (four) five").wrap(Console(), 10)]
    assert lines == ["one", "two-three", "(four)", "five"]
