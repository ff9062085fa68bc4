"""Numbers are written once with their unit; untrusted text is inert."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.report import text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (1234.5, "1,234"), (123.4, "123"), (45.67, "45.7"), (0.00789, "0.00789")],
)
def test_numbers_have_three_significant_digits(value: float, shown: str) -> None:
    assert text.number(value) == shown


def test_tiny_numbers_are_not_written_with_an_exponent() -> None:
    assert "e" not in text.number(1.5e-7)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(540, "$540"), (7.319, "$7.32"), (26360, "$26,360"), (-3.5, "-$3.50"), (0.00012, "$0.00012")],
)
def test_money(value: float, shown: str) -> None:
    assert text.usd(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.84, "0.8 s"), (45, "45 s"), (119.7, "2 min"), (125, "2 min 5 s"), (4200, "1 h 10 min")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert text.duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (950, "950"),
        (12_000_000, "12 M"),
        (112_380_952, "112 M"),
        (999_999.99, "1 M"),
        (4_370_370, "4.37 M"),
        (5e13, "50,000 B"),
    ],
)
def test_token_counts(count: float, shown: str) -> None:
    assert text.tokens(count) == shown


@given(st.text())
def test_nothing_shown_can_act_on_the_terminal(untrusted: str) -> None:
    shown = text.name(untrusted)
    assert all(unicodedata.category(character)[0] != "C" for character in shown)
    assert len(shown) <= 60


def test_escape_sequences_and_direction_overrides_are_replaced() -> None:
    assert "\x1b" not in text.safe("\x1b[31mred")
    assert "\u202e" not in text.safe("abc\u202edef")
