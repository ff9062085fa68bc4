"""Do plugs on the network become energy, and do their mistakes become reasons?"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator

import pytest
from fake_devices import (
    ANSWERS,
    MEAN_W,
    Clock,
    Energy,
    http,
    ns,
    plug,
    square_j,
    steady_j,
    web_device,
)

from advisor.documents import Unknown
from advisor.power import wire
from advisor.power.json_url import open_json_url
from advisor.power.meter import Grade, Window
from advisor.power.sampled import SampledMeter
from advisor.power.shelly import open_shelly
from advisor.power.tasmota import open_tasmota


def opener(kind: str) -> Callable[[str, Clock], SampledMeter | Unknown]:
    """Opens a plug of the kind at HOST:PORT."""
    if kind == "json":
        return lambda address, clock: open_json_url(
            f"http://{address}/state", ("sensors", "1", "now"), clock
        )
    return {"shelly": open_shelly, "tasmota": open_tasmota}[kind]


def measured(
    kind: str, energy: Energy, clock: Clock, seconds: float
) -> tuple[SampledMeter, Window, float]:
    """A plug read twice a second: its meter, the window from its second second on, the truth."""
    begun_s = clock.now_s + 1
    with plug(kind, energy, lambda: clock.now_s) as address:
        meter = opener(kind)(address, clock)
        assert isinstance(meter, SampledMeter)
        clock.read(meter.take, 0.5, begun_s + seconds + 1)
    window = meter.window(ns(begun_s), ns(begun_s + seconds))
    assert isinstance(window, Window)
    return meter, window, energy(begun_s + seconds) - energy(begun_s)


@pytest.mark.parametrize("kind", ["shelly", "tasmota", "json"])
def test_120_w_steady_within_one_percent(kind: str) -> None:
    meter, window, truth_j = measured(kind, steady_j, Clock(), 30)
    assert window.energy_j == pytest.approx(truth_j, rel=0.01)
    assert window.mean_power_w == pytest.approx(MEAN_W, rel=0.01)
    assert window.warning is None
    assert (meter.domain, meter.grade) == ("box", Grade.WALL)
    assert any("this box alone" in each for each in meter.assumptions)
    assert meter.band == pytest.approx((0.9, 1.1) if kind == "tasmota" else (0.95, 1.05))
    assert not any("127.0.0.1" in each for each in (meter.name, *meter.assumptions))


@pytest.mark.parametrize("kind", ["shelly", "tasmota", "json"])
@pytest.mark.parametrize("phase_s", [0.0, 0.1, 0.24, 0.37, 0.49])
def test_a_square_wave_of_one_hertz_within_one_percent(kind: str, phase_s: float) -> None:
    _, window, truth_j = measured(kind, square_j, Clock(phase_s), 120)
    assert window.energy_j == pytest.approx(truth_j, rel=0.01)
    assert window.warning is None


@pytest.mark.parametrize("kind", ["shelly", "tasmota"])
def test_watts_that_miss_the_lulls_are_caught_by_the_plugs_counter(kind: str) -> None:
    """A plug that always looks in the wave's first half, and counts everything."""
    clock = Clock()

    def answer(path: str) -> Iterable[bytes]:
        told = ANSWERS[kind](square_j, clock.now_s)
        if kind == "shelly":
            told["apower"] = 180.0
        else:
            told["StatusSNS"]["ENERGY"]["Power"] = 180
        return (http(json.dumps(told).encode()),)

    with web_device(answer) as address:
        meter = opener(kind)(address, clock)
        assert isinstance(meter, SampledMeter)
        clock.read(meter.take, 0.5, 302)
    long, short = meter.window(ns(1), ns(301)), meter.window(ns(1), ns(31))
    assert isinstance(long, Window) and isinstance(short, Window)
    assert long.energy_j == pytest.approx(180 * 300, rel=0.01)
    assert long.warning is not None and "over 10% apart" in long.warning
    assert short.warning is None


def test_the_last_reading_stands_for_a_while_and_no_longer() -> None:
    clock = Clock()
    with plug("shelly", steady_j, lambda: clock.now_s) as address:
        meter = open_shelly(address, clock)
        assert isinstance(meter, SampledMeter)
        clock.read(meter.take, 0.5, 20)
    assert isinstance(meter.window(ns(2), ns(22)), Window)
    assert "not read" in reason(meter.window(ns(2), ns(25)))
    assert "not read" in reason(meter.window(ns(-5), ns(5)))
    assert "no length" in reason(meter.window(ns(5), ns(5)))


def test_a_window_shorter_than_the_plugs_news_says_so() -> None:
    clock = Clock()
    with plug("shelly", steady_j, lambda: clock.now_s) as address:
        meter = open_shelly(address, clock)
        assert isinstance(meter, SampledMeter)
        clock.read(meter.take, 0.5, 20)
    short = meter.window(ns(3), ns(5))
    assert isinstance(short, Window) and short.warning and "short" in short.warning


def test_a_lost_reading_is_told_and_a_lost_while_is_unknown() -> None:
    clock = Clock()
    lost = [range(10, 11)]

    def answer(path: str) -> Iterable[bytes]:
        if any(int(clock.now_s) in span for span in lost):
            return (http(b"{}", "503 Busy"),)
        return (http(b'{"apower": 120.0}'),)

    with web_device(answer) as address:
        meter = open_shelly(address, clock)
        assert isinstance(meter, SampledMeter)
        clock.read(meter.take, 0.5, 30)
        lost.append(range(30, 40))
        clock.read(meter.take, 0.5, 60)
    once = meter.window(ns(5), ns(20))
    assert isinstance(once, Window)
    assert once.energy_j == pytest.approx(120 * 15, rel=0.01)
    assert once.warning and "readings failed" in once.warning and "503" in once.warning
    whole = reason(meter.window(ns(5), ns(50)))
    assert "no reading for 1" in whole and "503" in whole
    assert isinstance(meter.window(ns(45), ns(55)), Window)


DEEP = b"[" * 5_000 + b"]" * 5_000
BAD: list[tuple[str, bytes, str]] = [
    ("a text for watts", http(b'{"apower": "120"}'), "no number"),
    ("nothing for watts", http(b'{"apower": null}'), "no number"),
    ("yes for watts", http(b'{"apower": true}'), "no number"),
    ("a list for watts", http(b'{"apower": [120]}'), "no number"),
    ("a negative draw", http(b'{"apower": -120.0}'), "no box has"),
    ("an absurd draw", http(b'{"apower": 1e9}'), "no box has"),
    ("an endless number", http(b'{"apower": ' + b"9" * 400 + b"}"), ""),
    ("an overflow", http(b'{"apower": 1e999}'), ""),
    ("NaN", http(b'{"apower": NaN}'), "no JSON"),
    ("0 W", http(b'{"apower": 0.0}'), "plugged into it"),
    ("no watts", http(b'{"output": true}'), "no number"),
    ("a list", http(b"[1, 2]"), "no number"),
    ("half a document", http(b'{"apower": 12'), "no JSON"),
    ("a deep document", http(DEEP), ""),
    ("no UTF-8", http(b'{"apower": "\xff"}'), ""),
    ("a page", http(b"<html>"), "no JSON"),
    ("an empty answer", b"", "HTTP"),
    ("no HTTP", b"SSH-2.0-OpenSSH_9.6\r\n", "HTTP"),
    ("a locked plug", http(b"", "401 Unauthorized"), "password"),
    ("an older plug", http(b"Not Found", "404 Not Found"), "404"),
    ("a detour", b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", "302"),
    ("too much", http(b'{"apower": 120, "x": "' + b"x" * 200_000 + b'"}'), "more than"),
]


@pytest.mark.parametrize(("answer", "says"), [case[1:] for case in BAD], ids=[c[0] for c in BAD])
def test_a_bad_answer_is_a_reason_never_a_number(answer: bytes, says: str) -> None:
    with web_device(lambda path: (answer,)) as address:
        assert says in reason(open_shelly(address))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b'{"StatusSNS": {"Time": "now"}}', "measures no energy"),
        (b'{"StatusSNS": {"ENERGY": {"Power": [52, 5], "Total": [2.8, 0.2]}}}', "no number"),
        (b'{"StatusSNS": {"ENERGY": {"Power": -3}}}', "no box has"),
        (b'{"Command": "Unknown"}', "measures no energy"),
        (b'{"WARNING": "Need user=<username>&password=<password>"}', "measures no energy"),
    ],
)
def test_a_tasmota_that_measures_nothing_says_so(answer: bytes, says: str) -> None:
    with web_device(lambda path: (http(answer),)) as address:
        assert says in reason(open_tasmota(address))


@pytest.mark.parametrize("total", ['"12"', "-1", "null", "1e300", "true"])
def test_a_bad_counter_is_left_out_and_the_watts_stay(total: str) -> None:
    body = f'{{"apower": 120.0, "aenergy": {{"total": {total}}}}}'.encode()
    clock = Clock()
    with web_device(lambda path: (http(body),)) as address:
        meter = open_shelly(address, clock)
        assert isinstance(meter, SampledMeter)
        clock.read(meter.take, 0.5, 10)
    window = meter.window(ns(1), ns(9))
    assert isinstance(window, Window) and window.energy_j == pytest.approx(960, rel=0.01)


@pytest.mark.parametrize("path", [("sensors", "7", "now"), ("sensors", "x"), ("box",)])
def test_a_path_that_leads_nowhere_is_named(path: tuple[str, ...]) -> None:
    with web_device(lambda asked: (http(b'{"sensors": [{"now": 120}]}'),)) as address:
        assert ".".join(path) in reason(open_json_url(f"http://{address}/state", path))


def test_a_plug_that_is_not_there_says_so() -> None:
    with web_device(lambda path: ()) as address:
        pass
    assert "nothing listens" in reason(open_shelly(address))
    assert "not known" in reason(open_shelly("no-such-plug.invalid"))


def test_neither_silence_nor_dripping_holds_the_meter_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LIMIT_S", 0.3)

    def silent(path: str) -> Iterator[bytes]:
        time.sleep(2)
        yield http(b'{"apower": 120}')

    def dripping(path: str) -> Iterator[bytes]:
        for _ in itertools.repeat(None, 100):
            yield b"H"
            time.sleep(0.05)

    for answer in (silent, dripping):
        with web_device(answer) as address:
            begun_s = time.monotonic()
            assert "within" in reason(open_shelly(address))
            assert time.monotonic() - begun_s < 1.5


def test_a_running_meter_asks_by_itself() -> None:
    with plug("shelly", steady_j, time.perf_counter) as address:
        meter = open_shelly(address)
        assert isinstance(meter, SampledMeter)
        meter.start()
        begun_ns = time.perf_counter_ns()
        time.sleep(1.2)
        ended_ns = time.perf_counter_ns()
        now = meter.window(begun_ns, ended_ns)
        meter.stop()
        later = meter.window(begun_ns, ended_ns)
    for window in (now, later):
        assert isinstance(window, Window)
        assert window.mean_power_w == pytest.approx(MEAN_W, rel=0.01)


def reason(found: object) -> str:
    assert isinstance(found, Unknown)
    return found.reason
