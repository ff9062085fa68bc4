"""Processors as different systems describe them."""

from __future__ import annotations

import pytest
from made_up_system import system

from advisor.documents import Unknown
from advisor.machine.cpu import cpu_facts, linux_cpu, macos_cpu, windows_cpu

X86_CPUINFO = "\n".join(
    f"processor\t: {number}\nmodel name\t: Some Processor 9000\n"
    f"cpu MHz\t\t: {2000 + number * 100}\n"
    f"physical id\t: {number // 4}\ncore id\t\t: {number % 4 // 2}\n"
    "flags\t\t: fpu sse2 ssse3 sse4_2 avx avx2 fma f16c avx512f smep vnmi\n"
    for number in range(8)
)
ARM_CPUINFO = (
    "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd asimdhp asimddp i8mm bf16 sve\n"
)


def test_linux_counts_sockets_cores_and_the_sets_that_matter(tmp_path):
    facts = linux_cpu(system(tmp_path, {"proc/cpuinfo": X86_CPUINFO}))
    assert facts.model == "Some Processor 9000"
    assert (facts.sockets, facts.physical_cores) == (2, 4)
    assert facts.features == ("avx", "avx2", "avx512f", "f16c", "fma", "sse4_2", "ssse3")
    assert facts.frequency_mhz == 2350
    assert isinstance(facts.governor, Unknown)


def test_linux_on_arm_names_the_board_and_its_sets(tmp_path):
    files = {"proc/cpuinfo": ARM_CPUINFO, "proc/device-tree/model": "Some Board 5\0"}
    facts = linux_cpu(system(tmp_path, files))
    assert facts.model == "Some Board 5"
    assert facts.features == ("asimd", "asimddp", "asimdhp", "bf16", "i8mm", "sve")
    assert isinstance(facts.physical_cores, Unknown)


def arm(*parts: str) -> str:
    return "\n\n".join(
        f"processor\t: {number}\nCPU implementer\t: 0x41\nCPU part\t: {part}\n{ARM_CPUINFO}"
        for number, part in enumerate(parts)
    )


@pytest.mark.parametrize(
    ("parts", "model"),
    [
        (("0xd4f",) * 3, "Neoverse-V2"),
        (("0xd87", "0xd85", "0xd87"), "2 Cortex-A725, 1 Cortex-X925"),
    ],
)
def test_an_arm_server_without_a_name_is_named_by_its_cores(tmp_path, parts, model):
    assert linux_cpu(system(tmp_path, {"proc/cpuinfo": arm(*parts)})).model == model


def test_where_cpuinfo_tells_no_places_sysfs_counts_sockets_and_cores(tmp_path):
    files = {"proc/cpuinfo": arm("0xd0c", "0xd0c", "0xd0c", "0xd0c")}
    for number in range(4):
        place = f"sys/devices/system/cpu/cpu{number}/topology"
        files[f"{place}/physical_package_id"] = str(number // 2)
        files[f"{place}/core_cpus_list"] = str(number)
    facts = linux_cpu(system(tmp_path, files))
    assert (facts.sockets, facts.physical_cores) == (2, 4)


def test_a_board_that_numbers_no_package_has_unknown_sockets(tmp_path):
    place = "sys/devices/system/cpu/cpu0/topology/physical_package_id"
    facts = linux_cpu(system(tmp_path, {"proc/cpuinfo": ARM_CPUINFO, place: "-1"}))
    assert isinstance(facts.sockets, Unknown)


def test_a_cache_shared_by_cores_counts_once(tmp_path):
    files = {"proc/cpuinfo": X86_CPUINFO}
    for cpu in range(2):
        base = f"sys/devices/system/cpu/cpu{cpu}/cache"
        for index, (level, kind, size, shared) in enumerate(
            [
                ("1", "Data", "32K", str(cpu)),
                ("1", "Instruction", "64K", str(cpu)),
                ("2", "Unified", "1M", str(cpu)),
                ("3", "Unified", "16384K", "0-1"),
            ]
        ):
            for name, text in (
                ("level", level),
                ("type", kind),
                ("size", size),
                ("shared_cpu_list", shared),
            ):
                files[f"{base}/index{index}/{name}"] = text
    facts = linux_cpu(system(tmp_path, files))
    assert facts.l1d_bytes == 2 * 32 * 2**10
    assert facts.l2_bytes == 2 * 2**20
    assert facts.l3_bytes == 16 * 2**20


def test_linux_reads_governor_and_highest_frequency(tmp_path):
    policy = "sys/devices/system/cpu/cpu0/cpufreq"
    files = {
        "proc/cpuinfo": ARM_CPUINFO,
        f"{policy}/scaling_governor": "powersave\n",
        f"{policy}/cpuinfo_max_freq": "2400000\n",
        f"{policy}/scaling_cur_freq": "1200000\n",
    }
    facts = linux_cpu(system(tmp_path, files))
    assert facts.governor == "powersave"
    assert (facts.frequency_mhz, facts.frequency_max_mhz) == (1200, 2400)


@pytest.mark.parametrize("damaged", ["", "\n\n\n", "model name", "cpu MHz : fast\n", "size: : :"])
def test_a_damaged_cpuinfo_is_unknown_not_a_crash(tmp_path, damaged):
    facts = linux_cpu(system(tmp_path, {"proc/cpuinfo": damaged}))
    assert isinstance(facts.model, Unknown)
    assert isinstance(facts.features, Unknown)
    assert isinstance(facts.frequency_mhz, Unknown)


def test_macos_sums_the_caches_of_both_kinds_of_core():
    values = {
        "machdep.cpu.brand_string": "Apple M2 Pro",
        "hw.packages": "1",
        "hw.physicalcpu": "10",
        "hw.nperflevels": "2",
        "hw.perflevel0.physicalcpu": "6",
        "hw.perflevel0.cpusperl2": "3",
        "hw.perflevel0.l1dcachesize": "131072",
        "hw.perflevel0.l2cachesize": str(16 * 2**20),
        "hw.perflevel1.physicalcpu": "4",
        "hw.perflevel1.cpusperl2": "4",
        "hw.perflevel1.l1dcachesize": "65536",
        "hw.perflevel1.l2cachesize": str(4 * 2**20),
        "hw.optional.arm.FEAT_I8MM": "1",
        "hw.optional.arm.FEAT_SME": "0",
    }
    facts = macos_cpu(lambda name: values.get(name, Unknown("no such name")))
    assert facts.model == "Apple M2 Pro"
    assert (facts.sockets, facts.physical_cores) == (1, 10)
    assert facts.features == ("i8mm",)
    assert facts.l1d_bytes == 6 * 131072 + 4 * 65536
    assert facts.l2_bytes == 2 * 16 * 2**20 + 4 * 2**20
    assert isinstance(facts.l3_bytes, Unknown)


def test_macos_that_answers_nothing_is_unknown():
    facts = macos_cpu(lambda _: Unknown("nothing"))
    assert isinstance(facts.model, Unknown) and isinstance(facts.features, Unknown)


def test_windows_takes_name_and_speed_from_the_registry():
    values: dict[str, str | int] = {"ProcessorNameString": "Some Processor   ", "~MHz": 3400}
    facts = windows_cpu(lambda _, value: values[value])
    assert facts.model == "Some Processor"
    assert facts.frequency_max_mhz == 3400
    assert isinstance(facts.features, Unknown)


def test_this_machine_has_a_physical_core_or_says_why_not():
    cores = cpu_facts().physical_cores
    assert isinstance(cores, Unknown) or cores >= 1
