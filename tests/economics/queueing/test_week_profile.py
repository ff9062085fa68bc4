"""Hours of the week and their shares."""

from __future__ import annotations

import math

import pytest

from advisor.economics.hours import HourBand
from advisor.economics.queueing.profile import week_profile
from advisor.errors import InputError

OFFICE = HourBand(frozenset(range(5)), 9 * 60, 18 * 60, 0.9)
NIGHT = HourBand(frozenset(range(5)), 22 * 60, 6 * 60, 1.0)


def test_without_bands_every_hour_is_alike() -> None:
    profile = week_profile()
    assert profile.peak_to_mean == pytest.approx(1.0)
    assert sum(profile.rates_per_s(730.0)) * 3600 == pytest.approx(168.0)


def test_office_hours_and_the_rest() -> None:
    shares = week_profile([OFFICE]).shares
    assert shares[9] == pytest.approx(0.9 / 45)
    assert shares[8] == shares[18] == pytest.approx(0.1 / 123)
    assert math.fsum(shares) == pytest.approx(1.0)


def test_a_friday_night_runs_into_saturday() -> None:
    shares = week_profile([NIGHT]).shares
    assert shares[5 * 24 + 5] == pytest.approx(1 / 40)
    assert shares[5 * 24 + 22] == 0
    assert shares[0] == 0


def test_half_an_hour_is_half() -> None:
    shares = week_profile([HourBand(frozenset({0}), 9 * 60 + 30, 11 * 60, 1.0)]).shares
    assert shares[9] == pytest.approx(1 / 3)
    assert shares[10] == pytest.approx(2 / 3)


def test_bands_that_overlap_are_added() -> None:
    lunch = HourBand(frozenset({0}), 12 * 60, 13 * 60, 0.1)
    shares = week_profile([OFFICE, lunch]).shares
    assert shares[12] == pytest.approx(0.9 / 45 + 0.1)


@pytest.mark.parametrize("bands", [[], [OFFICE], [NIGHT]])
@pytest.mark.parametrize("peak", [4.25, 6.0])
def test_a_stated_peak_is_met_and_no_day_changes_its_total(
    bands: list[HourBand], peak: float
) -> None:
    plain, sharp = week_profile(bands), week_profile(bands, peak)
    assert sharp.peak_to_mean == pytest.approx(peak, rel=1e-6)
    for day in range(0, 168, 24):
        assert math.fsum(sharp.shares[day : day + 24]) == pytest.approx(
            math.fsum(plain.shares[day : day + 24])
        )


def test_the_peak_lies_in_the_middle_of_the_office_hours() -> None:
    shares = week_profile([OFFICE], 5.0).shares
    assert max(range(24), key=shares.__getitem__) == 13
    assert shares[12] == pytest.approx(shares[14])


def test_a_peak_below_the_hours_own_contradicts_them() -> None:
    with pytest.raises(InputError, match=r"peak_to_mean.*usage\.hours.*3\.36"):
        week_profile([OFFICE], 2.0)


def test_a_peak_beyond_one_hour_a_day_is_refused() -> None:
    with pytest.raises(InputError, match=r"peak_to_mean.*24"):
        week_profile([], 30.0)


@pytest.mark.parametrize("bands", [[OFFICE, OFFICE], [HourBand(frozenset(range(7)), 0, 1440, 0.5)]])
def test_shares_that_do_not_come_to_one_are_refused(bands: list[HourBand]) -> None:
    with pytest.raises(InputError, match=r"usage\.hours\.share"):
        week_profile(bands)


def test_the_busiest_hours_are_the_office_hours() -> None:
    chosen = week_profile([OFFICE]).busiest(45)
    assert [hour for hour in range(24) if chosen[hour]] == list(range(9, 18))
    assert sum(chosen) == 45
