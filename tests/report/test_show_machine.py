"""The machine on a screen of 80 columns."""

from __future__ import annotations

import re

import msgspec
import pytest

from advisor.documents import Unknowns
from advisor.machine.document import Bandwidth, Gpu, GpuProcess, Machine
from advisor.machine.probe import probe
from advisor.report.machine import show_machine


@pytest.fixture(scope="module")
def plain() -> Machine:
    return probe(measure_bandwidth=False)


@pytest.fixture
def shown(monkeypatch, capsys):
    def show(machine: Machine) -> str:
        monkeypatch.setenv("COLUMNS", "80")
        show_machine(machine)
        return capsys.readouterr().out

    return show


def gpu(**known) -> Gpu:
    nothing = dict.fromkeys(Gpu.__struct_fields__)
    fixed = {"index": 0, "vendor": "nvidia", "memory_unified": False, "bandwidth_basis": ""}
    return Gpu(**{**nothing, **fixed, **known})


def test_no_line_is_wider_than_the_screen(plain, shown):
    card = gpu(
        name="NVIDIA " + "Very " * 20 + "Long",
        memory_total_bytes=24 * 2**30,
        memory_free_bytes=2**30,
        power_w=12.3,
        power_limit_w=450.0,
        has_energy_counter=True,
        throttle_reasons=("power limit", "hardware thermal slowdown", "power brake"),
        uuid="GPU-" + "0" * 200,
    )
    machine = msgspec.structs.replace(
        plain, gpus=(card,), unknown={f"gpus[0].{number}": "no" for number in range(30)}
    )
    assert max(len(line) for line in shown(machine).splitlines()) <= 80


def test_a_card_known_by_nothing_is_still_shown(plain, shown):
    text = shown(msgspec.structs.replace(plain, gpus=(gpu(),)))
    assert "GPU 0: of unknown name" in text


def test_no_card_is_said_plainly_and_a_failed_driver_loudly(plain, shown):
    drivers = msgspec.structs.replace(plain.drivers, nvidia=None, cuda=None)
    without = msgspec.structs.replace(plain, gpus=(), drivers=drivers, unknown={})
    assert "none that can be asked" in shown(without)
    failed = msgspec.structs.replace(without, unknown={"gpus": "reboot, then probe again"})
    assert "reboot, then probe again" in shown(failed)
    assert "none that can be asked" not in shown(failed)


def test_measured_bandwidth_comes_with_spread_and_method(plain, shown):
    bandwidth = Bandwidth(
        method="copy within 256 MiB by 8 threads, bytes read plus bytes written",
        median_bytes_per_s=42e9,
        spread_bytes_per_s=(40e9, 43e9),
        read_bytes_per_s=41e9,
        copy_bytes_per_s=42e9,
        one_thread_bytes_per_s=12e9,
        n=9,
        threads=8,
        working_set_bytes=2**28,
    )
    memory = msgspec.structs.replace(plain.memory, bandwidth=bandwidth)
    text = shown(msgspec.structs.replace(plain, memory=memory))
    assert "42 GB/s (median of 9 measured, 40 to 43):" in text
    assert "copy within 256 MiB by 8 threads" in text
    assert "other programs" not in text
    noisy = msgspec.structs.replace(bandwidth, others_busy_percent=40.0)
    memory = msgspec.structs.replace(plain.memory, bandwidth=noisy)
    text = shown(msgspec.structs.replace(plain, memory=memory))
    assert "other programs kept the processors 40 % busy" in text


def test_names_from_drivers_cannot_act_on_the_terminal(plain, shown):
    assert "\x1b" not in shown(msgspec.structs.replace(plain, gpus=(gpu(name="a\x1b[2Jb"),)))


def test_reasons_are_listed_once_each(plain, shown):
    unknowns = Unknowns()
    unknowns.reasons.update({"cpu.model": "it is hidden", "cpu.governor": "it is hidden"})
    text = shown(msgspec.structs.replace(plain, unknown=unknowns.reasons))
    assert text.count("it is hidden") == 1


def test_modes_of_a_card_and_errors_of_its_memory_are_shown(plain, shown):
    card = gpu(
        compute_capability="9.0",
        ecc_enabled=True,
        ecc_uncorrected_errors=3,
        persistence_enabled=False,
        pcie_generation=3,
        pcie_generation_max=5,
        pcie_width=8,
        pcie_width_max=16,
    )
    text = shown(msgspec.structs.replace(plain, gpus=(card,)))
    assert "compute 9.0, ECC on (uncorrected errors: 3), persistence off" in text
    assert "generation 3 x8 now, 5 x16 at most" in text


def test_bandwidth_of_another_maker_says_where_it_comes_from(plain, shown):
    card = gpu(vendor="amd", bandwidth_bytes_per_s=960e9, bandwidth_basis="its library says so")
    text = shown(msgspec.structs.replace(plain, gpus=(card,)))
    assert "960 GB/s, its library says so" in text and "None" not in text


def test_processes_whose_memory_is_not_told_are_counted_without_it(plain, shown):
    silent = gpu(processes=(GpuProcess(pid=7, memory_bytes=None),))
    text = shown(msgspec.structs.replace(plain, gpus=(silent,)))
    assert re.search(r"in use by +1 process *\n", text)


def test_lines_of_what_is_not_known_hang_below_their_first(plain, shown):
    machine = msgspec.structs.replace(plain, unknown={"cpu.model": "it is hidden " * 12})
    after = shown(machine).split("Not known:\n")[1].splitlines()
    assert len(after) > 1
    assert after[0].startswith("•  cpu.model: ") and after[1].startswith("   ")


def test_one_repetition_is_not_said_to_have_a_spread(plain, shown):
    once = Bandwidth(
        method="copy",
        median_bytes_per_s=8e9,
        spread_bytes_per_s=(8e9, 8e9),
        read_bytes_per_s=7e9,
        copy_bytes_per_s=8e9,
        one_thread_bytes_per_s=5e9,
        n=1,
        threads=2,
        working_set_bytes=2**32,
    )
    memory = msgspec.structs.replace(plain.memory, bandwidth=once)
    text = shown(msgspec.structs.replace(plain, memory=memory))
    assert "8 GB/s (measured once, no spread):" in text
