"""What-if, --set and sensitivity: one key changed, the answer beside today's, nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from program import typed

from advisor.advice.answer import answer
from advisor.advice.asked_document import Sensitivity, WhatIf
from advisor.advice.scenario import read_tables
from advisor.advice.situation import downward, upward
from advisor.cli.advise import advise
from advisor.documents import to_json
from advisor.errors import InputError

CONFIGS = Path(__file__).parents[2] / "configs"
GUIDE = CONFIGS / "guide.toml"


def guide(**asked: Any) -> Any:
    return answer(read_tables(GUIDE), origin=str(GUIDE), **asked)


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ("usage.output_tokens_per_month=20e6", ("usage", "output_tokens_per_month"), 20e6),
        ("usage.output_tokens_per_month=20M", ("usage", "output_tokens_per_month"), 20e6),
        ("usage.growth_per_month=5%", ("usage", "growth_per_month"), 0.05),
        ("horizon.api_decline_per_year=-0.2", ("horizon", "api_decline_per_year"), -0.2),
        ("horizon.months=36", ("horizon", "months"), 36),
        ("usage.stable=false", ("usage", "stable"), False),
        ("team.needs=offline,many_users", ("team", "needs"), ("offline", "many_users")),
        ("policy.break_even_below_months=3", ("policy", "break_even_below_months"), 3),
        ("box.electricity_usd_per_month=", ("box", "electricity_usd_per_month"), None),
    ],
)
def test_any_key_can_be_set(setting: str, path: tuple[str, str], value: object) -> None:
    inputs = guide(settings=[setting]).inputs
    assert getattr(getattr(inputs, path[0]), path[1]) == value


def test_an_apis_price_is_set_by_its_name_even_with_dots_in_it() -> None:
    found = guide(settings=["api.GPT-3.5 Turbo.input_usd_per_mtok=3"])
    assert found.comparisons[1].input_usd_per_mtok == 3


def test_one_price_of_an_api_from_the_book_leaves_it_the_others() -> None:
    tables = {**read_tables(GUIDE), "api": [{"name": "openai/gpt-4o"}]}
    before = answer(tables, origin="a test").comparisons[0]
    after = answer(
        tables, origin="a test", settings=["api.openai/gpt-4o.input_usd_per_mtok=99"]
    ).comparisons[0]
    assert after.input_usd_per_mtok == 99
    assert after.output_usd_per_mtok == before.output_usd_per_mtok
    assert tables["api"] == [{"name": "openai/gpt-4o"}]


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("usage.output_token_per_month=1", "usage.output_tokens_per_month"),
        ("box.usd_per_kwh=1", "tariff.usd_per_kwh"),
        ("api.GPT4.input_usd_per_mtok=1", "api.GPT-4.input_usd_per_mtok"),
        ("nonsense", "KEY=VALUE"),
        ("=3", "KEY=VALUE"),
        ("usage.stable=perhaps", "neither true nor false"),
        ("box.price_usd=nan", "no finite number"),
        ("box.price_usd=1e999", "no finite number"),
        ("box.price_usd=1e308", "1e+12"),
        ("box.price_usd=-5", ">= 0"),
        ("box.price_usd=cheap", "a number"),
        ("box.idle_power_w=9000", "above"),
        ("tariff.band=1", "list of tables"),
        ("tariff.band[0].usd_per_kwh=1", "none is listed"),
        ("api[7].input_usd_per_mtok=1", "from [0] on"),
        ("api[0]=1", "from [0] on"),
        ("usage.request.0.share=1", "unknown key"),
        ("box.price_usd[0]=1", "box.price_usd"),
        ("box.price_usd.more=1", "box.price_usd"),
        ("[0]=1", "unknown key"),
    ],
)
def test_what_cannot_be_set_is_told_with_the_nearest(setting: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        guide(settings=[setting])
    assert told in str(caught.value)
    done = CliRunner().invoke(advise, ["--scenario", str(GUIDE), "--set", setting])
    assert done.exit_code and isinstance(done.exception, InputError)


def test_a_what_if_stands_beside_the_unchanged_advice() -> None:
    plain = guide()
    asked = guide(what_if=["usage.output_tokens_per_month=1M", "api.GPT-4.input_usd_per_mtok=10"])
    found = asked.what_if
    assert isinstance(found, WhatIf)
    assert msgspec.structs.replace(asked, what_if=msgspec.UNSET) == plain
    assert [(each.key, each.before, each.after) for each in found.changes] == [
        ("usage.output_tokens_per_month", 6e6, 1e6),
        ("api.GPT-4.input_usd_per_mtok", 30, 10),
    ]
    assert (found.before.decision, found.after.decision) == ("local", "api")
    assert found.after.api_usd_per_month == pytest.approx(120)
    assert {"decision", "verdict", "break_even_months_simple"} <= set(found.moved)
    assert "local_usd_per_month" not in found.moved


LISTS = {
    "usage": {
        "input_tokens_per_month": 6e6,
        "output_tokens_per_month": 6e6,
        "requests_per_month": 12_000,
        "request": [{"share": 1.0, "input_tokens": 500, "output_tokens": 500}],
        "hours": [{"days": "daily", "from": "00:00", "to": "24:00", "share": 1.0}],
    },
    "box": {
        "price_usd": 2000,
        "active_power_w": 350,
        "idle_power_w": 60,
        "prefill_tok_per_s": 3000,
        "decode_tok_per_s": 100,
        "resale": [{"age_months": 60, "share": 0.2}],
    },
    "tariff": {
        "usd_per_kwh": 0.2,
        "band": [{"days": "daily", "from": "00:00", "to": "12:00", "usd_per_kwh": 0.1}],
    },
    "api": [
        {
            "name": "Dear 4.1",
            "input_usd_per_mtok": 3,
            "output_usd_per_mtok": 15,
            "tier": [{"above_input_tokens": 400, "input_usd_per_mtok": 6}],
        }
    ],
}


@pytest.mark.parametrize(
    ("key", "value", "moved"),
    [
        ("tariff.band[0].usd_per_kwh", "0.3", "local_usd_per_month"),
        ("box.resale[0].share", "0.5", "net_present_value_usd"),
        ("api.Dear 4.1.tier[0].input_usd_per_mtok", "9", "api_usd_per_month"),
        ("api[0].tier[0].input_usd_per_mtok", "9", "api_usd_per_month"),
        ("api[0].output_usd_per_mtok", "9", "api_usd_per_month"),
        ("api.Dear 4.1.output_usd_per_mtok", "9", "api_usd_per_month"),
    ],
)
def test_every_entry_of_a_list_can_be_set(key: str, value: str, moved: str) -> None:
    tables = json.loads(json.dumps(LISTS))
    found = answer(tables, origin="a test", what_if=[f"{key}={value}"], sensitivity=key)
    assert isinstance(found.what_if, WhatIf)
    assert found.what_if.changes[0].after == float(value)
    assert moved in found.what_if.moved
    assert isinstance(found.sensitivity, Sensitivity)
    assert found.sensitivity.now == found.what_if.changes[0].before
    assert tables == LISTS


def test_a_name_that_begins_another_is_not_taken_for_it() -> None:
    apis = [
        {"name": name, "input_usd_per_mtok": 1, "output_usd_per_mtok": 1} for name in ("a", "a.b")
    ]
    after = answer(
        {**LISTS, "api": apis}, origin="a test", settings=["api.a.b.input_usd_per_mtok=7"]
    )
    assert [each.input_usd_per_mtok for each in after.comparisons] == [1, 7]


def test_two_changes_between_two_points_are_both_found() -> None:
    """From the free tier's bound on the box pays back; hardly above, it is too small."""
    tables = {
        "usage": {"input_tokens_per_month": 0.9e6, "output_tokens_per_month": 0.0},
        "box": {
            "price_usd": 1,
            "prefill_tok_per_s": 1.2e6 / 3600,
            "decode_tok_per_s": 1,
            "powered_hours_per_month": 1,
            "electricity_usd_per_month": 0,
        },
        "api": [{"name": "Dear", "input_usd_per_mtok": 100, "output_usd_per_mtok": 100}],
    }
    found = answer(tables, origin="a test", sensitivity="usage.input_tokens_per_month").sensitivity
    assert isinstance(found, Sensitivity)
    assert [(each.before, each.after) for each in found.changes] == [
        ("api", "local"),
        ("local", "hybrid"),
    ]
    assert [each.at for each in found.changes] == [pytest.approx(1e6), pytest.approx(1.2e6)]


def test_a_sensitivity_marks_where_the_decision_turns() -> None:
    found = guide(sensitivity="box.price_usd").sensitivity
    assert isinstance(found, Sensitivity)
    assert found.scale == "log" and found.now == 2000
    assert [(each.before, each.after) for each in found.changes] == [("local", "api")]
    assert found.changes[0].at == pytest.approx(6120)
    values = [point.value for point in found.points]
    assert values == sorted(values) and 2000 in values
    for point in found.points:
        assert point.break_even_months_simple == pytest.approx(float(point.value) / 510)


@pytest.mark.parametrize(
    ("key", "scale"),
    [
        ("usage.cached_input_share", "linear"),
        ("horizon.months", "log"),
        ("maintenance.usd_per_hour", "linear"),
        ("usage.growth_per_month", "linear"),
        ("usage.can_maintain", "choice"),
        ("policy.break_even_below_months", "log"),
        ("api.GPT-4.output_usd_per_mtok", "log"),
        ("tariff.usd_per_kwh", "log"),
    ],
)
def test_a_range_stays_within_the_keys_bounds(key: str, scale: str) -> None:
    found = guide(sensitivity=key).sensitivity
    assert found.scale == scale
    assert found.now in [point.value for point in found.points]
    turned = [pair for pair in pairwise(found.points) if pair[0].decision != pair[1].decision]
    for point in (*found.points[::3], *chain(*turned)):
        at = str(point.value).lower()
        assert guide(settings=[f"{key}={at}"]).decision == point.decision


@pytest.mark.parametrize("key", ["team.needs", "api.GPT-4.cached_input_usd_per_mtok", "no.key"])
def test_what_has_no_range_is_refused_or_has_todays_value(key: str) -> None:
    if key.startswith("api."):
        assert guide(sensitivity=key).sensitivity.now == 30
        return
    with pytest.raises(InputError):
        guide(sensitivity=key)


def test_a_number_too_small_to_grow_ends_the_search() -> None:
    assert list(upward(5e-324, 1.0)) == []
    assert list(downward(5e-324, 0.0)) == [0.0]


def run(*arguments: str, seed: str = "0") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "advisor", "advise", *arguments],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


ASKED = ("--what-if", "box.price_usd=9k", "--sensitivity", "box.price_usd", "--explain")


def test_equal_inputs_give_equal_bytes_in_fresh_processes_and_by_every_way() -> None:
    arguments = ("--scenario", str(CONFIGS / "scenario-full.toml"), "--json", *ASKED)
    first, second = (run(*arguments, seed=seed) for seed in ("1", "4711"))
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    path = CONFIGS / "scenario-full.toml"
    asked = {"what_if": ["box.price_usd=9k"], "sensitivity": "box.price_usd", "explain": True}
    by_python = answer(read_tables(path), origin=str(path), **asked)
    assert json.loads(first.stdout) == json.loads(to_json(by_python))
    from_json = json.loads(json.dumps(read_tables(path)))
    assert to_json(answer(from_json, origin="JSON", **asked)) == to_json(by_python)


def test_what_is_shown_fits_80_columns_and_writes_nothing() -> None:
    before = GUIDE.read_bytes()
    for asked in (ASKED, ("--set", "usage.growth_per_month=5%")):
        done = typed("advise", "--scenario", str(GUIDE), *asked)
        assert done.returncode == 0, done.stderr
        assert max(map(len, done.stdout.splitlines())) <= 80
    assert GUIDE.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("price_usd = 2000", "price_usd = -1"), "box.price_usd"),
        (("price_usd = 2000", "price_usd = nan"), "box.price_usd"),
        (("price_usd = 2000", "price_usd = inf"), "box.price_usd"),
        (("= 30\noutput_usd_per_mtok = 60", "= 1e308\noutput_usd_per_mtok = 60"), "api.input"),
        (("price_usd = 2000", ""), "box.price_usd"),
        (("idle_power_w = 60", "idle_power_w = 600"), "box.idle_power_w"),
        (("stable = true", "stable = true\nsteady = true"), "steady"),
        (("[box]", "[policy]\nbreak_even_below_months = 0\n[box]"), "policy.break_even"),
        (("[box]", "[policy]\nbreak_even = 12\n[box]"), "policy.break_even_below_months"),
        (("[box]", "[carbon]\ngrid_g_per_kwh = -1\n[box]"), "carbon.grid_g_per_kwh"),
        (("[[api]]", "[[other]]"), "unknown key"),
    ],
)
def test_nonsense_ends_with_one_line_and_exit_2(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    text = GUIDE.read_text()
    assert change[0] in text
    file = tmp_path / "team.toml"
    file.write_text(text.replace(*change))
    done = typed("advise", "--scenario", str(file))
    assert done.returncode == 2 and done.stdout == ""
    assert told in done.stderr and "Traceback" not in done.stderr


def test_no_api_at_all_is_no_scenario(tmp_path: Path) -> None:
    file = tmp_path / "team.toml"
    file.write_text(GUIDE.read_text().split("[[api]]")[0])
    done = typed("advise", "--scenario", str(file))
    assert done.returncode == 2 and "no API is listed" in done.stderr
