"""Costs in full, explained: every number computed again from what is printed beside it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from test_explain import check, explained

from advisor.advice.asked_document import Explanation

USAGE = """
[usage]
input_tokens_per_month = 60_000_000
output_tokens_per_month = 9_000_000
cached_input_share = 0.3
growth_per_month = 0.02
requests_per_month = 10_000
"""
BOX = """
[box]
price_usd = 2000
prefill_tok_per_s = 3000
decode_tok_per_s = 100
active_power_w = 350
idle_power_w = 60
resale_decline_per_year = 0.3
"""
API = '[[api]]\nname = "A"\ninput_usd_per_mtok = 3\noutput_usd_per_mtok = 15\n'
REST = """
[tariff]
usd_per_kwh = 0.2
[maintenance]
hours_per_month = 1
usd_per_hour = 40
[horizon]
starts_on = "2026-12-01"
api_decline_per_year = 0.2
discount_rate_per_year = 0.05
"""
SHAPES = """
[[usage.request]]
share = 0.1
input_tokens = 15_000
output_tokens = 900
[[usage.request]]
share = 0.9
input_tokens = 5_000
output_tokens = 900
"""
HOURS = """
[[usage.hours]]
days = "mon-fri"
from = "09:00"
to = "18:00"
share = 0.9
[[usage.hours]]
days = "daily"
from = "00:00"
to = "24:00"
share = 0.1
"""
RESALE = (
    "[[box.resale]]\nage_months = 12\nshare = 0.7\n[[box.resale]]\nage_months = 60\nshare = 0.1\n"
)
BAND = '[[tariff.band]]\ndays = "daily"\nfrom = "09:00"\nto = "18:00"\nusd_per_kwh = 0.4\n'
BLOCKS = (
    "[tariff]\nother_kwh_per_month = 100\nusd_per_month = 2\n"
    "[[tariff.block]]\nup_to_kwh = 120\nusd_per_kwh = 0.05\n"
    "[[tariff.block]]\nup_to_kwh = 155\nusd_per_kwh = 0.1\n[[tariff.block]]\nusd_per_kwh = 0.3\n"
)


def told(usage: str = "", box: str = "", api: str = "", rest: str = "") -> dict[str, Explanation]:
    bare_box = BOX.replace("resale_decline_per_year = 0.3\n", "") if "resale" in box else BOX
    bare_rest = REST.replace("[tariff]\nusd_per_kwh = 0.2\n", "") if "block" in rest else REST
    bare_rest = bare_rest.replace("[horizon]\n", "[horizon]\nmonths = 60\n")
    text = USAGE + usage + bare_box + box + API + api + bare_rest + rest
    tables: dict[str, Any] = tomllib.loads(text)
    _, lines = explained(tables)
    check(lines)
    return {line.id: line for line in lines}


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("usage", "cache_write_share = 0.2\nbatch_share = 0.3\n"),
        ("usage", SHAPES),
        ("usage", HOURS),
        ("box", "setup_hours = 10\nsetup_usd = 100\nspare_parts_usd_per_year = 60\n"),
        ("box", "prefill_power_w = 400\ndecode_power_w = 300\ncooling_factor = 1.3\n"),
        ("box", "prefill_power_w = 400\n"),
        (
            "box",
            (
                "cached_input_share = 0.4\ninput_token_ratio = 1.2\noutput_token_ratio = 1.1\n"
                "reasoning_tokens_per_output_token = 2\nretry_share = 0.1\n"
            ),
        ),
        ("box", RESALE),
        ("box", "electricity_usd_per_month = 30\n"),
        (
            "api",
            (
                "cached_input_usd_per_mtok = 0.3\ncache_write_usd_per_mtok = 3.75\n"
                "usd_per_request = 0.001\nreasoning_tokens_per_output_token = 1\n"
                "retry_share = 0.1\n"
            ),
        ),
        ("api", "batch_input_usd_per_mtok = 1.5\nbatch_output_usd_per_mtok = 7.5\n"),
        ("api", "[[api.tier]]\nabove_input_tokens = 5_500\ninput_usd_per_mtok = 6\n"),
        ("api", '[[api.change]]\nfrom = "2027-02-15"\ninput_usd_per_mtok = 2\n'),
        ("api", '[[api.change]]\nfrom = "2026-12-11"\noutput_usd_per_mtok = 9\n'),
        (
            "api",
            '[[api.time]]\nfrom_utc = "16:30"\nuntil_utc = "00:30"\noutput_usd_per_mtok = 10\n',
        ),
        ("rest", BAND),
        ("rest", BLOCKS),
        ("rest", '[[rented]]\nname = "G"\nusd_per_hour = 2\n'),
    ],
)
def test_a_cost_that_is_given_is_in_every_formula(part: str, text: str) -> None:
    plain = told()
    lines = told(**{part: text})
    assert lines["comparisons[0].api_usd_per_month"].value is not None
    if part in ("usage", "api", "rest") or "electricity" in text:
        assert lines.keys() & plain.keys()


def test_everything_at_once() -> None:
    usage = "cache_write_share = 0.1\nbatch_share = 0.2\nutc_offset_hours = 8\n"
    lines = told(
        usage=usage + HOURS + SHAPES,
        box="setup_hours = 9\nspare_parts_usd_per_year = 60\ncooling_factor = 1.2\n"
        "prefill_power_w = 400\ndecode_power_w = 300\nretry_share = 0.1\n" + RESALE,
        api="batch_input_usd_per_mtok = 1.5\nbatch_output_usd_per_mtok = 7.5\nretry_share = 0.1\n"
        "usd_per_request = 0.001\n"
        "[[api.tier]]\nabove_input_tokens = 10_000\ninput_usd_per_mtok = 6\n"
        '[[api.time]]\nfrom_utc = "16:30"\nuntil_utc = "00:30"\noutput_usd_per_mtok = 10\n'
        '[[api.change]]\nfrom = "2027-02-15"\ninput_usd_per_mtok = 2\n',
        rest=BLOCKS,
    )
    parts = [line for line in lines if line.startswith("comparisons[0].prices[")]
    parts = [line for line in parts if ".parts[" in line]
    assert len(parts) == 2 * 3 * 2
    assert lines["comparisons[0].break_even_tokens_per_month"].note


@pytest.mark.parametrize("kind", ["on_demand", "reserved"])
def test_the_rent_is_explained(kind: str) -> None:
    lines = told(rest=f'[[rented]]\nname = "G"\nusd_per_hour = 2\nkind = "{kind}"\n')
    assert lines["rented[0].usd_per_month"].value == pytest.approx(
        2 * 730 if kind == "reserved" else 2 * (60e6 / 3000 + 9e6 / 100) / 3600 / 0.7
    )
    assert lines["rented[0].usd_12_months"].value


def test_a_standing_charge_and_dearer_busy_hours() -> None:
    lines = told(usage=HOURS, rest=BAND)
    price = {each.name: each.value for each in lines["local.usd_per_busy_hour"].inputs}
    assert price["busy_usd_per_kwh"] == pytest.approx(0.9 * 0.4 + 0.1 * (0.4 * 9 + 0.2 * 15) / 24)
