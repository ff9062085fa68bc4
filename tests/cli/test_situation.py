"""What people type becomes scenario keys."""

import click
import pytest
from click.testing import CliRunner

from advisor.cli.situation import ask, overlay, situation, situation_options
from advisor.cli.types import amount


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("6000000", 6e6),
        ("6_000_000", 6e6),
        ("6,000,000", 6e6),
        ("6M", 6e6),
        ("1.5B", 1.5e9),
        ("12 k", 12e3),
        ("$2000", 2000),
        ("0.15", 0.15),
    ],
)
def test_numbers_as_people_type_them(typed: str, value: float) -> None:
    assert amount(typed) == pytest.approx(value)


@pytest.mark.parametrize("typed", ["", "six", "-5", "nan", "inf", "M", "1e400"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        amount(typed)


def gathered(*arguments: str) -> dict:
    kept: dict = {}

    @click.command()
    @situation_options
    def command(**given: object) -> None:
        kept.update(situation(given))

    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return kept


def test_options_become_the_keys_of_a_scenario() -> None:
    tables = gathered(
        *("--input-tokens-per-month", "5M", "--box-price-usd", "900", "--sensitive"),
        *("--api", "openai/gpt-4o", "--api", "groq/x", "--cannot-maintain"),
    )
    assert tables == {
        "usage": {"input_tokens_per_month": 5e6, "sensitive": True, "can_maintain": False},
        "box": {"price_usd": 900.0},
        "api": [{"name": "openai/gpt-4o"}, {"name": "groq/x"}],
    }


def test_options_not_given_say_nothing() -> None:
    assert gathered() == {}


def test_what_lies_above_wins_key_by_key() -> None:
    below = {"usage": {"stable": True, "sensitive": False}, "api": [{"name": "a"}]}
    above = {"usage": {"sensitive": True}, "api": [{"name": "b"}]}
    assert overlay(below, above) == {
        "usage": {"stable": True, "sensitive": True},
        "api": [{"name": "b"}],
    }


def answers(tables: dict, typed: str) -> dict:
    kept: dict = {}

    @click.command()
    def command() -> None:
        kept.update(ask(tables))

    result = CliRunner().invoke(command, input=typed)
    assert result.exit_code == 0, result.output
    return kept


def test_questions_skip_what_is_known_and_ask_again_for_what_is_no_number() -> None:
    known = {"usage": {"input_tokens_per_month": 1e6, "stable": True, "sensitive": False}}
    told = answers(known, "many\n2M\n\n0.2\ny\nopenai/gpt-4o\n")
    assert told == {
        "usage": {"output_tokens_per_month": 2e6, "can_maintain": True},
        "tariff": {"usd_per_kwh": 0.2},
        "api": [{"name": "openai/gpt-4o"}],
    }


def test_a_box_that_is_there_anyway_is_owned() -> None:
    told = answers({}, "1M\n1M\n0\n\n\n\n\n\n")
    assert told["box"] == {"price_usd": 0.0, "already_owned": True}
    assert "api" not in told
