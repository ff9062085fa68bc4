"""A job is read back from what was installed exactly as it was, whatever its options hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_jobs import UNKIND, job

from advisor.errors import InputError
from advisor.schedule.job import checked_name, marked, read_mark

PRINTED = st.text(st.characters(exclude_categories=["Cc", "Cs"]))


@given(st.lists(PRINTED, max_size=5))
def test_every_job_comes_back(options: list[str]) -> None:
    kept = job(*options)
    assert read_mark(f"<!-- {marked(kept)} -->") == kept
    assert read_mark(f"first\n# {marked(kept)}\nlast") == kept


@given(PRINTED)
def test_a_mark_is_one_harmless_line(option: str) -> None:
    line = marked(job(option))
    body = line.removeprefix("advisor-schedule: ")
    assert line != body
    assert re.fullmatch(r'[A-Za-z0-9 {}\[\]":,._/\\]+', body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "advisor-schedule: {",
        "advisor-schedule: 1}",
        'advisor-schedule: {"name": "x"}',
        "advisor-schedule: " + "{" * 70_000,
        marked(job()).replace('"minute":30', '"minute":61'),
        marked(job()).replace('"step_hours":null', '"step_hours":5'),
        marked(job()).replace('"name":"bench"', '"name":"../x"'),
        marked(job("x")).replace('["x"]', r'["\u0007"]'),
    ],
)
def test_what_is_no_job_of_ours_is_none(text: str) -> None:
    assert read_mark(text) is None


@pytest.mark.parametrize("character", ["\n", "\0", "\x1b", "\x7f"])
def test_a_control_character_is_refused_when_it_is_installed(character: str) -> None:
    with pytest.raises(InputError, match="control character"):
        job(f"a{character}b")


@pytest.mark.parametrize("name", ["", "A", "-x", "x-", "a/b", "a b", "x" * 41, "é", "x\n"])
def test_a_name_is_a_part_of_a_file_name(name: str) -> None:
    with pytest.raises(InputError, match="cannot name"):
        checked_name(name)


def test_unkind_options_reach_the_command_unchanged() -> None:
    assert job(*UNKIND).command()[-len(UNKIND) :] == UNKIND
