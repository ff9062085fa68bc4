"""Does advice from records of use say what the same keys in a scenario file would?"""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec import UNSET

import advisor
from advisor.advice.answer import answer
from advisor.advice.scenario import known_keys
from advisor.cli.main import advisor as program
from advisor.documents import to_json
from advisor.errors import InputError
from advisor.usage.document import Usage
from advisor.usage.records import read_usage
from advisor.usage.scenario import scenario_toml

REST = """
[box]
price_usd = 2000
electricity_usd_per_month = 30
[horizon]
months = 36
[[api]]
name = "Dear"
input_usd_per_mtok = 3
output_usd_per_mtok = 15
"""
TABLES: dict[str, Any] = {
    "box": {"price_usd": 2000, "electricity_usd_per_month": 30},
    "horizon": {"months": 36},
    "api": [{"name": "Dear", "input_usd_per_mtok": 3, "output_usd_per_mtok": 15}],
}


def table(path: Path, days: int, growth_per_day: float = 0.0, swing: float = 0.0) -> Path:
    """A CSV of `days` days from 2026-05-01 on, a million tokens in and half out."""
    rows = ["date,input_tokens,output_tokens,requests"]
    for number in range(days):
        day = date(2026, 5, 1) + timedelta(days=number)
        volume = math.exp(growth_per_day * number) * (
            1 + swing * (-1) ** ((day.toordinal() - 1) // 7)
        )
        rows.append(f"{day},{round(1e6 * volume)},{round(5e5 * volume)},1000")
    path.write_text("\n".join(rows) + "\n")
    return path


def usage(path: Path, **kind: Any) -> Usage:
    return read_usage([str(table(path, **kind))])


def test_records_stand_in_for_what_the_scenario_leaves_out(tmp_path: Path) -> None:
    advice = answer(TABLES, origin="a test", usage=usage(tmp_path / "use.csv", days=123))
    assert advice.inputs.usage.input_tokens_per_month == 31e6
    assert advice.inputs.usage.output_tokens_per_month == 15.5e6
    assert advice.inputs.usage.requests_per_month == 31_000
    assert advice.inputs.usage.stable
    assert advice.used is not UNSET
    assert "usage.input_tokens_per_month" in advice.used.supplied
    assert advice.used.overruled == ()
    assert advice.used.basis == "2026-08, the last full month"
    assert advice.used.weekly_cv == pytest.approx(0, abs=1e-9)


def test_it_is_the_advice_of_the_file_that_the_import_writes(tmp_path: Path) -> None:
    found = usage(tmp_path / "use.csv", days=123)
    file = tmp_path / "scenario.toml"
    file.write_text(scenario_toml(found, known_keys()) + REST)
    written = answer(advisor.read_tables(file), origin="a test")
    asked = answer(TABLES, origin="a test", usage=found)
    assert asked.comparisons == written.comparisons
    assert asked.inputs == written.inputs
    assert asked.decision is written.decision


def test_what_the_scenario_states_stands_and_tokens_bring_their_requests(tmp_path: Path) -> None:
    tables = {**TABLES, "usage": {"input_tokens_per_month": 9e6, "output_tokens_per_month": 1e6}}
    advice = answer(tables, origin="a test", usage=usage(tmp_path / "use.csv", days=123))
    assert advice.inputs.usage.input_tokens_per_month == 9e6
    assert advice.inputs.usage.requests_per_month is None
    assert advice.used is not UNSET
    assert "usage.requests_per_month" in advice.used.overruled
    assert "usage.stable" in advice.used.supplied


def test_growth_that_the_months_show_comes_with_its_spread(tmp_path: Path) -> None:
    found = usage(tmp_path / "use.csv", days=214, growth_per_day=0.001, swing=0.02)
    assert found.growth is not None
    advice = answer(TABLES, origin="a test", usage=found)
    assert advice.inputs.usage.growth_per_month == pytest.approx(0.03, abs=0.005)
    assert advice.uncertainty is not UNSET
    assert [each.key for each in advice.uncertainty.inputs] == ["usage.growth_per_month"]


def test_swings_answer_whether_use_is_stable(tmp_path: Path) -> None:
    advice = answer(TABLES, origin="a test", usage=usage(tmp_path / "u.csv", days=123, swing=0.9))
    assert not advice.inputs.usage.stable
    assert advice.leaf == "unstable"


def test_a_day_of_records_gives_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no scenario from this usage") as error:
        answer(TABLES, origin="a test", usage=usage(tmp_path / "use.csv", days=1))
    assert "cannot stand for a month" in (error.value.why or "")


def test_a_month_without_data_is_said(tmp_path: Path) -> None:
    path = table(tmp_path / "use.csv", days=123)
    rows = [row for row in path.read_text().splitlines() if not row.startswith("2026-07")]
    path.write_text("\n".join(rows) + "\n")
    advice = answer(TABLES, origin="a test", usage=read_usage([str(path)]))
    assert advice.used is not UNSET
    assert any("2026-07 has no data" in note for note in advice.used.notes)


def test_command_document_and_python_agree(tmp_path: Path) -> None:
    records, file = table(tmp_path / "use.csv", days=123), tmp_path / "rest.toml"
    file.write_text(REST)
    arguments = ["advise", "--scenario", str(file), "--usage", str(records)]
    told = CliRunner().invoke(program, [*arguments, "--json"], catch_exceptions=False)
    assert told.exit_code == 0
    asked = answer(
        advisor.read_tables(file), origin=str(file), usage=advisor.read_usage([str(records)])
    )
    assert told.stdout.encode().strip() == to_json(asked).strip()
    shown = CliRunner().invoke(program, arguments, catch_exceptions=False)
    assert "Use, from your records" in shown.stdout
    assert "2026-08, the last full month" in shown.stdout


def test_an_option_outranks_the_records(tmp_path: Path) -> None:
    records, file = table(tmp_path / "use.csv", days=123), tmp_path / "rest.toml"
    file.write_text(REST)
    arguments = ["advise", "--scenario", str(file), "--usage", str(records), "--json"]
    told = CliRunner().invoke(
        program, [*arguments, "--output-tokens-per-month", "2M"], catch_exceptions=False
    )
    document = json.loads(told.stdout)
    assert document["inputs"]["usage"]["output_tokens_per_month"] == 2e6
    assert "usage.output_tokens_per_month" in document["used"]["overruled"]


@pytest.mark.parametrize("content", ["", "\n\n", "date,input_tokens,output_tokens\n"])
def test_empty_records_are_refused(content: str, tmp_path: Path) -> None:
    records, file = tmp_path / "use.csv", tmp_path / "rest.toml"
    records.write_text(content)
    file.write_text(REST)
    told = CliRunner().invoke(program, ["advise", "--scenario", str(file), "--usage", str(records)])
    assert isinstance(told.exception, InputError) or told.exit_code == 2
    assert "Traceback" not in told.output


def test_an_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    records = table(tmp_path / "use.csv", days=30)
    with pytest.raises(InputError, match="time zone"):
        read_usage([str(records)], "Atlantis/Main")
