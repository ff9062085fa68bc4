"""Is regret told in words that fit the terminal, and never with more certainty than there is?"""

from __future__ import annotations

from io import StringIO

import msgspec
import pytest
from advice.test_regret_part import team
from rich.console import Console

from advisor.advice.regret_document import (
    AllowancePart,
    BestSplitPart,
    ClassSharePart,
    KnowingPart,
    RegretPart,
    WorthPart,
)
from advisor.report.regret import allowance, show_regret, split

RULE = AllowancePart(
    still_to_spend_usd=2117.64,
    month=3.9215,
    purchase_usd=2000.0,
    saved_share_of_bill=510 / 540,
    at_most_times_hindsight=1.9444,
)
HALF = BestSplitPart(
    uses="hybrid",
    local_share=0.5,
    local_share_last_month=0.75,
    by_class=(
        ClassSharePart(name="chat", local_share=1.0),
        ClassSharePart(name="reading", local_share=0.0),
    ),
    busy_hours=100.0,
    local_usd_per_month=50.0,
    api_usd_per_month=60.0,
    usd=5000.0,
    api_only_usd=6000.0,
    local_first_usd=5500.0,
    saved_usd=500.0,
)


def shown(part: RegretPart) -> str:
    console = Console(file=StringIO(), width=80, highlight=False, markup=False)
    show_regret(part, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_whole_part_fits_eighty_columns() -> None:
    text = shown(team())
    assert max(map(len, text.splitlines())) <= 80
    for word in ("api:small", "a month of logs", "If use may end", "Best split", "Wait"):
        assert word in text


def test_the_rule_is_one_sentence_and_its_promise_is_rounded_up() -> None:
    assert allowance(RULE) == (
        "buy when you have spent $2,118 more on the API (3.92 months from now): "
        "whatever use does, at most 1.95 times the best cost in hindsight"
    )
    never = msgspec.structs.replace(RULE, still_to_spend_usd=None, month=None)
    assert "do not buy" in allowance(never)
    now = msgspec.structs.replace(RULE, still_to_spend_usd=0.0, month=0.0)
    assert "buy now" in allowance(now)


def test_the_split_names_classes_and_how_it_moves() -> None:
    assert split(HALF) == (
        "50 % of the tokens on the box (chat 100 %, reading 0 %), 75 % in the last month: "
        "saves $1,000 over all at the API and $500 over all that fits on the box"
    )
    assert "everything at the API" in split(msgspec.structs.replace(HALF, uses="api"))
    full = msgspec.structs.replace(HALF, usd=5500.0, saved_usd=0.0)
    assert split(full).endswith(": saves $500 over all at the API")
    private = msgspec.structs.replace(full, api_only_usd=None)
    assert split(private).endswith(": as cheap as any other")


def test_what_noise_could_explain_is_not_told_as_money() -> None:
    faint = KnowingPart(keys=("tariff",), worth=WorthPart(usd=1.0, standard_error_usd=2.0))
    text = shown(msgspec.structs.replace(team(), knowing=(faint,)))
    assert "nothing beyond noise (under $5)" in text


@pytest.mark.parametrize("bad", ["\x1b[31mred", "a\nb" * 40])
def test_names_from_files_do_nothing_to_the_terminal(bad: str) -> None:
    part = team()
    named = msgspec.structs.replace(part.actions[0], action=bad)
    text = shown(msgspec.structs.replace(part, actions=(named,), unknown={bad: bad}))
    assert "\x1b" not in text
