"""Does a UPS become energy, by its own watts or by its load?"""

from __future__ import annotations

import pytest
from fake_devices import MEAN_W, Clock, ns, power_w, square_j, steady_j, upsd

from advisor.documents import Unknown
from advisor.power.meter import Grade, Window
from advisor.power.nut import open_nut
from advisor.power.sampled import SampledMeter


def told(name: str, **values: str) -> str:
    """How upsd answers for a variable, with dots written as underscores."""
    value = values.get(name.replace(".", "_"))
    return "ERR VAR-NOT-SUPPORTED" if value is None else f'VAR su700 {name} "{value}"'


def test_its_own_watts_within_one_percent() -> None:
    clock = Clock()
    with upsd(lambda name: told(name, ups_realpower=f"{MEAN_W:.1f}")) as (host, port):
        meter = open_nut("su700", host, port, clock)
        assert isinstance(meter, SampledMeter)
        clock.read(meter.take, 1, 62)
    window = meter.window(ns(1), ns(61))
    assert isinstance(window, Window)
    assert window.energy_j == pytest.approx(steady_j(60), rel=0.01)
    assert (meter.grade, meter.domain, window.warning) == (Grade.WALL, "box", None)
    assert meter.band == (0.95, 1.05)
    assert not any("127.0.0.1" in each for each in (meter.name, *meter.assumptions))


def test_a_slow_wave_of_its_watts_within_one_percent() -> None:
    """One period in 20 s: what a UPS that is asked every second can follow."""
    clock = Clock()

    def answer(name: str) -> str:
        return told(name, ups_realpower=f"{power_w(square_j, clock.now_s / 20):.0f}")

    with upsd(answer) as (host, port):
        meter = open_nut("su700", host, port, clock)
        assert isinstance(meter, SampledMeter)
        clock.read(meter.take, 1, 222)
    window = meter.window(ns(10), ns(210))
    assert isinstance(window, Window)
    assert window.energy_j == pytest.approx(MEAN_W * 200, rel=0.01)


def test_without_watts_its_load_stands_and_says_so() -> None:
    clock = Clock()
    values = {"ups_load": "24", "ups_realpower_nominal": "500"}
    with upsd(lambda name: told(name, **values)) as (host, port):
        meter = open_nut("su700", host, port, clock)
        assert isinstance(meter, SampledMeter)
        clock.read(meter.take, 1, 62)
    window = meter.window(ns(1), ns(61))
    assert isinstance(window, Window)
    assert window.energy_j == pytest.approx(steady_j(60), rel=0.01)
    assert (meter.grade, meter.domain) == (Grade.SAMPLED, "box")
    assert any("ups.load percent" in each for each in meter.assumptions)


@pytest.mark.parametrize(
    ("ups", "line", "says"),
    [
        ("other", 'VAR su700 ups.realpower "120"', "no UPS of that name"),
        ("su700", "ERR VAR-NOT-SUPPORTED", "neither its power nor its load"),
        ("su700", "ERR ACCESS-DENIED", "does not let"),
        ("su700", "ERR DATA-STALE", "does not answer"),
        ("su700", "ERR SOMETHING-NEW", "SOMETHING-NEW"),
        ("su700", 'VAR su700 ups.realpower "-120"', "no number"),
        ("su700", 'VAR su700 ups.realpower "nan"', "no number"),
        ("su700", 'VAR su700 ups.realpower "1e3"', "no number"),
        ("su700", 'VAR su700 ups.realpower "0"', "plugged into it"),
        ("su700", 'VAR su700 ups.realpower "999999999"', "no box has"),
        ("su700", "", "no number"),
        ("su700", "HTTP/1.1 400 Bad Request", "no number"),
    ],
)
def test_a_bad_answer_is_a_reason_never_a_number(ups: str, line: str, says: str) -> None:
    with upsd(lambda name: line) as (host, port):
        found = open_nut(ups, host, port)
    assert isinstance(found, Unknown) and says in found.reason


def test_a_server_that_hangs_up_or_is_not_there_says_so() -> None:
    with upsd(lambda name: "") as (host, port):
        pass
    found = open_nut("su700", host, port)
    assert isinstance(found, Unknown) and "nothing listens" in found.reason
