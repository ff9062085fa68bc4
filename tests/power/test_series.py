"""Do readings at single moments tell the energy between them?"""

from __future__ import annotations

import math

import pytest
from fake_devices import ns

from advisor.power.series import Series, gained

IDLE_W, BUSY_W = 30.0, 300.0
BUSY_FROM_S, BUSY_TO_S = 4.37, 14.71


def truth_j(time_s: float) -> float:
    """Idle, then busy, then idle."""
    busy_s = min(max(time_s - BUSY_FROM_S, 0.0), BUSY_TO_S - BUSY_FROM_S)
    return IDLE_W * time_s + (BUSY_W - IDLE_W) * busy_s


def counter(update_s: float, poll_s: float = 0.1) -> Series:
    """20 s of a counter that is renewed every `update_s`, read every `poll_s`."""
    times = [poll_s * i for i in range(round(20 / poll_s) + 1)]
    return [(ns(t), truth_j(math.floor(t / update_s + 1e-9) * update_s)) for t in times]


@pytest.mark.parametrize("update_s", [0.02, 0.1, 0.27, 1.0])
def test_a_window_is_cut_at_the_updates_so_that_nothing_of_the_idle_time_is_in_it(
    update_s: float,
) -> None:
    got = gained(counter(update_s), ns(BUSY_FROM_S), ns(BUSY_TO_S))
    true_j = BUSY_W * (BUSY_TO_S - BUSY_FROM_S)
    assert got == pytest.approx(true_j, rel=0.015)


def test_a_slow_counter_under_a_steady_draw_is_exact() -> None:
    readings = [(ns(0.1 * i), BUSY_W * math.floor(0.1 * i + 1e-9)) for i in range(201)]
    assert gained(readings, ns(2.55), ns(17.45)) == pytest.approx(BUSY_W * 14.9, rel=1e-6)


def test_between_two_updates_the_line_stands_in() -> None:
    readings = [(ns(t), joules) for t, joules in ((0, 0.0), (1, 100.0), (2, 200.0))]
    assert gained(readings, ns(0.2), ns(0.7)) == pytest.approx(50.0)


def test_a_counter_that_stands_still_gains_nothing() -> None:
    readings = [(ns(0.1 * i), 5.0) for i in range(100)]
    assert gained(readings, ns(1), ns(9)) == 0.0
