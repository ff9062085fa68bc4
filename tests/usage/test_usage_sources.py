"""Is each source known by what it holds, and counted by its own meaning, each request once?"""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from made_up_usage import (
    SECRET,
    answer,
    anthropic_bucket,
    claude_line,
    imported,
    lines,
    openai_bucket,
    page,
    spend_row,
    sums,
)

from advisor.documents import to_json
from advisor.errors import InputError


def whole(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return path


def test_openais_pages_count_cached_tokens_within_input(tmp_path: Path) -> None:
    file = whole(tmp_path / "x", page([openai_bucket("2026-10-01"), openai_bucket("2026-10-02")]))
    found = imported(file)
    assert sums(found) == (2000, 800, 0, 100, 10)
    assert [origin.source for origin in found.sources] == ["openai"]
    assert (found.first_day, found.last_day) == ("2026-10-01", "2026-10-02")


def test_a_page_in_two_exports_counts_once_and_the_fuller_stands(tmp_path: Path) -> None:
    early = openai_bucket("2026-10-01", hours=15, input_tokens=700, input_cached_tokens=0)
    found = imported(
        whole(tmp_path / "a", page([early])),
        lines(tmp_path / "b", [page([openai_bucket("2026-10-01")]), page([])]),
    )
    assert sums(found)[0] == 1000
    assert found.duplicates == 1


def test_hours_stand_for_the_day_that_another_export_has_as_a_whole(tmp_path: Path) -> None:
    hours = [openai_bucket(f"2026-10-01T{hour:02}:00:00", hours=1) for hour in range(24)]
    found = imported(
        whole(tmp_path / "day", page([openai_bucket("2026-10-01", input_tokens=24_000)])),
        whole(tmp_path / "hours", page(hours)),
    )
    assert sums(found)[0] == 24_000
    assert found.duplicates == 1


def test_an_export_by_model_stands_for_one_without_models(tmp_path: Path) -> None:
    found = imported(
        whole(tmp_path / "all", page([openai_bucket("2026-10-01", model=None)])),
        whole(tmp_path / "by", page([openai_bucket("2026-10-01")])),
    )
    assert [model.model for model in found.models] == ["gpt-4o-2024-08-06"]


def test_anthropics_input_is_the_sum_of_its_three_kinds(tmp_path: Path) -> None:
    found = imported(whole(tmp_path / "x", page([anthropic_bucket("2026-10-01")])))
    assert sums(found) == (3200, 200, 1500, 500, None)
    assert "total.requests" in found.unknown


def test_openrouters_days_and_generations(tmp_path: Path) -> None:
    item = {
        "date": "2026-10-01",
        "model": "openai/gpt-4.1",
        "model_permaslug": "openai/gpt-4.1-2025-04-14",
        "endpoint_id": "e",
        "provider_name": "OpenAI",
        "usage": 0.015,
        "requests": 5,
        "prompt_tokens": 50,
        "completion_tokens": 125,
        "reasoning_tokens": 25,
    }
    found = imported(whole(tmp_path / "x", {"data": [item]}))
    assert (sums(found), found.total.reasoning_tokens) == ((50, 0, 0, 125, 5), 25)
    table = tmp_path / "activity"
    table.write_text(
        "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_reasoning,"
        "tokens_cached,model_permaslug\n"
        "gen-1,2026-10-01 03:46:57.713,0.01,100,30,10,60,openai/gpt-oss-120b\n"
        "gen-1,2026-10-01 03:46:57.713,0.01,100,30,10,60,openai/gpt-oss-120b\n"
        "gen-2,2026-10-01 04:46:57.713,0.01,-7,30,10,60,openai/gpt-oss-120b\n",
        encoding="utf-8",
    )
    found = imported(table)
    assert sums(found) == (100, 60, 0, 30, 1)
    assert (found.duplicates, found.bad_lines, found.problems[0].line) == (1, 1, 4)


def test_litellms_rows_leave_out_what_its_own_cache_answered(tmp_path: Path) -> None:
    told = {"additional_usage_values": {"cache_read_input_tokens": 300}}
    rows = [
        spend_row("a", metadata=told),
        spend_row("a", metadata=told),
        spend_row("b", cache_hit="True"),
        spend_row("c", prompt_tokens=0, completion_tokens=0, status="failure"),
        spend_row("d", metadata=json.dumps(told)),
    ]
    for file in (lines(tmp_path / "l", rows), whole(tmp_path / "w", rows)):
        found = imported(file)
        assert sums(found) == (1800, 600, 0, 180, 2)
        assert (found.duplicates, found.without_usage) == (1, 2)
    table = tmp_path / "c"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, sorted(spend_row("x", metadata="")))
        writer.writeheader()
        writer.writerows(spend_row(name, metadata=json.dumps(told)) for name in "ab")
    assert sums(imported(table)) == (1800, 600, 0, 180, 2)


def test_the_export_of_anthropics_console(tmp_path: Path) -> None:
    table = tmp_path / "claude_api_tokens.csv"
    table.write_text(
        "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,"
        "usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
        "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,"
        "web_search_count\n"
        "2026-09-01,claude-sonnet-4-5,main,Default,standard,≤ 200k,1000,100,50,4000,500,0\n"
        "2026-09-01,claude-sonnet-4-5,main,Default,batch,≤ 200k,10,0,0,0,5,\n"
        "2026-09-02,claude-sonnet-4-5,main,Default,standard,≤ 200k,,,,,,1\n",
        encoding="utf-8",
    )
    found = imported(table, table)
    assert sums(found) == (5160, 4000, 150, 505, None)
    assert (found.duplicates, found.without_usage) == (3, 2)


def test_columns_may_be_written_with_spaces(tmp_path: Path) -> None:
    table = tmp_path / "c.csv"
    table.write_text("Date;Model;Input Tokens;Output Tokens\n2026-09-01;m;7;8\n", encoding="utf-8")
    assert sums(imported(table))[:4] == (7, 0, 0, 8)


def test_claude_codes_last_and_fullest_line_of_an_answer_stands(tmp_path: Path) -> None:
    folder = tmp_path / "projects" / "one"
    folder.mkdir(parents=True)
    lines(
        folder / "a.jsonl",
        [
            {"type": "user", "sessionId": "s", "message": {"role": "user", "content": SECRET}},
            claude_line("msg_1", 2),
            claude_line("msg_1", 211),
            claude_line("msg_1", 211),
            claude_line("msg_1", 7, request="req_2"),
            claude_line("msg_2", 5, request=None),
            claude_line("msg_2", 90, request=None),
            {"type": "summary", "sessionId": "s", "summary": SECRET},
        ],
    )
    lines(folder / "resumed.jsonl", [claude_line("msg_1", 211), claude_line("msg_1", 3)])
    found = imported(tmp_path / "projects")
    assert sums(found) == (3 * 22_003, 60_000, 6000, 211 + 7 + 90, 3)
    assert [origin.source for origin in found.sources] == ["claude-code"]
    assert SECRET not in repr(found)


@pytest.mark.parametrize("order", [(None, "req_1"), ("req_1", None)])
def test_an_answer_with_and_without_its_request_id_is_one(tmp_path: Path, order: Any) -> None:
    records = [claude_line("msg_1", 10, request=request) for request in order]
    assert sums(imported(lines(tmp_path / "x", records)))[4] == 1


WRAPPERS: dict[str, Any] = {
    "plain": lambda body: body,
    "response": lambda body: {"timestamp": "2026-10-05T10:00:00Z", "response": body},
    "text": lambda body: {"time": 1_790_000_000_000, "response": json.dumps(body)},
    "batch": lambda body: {
        "id": "batch_req_1",
        "custom_id": "c",
        "response": {"status_code": 200, "request_id": "r", "body": body},
    },
}


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_answers_are_found_in_their_wrappers(tmp_path: Path, wrap: Any) -> None:
    bodies = [
        answer(1, "2026-10-05", prompt_tokens_details={"cached_tokens": 640}),
        answer(2, "2026-10-05", completion_tokens_details={"reasoning_tokens": 64}),
        {**answer(3, "2026-10-05"), "usage": None},
    ]
    found = imported(lines(tmp_path / "x", [*map(wrap, bodies), *map(wrap, bodies)]))
    assert (sums(found), found.total.reasoning_tokens) == ((2000, 640, 0, 200, 2), 64)
    assert (found.duplicates, found.without_usage) == (2, 2)
    assert found.lengths is not None
    assert found.lengths.requests == 2


def test_each_kind_of_usage_has_its_own_meaning(tmp_path: Path) -> None:
    def body(number: int, **usage: Any) -> dict[str, Any]:
        return {"id": f"x{number}", "created": 1_790_000_000, "model": "m", "usage": usage}

    responses = body(
        1,
        input_tokens=100,
        output_tokens=20,
        input_tokens_details={"cached_tokens": 40},
        output_tokens_details={"reasoning_tokens": 5},
    )
    messages = body(
        2,
        input_tokens=10,
        output_tokens=20,
        cache_read_input_tokens=70,
        cache_creation_input_tokens=20,
    )
    apart = body(
        3,
        prompt_tokens=10,
        completion_tokens=5,
        total_tokens=45,
        completion_tokens_details={"reasoning_tokens": 30},
    )
    found = imported(lines(tmp_path / "x", [responses, messages, apart]))
    assert sums(found) == (210, 110, 20, 75, 3)


def test_ids_that_repeat_name_a_request_only_with_its_time(tmp_path: Path) -> None:
    ollama = [answer(1, "2026-10-05T10:00:00"), answer(1, "2026-10-05T10:07:00")]
    assert sums(imported(lines(tmp_path / "x", ollama)))[4] == 2
    short = {"id": "7", "usage": {"prompt_tokens": 5}}
    at = [{**short, "timestamp": f"2026-10-05T10:0{minute}:00Z"} for minute in (1, 1, 2)]
    assert sums(imported(lines(tmp_path / "y", at)))[4] == 2


def test_ollamas_answers(tmp_path: Path) -> None:
    part = {"model": "qwen3", "created_at": "2026-10-05T10:00:00.12Z", "done": False}
    done = {**part, "done": True, "prompt_eval_count": 26, "eval_count": 298}
    found = imported(lines(tmp_path / "x", [part, done, done]))
    assert sums(found) == (52, 0, 0, 596, 2)
    assert found.sources[0].source == "ollama"
    assert sums(imported(tmp_path / "x", tmp_path / "x"))[4] == 2


def test_without_ids_a_line_counts_as_often_as_in_the_file_that_has_it_most(tmp_path: Path) -> None:
    one = {"model": "m", "timestamp": "2026-10-05T10:00:00Z", "usage": {"prompt_tokens": 5}}
    a, b = lines(tmp_path / "a", [one] * 2), lines(tmp_path / "b", [one] * 3)
    assert sums(imported(a, b))[4] == 3
    assert sums(imported(b, a))[4] == 3
    assert sums(imported(a, b, a, b))[4] == 3


def test_a_packed_file_is_the_same_file(tmp_path: Path) -> None:
    plain = lines(tmp_path / "a.jsonl", [answer(n, "2026-10-05") for n in range(3)])
    packed = tmp_path / "b"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert sums(imported(plain, packed))[4] == 3


@pytest.mark.parametrize(
    ("text", "expected", "days"),
    [
        ("date;model;input_tokens;output_tokens\n2026-10-01;m;1,000;50\n", (1000, None), 1),
        ("month,prompt_tokens,completion_tokens,requests\n2026-02,28000,10,7\n", (28_000, 7), 28),
        ("Timestamp,Input_Tokens,Output_Tokens\n2026-10-01T10:00:00Z,1000,5\n", (1000, 1), 1),
        (
            "start_time,end_time,requests,input_tokens,output_tokens\n1790812800,1790899200,3,1000,5\n",
            (1000, 3),
            1,
        ),
    ],
)
def test_plain_tables(tmp_path: Path, text: str, expected: Any, days: int) -> None:
    file = tmp_path / "x"
    file.write_text(text, encoding="utf-8-sig")
    found = imported(file)
    assert (found.total.input_tokens, found.total.requests) == expected
    assert found.covered_days == days


def test_a_log_without_times_has_totals_and_no_months(tmp_path: Path) -> None:
    found = imported(lines(tmp_path / "x", [{"usage": {"prompt_tokens": 5}, "model": "m"}] * 2))
    assert sums(found)[0] == 10
    assert found.monthly is None
    assert "no times" in found.unknown["monthly"]


def test_two_sources_of_the_same_requests_are_warned_of(tmp_path: Path) -> None:
    told = anthropic_bucket("2026-10-05", model="claude-opus-4-6")
    found = imported(
        whole(tmp_path / "a", page([told])), lines(tmp_path / "b", [claude_line("msg_1", 5)])
    )
    assert any("same requests" in note for note in found.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<!doctype html><title>Log in</title>", "web page"),
        (b'{"hello": 1}\n{"hello": 2}\n', "no known source"),
        (b"name,age\nAda,36\n", "no known source"),
        (b'{"object": "page", "data": [', "not JSON"),
        (b"\x1f\x8bbroken", "cannot read"),
        (b'{"object": "page", "data": []}', "no usage found"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_usage_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    with pytest.raises(InputError, match=said):
        imported(file)


def test_embeddings_are_answers_and_no_pages(tmp_path: Path) -> None:
    vector = {"object": "embedding", "index": 0, "embedding": [0.1]}
    body = {
        "object": "list",
        "data": [vector],
        "model": "text-embedding-3-small",
        "usage": {"prompt_tokens": 8, "total_tokens": 8},
    }
    logged = [{"timestamp": "2026-10-05T10:00:00Z", **body}, answer(1, "2026-10-05")]
    assert sums(imported(lines(tmp_path / "x", logged))) == (1008, 0, 0, 100, 2)


def test_days_on_which_a_source_tells_of_no_use_are_covered(tmp_path: Path) -> None:
    empty = [{**openai_bucket(f"2026-10-{day:02}"), "results": []} for day in range(1, 32)]
    kept = tmp_path / "kept.json"
    found = imported(whole(tmp_path / "x", page([*empty, openai_bucket("2026-10-05")])))
    assert [(month.full, month.input_tokens) for month in found.months] == [(True, 1000)]
    kept.write_bytes(to_json(found))
    assert imported(kept).months == found.months


def test_records_that_begin_later_are_no_growth_and_it_is_said(tmp_path: Path) -> None:
    a = lines(tmp_path / "a", [answer(1, "2026-08-05")])
    b = lines(tmp_path / "b", [spend_row("x")])
    assert any("no growth" in note for note in imported(a, b).notes)


def test_the_first_line_may_be_longer_than_what_is_looked_at(tmp_path: Path) -> None:
    long = {"messages": "x" * 2_000_000, **answer(1, "2026-10-05")}
    assert sums(imported(lines(tmp_path / "x", [long, answer(2, "2026-10-05")])))[4] == 2
