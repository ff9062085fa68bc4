"""Does a bad record cost anything but itself, and does a text ever stay?"""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_usage import SECRET, answer, claude_line, imported, lines, sums

from advisor.errors import InputError
from advisor.usage.moments import hour_of, seconds_of
from advisor.usage.read import PROBLEMS_KEPT, Reading, read_path

BAD = {
    "negative": answer(9, "2026-10-05", sent=-5),
    "absurd": answer(9, "2026-10-05", sent=10**12),
    "a text": answer(9, "2026-10-05", prompt_tokens=SECRET),
    "a fraction": answer(9, "2026-10-05", prompt_tokens=1.5),
    "more cached than sent": answer(9, "2026-10-05", cache_read_input_tokens=5000),
    "an impossible time": {**answer(9, "2026-10-05"), "created": 10},
    "a time that is none": {**answer(9, "2026-10-05"), "timestamp": SECRET},
}


@pytest.mark.parametrize("record", BAD.values(), ids=BAD)
def test_a_bad_record_is_named_and_the_rest_is_read(tmp_path: Path, record: Any) -> None:
    good = [answer(number, "2026-10-05") for number in range(3)]
    found = imported(lines(tmp_path / "log", [*good[:2], record, good[2]]))
    assert sums(found)[4] == 3
    assert [(each.origin, each.line) for each in found.problems] == [("log", 3)]
    assert SECRET not in repr(found)


def test_parts_that_are_absurd_together_cost_no_other_record(tmp_path: Path) -> None:
    most = dict.fromkeys(("input_tokens", "cache_read_input_tokens"), 10**9)
    absurd = claude_line("2", 5, cache_creation_input_tokens=10**9, **most)
    found = imported(lines(tmp_path / "log", [claude_line("1", 5), absurd, claude_line("3", 5)]))
    assert (sums(found)[4], found.bad_lines) == (2, 1)


OWN = {
    "start_hour": {"cells": [["s", "m", 10**9, 1, 5, 0, 0, 5, 0, 1]]},
    "tokens": {"cells": [["s", "m", 490_000, 1, 10**30, 0, 0, 5, 0, 1]]},
    "covered": {"covered_hours": [490_000, 10**9]},
    "bin": {"input_bins": [[10**6, 1, 5, 5]]},
    "empty bin": {"output_bins": [[8, 0, 5, 5]]},
}


@pytest.mark.parametrize("change", OWN.values(), ids=OWN)
def test_an_earlier_import_is_no_more_trusted_than_a_log(tmp_path: Path, change: Any) -> None:
    kept = msgspec.to_builtins(imported(lines(tmp_path / "log", [answer(1, "2026-10-05")])))
    assert sums(imported(lines(tmp_path / "kept.json", [kept])))[4] == 1
    with pytest.raises(InputError, match="records are bad"):
        imported(lines(tmp_path / "kept.json", [{**kept, **change}]))


@pytest.mark.parametrize(
    "line",
    [
        b'{"usage": {"prompt_tokens": NaN}}',
        b'{"usage": {"prompt_tokens": 1e999}}',
        b'{"usage": ',
        b"\xff\xfe\x00",
        b'{"response": ' * 5000,
        b"null",
        b"[1]",
    ],
)
def test_a_broken_line_is_one_problem(tmp_path: Path, line: bytes) -> None:
    file = lines(tmp_path / "log", [answer(n, "2026-10-05") for n in range(5)])
    file.write_bytes(file.read_bytes() + line + b"\n\n")
    found = imported(file)
    assert (sums(found)[4], found.bad_lines) == (5, 1)
    assert found.problems[0].line == 6


def test_many_bad_lines_are_counted_and_few_kept(tmp_path: Path) -> None:
    good = [answer(number, "2026-10-05") for number in range(100)]
    bad = [answer(number, "2026-10-05", sent=-1) for number in range(100)]
    found = imported(lines(tmp_path / "x", [*good, *bad]))
    assert (found.bad_lines, len(found.problems)) == (100, PROBLEMS_KEPT)


def test_a_log_of_bad_lines_alone_is_an_error_that_shows_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"all 2 records are bad; x:1: .*>= 0"):
        imported(lines(tmp_path / "x", [answer(n, "2026-10-05", sent=-1) for n in range(2)]))


def test_a_line_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("advisor.usage.read.LONGEST_LINE", 10_000)
    long = {**answer(5, "2026-10-05"), "more": "x" * 20_000}
    found = imported(lines(tmp_path / "x", [answer(1, "2026-10-05"), long]))
    assert (sums(found)[4], found.bad_lines) == (1, 1)


TABLE = "date,input_tokens,output_tokens,model\n2026-10-05,10,1,{}\n2026-10-06,20,2,m\n"


def test_a_line_of_a_table_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.usage.read.LONGEST_LINE", 10_000)
    file = tmp_path / "x.csv"
    file.write_text(TABLE.format("y" * 20_000))
    found = imported(file)
    assert (found.total.input_tokens, found.bad_lines) == (20, 1)
    assert (found.problems[0].line, found.problems[0].why) == (2, "it is longer than 16 MiB")


def test_a_row_of_a_table_that_never_ends_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its lines and fields is short, but every line ends inside a quoted field."""
    monkeypatch.setattr("advisor.usage.read.LONGEST_LINE", 10_000)
    file = tmp_path / "x.csv"
    file.write_text(TABLE.format('"' + "\n" + 3_000 * 'y","\n' + 'y"'))
    found = imported(file)
    assert {each.why for each in found.problems} >= {"it is longer than 16 MiB"}
    assert found.total.input_tokens == 20


def test_a_table_whose_header_never_ends_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.usage.read.LONGEST_LINE", 10_000)
    file = tmp_path / "x.csv"
    file.write_text('date,input_tokens,output_tokens,"model\n' + 3_000 * "2026-10-05,10,1,m\n")
    with pytest.raises(InputError, match=r"has no header that can be read.*longer than 16"):
        imported(file)


def test_a_table_without_ends_of_lines_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.usage.read.LONGEST_LINE", 10_000)
    file = tmp_path / "x.csv"
    file.write_text(TABLE.format("y" * 50_000_000))
    tracemalloc.start()
    try:
        imported(file)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_an_error(tmp_path_factory: Any, content: bytes) -> None:
    file = tmp_path_factory.mktemp("bytes") / "x"
    file.write_bytes(content)
    try:
        read_path(file, Reading())
    except InputError as error:
        assert str(error)


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=4))
def test_no_value_breaks_a_record(tmp_path_factory: Any, value: Any) -> None:
    record = {**answer(1, "2026-10-05"), "usage": {"prompt_tokens": value}, "id": value}
    good = answer(2, "2026-10-06")
    file = lines(tmp_path_factory.mktemp("values") / "x", [good, record])
    assert sums(imported(file))[4] in (1, 2)


@pytest.mark.parametrize(
    "written",
    [
        "2026-10-05T10:30:00Z",
        "2026-10-05T10:30:00.123456Z",
        "2026-10-05 10:30:00",
        "2026-10-05 10:30:00 UTC",
        "2026-10-05T12:30:00+02:00",
        1_791_196_200,
        1_791_196_200.5,
        1_791_196_200_000,
        "1791196200",
        1_791_196_200_000_000_000,
    ],
)
def test_times_as_logs_write_them_are_the_same_hour(written: Any) -> None:
    assert hour_of(written) == 1_791_196_200 // 3600


@pytest.mark.parametrize("written", ["", "soon", "2026-13-45T00:00:00Z", -5, float("nan"), 1e300])
def test_what_is_no_time_is_refused(written: Any) -> None:
    with pytest.raises(ValueError, match="time"):
        seconds_of(written)


def test_no_text_of_a_request_is_kept(tmp_path: Path) -> None:
    from advisor.documents import to_json

    asked = {"messages": [{"role": "user", "content": SECRET}], "model": "m"}
    logged = {
        "timestamp": "2026-10-05T10:00:00Z",
        "request": asked,
        "response": answer(1, "2026-10-05"),
    }
    document = to_json(imported(lines(tmp_path / "x", [logged, json.loads(json.dumps(logged))])))
    assert SECRET.encode() not in document


def test_what_a_damaged_archive_holds_before_the_damage_is_kept(tmp_path: Path) -> None:
    import gzip
    import random

    dice = random.Random(1)
    numbers = [(dice.getrandbits(90), dice.randrange(10**6)) for _ in range(20_000)]
    records = [answer(name, "2026-10-05", sent) for name, sent in numbers]
    whole = gzip.compress(lines(tmp_path / "x", records).read_bytes())
    cut = tmp_path / "cut"
    cut.write_bytes(whole[: len(whole) // 2])
    found = imported(cut)
    assert 1000 < (sums(found)[4] or 0) < 20_000
    assert found.bad_lines == 1


def test_a_pipe_is_refused_as_it_cannot_be_read_twice() -> None:
    with pytest.raises(InputError, match="no regular file"):
        imported("/dev/null")
