"""Is what others compute told from what this program does?"""

from __future__ import annotations

import psutil
import pytest

from advisor.machine import others
from advisor.machine.others import Others


@pytest.fixture
def ten_seconds(monkeypatch):
    """Ten seconds of two processors, in which this program and the states spent so much."""

    def pass_by(own_s: float, **spent_s: float) -> Others:
        monkeypatch.setattr(psutil, "cpu_count", lambda: 2)
        times = iter([100.0, 110.0])
        monkeypatch.setattr(others.time, "perf_counter", lambda: next(times))
        seconds = iter([5.0, 5.0 + own_s])
        monkeypatch.setattr(others, "_own_s", lambda: next(seconds))
        before = dict.fromkeys(spent_s, 7.0)
        states = iter([before, {state: 7.0 + spent for state, spent in spent_s.items()}])
        monkeypatch.setattr(others, "_states_s", lambda: next(states))
        return Others()

    return pass_by


@pytest.mark.parametrize(
    ("own_s", "spent_s", "percent"),
    [
        (0, {"user": 3, "system": 1, "idle": 16}, 20),
        (3, {"user": 3, "system": 1, "idle": 16}, 5),
        (4, {"user": 3, "system": 0.9, "idle": 16}, 0),
        (0, {"user": 4, "idle": 0, "iowait": 6, "steal": 10, "guest": 4}, 20),
        (0, {"user": 30}, 100),
    ],
)
def test_their_share_leaves_out_waiting_the_host_and_this_program(
    ten_seconds, own_s, spent_s, percent
):
    assert ten_seconds(own_s, **spent_s).busy_percent() == pytest.approx(percent)


def test_on_this_machine_it_is_a_share():
    assert 0 <= Others().busy_percent() <= 100
