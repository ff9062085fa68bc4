"""Is the best meter taken, or the one that was named, or a reason given?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_devices import count, plug, steady_j, upsd, zone

from advisor.bench import metering
from advisor.bench.metering import Metering
from advisor.bench.session import Order
from advisor.cli.bench import bench
from advisor.cli.measuring import order_of
from advisor.documents import Unknown
from advisor.errors import AdvisorError, InputError
from advisor.machine.nvml import NoDriver
from advisor.power import choose
from advisor.power.choose import choose_meter
from advisor.power.meter import Grade, Window
from advisor.power.spec import MeterSpec, parse_meter


class Cards:
    """NVIDIA cards with a counter."""

    name = "cards"
    grade = Grade.COUNTER
    domain = "gpu"
    band = (0.95, 1.05)
    assumptions: tuple[str, ...] = ()

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        return Window(start_ns, end_ns, 300.0)


@pytest.fixture(autouse=True)
def no_nvidia(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "open_nvml_meter", lambda: NoDriver("none"))
    monkeypatch.setattr(choose, "open_nvml", lambda: NoDriver("none"))


def with_nvidia(monkeypatch: pytest.MonkeyPatch, found: object) -> None:
    monkeypatch.setattr(choose, "open_nvml_meter", lambda: found)


def with_rapl(system: Path) -> None:
    count(zone(system / "powercap", "intel-rapl:0", "package-0"), 1_000_000)


def with_amd(system: Path, *, both: bool = False) -> None:
    place = system / "hwmon" / "hwmon0"
    place.mkdir(parents=True)
    (place / "name").write_text("amdgpu\n")
    (place / "power1_average").write_text("90000000\n")
    if both:
        (place / "in1_input").write_text("800\n")


def test_processors_that_count_stand_on_a_box_without_cards(tmp_path: Path) -> None:
    with_rapl(tmp_path)
    meter = choose_meter(system=tmp_path)
    assert (meter.domain, meter.grade) == ("cpu", Grade.COUNTER)


@pytest.mark.parametrize("on_gpu", [True, False])
def test_cards_and_processors_are_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_gpu: bool
) -> None:
    with_rapl(tmp_path)
    with_nvidia(monkeypatch, Cards())
    meter = choose_meter(on_gpu=on_gpu, system=tmp_path)
    assert (meter.domain, meter.grade) == ("gpu+cpu", Grade.COUNTER)


def test_cards_alone_do_not_tell_what_processors_compute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_nvidia(monkeypatch, Cards())
    assert choose_meter(on_gpu=True, system=tmp_path).domain == "gpu"
    assert choose_meter(on_gpu=False, system=tmp_path).grade is Grade.ESTIMATED


def test_processors_alone_do_not_tell_what_silent_cards_compute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rapl(tmp_path)
    with_nvidia(monkeypatch, Unknown("the card refuses"))
    assert choose_meter(on_gpu=True, system=tmp_path).grade is Grade.ESTIMATED


def test_amd_cards_count_and_a_chip_of_both_counts_once(tmp_path: Path) -> None:
    with_amd(tmp_path / "card")
    with_rapl(tmp_path / "card")
    assert choose_meter(system=tmp_path / "card").domain == "gpu+cpu"
    with_amd(tmp_path / "chip", both=True)
    with_rapl(tmp_path / "chip")
    meter = choose_meter(system=tmp_path / "chip")
    assert (meter.name, meter.domain) == ("amdgpu polled power", "gpu+cpu")


def test_an_estimate_says_why_the_counter_was_not_used(tmp_path: Path) -> None:
    with_rapl(tmp_path)
    energy = tmp_path / "powercap" / "intel-rapl:0" / "energy_uj"
    energy.write_text("closed")
    meter = choose_meter(system=tmp_path)
    assert meter.grade is Grade.ESTIMATED
    assert any("own counter was not used" in each for each in meter.assumptions)
    bare = choose_meter(system=tmp_path / "nowhere")
    assert bare.grade is Grade.ESTIMATED
    assert not any("own counter" in each for each in bare.assumptions)


def test_a_named_meter_is_taken_before_the_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rapl(tmp_path)
    with_nvidia(monkeypatch, Cards())
    with_amd(tmp_path)
    for text, domain in (("nvml", "gpu"), ("rapl", "cpu"), ("amd", "gpu")):
        assert choose_meter(named=parse_meter(text), system=tmp_path).domain == domain
    for kind, ending in (("shelly", ""), ("tasmota", ""), ("json", "/state#sensors.1.now")):
        with plug(kind, steady_j, lambda: 1.0) as address:
            where = f"http://{address}{ending}" if kind == "json" else address
            meter = choose_meter(named=parse_meter(f"{kind}:{where}"), system=tmp_path)
        assert (meter.domain, meter.grade) == ("box", Grade.WALL)
    with upsd(lambda name: f'VAR su700 {name} "120"') as (host, port):
        meter = choose_meter(named=parse_meter(f"nut:su700@{host}:{port}"), system=tmp_path)
    assert (meter.domain, meter.grade) == ("box", Grade.WALL)


@pytest.mark.parametrize(
    "text",
    [
        "nvml",
        "rapl",
        "amd",
        "apple",
        "shelly:127.0.0.1:1",
        "tasmota:127.0.0.1:1",
        "json:http://127.0.0.1:1/#w",
        "nut:ups@127.0.0.1:1",
    ],
)
def test_a_named_meter_that_cannot_be_read_is_an_error_with_a_way_on(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(AdvisorError, match="cannot be read") as raised:
        choose_meter(named=parse_meter(text), system=tmp_path)
    assert raised.value.why and raised.value.remedy


def test_watts_and_a_meter_contradict_each_other() -> None:
    with pytest.raises(InputError, match="contradict"):
        choose_meter(350, named=MeterSpec("rapl"))


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("nvml", MeterSpec("nvml")),
        (" RAPL ", MeterSpec("rapl")),
        ("shelly:192.168.1.20", MeterSpec("shelly", "192.168.1.20")),
        ("shelly:plug-7.lan:8080", MeterSpec("shelly", "plug-7.lan:8080")),
        ("tasmota:[fe80::1]:80", MeterSpec("tasmota", "[fe80::1]:80")),
        ("json:https://h/a?b=c#d.0.e", MeterSpec("json", "https://h/a?b=c", "d.0.e")),
        ("nut:ups@nas:3493", MeterSpec("nut", "nas:3493", "ups")),
    ],
)
def test_meters_are_read_as_typed(text: str, spec: MeterSpec) -> None:
    assert parse_meter(text) == spec


@pytest.mark.parametrize(
    "text",
    [
        *("", "watt", "rapl:0", "nvml:1", "shelly", "shelly:", "shelly:a b", "shelly:h/x"),
        *("shelly:h:0", "shelly:h:65536", "shelly:h:port", "shelly:u@h", "shelly:h\r\nX: y"),
        *("json:", "json:http://h/", "json:http://h/#", "json:ftp://h/#w", "json:h#w"),
        *("json:http://#w", "json:http://h:x/#w", "json:http://u:p@h/#w", "json:http://h/ x#w"),
        *("json:http://h:0/#w", "json:http://[::1/#w", "json:http://h/é#w"),
        *("nut:ups", "nut:@h", "nut:a b@h", "nut:ups@", "nut:ups@h:99999"),
    ],
)
def test_what_names_no_meter_is_refused_with_a_way_on(text: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_meter(text)
    assert raised.value.remedy.startswith("Use ")


def test_host_and_port_are_told_apart() -> None:
    assert parse_meter("nut:u@h").host_and_port == ("h", None)
    assert parse_meter("nut:u@h:99").host_and_port == ("h", 99)
    assert parse_meter("nut:u@[::1]:99").host_and_port == ("::1", 99)


def given(**typed: Any) -> dict[str, Any]:
    options: dict[str, Any] = {str(option.name): None for option in bench.params}
    lists = {"headers": (), "notify": (), "rates_per_s": (), "contexts": ()}
    chosen = {"pull": False, "arrivals": "poisson", "max_time": 60.0, "precision": 0.05}
    return {**options, **lists, **chosen, **typed}


def test_the_command_line_reads_the_meter_before_anything_else() -> None:
    assert order_of(given()).meter is None
    assert order_of(given(meter="shelly:plug")).meter == MeterSpec("shelly", "plug")
    with pytest.raises(InputError, match="no meter"):
        order_of(given(meter="gas"))


def session_meter(order: Order, *, local: bool, gpu_share: Any = 1.0) -> Any:
    nobody: Any = None
    chosen = Metering(order.power_w, order.meter, order.energy, nobody)
    return chosen.meter(local=local, gpu_share=gpu_share)


def test_another_machine_can_be_metered_at_its_plug_only() -> None:
    assert session_meter(Order(), local=False) is None
    with plug("shelly", steady_j, lambda: 1.0) as address:
        wall = session_meter(Order(meter=parse_meter(f"shelly:{address}")), local=False)
    assert wall.grade is Grade.WALL
    with pytest.raises(InputError, match="another"):
        session_meter(Order(meter=MeterSpec("rapl")), local=False)
    assert session_meter(Order(power_w=200), local=False).power_w == 200


@pytest.mark.parametrize(("gpu_share", "asked"), [(0.0, False), (1.0, True), (Unknown("?"), True)])
def test_where_the_model_runs_decides_what_has_to_be_seen(
    monkeypatch: pytest.MonkeyPatch, gpu_share: object, asked: bool
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(metering, "choose_meter", lambda *_, on_gpu, **__: seen.append(on_gpu))
    session_meter(Order(), local=True, gpu_share=gpu_share)
    assert seen == [asked]
