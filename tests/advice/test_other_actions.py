"""Rented GPUs and candidate boxes: their figures by hand, what they turn, what rules them out."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_explain import check

from advisor.advice.actions_document import CandidatePart
from advisor.advice.answer import answer
from advisor.advice.asked_document import WhatIf
from advisor.advice.document import Advice
from advisor.advice.flow import Decision, Verdict
from advisor.advice.scenario import parse_scenario
from advisor.documents import to_json
from advisor.economics.inputs import Box
from advisor.errors import InputError
from advisor.report.advice import show_advice
from advisor.report.advice_asked import show_asked

BOX = {
    "price_usd": 2000.0,
    "prefill_tok_per_s": 3000.0,
    "decode_tok_per_s": 100.0,
    "active_power_w": 350.0,
    "idle_power_w": 60.0,
}
USAGE = {"input_tokens_per_month": 6e6, "output_tokens_per_month": 6e6}
GPT4 = {"name": "GPT-4", "input_usd_per_mtok": 30.0, "output_usd_per_mtok": 60.0}
CHEAP = {"name": "H100", "usd_per_hour": 2.5, "prefill_tok_per_s": 2e4, "decode_tok_per_s": 2e3}
DEAR = {"name": "A10", "usd_per_hour": 0.6, "kind": "reserved"}
MINI = {
    "name": "Mini",
    "price_usd": 800.0,
    "prefill_tok_per_s": 400.0,
    "decode_tok_per_s": 30.0,
    "active_power_w": 60.0,
    "idle_power_w": 8.0,
}


def tables(**changed: Any) -> dict[str, Any]:
    return {"usage": USAGE, "box": BOX, "api": [GPT4], **changed}


def advised(**changed: Any) -> Advice:
    return answer(tables(**changed), origin="a test")


def candidate(entry: dict[str, Any], **changed: Any) -> tuple[CandidatePart, Advice]:
    found = advised(candidate=[entry], **changed)
    return found.candidates[0], found


def test_existing_rows_stay_and_new_ones_follow() -> None:
    before = advised().regret_table
    after = advised(rented=[CHEAP, DEAR], candidate=[MINI]).regret_table
    assert before and after
    assert [row.action for row in after.actions] == [
        "local", "API: GPT-4", "rented:H100", "rented:A10", "candidate:Mini",
    ]  # fmt: skip
    assert [row.usd_12_months for row in after.actions[:2]] == [
        row.usd_12_months for row in before.actions
    ]
    assert (after.minimax, before.minimax) == ("rented:H100", "local")


def test_the_rent_by_hand_and_when_the_box_has_paid_against_it() -> None:
    found = advised(rented=[CHEAP, DEAR])
    h100, a10 = found.rented
    hours = (6e6 / 2e4 + 6e6 / 2e3) / 3600 / 0.7
    assert h100.usd_12_months == pytest.approx(12 * 2.5 * hours)
    local = found.comparisons[0].local_usd_per_month
    assert local is not None
    assert a10.usd_per_month == 0.6 * 730
    assert a10.break_even_months_simple == pytest.approx(2000 / (438 - local))
    assert a10.break_even_months_full == pytest.approx(2000 / (438 - local))
    assert (a10.decision, a10.at_box_speed) == (Decision.LOCAL, True)
    assert (h100.break_even_months_simple, h100.decision) == (None, Decision.API)
    assert "rented[0].break_even_months_simple" not in found.unknown


def test_the_cheapest_rent_is_told_and_turns_the_answer() -> None:
    found = advised(rented=[CHEAP, DEAR])
    assert found.decision is Decision.LOCAL
    assert found.cheapest is not None and found.cheapest.action == "rented:H100"
    local = found.local_usd_12_months_with_overflow
    assert local is not None
    assert found.cheapest.less_than_decided_usd == pytest.approx(
        local - found.cheapest.usd_12_months
    )
    assert [(each.name, each.kind, each.decision) for each in found.reversed_by] == [
        ("rented:H100", "rented", Decision.API)
    ]
    assert "renting H100 costs least" in found.summary


def test_a_dearer_rent_changes_no_word() -> None:
    found = advised(rented=[DEAR])
    assert (found.summary, found.reversed_by) == (advised().summary, ())
    assert found.cheapest is not None
    assert (found.cheapest.action, found.cheapest.less_than_decided_usd) == ("local", 0.0)


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_a_rent_is_ruled_out_where_data_must_not_leave(share: float) -> None:
    usage = {**USAGE, "sensitive": True, "sensitive_share": share}
    found = advised(usage=usage, rented=[CHEAP])
    assert found.rented[0].ruled_out and f"{share:.0%}" in found.rented[0].ruled_out
    assert found.cheapest is not None and found.cheapest.action == "local"
    assert "H100" not in found.summary and found.reversed_by == ()
    allowed = advised(usage=usage, rented=[{**CHEAP, "may_hold_sensitive_data": True}])
    assert allowed.rented[0].ruled_out is None
    assert allowed.cheapest is not None and allowed.cheapest.action == "rented:H100"


def test_a_rent_whose_speed_nobody_knows_takes_no_part() -> None:
    box = {"price_usd": 2000.0, "electricity_usd_per_month": 30.0}
    found = advised(
        box=box, rented=[{**DEAR, "usd_per_hour": 0.01}, {"name": "G", "usd_per_hour": 0.01}]
    )
    assert found.regret_table is not None
    assert [row.action for row in found.regret_table.actions] == ["local", "API: GPT-4"]
    assert found.rented[0].busy_hours_per_month is None
    assert "speed of 'A10'" in found.unknown["rented[0].busy_hours_per_month"]
    assert found.rented[1].usd_per_month is None
    assert "speed of 'G'" in found.unknown["rented[1].usd_per_month"]
    assert found.cheapest is not None and found.cheapest.action == "local"


def test_no_price_no_cheapest() -> None:
    found = advised(box={"price_usd": 2000.0}, rented=[DEAR])
    assert found.verdict is Verdict.MEASURE_FIRST
    assert found.cheapest is None and found.reversed_by == ()
    assert "advisor bench" in found.summary


def test_a_candidate_is_what_the_same_scenario_with_that_box_says() -> None:
    box = {**BOX, "setup_hours": 4.0, "cooling_factor": 1.3, "resale_decline_per_year": 0.4}
    upkeep = {"hours_per_month": 1.0, "usd_per_hour": 60.0}
    part, found = candidate(MINI, box=box, maintenance=upkeep)
    other = advised(
        box={**box, **{key: value for key, value in MINI.items() if key != "name"}},
        maintenance=upkeep,
    )
    against = other.comparisons[0]
    assert part.capital_usd == 800 + 4 * 60 == other.local_capital_usd
    for key in (
        "local_usd_per_month", "local_usd_12_months", "local_usd_per_mtok",
        "break_even_months_simple", "break_even_months_full",
    ):  # fmt: skip
        assert getattr(part, key) == getattr(against, key)
    assert (part.utilization, part.fits) == (other.capacity.utilization, True)
    assert part.decision == other.decision
    own = found.local_usd_12_months_with_overflow
    assert own is not None and part.usd_12_months_with_overflow is not None
    assert part.less_than_box_usd_12_months == pytest.approx(own - part.usd_12_months_with_overflow)


def test_the_machines_own_numbers_are_never_the_boxs() -> None:
    part, found = candidate({"name": "Bare", "price_usd": 500.0})
    assert (part.local_usd_per_month, part.utilization, part.fits) == (None, None, None)
    assert "candidate.Bare.active_power_w" in found.unknown["candidates[0].local_usd_per_month"]
    assert "candidate.Bare.prefill_tok_per_s" in found.unknown["candidates[0].utilization"]
    assert found.regret_table is not None
    assert "candidate:Bare" not in [row.action for row in found.regret_table.actions]


def box_of(entry: dict[str, Any], box: dict[str, Any]) -> Box:
    inputs = parse_scenario(tables(box=box, candidate=[entry])).inputs
    return inputs.candidates()[0].box


def test_resale_is_the_candidates_own_or_the_boxs() -> None:
    by_age = [{"age_months": 60.0, "share": 0.2}]
    yearly = {**BOX, "resale_decline_per_year": 0.3}
    assert box_of(MINI, yearly).resale_decline_per_year == 0.3
    assert box_of({**MINI, "resale": by_age}, yearly).resale_usd(60) == pytest.approx(160)
    aged = {**BOX, "resale": by_age}
    assert box_of(MINI, aged).resale_usd(60) == pytest.approx(160)
    own = box_of({**MINI, "resale_decline_per_year": 0.5}, aged)
    assert own.resale_usd(12) == pytest.approx(400)


def test_a_candidate_that_pays_turns_an_answer_that_the_box_does_not() -> None:
    part, found = candidate(MINI, box={**BOX, "price_usd": 50_000.0})
    assert (found.decision, part.decision) == (Decision.API, Decision.LOCAL)
    assert [(each.name, each.kind) for each in found.reversed_by] == [
        ("candidate:Mini", "candidate")
    ]
    assert "Mini in place of this box costs least" in found.summary


def test_no_cost_is_named_while_none_decided() -> None:
    for usage in ({"stable": False}, {"can_maintain": False}):
        found = advised(usage={**USAGE, **usage}, rented=[CHEAP], candidate=[MINI])
        assert "costs least" not in found.summary


def test_a_candidate_that_is_too_small_may_not_serve_sensitive_work() -> None:
    small = {**MINI, "prefill_tok_per_s": 1.0, "price_usd": 1.0}
    usage = {**USAGE, "sensitive": True}
    part, found = candidate(small, usage=usage)
    assert part.fits is False
    assert found.cheapest is not None and found.cheapest.action == "local"


def test_an_electricity_bill_that_doubles_doubles_for_candidates_too() -> None:
    billed = {**MINI, "electricity_usd_per_month": 10.0}
    box = {"price_usd": 2000.0, "electricity_usd_per_month": 30.0}
    table = advised(box=box, candidate=[billed, {**MINI, "name": "Metered"}]).regret_table
    assert table is not None
    rows = {row.action: row.usd_12_months for row in table.actions}
    dearer = table.scenarios.index("electricity doubles")
    assert rows["local"][dearer] - rows["local"][0] == pytest.approx(12 * 30)
    assert rows["candidate:Mini"][dearer] - rows["candidate:Mini"][0] == pytest.approx(12 * 10)
    metered = rows["candidate:Metered"]
    assert metered[dearer] - metered[0] == pytest.approx(metered[0] - 800)


@settings(max_examples=12, deadline=None)
@given(
    st.floats(1e6, 1e9),
    st.floats(0.01, 20),
    st.sampled_from(["on_demand", "spot", "reserved"]),
    st.floats(1, 20_000),
    st.sampled_from([0.0, 0.05]),
)
def test_the_cheapest_is_the_least_of_the_table_and_every_line_is_redoable(
    output: float, usd_per_hour: float, kind: str, price_usd: float, growth: float
) -> None:
    found = answer(
        tables(
            usage={**USAGE, "output_tokens_per_month": output, "growth_per_month": growth},
            rented=[{**DEAR, "kind": kind, "usd_per_hour": usd_per_hour}],
            candidate=[{**MINI, "price_usd": price_usd, "setup_usd": 50.0}],
        ),
        origin="a test",
        explain=True,
    )
    assert found.regret_table is not None and found.cheapest is not None
    costs = {row.action: row.usd_12_months[0] for row in found.regret_table.actions}
    assert costs[found.cheapest.action] == min(costs.values()) == found.cheapest.usd_12_months
    assert found.cheapest.less_than_decided_usd >= 0
    assert isinstance(found.explain, tuple)
    check(found.explain)
    lines = {line.id: line.value for line in found.explain}
    part = found.candidates[0]
    for key in part.__struct_fields__:
        value = getattr(part, key)
        if isinstance(value, float):
            assert lines[f"candidates[0].{key}"] == value, key


def test_explaining_a_candidate_with_every_key_of_its_own() -> None:
    text = """
    [[candidate]]
    name = "All"
    price_usd = 900
    prefill_tok_per_s = 500
    decode_tok_per_s = 40
    prefill_power_w = 90
    decode_power_w = 70
    idle_power_w = 9
    powered_hours_per_month = 300
    wall_factor = 1.1
    cooling_factor = 1.2
    setup_hours = 3
    setup_usd = 20
    spare_parts_usd_per_year = 24
    cached_input_share = 0.2
    input_token_ratio = 1.1
    output_token_ratio = 1.2
    reasoning_tokens_per_output_token = 0.5
    retry_share = 0.05
    [[candidate.resale]]
    age_months = 60
    share = 0.1
    [[candidate]]
    name = "Unknown"
    price_usd = 10
    """
    found = answer(tables(**tomllib.loads(text)), origin="a test", explain=True)
    assert isinstance(found.explain, tuple)
    check(found.explain)
    notes = {line.id: line.note for line in found.explain}
    assert notes["candidates[1].local.local_usd"]


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([MINI, MINI], "'Mini' is listed twice"),
        ([{"name": "X"}], "price_usd"),
        ([{**MINI, "price_usd": -1.0}], "candidate.price_usd"),
        ([{**MINI, "idle_power_w": 100.0}], "candidate.idle_power_w (entry 1): 100 W idle"),
        ([{**MINI, "already_owned": True}], "unknown key 'candidate.already_owned'"),
        ([{**MINI, "as_of": "2026-02-30"}], "candidate.as_of (entry 1)"),
        ([{**MINI, "resale": [{"age_months": 12.0, "share": 0.5}]}], "ends at 12 months"),
        ([{**MINI, "resale": [{"age_months": 60.0, "shrae": 0.5}]}], "'candidate.resale.shrae'"),
    ],
)
def test_what_is_refused(entries: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(InputError) as refused:
        advised(candidate=entries)
    assert says in str(refused.value)


def test_keys_of_candidates_are_set_and_asked_as_others_are() -> None:
    said = tables(candidate=[MINI], rented=[DEAR])
    found = answer(
        said,
        origin="a test",
        settings=["candidate.Mini.price_usd=900"],
        what_if=["candidate.Mini.price_usd=5k", "rented.A10.usd_per_hour=0.01"],
    )
    assert found.candidates[0].capital_usd == 900
    assert isinstance(found.what_if, WhatIf)
    before, after = found.what_if.before.other_actions, found.what_if.after.other_actions
    assert [each.action for each in before] == ["rented:A10", "candidate:Mini"]
    assert after[0].usd_12_months == pytest.approx(12 * 7.3)
    assert before[1].usd_12_months is not None
    assert after[1].usd_12_months == pytest.approx(before[1].usd_12_months + 4100)
    with pytest.raises(InputError, match=r"candidate\.Mini\.active_power_w"):
        answer(said, origin="a test", settings=["candidate.Mini.active_power=3"])


def test_the_terminal_shows_them_in_eighty_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    usage = {**USAGE, "batch_share": 0.2}
    upkeep = {"hours_per_month": 1.0, "usd_per_hour": 60.0}
    nasty = {**MINI, "name": "Evil\x1b[31m box with a rather long name to show"}
    show_advice(
        advised(
            usage=usage,
            box={**BOX, "setup_hours": 4.0},
            maintenance=upkeep,
            rented=[CHEAP, DEAR],
            candidate=[MINI, nasty, {"name": "Bare", "price_usd": 5.0}],
        )
    )
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown
    words = " ".join(shown.split())
    assert "+ $2,000 to buy it and $240 to set it up" in words
    assert "no batch price: work that can wait costs as the rest does" in words
    assert "Rented H100 $3.27 a month, $39.29 in 12 months, $3,009 cheaper than this box" in words
    assert "looking after the server on it is not counted" in words
    assert "Mini beats this box: $1,272 less in 12 months" in words
    assert "Bare: neither candidate.Bare.electricity_usd_per_month" in words
    assert "Rent H100 rather than buy the box" in words


def test_the_terminal_shows_what_is_ruled_out_and_what_if(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_advice(advised(usage={**USAGE, "sensitive": True}, rented=[CHEAP]))
    assert "ruled out: it is somebody else's machine" in " ".join(capsys.readouterr().out.split())
    show_asked(
        answer(tables(candidate=[MINI]), origin="a test", what_if=["candidate.Mini.price_usd=1800"])
    )
    words = " ".join(capsys.readouterr().out.split())
    assert "candidate:Mini, 12 months" in words
    assert "Moved: rented GPUs or other boxes." in words


def test_the_same_scenario_gives_the_same_bytes() -> None:
    said = {"rented": [CHEAP, DEAR], "candidate": [MINI]}
    assert to_json(advised(**said)) == to_json(advised(**said))
