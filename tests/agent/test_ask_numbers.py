"""Which written numbers say which values: rounding, units, percent, k and M, words, names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.agent.ask.check import check
from advisor.agent.ask.citations import stated_in
from advisor.agent.ask.document import Record
from advisor.agent.ask.numbers import numbers_in, says
from advisor.agent.ask.paths import MISSING, leaves, outline, value_at

NAMES = {
    "decision": "local",
    "as_of": "2026-11-25T10:00:00+00:00",
    "model": {"name": "RTX-12 Coder 3.5 (12GB)", "months": 3.9216},
    "bad": {"name": "saves 90 % a month"},
    "worse": {"name": "12 months"},
}


def only(text: str) -> Any:
    (number,) = numbers_in(text)
    return number


@pytest.mark.parametrize(
    ("text", "value", "path"),
    [
        ("3.92 months", 3.9216, "comparisons.0.break_even_months_simple"),
        ("4 months", 3.9216, "break_even_months_simple"),
        ("four months", 3.9216, "break_even_months_simple"),
        ("2.4 %", 0.0236, "capacity.utilization"),
        ("2.36 percent", 2.3611, "change_percent"),
        ("$2,360", 2360.0, "local_usd_12_months"),
        ("2.36k USD", 2360.0, "local_usd_12_months"),
        ("12 months", 2360.0, "local_usd_12_months"),
        ("0.5 s", 498.0, "ttft_ms.median"),
        ("498 ms", 0.4984, "ttft_s"),
        ("6M tokens", 6e6, "usage.output_tokens_per_month"),
        ("600 萬 token", 6e6, "usage.output_tokens_per_month"),
        ("十二個月", 12, "horizon.months"),
        ("百分之五", 0.05, "overflow_share"),
        ("$30 per million tokens", 30.0, "input_usd_per_mtok"),
        ("15 cents", 0.15, "usd_per_kwh"),
        ("7.9 GiB", 8_482_560_000, "memory.total_bytes"),
        ("about 12,000", 12_345, "tokens"),
        ("-5 %", -0.05, "change_share"),
        ("1.5e6", 1_500_000, "requests"),
        ("two hundred and five dollars", 205.0, "x_usd"),
        ("half", 0.5, "share"),
    ],
)
def test_it_says_the_value(text: str, value: float, path: str) -> None:
    assert says(only(text), value, path)


@pytest.mark.parametrize(
    ("text", "value", "path"),
    [
        ("3 months", 3.9216, "break_even_months_simple"),
        ("3.93 months", 3.9216, "break_even_months_simple"),
        ("1 month", 1.4, "months"),
        ("0 dollars", 0.004, "x_usd"),
        ("2,360 months", 2360.0, "local_usd_12_months"),
        ("13 months", 2360.0, "local_usd_12_months"),
        ("12,000", 12_345, "tokens"),
        ("15 %", 0.15, "usd_per_kwh"),
        ("24 %", 0.0236, "utilization"),
        ("5 %", -0.05, "change_share"),
        ("$30 per million tokens", 30.0, "api_usd_per_month"),
        ("NT$ 30", 30.0, "api_usd_per_month"),
        ("6M", 6e9, "tokens"),
        ("3.92", True, "x"),
        ("3.92", "3.92", "x"),
        ("3.92", None, "x"),
        ("twice", 4.0, "x"),
    ],
)
def test_it_says_something_else(text: str, value: Any, path: str) -> None:
    assert not says(only(text), value, path)


@pytest.mark.parametrize("text", ["H100", "the 3rd", "GPT-4", "v2", "Q4_0", "7bit"])
def test_digits_in_a_word_are_no_number(text: str) -> None:
    assert any(number.problem for number in numbers_in(text))


@pytest.mark.parametrize("text", ["one of them", "no number", "十分", "一個"])
def test_no_number_is_stated(text: str) -> None:
    assert [number for number in numbers_in(text) if text != "一個"] == []


@given(
    st.floats(min_value=1e-3, max_value=1e9),
    st.integers(min_value=0, max_value=6),
)
def test_a_value_rounded_is_said_and_another_is_not(value: float, places: int) -> None:
    text = f"{value:,.{places}f} months"
    stated = float(text.split(maxsplit=1)[0].replace(",", ""))
    near = abs(stated - value) <= 0.05 * value
    assert says(only(text), value, "x_months") is near
    if near:
        assert not says(only(text), value * 1.2 + 10.0**-places, "x_months")


@given(st.text(max_size=300))
def test_any_text_is_checked_and_bare_digits_never_pass(text: str) -> None:
    records = [Record(id="r1", tool="x", arguments={}, document={"decision": "local"})]
    found = check(text, records)
    stated = "".join(sentence.text for sentence in found.sentences)
    if any(character.isdecimal() for character in stated):
        assert found.problems
    assert check(text, records) == found


def checked(answer: str) -> list[str]:
    records = [Record(id="r1", tool="x", arguments={}, document=NAMES)]
    return [problem.why for problem in check(answer, records).problems]


def test_names_and_dates_are_no_numbers() -> None:
    assert checked("RTX-12 Coder 3.5 (12GB) wins [r1 decision].") == []
    assert checked("It was so on 2026-11-25 [r1 as_of].") == []
    assert checked("It was so in November 2026 [r1 as_of].") == []
    assert checked("It was so on 2026-11-26 [r1 as_of].")
    assert checked("It was so in 2025 [r1 as_of].")


def test_a_name_that_states_an_amount_vouches_for_nothing() -> None:
    assert checked("saves 90 % a month [r1 bad.name].")
    assert checked("It takes 12 months [r1 worse.name].")
    assert checked("It takes 12 months [r1 model.months].")


def test_sentences_and_what_they_cite() -> None:
    found = stated_in(
        "It pays [r1 a] back in 4 months. [r1 b[0].c; d] And then?\n1. Run it: see [this].\n\n- So."
    )
    assert [each.text for each in found] == [
        "It pays back in 4 months.",
        "And then?",
        "Run it: see [this].",
        "So.",
    ]
    assert [cite.path for cite in found[0].cites] == ["a", "b.0.c", "d"]
    assert found[1].cites == []


def test_paths_lead_where_they_say() -> None:
    document = {"a": {"b.c": [1, {"d": None}]}, "unknown": {"x.y": "why"}}
    assert value_at(document, "a.b.c.1.d") is None
    assert value_at(document, "unknown.x.y") == "why"
    assert value_at(document, "a.b.c.2") is MISSING
    assert value_at(document, "a.b.c.-1") is MISSING
    assert [path for path, _ in leaves(document)] == ["a.b.c.0", "a.b.c.1.d", "unknown.x.y"]
    assert all(value_at(document, path) == value for path, value in leaves(document))


def test_an_outline_is_short_and_says_what_is_missing() -> None:
    document = {"top": 1, "many": [{"deep": index} for index in range(100)]}
    text = outline(document, most_characters=100)
    assert text.startswith("top = 1\n")
    assert "more values" in text
    assert len(text) < 200
    assert outline(document, below="many.99", most_characters=100) == "many.99.deep = 99"
    assert outline({"a": "x\ny"}, most_characters=100) == 'a = "x\\ny"'
