"""Meters that need no hardware, and the step from a meter to the whole box."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.power.choose import choose_meter
from advisor.power.estimate import EstimateMeter
from advisor.power.host import box_power
from advisor.power.manual import ManualMeter
from advisor.power.meter import Grade, Window
from advisor.power.polling import Poller
from advisor.power.series import at, covers, integral, widest_gap_s


class CardsMeter:
    """A meter of cards, for the step to the box."""

    name = "cards"
    grade = Grade.COUNTER
    domain = "gpu"
    band = (0.95, 1.05)
    assumptions: tuple[str, ...] = ("the cards tell the truth",)

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        return Unknown("never asked")


def test_what_was_typed_is_the_whole_box_and_says_so():
    meter = choose_meter(350)
    window = meter.window(10**9, 3 * 10**9)
    assert isinstance(window, Window)
    assert window.energy_j == 700
    assert window.mean_power_w == 350
    assert (meter.domain, meter.grade) == ("box", Grade.ESTIMATED)
    assert "typed" in meter.name and "typed" in meter.assumptions[0]
    assert isinstance(meter.window(5, 5), Unknown)


@pytest.mark.parametrize("power_w", [0, -5, float("nan"), float("inf")])
def test_no_box_draws_that(power_w):
    with pytest.raises(InputError, match="cannot draw"):
        choose_meter(power_w)


def test_the_estimate_rises_with_the_processors_work(monkeypatch):
    busy_s = fake_clocks(monkeypatch)
    meter = EstimateMeter()
    meter.start()
    first = time.perf_counter_ns()
    time.sleep(0.05)
    second = time.perf_counter_ns()
    idle = meter.window(first, second)
    busy_s[0] += 1.0
    third = time.perf_counter_ns()
    both = meter.window(first, third)
    meter.stop()
    assert isinstance(idle, Window) and isinstance(both, Window)
    assert idle.mean_power_w == pytest.approx(meter.constant_w)
    spent_s = (third - first) / 1e9
    extra_j = both.energy_j - meter.constant_w * spent_s
    assert 0 < extra_j <= meter.busy_extra_w * 1.0 * 1.001


def test_the_estimate_knows_its_formula(monkeypatch):
    import psutil

    fake_clocks(monkeypatch)
    monkeypatch.setattr(psutil, "cpu_count", lambda: 16)
    monkeypatch.setattr(psutil, "virtual_memory", type("Memory", (), {"total": 64 * 10**9}))
    meter = EstimateMeter(gpu_w=20)
    assert meter.constant_w == pytest.approx(16 * 0.74 + 64 * 0.392 + 20)
    assert meter.busy_extra_w == pytest.approx(3.5 - 0.74)
    assert meter.band == pytest.approx((1.69 / 3.5, 8.58 / 3.5))
    assert any("cloud-carbon-footprint" in each for each in meter.assumptions)


def test_waiting_is_not_work(monkeypatch):
    import psutil

    times = {"user": 5.0, "system": 2.0, "idle": 100.0, "iowait": 50.0, "guest": 3.0}
    answer = type("Times", (), {"_asdict": lambda self: times})()
    monkeypatch.setattr(psutil, "cpu_times", lambda: answer)
    meter = EstimateMeter()
    meter.start()
    meter.stop()
    assert [busy_s for _, busy_s in meter._busy_s] == [7.0, 7.0]


def test_the_estimate_does_not_tell_of_times_it_did_not_watch():
    meter = EstimateMeter()
    now_ns = time.perf_counter_ns()
    assert isinstance(meter.window(now_ns - 1000, now_ns), Unknown)
    meter.start()
    meter.stop()
    assert isinstance(meter.window(now_ns - 10**9, now_ns), Unknown)


def test_a_card_becomes_a_box_with_host_and_supply_apart_for_idle_and_active():
    box = box_power(CardsMeter(), idle_w=15, active_w=390)
    assert box.idle_w == pytest.approx((15 + 45) / 0.80)
    assert box.active_w == pytest.approx((390 + 75) / 0.88)
    assert box.idle_band_w == pytest.approx(((15 * 0.95 + 15) / 0.87, (15 * 1.05 + 70) / 0.75))
    assert box.active_band_w == pytest.approx(((390 * 0.95 + 45) / 0.92, (390 * 1.05 + 180) / 0.82))
    assert box.grade is Grade.ESTIMATED
    assert "the cards tell the truth" in box.assumptions
    assert sum("http" in each for each in box.assumptions) == 2


def test_the_idle_box_with_an_idle_15_w_card_lies_where_such_boxes_do():
    box = box_power(CardsMeter(), idle_w=15, active_w=390)
    assert box.idle_w is not None and 60 <= box.idle_w <= 100


def test_a_server_draws_more_beside_its_cards():
    one, two = (box_power(CardsMeter(), 60, 600, sockets=sockets) for sockets in (1, 2))
    assert two.idle_w and one.idle_w and two.idle_w > one.idle_w
    assert two.active_w > one.active_w


def test_a_box_meter_needs_no_host():
    box = box_power(ManualMeter(200), idle_w=200, active_w=200)
    assert (box.idle_w, box.active_w) == (200, 200)
    assert box.active_band_w == (200, 200)
    estimated = box_power(EstimateMeter(), idle_w=40, active_w=80)
    assert estimated.active_band_w[0] < 80 < estimated.active_band_w[1]


def test_an_idle_that_was_not_read_stays_unknown():
    for meter in (CardsMeter(), ManualMeter(100)):
        box = box_power(meter, idle_w=None, active_w=100)
        assert box.idle_w is None and box.idle_band_w is None


@given(st.floats(0, 1000), st.floats(0, 2000), st.sampled_from([None, 1, 2, 8]))
def test_the_box_draws_more_than_its_cards_and_lies_in_its_band(idle_w, active_w, sockets):
    box = box_power(CardsMeter(), idle_w, active_w, sockets=sockets)
    assert box.idle_w is not None and box.idle_band_w is not None
    assert box.idle_w > idle_w and box.active_w > active_w
    assert box.idle_band_w[0] <= box.idle_w <= box.idle_band_w[1]
    assert box.active_band_w[0] <= box.active_w <= box.active_band_w[1]


def test_a_series_is_read_on_the_lines_between_its_points():
    series = [(0, 0.0), (10**9, 10.0), (3 * 10**9, 10.0)]
    assert at(series, 5 * 10**8) == 5
    assert at(series, 10**9) == 10
    assert integral(series, 0, 3 * 10**9) == pytest.approx(5 + 20)
    assert integral(series, 5 * 10**8, 2 * 10**9) == pytest.approx(3.75 + 10)
    assert widest_gap_s(series, 5 * 10**8, 2 * 10**9) == 2
    assert covers(series, 0, 3 * 10**9)
    assert not covers(series, -1, 10) and not covers(series, 0, 4 * 10**9) and not covers([], 0, 1)


@given(
    st.lists(st.integers(1, 10**9), min_size=2, max_size=20),
    st.floats(0, 1),
    st.floats(0.5, 500),
)
def test_a_constant_power_integrates_to_power_times_time(steps, cut, watts):
    times = [sum(steps[: count + 1]) for count in range(len(steps))]
    series = [(time_ns, watts) for time_ns in times]
    start_ns, end_ns = times[0], times[-1]
    middle_ns = start_ns + int((end_ns - start_ns) * cut)
    whole = integral(series, start_ns, end_ns)
    parts = sum(
        integral(series, *ends)
        for ends in ((start_ns, middle_ns), (middle_ns, end_ns))
        if ends[0] < ends[1]
    )
    assert whole == pytest.approx(watts * (end_ns - start_ns) / 1e9)
    assert parts == pytest.approx(whole)


def test_a_poller_reads_at_its_start_meanwhile_and_at_its_end():
    taken: list[str] = []
    twice = threading.Event()

    def take() -> None:
        taken.append(threading.current_thread().name)
        if taken.count("power meter") >= 2:
            twice.set()

    poller = Poller(take, 0.01)
    poller.start()
    assert poller.running
    assert twice.wait(30)
    poller.stop()
    assert not poller.running
    assert taken[0] == taken[-1] != "power meter"
    poller.stop()


def fake_clocks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Processors that are busy for exactly the seconds in the returned list."""
    import psutil

    busy_s = [0.0]

    def cpu_times() -> object:
        return type("Times", (), {"_asdict": lambda self: {"user": busy_s[0], "idle": 1.0}})()

    monkeypatch.setattr(psutil, "cpu_times", cpu_times)
    return busy_s
