"""Is a number that is right refused where the sentence says it of something else?"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path

import pytest

from advisor.advice.answer import answer
from advisor.agent.ask.check import check
from advisor.agent.ask.document import Record
from advisor.agent.ask.names import Name, mentioned, names_of
from advisor.documents import to_json
from advisor.models.machine_file import box_of_device
from advisor.models.prediction import predict
from advisor.models.reading import read_model
from advisor.prices.book import PriceBook

CONFIGS = Path(__file__).parents[2] / "configs"
BENCH = {
    "schema": "advisor.bench/1",
    "model": {"name": "llama3.1:8b"},
    "server": {"kind": "ollama"},
    "stages": [
        {
            "concurrency": 4,
            "ttft_ms": {"median": 498.0, "mean": 520.0, "p95": 900.0},
            "e2e_ms": {"median": 4980.0},
            "prefill_tok_per_s": {"median": 1200.0},
            "decode_tok_per_s": {"median": 42.0},
            "energy": {"idle_w": 60.0, "active_w": 310.0, "j_per_output_token": 7.5},
        }
    ],
}


@cache
def records() -> tuple[Record, ...]:
    """The guide's advice, a price, a bench, and two predictions: as tools answer."""
    tables = tomllib.loads((CONFIGS / "guide.toml").read_text(encoding="utf-8"))
    tables["rented"] = [{"name": "spot H100", "usd_per_hour": 2.0, "hours_per_month": 100}]
    model = read_model("llama-3.1-8b:Q4_K_M")
    documents = [
        to_json(answer(tables, origin="guide")),
        to_json(PriceBook.load().show("openai/gpt-4")),
        json.dumps(BENCH),
        *(to_json(predict(model, box_of_device(name))) for name in ("RTX 4090", "RTX 3060")),
    ]
    return tuple(
        Record(id=f"r{index}", tool="a", arguments={}, document=json.loads(document))
        for index, document in enumerate(documents, 1)
    )


def why_refused(said: str) -> str:
    return "; ".join(problem.why for problem in check(said, records()).problems)


FASTEST = predict(read_model("llama-3.1-8b:Q4_K_M"), box_of_device("RTX 4090")).decode_tok_per_s
assert FASTEST is not None
FAST = f"{FASTEST.p50:.0f}"
GPT4, GPT35 = "r1 comparisons.0", "r1 comparisons.1"
BOX, YEAR = f"{GPT4}.local_usd_per_month", f"{GPT4}.api_usd_12_months"
TRUE = [
    f"GPT-4 costs $540 a month [{GPT4}.api_usd_per_month].",
    (
        f"The API costs $540 a month and the box $30 [{GPT4}.api_usd_per_month; "
        f"{GPT4}.local_usd_per_month]."
    ),
    f"It pays back in 3.9 months against GPT-4 [{GPT4}.break_even_months_simple].",
    f"Against GPT-4 the box pays back after about 3.9 months [{GPT4}.break_even_months_simple].",
    f"GPT-4 comes to $6,480 over 12 months [{GPT4}.api_usd_12_months].",
    (
        f"Over 12 months the API costs $6,480, the box $2,360 [{GPT4}.api_usd_12_months; "
        f"{GPT4}.local_usd_12_months]."
    ),
    (
        f"It pays back within 12 months from 4.37 M tokens a month [{GPT4}.local_usd_12_months; "
        f"{GPT4}.break_even_tokens_per_month]."
    ),
    f"Instead of the API's $540 a month you pay $30 [{GPT4}.api_usd_per_month; {BOX}].",
    f"It is $540 every month, that is $6,480 in a year [{GPT4}.api_usd_per_month; {YEAR}].",
    f"Running locally costs $30/month versus $540/month [{BOX}; {GPT4}.api_usd_per_month].",
    "Median TTFT is 498 ms, P95 900 ms [r3 stages.0.ttft_ms.median; r3 stages.0.ttft_ms.p95].",
    "The rented GPU costs $200 a month [r1 rented.0.usd_per_month].",
    "It stays so until upkeep is above $343.33 a month [r1 what_would_change_it.0.at].",
    "GPT-4 costs $30 per million input tokens [r2 input_usd_per_mtok].",
    "OpenAI asks $60 per million output tokens [r2 output_usd_per_mtok].",
    "It writes 42 tokens per second [r3 stages.0.decode_tok_per_s.median].",
    "It writes 42 tok/s [r3 stages.0.decode_tok_per_s.median].",
    "The first token comes after 0.5 s [r3 stages.0.ttft_ms.median].",
    "It draws 60 W idle and 310 W busy [r3 stages.0.energy.idle_w; r3 stages.0.energy.active_w].",
    f"An RTX 4090 makes {FAST} tok/s [r4 decode_tok_per_s.p50].",
    f"A NVIDIA GeForce RTX 4090 makes {FAST} tok/s [r4 decode_tok_per_s.p50].",
    f"GPT-4 每月 540 美元 [{GPT4}.api_usd_per_month]，本機 30 美元 [{GPT4}.local_usd_per_month]。",
    f"Compared with GPT-4, the box pays back in 3.9 months [{GPT4}.break_even_months_simple].",
    f"與GPT-4相比，3.9個月回本 [{GPT4}.break_even_months_simple]。",
    "每秒 42 個 token [r3 stages.0.decode_tok_per_s.median]。",
]
FALSE = [
    (f"The API costs $30 a month [{GPT4}.local_usd_per_month].", "speaks of an API"),
    (f"The box costs $540 a month [{GPT4}.api_usd_per_month].", "speaks of the box"),
    (f"GPT-4 costs $21 a month [{GPT35}.api_usd_per_month].", "names GPT-4"),
    (f"Claude 3.5 Sonnet costs $540 a month [{GPT4}.api_usd_per_month].", "names Claude 3.5"),
    (
        f"It pays back in 3.9 months against Claude 3.5 Sonnet [{GPT4}.break_even_months_simple].",
        "the value is of GPT-4",
    ),
    (f"GPT-4 costs $540 a year [{GPT4}.api_usd_per_month].", "per year"),
    (f"GPT-4 costs $6,480 a month [{GPT4}.api_usd_12_months].", "per month"),
    (f"Over 12 months GPT-4 costs $540 [{GPT4}.api_usd_per_month].", "12 months"),
    (f"GPT-4 costs 540 [{GPT4}.api_usd_per_month].", "without its unit"),
    (f"It pays back after 3.9 [{GPT4}.break_even_months_simple].", "without its unit"),
    (f"It makes 540 tok/s [{GPT4}.api_usd_per_month].", "is not what it cites"),
    ("The box costs $200 a month [r1 rented.0.usd_per_month].", "speaks of the box"),
    ("It stays so for 343.33 months [r1 what_would_change_it.0.at].", "is not what it cites"),
    ("It stays so until $343.33 an hour [r1 what_would_change_it.0.at].", "per hour"),
    ("GPT-4 costs $30 per million output tokens [r2 input_usd_per_mtok].", "speaks of output"),
    ("The box costs $30 per million tokens [r2 input_usd_per_mtok].", "speaks of the box"),
    ("It writes 42 tokens a month [r3 stages.0.decode_tok_per_s.median].", "per month"),
    ("It decodes 1,200 tok/s [r3 stages.0.prefill_tok_per_s.median].", "speaks of decode"),
    ("The first token comes after 5 s [r3 stages.0.e2e_ms.median].", "the first token"),
    ("The P95 is 498 ms [r3 stages.0.ttft_ms.median].", "speaks of P95"),
    ("It draws 310 W idle [r3 stages.0.energy.active_w].", "speaks of idle"),
    (f"An RTX 3060 makes {FAST} tok/s [r4 decode_tok_per_s.p50].", "names NVIDIA GeForce RTX 3060"),
    ("GPT-4 makes 42 tok/s [r3 stages.0.decode_tok_per_s.median].", "names"),
    (f"雲端每月 30 美元 [{GPT4}.local_usd_per_month]。", "speaks of an API"),
    (f"與Claude 3.5 Sonnet相比，3.9個月回本 [{GPT4}.break_even_months_simple]。", "names Claude"),
    (f"Against Groq, it takes 3.9 months [{GPT4}.break_even_months_simple].", "names Groq"),
    (f"每年 540 美元 [{GPT4}.api_usd_per_month]。", "per year"),
]


@pytest.mark.parametrize("said", TRUE)
def test_what_a_value_is_may_be_said(said: str) -> None:
    assert why_refused(said) == ""


@pytest.mark.parametrize(("said", "why"), FALSE)
def test_what_a_value_is_not_is_refused(said: str, why: str) -> None:
    assert why in why_refused(said)


def test_names_stand_nearest_to_what_they_name() -> None:
    document = {
        "model": {"name": "llama"},
        "machine": "the box",
        "rows": [{"name": "big"}, {"usd": 1.0}],
    }
    assert {each.text for each in names_of(document, "rows.0.usd")} == {"big", "the box"}
    assert {each.text for each in names_of(document, "rows.1.usd")} == {"llama", "the box"}


def test_of_names_within_each_other_the_longest_is_meant() -> None:
    names = [Name("gpt-4", "what"), Name("gpt-4-turbo", "what"), Name("together", "what")]
    assert [each.text for each in mentioned("GPT-4 Turbo is dear", names)] == ["gpt-4-turbo"]
    assert [each.text for each in mentioned("GPT-4 is dear", names)] == ["gpt-4"]
    assert mentioned("both together, or GPT-4o", names) == ()
    assert [each.text for each in mentioned("Together asks less", names)] == ["together"]
