"""Do months, growth, swings, hours and lengths come out as a hand would compute them?"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_usage import answer, anthropic_bucket, imported, lines, openai_bucket, page, sums

from advisor.documents import Unknown, to_json
from advisor.usage.trend import growth, steadiness, variation


def table(path: Path, rows: list[tuple[str, int]], model: str = "m") -> Path:
    body = "".join(f"{when},{model},{tokens},0\n" for when, tokens in rows)
    path.write_text(f"date,model,input_tokens,output_tokens\n{body}", encoding="utf-8")
    return path


def days(start: str, count: int, tokens: Any) -> list[tuple[str, int]]:
    first = date.fromisoformat(start)
    found = []
    for number in range(count):
        day = first + timedelta(days=number)
        found.append((day.isoformat(), int(tokens(day) if callable(tokens) else tokens)))
    return found


def test_partial_months_are_no_full_ones(tmp_path: Path) -> None:
    found = imported(table(tmp_path / "x", days("2026-08-20", 60, 100)))
    assert [(m.month, m.covered_days, m.full) for m in found.months] == [
        ("2026-08", 12, False),
        ("2026-09", 30, True),
        ("2026-10", 18, False),
    ]
    assert found.monthly is not None
    assert (found.monthly.input_tokens, found.monthly.is_scaled) == (3000, False)
    assert found.growth is None
    assert "3 full months" in found.unknown["growth"]


def test_without_a_full_month_the_days_are_brought_to_one_and_it_is_said(tmp_path: Path) -> None:
    found = imported(table(tmp_path / "x", days("2026-10-05", 10, 100)))
    assert found.monthly is not None
    assert (found.monthly.is_scaled, found.monthly.input_tokens) == (True, round(100 * 365.25 / 12))
    assert "10 days" in found.monthly.basis
    few = imported(table(tmp_path / "y", days("2026-10-05", 6, 100)))
    assert few.monthly is None
    assert "6 days" in few.unknown["monthly"]


def test_a_month_without_data_is_shown_and_left_out_of_growth(tmp_path: Path) -> None:
    rows = [row for row in days("2026-03-01", 153, 100) if not row[0].startswith("2026-05")]
    found = imported(table(tmp_path / "x", rows))
    assert [m.input_tokens for m in found.months] == [3100, 3000, 0, 3000, 3100]
    assert any("2026-05 has no data" in note for note in found.notes)
    assert found.growth is not None
    assert found.growth.months == 4
    assert found.growth.per_month == pytest.approx(0, abs=1e-12)


def test_growth_is_that_of_the_days_not_of_the_lengths_of_months(tmp_path: Path) -> None:
    def tokens(day: date) -> float:
        return 1_000_000 * 1.1 ** (day.month - 1)

    found = imported(table(tmp_path / "x", days("2026-01-01", 181, tokens)))
    assert found.growth is not None
    assert found.growth.per_month == pytest.approx(0.1, abs=1e-5)
    assert found.growth.sd < 1e-4


def test_growths_interval_agrees_with_least_squares_by_hand() -> None:
    values = [100.0, 130.0, 110.0, 180.0, 170.0]
    found = growth(list(enumerate(values)))
    assert not isinstance(found, Unknown)
    slope, height = np.polyfit(range(5), np.log(values), 1)
    rest = np.log(values) - height - slope * np.arange(5)
    error = math.sqrt((rest @ rest) / 3 / 10)
    assert found.per_month == pytest.approx(math.expm1(slope))
    assert found.ci95[0] == pytest.approx(math.expm1(slope - 3.1824 * error), rel=1e-4)
    assert found.ci95[1] == pytest.approx(math.expm1(slope + 3.1824 * error), rel=1e-4)


def test_growth_holds_the_truth_as_often_as_it_says() -> None:
    dice = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        totals = np.exp(0.05 * np.arange(8) + dice.normal(0, 0.2, 8))
        found = growth(list(enumerate(totals.tolist())))
        assert not isinstance(found, Unknown)
        inside += found.ci95[0] <= math.expm1(0.05) <= found.ci95[1]
    assert 0.92 <= inside / 400 <= 0.98


def test_steady_growth_is_no_swing_and_swings_are() -> None:
    assert variation([100.0 + 20 * week for week in range(10)]) == pytest.approx(0, abs=1e-9)
    swinging = [100.0, 10.0, 400.0, 20.0, 350.0, 5.0, 300.0, 10.0]
    found = steadiness(swinging, [], 0.5)
    assert not isinstance(found, Unknown)
    assert found.stable is False
    calm = steadiness(swinging, [], 5.0)
    assert not isinstance(calm, Unknown)
    assert calm.stable is True
    assert isinstance(steadiness([1.0, 2.0, 3.0], [1.0, 2.0], 0.5), Unknown)


def test_only_whole_weeks_count_for_swings(tmp_path: Path) -> None:
    found = imported(table(tmp_path / "x", days("2026-09-03", 40, 100)))
    assert found.steadiness is not None
    assert (found.steadiness.weeks, found.steadiness.weekly_cv) == (5, pytest.approx(0))
    assert found.week is None
    assert "hour" in found.unknown["week"]


def office(path: Path, weeks: int = 6) -> Path:
    """Ten requests each weekday, one an hour from 9 to 18 UTC, from Monday 2026-09-07 on."""
    records = []
    for day in range(7 * weeks):
        at = datetime(2026, 9, 7, 9, tzinfo=UTC) + timedelta(days=day)
        if at.weekday() < 5:
            for hour in range(10):
                when = (at + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%S")
                records.append(answer(100 * day + hour, when, 900, 100))
    return lines(path, records)


def test_the_week_shows_office_hours(tmp_path: Path) -> None:
    week = imported(office(tmp_path / "x")).week
    assert week is not None
    assert sum(week.shares) == pytest.approx(1)
    assert week.shares[9] == pytest.approx(1 / 50)
    assert week.shares[8] == week.shares[5 * 24 + 10] == 0
    assert week.peak_to_mean == pytest.approx(168 / 50)
    assert week.known_share == 1


@pytest.mark.parametrize(
    ("zone", "first_hour", "share"),
    [("Asia/Taipei", 17, 0.02), ("Asia/Kolkata", 14, 0.01), ("America/New_York", 5, 0.02)],
)
def test_hours_are_the_teams_own(tmp_path: Path, zone: str, first_hour: int, share: float) -> None:
    week = imported(office(tmp_path / "x"), zone=zone).week
    assert week is not None
    assert week.shares[first_hour] == pytest.approx(share)
    assert week.shares[first_hour - 1] == 0
    assert sum(week.shares) == pytest.approx(1)


def test_a_day_of_utc_lies_on_two_days_elsewhere(tmp_path: Path) -> None:
    file = table(tmp_path / "x", [("2026-09-30", 2400), ("2026-10-01", 2400)])
    found = imported(file, zone="Asia/Taipei")
    assert [m.input_tokens for m in found.months] == [1600, 3200]
    assert found.total.input_tokens == 4800


def test_lengths_are_within_five_percent(tmp_path: Path) -> None:
    dice = np.random.default_rng(3)
    sent = dice.integers(100, 60_000, 4000)
    records = [answer(n, "2026-10-05", int(each), 100) for n, each in enumerate(sent)]
    found = imported(lines(tmp_path / "x", records)).lengths
    assert found is not None
    assert found.input_p50 == pytest.approx(np.quantile(sent, 0.5), rel=0.05)
    assert found.input_p95 == pytest.approx(np.quantile(sent, 0.95), rel=0.05)
    assert found.output_p95 == 100
    assert sum(each.share for each in found.classes) == pytest.approx(1)
    mean = sum(each.share * each.input_tokens for each in found.classes)
    assert mean == pytest.approx(sent.mean())


def test_what_was_kept_is_added_to_and_counts_once(tmp_path: Path) -> None:
    first = lines(tmp_path / "a", [answer(n, f"2026-10-{n + 1:02}") for n in range(20)])
    more = lines(tmp_path / "b", [answer(n, f"2026-10-{n + 1:02}") for n in range(10, 31)])
    kept = tmp_path / "usage.json"
    kept.write_bytes(to_json(imported(first)))
    found = imported(kept, more)
    assert sums(found) == sums(imported(first, more))
    assert found.months == imported(first, more).months
    assert sums(imported(kept)) == sums(imported(first))
    assert imported(kept).lengths == imported(first).lengths


def test_the_same_records_give_the_same_document_byte_for_byte(tmp_path: Path) -> None:
    a, b = office(tmp_path / "a"), lines(tmp_path / "b", [page([openai_bucket("2026-10-01")])])
    assert to_json(imported(a, b)) == to_json(imported(a, b))


def test_a_source_that_tells_no_requests_leaves_them_unknown(tmp_path: Path) -> None:
    file = lines(tmp_path / "x", [page([anthropic_bucket("2026-10-01")])])
    found = imported(file)
    assert found.months[0].requests is None
    assert found.total.requests is None


def test_a_kept_file_given_twice_or_onto_itself_counts_once(tmp_path: Path) -> None:
    first = lines(tmp_path / "a", [answer(n, f"2026-10-{n + 1:02}") for n in range(20)])
    kept = tmp_path / "usage.json"
    kept.write_bytes(to_json(imported(first)))
    for found in (imported(kept, kept), imported(kept, first), imported(kept, first, kept)):
        assert sums(found) == sums(imported(first))
        assert found.lengths == imported(first).lengths
        assert found.duplicates >= 20


def test_an_export_without_its_last_page_is_noted(tmp_path: Path) -> None:
    first = lines(tmp_path / "1", [page([openai_bucket("2026-10-01")], "more")])
    last = lines(tmp_path / "2", [page([openai_bucket("2026-10-02")])])
    assert any("not whole" in note for note in imported(first).notes)
    assert not any("not whole" in note for note in imported(first, last).notes)
