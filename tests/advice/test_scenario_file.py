"""The scenario file: what it accepts, what it refuses and in which words."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advice.inputs import Need
from advisor.advice.scenario import (
    GUIDES_FIGURES,
    LISTS,
    UNKNOWN_UNTIL_MEASURED,
    known_keys,
    parse_scenario,
    read_scenario,
    read_tables,
)
from advisor.errors import InputError

CONFIGS = Path(__file__).parents[2] / "configs"

MINIMAL = """
[usage]
input_tokens_per_month = 6_000_000
output_tokens_per_month = 6_000_000
[box]
price_usd = 2000
[[api]]
name = "GPT-4"
input_usd_per_mtok = 30
output_usd_per_mtok = 60
"""


def refused(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_scenario(tomllib.loads(text), origin="team.toml")
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert message.startswith("team.toml: ")
    assert "\n" not in message
    return message


def test_the_contracts_defaults() -> None:
    scenario = parse_scenario(tomllib.loads(MINIMAL))
    inputs = scenario.inputs
    assert inputs.usage.stable and inputs.usage.can_maintain and not inputs.usage.sensitive
    assert inputs.usage.sensitive_share == 1 and inputs.usage.cached_input_share == 0
    assert inputs.usage.growth_per_month == 0
    assert inputs.box.resale_decline_per_year == 1 and not inputs.box.already_owned
    assert inputs.box.powered_hours_per_month == 730 and inputs.box.wall_factor == 1
    assert inputs.usd_per_kwh == 0.15
    assert inputs.maintenance.hours_per_month == 0 and inputs.maintenance.usd_per_hour == 0
    assert inputs.horizon.months == 60
    assert inputs.horizon.discount_rate_per_year == 0 and inputs.horizon.api_decline_per_year == 0
    assert inputs.box.prefill_tok_per_s is None and inputs.box.decode_tok_per_s is None
    assert inputs.box.active_power_w is None and inputs.box.idle_power_w is None
    assert inputs.box.electricity_usd_per_month is None
    assert scenario.guessed == ()


def test_every_default_is_named_and_nothing_given_is() -> None:
    defaulted = set(parse_scenario(tomllib.loads(MINIMAL)).defaulted)
    optional = {
        key
        for key in known_keys()
        if key not in GUIDES_FIGURES
        and key not in UNKNOWN_UNTIL_MEASURED
        and not key.startswith(LISTS)
    }
    assert defaulted == optional | {"api.cached_input_usd_per_mtok", "api.baseline"}
    full = tomllib.loads((CONFIGS / "scenario-full.toml").read_text())
    assert parse_scenario(full).defaulted == ()


def test_the_full_file_shows_every_key() -> None:
    full = (CONFIGS / "scenario-full.toml").read_text()
    for key in known_keys():
        assert f"{key.rsplit('.', 1)[-1]} =" in full, key
    for need in Need:
        assert need in full


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.name)
def test_shipped_scenarios_are_accepted(path: Path) -> None:
    if "usage" in tomllib.loads(path.read_text()):
        assert read_scenario(path).inputs.api


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("price_usd = 2000", "price_usd = -1", "box.price_usd: expected a number >= 0, got -1"),
        ("price_usd = 2000", "price_usd = nan", "box.price_usd"),
        ("price_usd = 2000", "price_usd = inf", "box.price_usd"),
        ("price_usd = 2000", "price_usd = 1e308", "box.price_usd: expected a number <= 1e+12"),
        ("price_usd = 2000", "price_usd = 1" + "0" * 400, "box.price_usd"),
        ("price_usd = 2000", "price_usd = '2000'", "box.price_usd: expected a number, got text"),
        ("price_usd = 2000", "price_usd = true", "box.price_usd: expected a number"),
        ("price_usd = 2000", "", "box.price_usd: is missing"),
        ("price_usd = 2000", "prise_usd = 2000", "'box.prise_usd'. Did you mean 'box.price_usd'?"),
        ("[box]", "usd_per_kwh = 1\n[box]", "Did you mean 'tariff.usd_per_kwh'?"),
        ("price_usd = 2000", "price = 2000", "Did you mean 'box.price_usd'?"),
        ("[box]", "input_tokens = 1\n[box]", "Did you mean 'usage.input_tokens_per_month'?"),
        (
            "[[api]]",
            "[[rented]]\nname = 'A10'\nusd_per_hour = 1\nkind = 'on demand'\n[[api]]",
            "rented.kind (entry 1): expected one of 'on_demand', 'spot', 'reserved', got",
        ),
        ("[usage]", "[usages]", "unknown key 'usages'. Did you mean 'usage'?"),
        ("[usage]", "[xyz]\na = 1\n[usage]", "unknown key 'xyz'"),
        ("[box]", '"a\\nb" = 1\n[box]', r"unknown key 'usage.a\nb'. Did you mean"),
        ("[box]", "k" * 3_000 + " = 1\n[box]", f"unknown key 'usage.{'k' * 60}'. Did"),
        ("[box]", "stable = 'yes'\n[box]", "usage.stable: expected true or false"),
        ("[box]", "stable = 1\n[box]", "usage.stable: expected true or false"),
        ("[box]", "sensitive_share = 1.5\n[box]", "usage.sensitive_share"),
        ("[box]", "cached_input_share = -0.1\n[box]", "usage.cached_input_share"),
        ("[box]", "growth_per_month = -1\n[box]", "usage.growth_per_month"),
        ("[[api]]", "wall_factor = 0\n[[api]]", "box.wall_factor"),
        ("[[api]]", "powered_hours_per_month = 0\n[[api]]", "box.powered_hours_per_month"),
        ("[[api]]", "powered_hours_per_month = 800\n[[api]]", "box.powered_hours_per_month"),
        ("[[api]]", "decode_tok_per_s = 0\n[[api]]", "box.decode_tok_per_s"),
        ("[[api]]", "active_power_w = 50\nidle_power_w = 60\n[[api]]", "box.idle_power_w"),
        ("[[api]]", "[horizon]\nmonths = 0\n[[api]]", "horizon.months"),
        ("[[api]]", "[horizon]\nmonths = 12.5\n[[api]]", "horizon.months: expected a whole"),
        ("input_usd_per_mtok = 30", "input_usd_per_mtok = -30", "api.input_usd_per_mtok (entry 1)"),
        ("input_usd_per_mtok = 30", "", "api.input_usd_per_mtok: 'GPT-4' has another price"),
        ('"GPT-4"', '""', "api.name (entry 1)"),
        ('name = "GPT-4"', "", "api (entry 1)"),
        ("[[api]]", "[api]", "api: expected a list"),
        ("[[api]]", "[[api]]\nname = 'GPT-4'\n[[api]]", "'GPT-4' is listed twice"),
        (
            "[[api]]\n",
            "[[api]]\nname = 'b'\nbaseline = true\n[[api]]\nbaseline = true\n",
            "both 'b' and 'GPT-4' are the baseline",
        ),
        ("[[api]]", "[team]\nneeds = ['newest']\n[[api]]", "Did you mean 'newest_models'?"),
        ("[[api]]", "[team]\nneeds = [3]\n[[api]]", "team.needs (entry 1)"),
        ("[[api]]", "[team]\nneeds = 'google'\n[[api]]", "team.needs"),
        (
            "[box]",
            "growth_per_month = 1.0\n[horizon]\nmonths = 600\n[box]",
            "usage.growth_per_month",
        ),
    ],
)
def test_refused(old: str, new: str, says: str) -> None:
    assert old in MINIMAL
    assert says in refused(MINIMAL.replace(old, new, 1))


def band(days: str, start: str, end: str) -> str:
    return f"[[tariff.band]]\ndays = '{days}'\nfrom = '{start}'\nto = '{end}'\nusd_per_kwh = 0.3\n"


@pytest.mark.parametrize(
    ("bands", "says"),
    [
        (band("mon-fri", "07:00", "23:00"), "no band holds at mon 00:00"),
        (band("daily", "00:00", "24:00") + band("sun", "03:00", "04:00"), "two bands hold at sun"),
        (band("daily", "07:00", "07:00"), "has no length"),
        (band("someday", "07:00", "23:00"), "'someday' names no weekdays"),
        (band("daily", "7:00", "23:00"), "'7:00' is no time of day"),
        ("[[tariff.band]]\nform = '07:00'\n", "Did you mean 'tariff.band.from'?"),
        ("[tariff]\nusd_per_kwh = -0.1\n", "tariff.usd_per_kwh"),
    ],
)
def test_refused_tariffs(bands: str, says: str) -> None:
    assert says in refused(MINIMAL + bands)


def test_bands_with_a_price_for_the_rest() -> None:
    text = MINIMAL + "[tariff]\nusd_per_kwh = 0.1\n" + band("mon-fri", "07:00", "23:00")
    inputs = parse_scenario(tomllib.loads(text)).inputs
    assert inputs.usd_per_kwh == pytest.approx((80 * 0.3 + 88 * 0.1) / 168)


def test_a_date_may_stand_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "team.toml"
    path.write_text(MINIMAL + "[horizon]\nstarts_on = 2026-12-01\n", encoding="utf-8")
    assert read_scenario(path).inputs.horizon.starts_on == "2026-12-01"


def test_no_api_at_all() -> None:
    without = MINIMAL.split("[[api]]", maxsplit=1)[0]
    assert "no API is listed" in refused(without)
    assert "no API is listed" in refused("api = []\n" + without)


def test_guessing_takes_the_guides_figures_and_says_so() -> None:
    scenario = parse_scenario({}, guess_missing=True)
    assert scenario.guessed == tuple(GUIDES_FIGURES)
    assert scenario.inputs.usage.input_tokens_per_month == 6e6
    assert scenario.inputs.box.price_usd == 2000
    partly = parse_scenario({"box": {"price_usd": 900}}, guess_missing=True)
    assert partly.inputs.box.price_usd == 900
    assert "box.price_usd" not in partly.guessed
    with pytest.raises(InputError, match=r"box\.price_usd"):
        parse_scenario({"box": {"price_usd": -1}}, guess_missing=True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"usage = [", "is not TOML"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"a = " + b"[" * 5000, "is not TOML"),
        (b"a = 1" + b"0" * 5000, "is not TOML"),
        (b"#" * 1_000_001, "over 1 MB"),
        (b"", "usage.input_tokens_per_month"),
    ],
)
def test_unreadable_files(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "scenario.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_scenario(path)
    assert says in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize("deep", ["[" * 300 + "]" * 300, "{" + "a." * 300 + "b = 1}"])
def test_tables_that_lie_too_deep(tmp_path: Path, deep: str) -> None:
    path = tmp_path / "team.toml"
    path.write_text(f"usage = {deep}")
    with pytest.raises(InputError, match="nested too deeply"):
        read_tables(path)


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_scenario(tmp_path / "none.toml")
    with pytest.raises(InputError, match="is a folder"):
        read_scenario(tmp_path)
    with pytest.raises(InputError):
        read_scenario(tmp_path / "a\0b.toml")


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert read_scenario(path).inputs.box.price_usd == 2000


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [key.rsplit(".", 1)[-1] for key in known_keys()] + ["usage", "box", "api", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["usage", "box", "tariff", "api", "team"]), plain))
def test_nonsense_is_one_input_error_or_accepted(raw: dict[str, object]) -> None:
    for guess in (True, False):
        try:
            parse_scenario(raw, guess_missing=guess)
        except InputError as error:
            assert str(error)
