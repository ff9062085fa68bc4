"""Is the box that costs least over the horizon found, and the API where none is worth it?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from msgspec import UNSET
from program import typed

from advisor.advice.answer import answer
from advisor.advice.buy import buy
from advisor.advice.buy_document import Buy
from advisor.advice.buy_needs import Needs, needs_of
from advisor.cli.buy import buy as command
from advisor.cli.schema import json_schema
from advisor.errors import InputError
from advisor.models.machine_file import Box, box_of_device, read_machine
from advisor.models.model import of_catalogue
from advisor.models.prediction import predict

MODEL = of_catalogue("qwen3-14b:Q4_K_M")
NEEDS = Needs(tok_per_s=10.0, context_tokens=4_096)
SCENARIO: dict[str, Any] = {
    "usage": {"input_tokens_per_month": 200e6, "output_tokens_per_month": 60e6},
    "tariff": {"usd_per_kwh": 0.2},
    "horizon": {"months": 36},
    "api": [{"name": "Dear", "input_usd_per_mtok": 2.5, "output_usd_per_mtok": 10}],
    "uncertainty": {"scenarios": 2_000},
}
CARD = """
name = "{name}"
kind = "cuda"
memory_gib = {memory}
bandwidth_gb_per_s = {bandwidth}
fp16_tflops = 100
price_usd = {price}
idle_power_w = 70
active_power_w = 450
"""


def box(folder: Path, name: str = "card", **other: float) -> Box:
    return read_machine(file(folder, name, **other))


def file(folder: Path, name: str = "card", **other: float) -> Path:
    known: dict[str, Any] = {"name": name, "memory": 24, "bandwidth": 1000, "price": 3000}
    path = folder / f"{name}.toml"
    path.write_text(CARD.format(**{**known, **other}))
    return path


def bought(boxes: list[Box], needs: Needs = NEEDS, **other: Any) -> Buy:
    return buy({**SCENARIO, **other}, boxes, MODEL, needs, origin="a test")


def test_the_cheaper_of_two_equal_boxes_is_bought(tmp_path: Path) -> None:
    found = bought([box(tmp_path, "dear", price=5000), box(tmp_path, "cheap", price=2500)])
    assert found.buys == "cheap"
    assert [row.name for row in found.rows] == ["cheap", "dear", "Dear"]
    cheap, dear = found.rows[:2]
    assert dear.mean_usd - cheap.mean_usd == pytest.approx(2500, rel=2e-3)
    assert sum(row.cheapest_probability for row in found.rows) == pytest.approx(1)


def test_chances_do_not_depend_on_the_order_of_the_boxes(tmp_path: Path) -> None:
    one, other = (
        box(tmp_path, "one", price=3000),
        box(tmp_path, "other", price=3100, bandwidth=1100),
    )
    slow = box(tmp_path, "slow", price=100, bandwidth=1)
    found = [bought(order) for order in ([one, other, slow], [slow, other, one])]
    chances = [{row.name: row.cheapest_probability for row in each.rows} for each in found]
    assert chances[0] == pytest.approx(chances[1], abs=0.02)
    assert sum(chances[0].values()) == pytest.approx(1)
    assert chances[0]["slow"] == 0


def test_with_little_use_nothing_is_bought(tmp_path: Path) -> None:
    little = {"input_tokens_per_month": 2e6, "output_tokens_per_month": 6e5}
    found = bought([box(tmp_path)], usage=little)
    assert found.buys == "Dear"
    assert found.rows[0].kind == "api"


def test_each_cost_is_that_of_the_same_box_as_a_candidate(tmp_path: Path) -> None:
    found = bought([box(tmp_path)])
    offer = found.offers[0]
    assert offer.output_tok_per_s is not None
    assert offer.prefill_tok_per_s is not None
    rates = {
        "prefill_tok_per_s": offer.prefill_tok_per_s.p50,
        "decode_tok_per_s": offer.output_tok_per_s.p50,
    }
    by_hand = {"price_usd": 3000, "idle_power_w": 70, "active_power_w": 450, **rates}
    certain = answer({**SCENARIO, "box": by_hand}, origin="a test")
    assert certain.uncertainty is UNSET
    flows = sum(certain.comparisons[0].local_usd_per_month or 0 for _ in range(36))
    row = next(row for row in found.rows if row.name == "card")
    assert row.usd.p50 == pytest.approx(3000 + flows, rel=0.02)


def test_a_box_works_at_the_most_requests_that_leave_each_reader_enough(tmp_path: Path) -> None:
    card = box(tmp_path)
    offer = bought([card]).offers[0]
    here = predict(MODEL, card, 4_096, offer.concurrency).decode_tok_per_s
    one_more = predict(MODEL, card, 4_096, offer.concurrency + 1)
    assert here is not None
    assert here.p50 >= 10
    assert (
        one_more.fits != "yes"
        or one_more.decode_tok_per_s is None
        or one_more.decode_tok_per_s.p50 < 10
    )


def test_a_box_too_slow_for_a_reader_is_shown_and_not_bought(tmp_path: Path) -> None:
    slow = box(tmp_path, "slow", bandwidth=60, price=100)
    found = bought([slow, box(tmp_path, "fast")], Needs(30.0, 4_096))
    assert found.buys == "fast"
    row = next(row for row in found.rows if row.name == "slow")
    assert not row.eligible
    assert found.rows[-1] == row
    slow_one = found.offers[0]
    assert slow_one.decode_tok_per_s is not None
    assert [each.limit for each in slow_one.shortfalls] == ["tok_per_s"]
    assert slow_one.shortfalls[0].predicted == slow_one.decode_tok_per_s.p50 < 30
    assert found.offers[1].shortfalls == ()


def test_a_prompt_read_too_late_is_too_slow(tmp_path: Path) -> None:
    found = bought([box(tmp_path)], Needs(10.0, 4_096, ttft_ms=1.0))
    offer = found.offers[0]
    assert not offer.meets_needs
    assert found.buys == "Dear"
    assert offer.prefill_tok_per_s is not None
    missed = offer.shortfalls[0]
    assert (missed.limit, missed.needed) == ("ttft_ms", 1.0)
    alone = predict(MODEL, box(tmp_path)).prefill_tok_per_s
    assert alone is not None
    assert missed.predicted == offer.ttft_ms == pytest.approx(512e3 / alone.p50)


def needs(context_tokens: int = 4_096, **tables: Any) -> Needs:
    tables = {**SCENARIO, "slo": {"ttft_p95_ms": 600}, **tables}
    return needs_of(tables, tok_per_s=10.0, context_tokens=context_tokens, origin="a test")


def test_the_limit_is_held_to_the_prompts_of_the_use(tmp_path: Path) -> None:
    usage = SCENARIO["usage"]
    often = needs(usage={**usage, "requests_per_month": 400_000})
    seldom = needs(usage={**usage, "requests_per_month": 80_000})
    assert (often.prompt_tokens, seldom.prompt_tokens) == (500, 2_500)
    assert often.ttft_ms == seldom.ttft_ms == 600
    found = [bought([box(tmp_path)], each) for each in (often, seldom)]
    assert [each.offers[0].meets_needs for each in found] == [True, False]
    short, long = (each.offers[0].ttft_ms for each in found)
    assert short is not None
    assert long is not None
    assert long > 5 * short  # the further it reads, the longer each part takes
    assert [each.ttft_prompt_source for each in found] == ["usage.requests_per_month"] * 2


def test_a_limit_that_is_just_met_is_met() -> None:
    asked = Needs(10.0, 4_096, ttft_ms=600.0)
    assert list(asked.shortfalls(10.0, 600.0)) == []
    assert [each.limit for each in asked.shortfalls(9.9, 600.1)] == ["tok_per_s", "ttft_ms"]


@pytest.mark.parametrize(("rare", "expected"), [(0.04, 300), (0.05, 300), (0.06, 2_000)])
def test_95_of_100_prompts_are_no_longer_than_that_of_the_limit(
    rare: float, expected: float
) -> None:
    lengths = [(rare, 2_000), (1 - rare, 300)]
    kinds = [{"share": a, "input_tokens": b, "output_tokens": 50} for a, b in lengths]
    asked = needs(usage={**SCENARIO["usage"], "request": kinds})
    assert (asked.prompt_tokens, asked.prompt_source) == (expected, "usage.request")


def test_prompts_are_priced_at_the_rate_in_the_middle_of_the_uses(tmp_path: Path) -> None:
    kinds = [{"share": 0.5, "input_tokens": n, "output_tokens": 50} for n in (400, 2_800)]
    asked = needs(usage={**SCENARIO["usage"], "request": kinds})
    assert asked.priced_prompt_tokens == pytest.approx(2_500)  # each length counts by its tokens
    card = box(tmp_path)
    offer = bought([card], asked).offers[0]
    middle, full = (predict(MODEL, card, depth).prefill_tok_per_s for depth in (994, 4_096))
    assert offer.prefill_tok_per_s == middle
    assert offer.prompt_tokens == pytest.approx(2_500)
    assert middle is not None
    assert full is not None
    assert middle.p50 > 1.05 * full.p50


def test_a_prompt_of_unknown_length_is_said_to_be_assumed(tmp_path: Path) -> None:
    assert needs().prompt_source == "assumed"
    assert bought([box(tmp_path)], needs()).ttft_prompt_tokens == 512
    assert bought([box(tmp_path)]).ttft_prompt_tokens is None


def test_a_short_prompt_takes_no_less_than_a_step(tmp_path: Path) -> None:
    found = bought([box(tmp_path)], Needs(10.0, 4_096, ttft_ms=600, prompt_tokens=1))
    step = predict(MODEL, box(tmp_path)).decode_tok_per_s
    assert step is not None
    assert found.offers[0].ttft_ms == pytest.approx(1e3 / step.p50)


def test_requests_longer_than_the_context_are_refused() -> None:
    usage = {**SCENARIO["usage"], "requests_per_month": 40_000}
    with pytest.raises(InputError, match="Ask for --context 6500 or more"):
        needs(usage=usage)
    assert needs(6_500, usage=usage).prompt_tokens == 5_000


def test_the_longest_kind_of_request_with_its_answer_has_to_fit() -> None:
    kinds = [
        {"share": share, "input_tokens": read, "output_tokens": written}
        for share, read, written in ((0.9, 400, 100), (0.1, 3_000, 2_000))
    ]
    usage = {**SCENARIO["usage"], "request": kinds}
    with pytest.raises(InputError, match="5,000 tokens") as refused:
        needs(usage=usage)
    assert "Ask for --context 5000 or more" in (refused.value.remedy or "")
    assert needs(5_000, usage=usage).context_tokens == 5_000


def test_requests_without_input_say_nothing_of_their_prompts() -> None:
    usage = {"input_tokens_per_month": 0, "output_tokens_per_month": 60e6}
    asked = needs(usage={**usage, "requests_per_month": 60_000})
    assert (asked.prompt_tokens, asked.prompt_source) == (512, "assumed")


def test_a_use_that_is_no_number_is_refused_in_plain_words() -> None:
    usage = {**SCENARIO["usage"], "input_tokens_per_month": "much"}
    said = r"a test: usage\.input_tokens_per_month: expected a number, got text in quotes"
    with pytest.raises(InputError, match=said):
        needs(usage=usage)


def test_boxes_that_cost_nearly_the_same_tie(tmp_path: Path) -> None:
    boxes = [box(tmp_path, "one", price=3000), box(tmp_path, "other", price=3003)]
    found = bought(boxes)
    assert [(row.name, row.tied) for row in found.rows if row.kind == "box"] == [
        ("one", False),
        ("other", True),
    ]
    clear = bought([boxes[0], box(tmp_path, "third", price=4500)])
    assert not any(row.tied for row in clear.rows)


def test_a_saving_in_every_future_is_no_tie_however_small_a_share_of_the_bill(
    tmp_path: Path,
) -> None:
    much = {"input_tokens_per_month": 400e9, "output_tokens_per_month": 120e9}
    first, api = bought([box(tmp_path)], usage=much).rows
    assert (first.name, api.name) == ("card", "Dear")
    assert 100_000 < api.mean_usd - first.mean_usd < 0.01 * first.mean_usd
    assert api.cheapest_probability == 0
    assert not api.tied


def test_the_share_that_a_box_serves_is_what_it_has_the_time_for(tmp_path: Path) -> None:
    much = {"input_tokens_per_month": 200e9, "output_tokens_per_month": 60e9}
    found = bought([box(tmp_path)], usage=much)
    offer, row = found.offers[0], next(row for row in found.rows if row.name == "card")
    assert offer.output_tok_per_s is not None
    assert offer.prefill_tok_per_s is not None
    busy_s = 200e9 / offer.prefill_tok_per_s.p50 + 60e9 / offer.output_tok_per_s.p50
    assert row.served_share == pytest.approx(730 * 3600 / busy_s)
    assert next(row for row in found.rows if row.name == "Dear").served_share is None
    assert next(row for row in bought([box(tmp_path)]).rows if row.kind == "box").served_share == 1


def test_a_box_that_holds_only_part_of_it_is_priced_at_that_speed(tmp_path: Path) -> None:
    small = bought([box(tmp_path, "small", memory=8, price=500)], Needs(1.0, 4_096))
    offer, row = small.offers[0], next(row for row in small.rows if row.name == "small")
    assert (offer.fits, offer.unknown) == ("partly", None)
    assert 0 < offer.spilled_layers < offer.layers
    assert row.eligible
    alone = predict(MODEL, box(tmp_path, "small", memory=8), 4_096, offer.concurrency)
    assert offer.decode_tok_per_s == alone.decode_tok_per_s
    assert alone.decode_tok_per_s is not None
    assert alone.decode_tok_per_s.p50 >= 1.0


def test_prompts_are_read_with_as_much_in_main_memory_as_answers(tmp_path: Path) -> None:
    """At 4,096 tokens all of it fits, at 32,768 some layers do not."""
    card = box(tmp_path, "card", memory=11)
    assert predict(MODEL, card).fits == "yes"
    (offer,) = bought([card], Needs(1.0, 32_768)).offers
    assert offer.fits == "partly"
    there = predict(MODEL, card, 32_768, before_tokens=0)
    assert there.spilled_layers > 0
    assert offer.prefill_tok_per_s == there.prefill_tok_per_s


def test_a_context_that_the_model_was_not_made_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="contexts of up to 40,960 tokens"):
        bought([box(tmp_path)], Needs(10.0, 41_000))


def test_a_known_device_is_shown_and_not_priced(tmp_path: Path) -> None:
    found = bought([box(tmp_path), box_of_device("RTX 3090")])
    assert found.offers[1].output_tok_per_s is not None
    assert "price_usd, active_power_w, idle_power_w" in (found.offers[1].unknown or "")
    assert "NVIDIA GeForce RTX 3090" not in [row.name for row in found.rows]
    with pytest.raises(InputError, match="A machine file states what a whole box costs and draws"):
        bought([box_of_device("RTX 3090")])


def test_the_box_of_the_scenario_is_ranked_with_the_others(tmp_path: Path) -> None:
    own = {"price_usd": 1, "electricity_usd_per_month": 1, "already_owned": True}
    found = bought([box(tmp_path)], box=own)
    assert found.buys == "the box of the scenario"


def test_the_box_of_the_scenario_is_named_in_the_language_that_is_shown(tmp_path: Path) -> None:
    scenario = tmp_path / "use.toml"
    scenario.write_text(
        "[usage]\ninput_tokens_per_month = 200e6\noutput_tokens_per_month = 60e6\n"
        "[box]\nprice_usd = 1\nelectricity_usd_per_month = 1\n"
        '[[api]]\nname = "Dear"\ninput_usd_per_mtok = 2.5\noutput_usd_per_mtok = 10\n'
        "[uncertainty]\nscenarios = 1000\n"
    )
    asked = ["buy", "--scenario", str(scenario), "--model", "qwen3-14b:Q4_K_M"]
    done = typed("--lang", "zh-TW", *asked, "--machine", str(file(tmp_path)))
    assert done.stdout.startswith("買 情境中的工作站：花費最少。"), done.stdout


def test_a_rented_gpu_without_a_speed_is_not_taken_for_a_card_of_the_list(tmp_path: Path) -> None:
    rented = [{"name": "L4", "usd_per_hour": 0.8}]
    assert "L4" not in [row.name for row in bought([box(tmp_path)], rented=rented).rows]
    fast = [{**rented[0], "prefill_tok_per_s": 3000, "decode_tok_per_s": 300}]
    assert "L4" in [row.name for row in bought([box(tmp_path)], rented=fast).rows]


RATES = {"prefill_tok_per_s": 500, "decode_tok_per_s": 100}
"""A prompt of 512 tokens takes 1,024 ms."""
OWN = {"price_usd": 1, "electricity_usd_per_month": 1, "already_owned": True}


def test_what_the_scenario_names_is_held_to_the_same_limits(tmp_path: Path) -> None:
    tables = {
        "box": {**OWN, **RATES},
        "candidate": [{"name": "mini", "price_usd": 1, "electricity_usd_per_month": 1, **RATES}],
        "rented": [
            {"name": "slow", "usd_per_hour": 0.01, **RATES},
            {"name": "fast", "usd_per_hour": 0.01, **RATES, "prefill_tok_per_s": 5_000},
            {"name": "as the box", "usd_per_hour": 0.01},
        ],
    }
    assert bought([box(tmp_path)], **tables).buys != "card"
    found = bought([box(tmp_path)], Needs(10.0, 4_096, ttft_ms=900.0), **tables)
    stated = {each.name: each for each in found.stated}
    assert list(stated) == ["the box of the scenario", "mini", "slow", "fast", "as the box", "Dear"]
    late = {name for name, each in stated.items() if not each.meets_needs}
    assert late == {"the box of the scenario", "mini", "slow", "as the box"}
    assert {row.name for row in found.rows if not row.eligible} == late
    for name in late:
        assert stated[name].ttft_ms == pytest.approx(1_024)
        (missed,) = stated[name].shortfalls
        assert (missed.limit, missed.needed, missed.predicted) == ("ttft_ms", 900, 1_024)
    assert stated["fast"].ttft_ms == pytest.approx(102.4)
    assert found.buys == "fast"
    assert sum(row.cheapest_probability for row in found.rows) == pytest.approx(1)


def test_a_rented_gpu_too_slow_for_one_reader_is_not_taken(tmp_path: Path) -> None:
    rented = [{"name": "L4", "usd_per_hour": 0.01, **RATES, "decode_tok_per_s": 9}]
    found = bought([box(tmp_path)], rented=rented)
    assert [each.limit for each in found.stated[0].shortfalls] == ["tok_per_s"]
    assert found.buys != "L4"


def test_a_limit_that_nothing_can_be_held_to_is_said(tmp_path: Path) -> None:
    found = bought([box(tmp_path)], Needs(10.0, 4_096, ttft_ms=600.0), box=OWN)
    reasons = {each.name: each.ttft_unknown for each in found.stated}
    assert "does not state prefill_tok_per_s" in (reasons["the box of the scenario"] or "")
    assert "no price list says" in (reasons["Dear"] or "")
    assert all(each.meets_needs and each.ttft_ms is None for each in found.stated)
    unlimited = bought([box(tmp_path)], box=OWN)
    assert all(each.ttft_unknown is each.ttft_ms is None for each in unlimited.stated)


def test_the_command_names_what_is_late_and_what_is_not_known(tmp_path: Path) -> None:
    scenario = tmp_path / "use.toml"
    scenario.write_text(
        "[usage]\ninput_tokens_per_month = 200e6\noutput_tokens_per_month = 60e6\n"
        '[[api]]\nname = "Dear"\ninput_usd_per_mtok = 2.5\noutput_usd_per_mtok = 10\n'
        '[[rented]]\nname = "L4"\nusd_per_hour = 0.01\n'
        "prefill_tok_per_s = 500\ndecode_tok_per_s = 100\n"
        "[slo]\nttft_p95_ms = 900\n[uncertainty]\nscenarios = 1000\n"
    )
    asked = ["--scenario", str(scenario), "--model", "qwen3-14b:Q4_K_M"]
    runner = CliRunner(env={"COLUMNS": "100"})
    shown = runner.invoke(command, [*asked, "--machine", str(file(tmp_path))]).stdout
    told = " ".join(shown.split())
    assert told.startswith("Buy card: it costs least of all.")
    assert "rented L4 (too slow)" in told
    assert "a prompt of 512 tokens takes 1,024 ms, 900 ms are allowed ([slo] ttft_p95_ms)" in told
    assert "Not known to answer within 900 ms: API Dear (no price list says how soon" in told


def test_what_cannot_be_priced_is_said(tmp_path: Path) -> None:
    small = box(tmp_path, "small", memory=4)
    found = bought([small, box(tmp_path)])
    assert found.offers[0].unknown
    assert "small" not in [row.name for row in found.rows]
    with pytest.raises(InputError, match=r"no box can be priced.*Name a smaller model"):
        bought([small])


@pytest.mark.parametrize("name", ["candidate", "rented"])
@pytest.mark.parametrize("value", [3, "x", {"name": "x"}, [1]])
def test_what_is_no_list_of_tables_is_refused(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(InputError, match=name):
        bought([box(tmp_path)], **{name: value})


def test_a_name_can_be_used_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two boxes"):
        bought([box(tmp_path), box(tmp_path)])


def test_the_command_shows_and_tells_the_same(tmp_path: Path) -> None:
    scenario = tmp_path / "use.toml"
    scenario.write_text(
        "[usage]\ninput_tokens_per_month = 200e6\noutput_tokens_per_month = 60e6\n"
        '[[api]]\nname = "Dear"\ninput_usd_per_mtok = 2.5\noutput_usd_per_mtok = 10\n'
        "[uncertainty]\nscenarios = 1000\n"
    )
    asked = ["--scenario", str(scenario), "--model", "qwen3-14b:Q4_K_M"]
    asked += ["--machine", str(file(tmp_path))]
    told = CliRunner().invoke(command, [*asked, "--json"], catch_exceptions=False)
    document = json.loads(told.stdout)
    jsonschema.validate(document, json_schema("advisor.buy/1"))
    assert document["buys"] == "card"
    again = CliRunner().invoke(command, [*asked, "--json"], catch_exceptions=False)
    assert again.stdout == told.stdout
    runner = CliRunner(env={"COLUMNS": "80"})
    shown = runner.invoke(command, asked, catch_exceptions=False).stdout
    assert shown.startswith("Buy card: it costs least of all.")
    assert max(map(len, shown.splitlines())) <= 80
    neither = runner.invoke(command, asked[:4])
    assert neither.exit_code == 2
    assert "--machine FILE.toml" in neither.output


def test_files_that_name_the_same_device_are_told_apart(tmp_path: Path) -> None:
    guide = str(Path(__file__).parents[2] / "configs" / "guide.toml")
    asked = ["--scenario", guide, "--model", "qwen3-14b:Q4_K_M", "--json"]
    whole = "memory_gib = 64\nprice_usd = 3700\nidle_power_w = 10\nactive_power_w = 110\n"
    for engine in ("metal", "mlx"):
        path = tmp_path / f"by-{engine}.toml"
        path.write_text(f'name = "Apple M4 Max (40-core GPU)"\nkind = "{engine}"\n{whole}')
        asked += ["--machine", str(path)]
    told = CliRunner().invoke(command, asked, catch_exceptions=False)
    assert [each["name"] for each in json.loads(told.stdout)["offers"]] == [
        "by-metal: Apple M4 Max (40-core GPU)",
        "by-mlx: Apple M4 Max (40-core GPU)",
    ]
    with pytest.raises(InputError, match="two boxes"):
        CliRunner().invoke(command, [*asked, *asked[-2:]], catch_exceptions=False)


def test_what_is_assumed_names_its_boxes_where_they_differ(tmp_path: Path) -> None:
    scenario = tmp_path / "use.toml"
    scenario.write_text(
        "[usage]\ninput_tokens_per_month = 200e6\noutput_tokens_per_month = 60e6\n"
        '[[api]]\nname = "Dear"\ninput_usd_per_mtok = 2.5\noutput_usd_per_mtok = 10\n'
        "[slo]\nttft_p95_ms = 1\n[uncertainty]\nscenarios = 1000\n"
    )
    asked = ["--scenario", str(scenario), "--model", "qwen3-14b:Q4_K_M"]
    asked += ["--machine", str(file(tmp_path)), "--machine", str(file(tmp_path, "small", memory=8))]
    runner = CliRunner(env={"COLUMNS": "100"})
    shown = runner.invoke(command, asked, catch_exceptions=False).stdout
    assert shown.count("of the memory is free for the model") == 1
    assert "Assumed: 98% of the memory" in shown
    assert "Assumed of small: main memory holds 8 GiB" in shown
    assert "small (partly, too slow)" in shown
    assert "ms, 1 ms are allowed ([slo] ttft_p95_ms)" in " ".join(shown.split())
    assert "Assumed: prompts of 512 tokens; [[usage.request]]" in shown


def test_speeds_near_zero_do_not_blow_up_a_mean() -> None:
    wide = {"p10": 30.0, "p50": 100.0, "p90": 120.0}
    tables = {
        **SCENARIO,
        "box": {
            "price_usd": 3000,
            "electricity_usd_per_month": 30,
            "prefill_tok_per_s": 3000,
            "decode_tok_per_s": wide,
        },
        "rented": [{"name": "L4", "usd_per_hour": 1.0}],
    }
    advice = answer(tables, origin="a test")
    assert advice.uncertainty is not UNSET
    rented = next(each for each in advice.uncertainty.actions if each.action == "rented:L4")
    assert rented.mean_usd < 10 * rented.usd.p90
