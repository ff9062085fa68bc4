"""What is read from the machine itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from made_up_system import system

from advisor.doctor.gather import folder_at, linux_clock, rapl_counters, shown_path
from advisor.doctor.quiet import busiest, clock_read_ns, watch

ZONES = {
    "sys/class/powercap/intel-rapl/enabled": "1",
    "sys/class/powercap/intel-rapl:0/energy_uj": "123",
    "sys/class/powercap/intel-rapl:0:0/energy_uj": "45",
}
CLOCKS = "sys/devices/system/clocksource/clocksource0"


def test_rapls_zones_are_counted(tmp_path: Path) -> None:
    found = rapl_counters(system(tmp_path, ZONES))
    assert (found.counters, found.readable) == (2, True)


def test_one_counter_that_cannot_be_read_closes_them(tmp_path: Path) -> None:
    root = system(tmp_path, ZONES)
    (root / "sys/class/powercap/intel-rapl:1/energy_uj").mkdir(parents=True)
    found = rapl_counters(root)
    assert (found.counters, found.readable) == (3, False)


def test_no_rapl_is_no_counter(tmp_path: Path) -> None:
    found = rapl_counters(tmp_path)
    assert (found.counters, found.readable) == (0, False)


def test_the_clock_is_read_with_its_alternatives(tmp_path: Path) -> None:
    names = {"current_clocksource": "hpet\n", "available_clocksource": "tsc hpet acpi_pm \n"}
    root = system(tmp_path, {f"{CLOCKS}/{name}": text for name, text in names.items()})
    found = linux_clock(root, 40.0)
    assert (found.source, found.available) == ("hpet", ("tsc", "hpet", "acpi_pm"))


def test_a_system_without_that_file_has_no_named_clock(tmp_path: Path) -> None:
    found = linux_clock(tmp_path, 40.0)
    assert (found.source, found.available) == (None, ())


def test_a_folder_that_is_not_there_yet_is_judged_by_the_nearest_one(tmp_path: Path) -> None:
    found = folder_at(tmp_path / "not" / "yet")
    assert found.refusal is None
    assert found.free_bytes is not None and found.free_bytes > 0
    assert not (tmp_path / "not").exists()


def test_a_file_in_the_way_of_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = folder_at(tmp_path / "file" / "runs")
    assert found.refusal is not None and "is no folder" in found.refusal


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_of_others_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    found = folder_at(tmp_path / "runs")
    assert found.refusal is not None and "may not write" in found.refusal


def test_the_users_name_is_not_in_a_path(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert shown_path(tmp_path / "a" / "b") == str(Path("~/a/b"))
    assert shown_path(Path("/elsewhere")) == str(Path("/elsewhere"))


def test_a_second_of_watching_counts_wake_ups() -> None:
    seen = watch()
    assert seen.wakes >= 10
    assert 0 <= seen.late_p50_ms <= seen.late_p99_ms
    assert 0 <= seen.others_busy_percent <= 100


def test_another_busy_program_is_seen() -> None:
    program = "import time; end = time.monotonic() + 30\nwhile time.monotonic() < end: pass"
    other = subprocess.Popen([sys.executable, "-c", program])
    try:
        while psutil.Process(other.pid).cpu_times().user < 0.2:
            time.sleep(0.05)
        seen = watch()
    finally:
        other.kill()
        other.wait()
    name = Path(sys.executable).resolve().name[:15]
    assert any(each.startswith(name[:6]) for each in seen.busiest), seen.busiest
    assert seen.others_busy_percent > 40 / (psutil.cpu_count() or 1)


def test_programs_of_one_name_are_added() -> None:
    before = {1: ("cc1", 5.0), 2: ("idle", 9.0)}
    after = {1: ("cc1", 5.4), 2: ("idle", 9.01), 3: ("cc1", 0.3)}
    assert busiest(before, after, elapsed_s=1.0) == ("cc1 70 %",)


def test_a_program_that_changes_its_name_is_not_counted_anew() -> None:
    before = {7: ("kworker/0:2-events", 60.0)}
    after = {7: ("kworker/0:2-mm_percpu_wq", 60.01)}
    assert busiest(before, after, elapsed_s=1.0) == ()


def test_reading_the_clock_takes_some_time() -> None:
    assert 1 < clock_read_ns() < 1e6
