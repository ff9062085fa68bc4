"""Is each watched metric drawn beside what changed, and said in words where nothing is drawn?"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "history"))

from made_up_runs import made_up

from advisor.history.drift.watch import watched
from advisor.history.store import RunStore
from advisor.report.console import show_plainly
from advisor.report.drift import MOST_COURSES, show_drifts

LEVELS = [100, 100.5, 99.5, 100.2, 99.8, 100.1, 99.9, 90.1, 89.9, 90.0]


def filled(folder: Path, machines: int = 1) -> RunStore:
    """One machine that became slower, and more that did not."""
    store = RunStore(folder)
    for day, level in enumerate(LEVELS):
        at = f"2026-01-{day + 1:02d}T03:00:00+00:00"
        store.save(made_up(f"r{day:02d}", level, started_at=at))
        for other in range(1, machines):
            name = f"m{other:07d}x"
            store.save(made_up(f"o{other}-{day:02d}", 50, started_at=at, machine=name))
    return store


def test_the_course_of_each_metric_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_drifts(watched(filled(tmp_path)))
    said = capsys.readouterr().out
    assert said.startswith("Since 2026-01-08 slower: decode_tok_per_s -10.0 %")
    assert "smollm2, Q4_0, ollama, 1 stream, oldest run first:" in said
    assert "decode_tok_per_s  ██▇████▁▁▁  89.9 to 100" in said
    assert all(len(line) <= 80 for line in said.splitlines())


def test_plainly_the_course_is_said_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_plainly(True)
    try:
        show_drifts(watched(filled(tmp_path)))
    finally:
        show_plainly(False)
    said = capsys.readouterr().out
    assert "decode_tok_per_s: from 100 to 90, between 89.9 and 100" in said
    assert not set(said) & set("▁▂▃▄▅▆▇█")


def test_what_changed_comes_first_and_the_rest_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_drifts(watched(filled(tmp_path, machines=MOST_COURSES + 2)))
    said = capsys.readouterr().out
    heads = [line for line in said.splitlines() if line.endswith("oldest run first:")]
    assert len(heads) == MOST_COURSES
    assert "machine box-a" in heads[0]
    assert "Not drawn: 2 more." in said
