"""Containers, virtual machines, limits, disks and displays, from made-up system folders."""

from __future__ import annotations

import pytest
from made_up_system import system

from advisor.documents import Unknown
from advisor.machine.disk import linux_rotational
from advisor.machine.display import display_devices, display_makers
from advisor.machine.environment import container_kind, is_wsl, linux_vm
from advisor.machine.limits import (
    cgroup_cpu_limit,
    cgroup_memory_left_bytes,
    cgroup_memory_limit,
)


@pytest.mark.parametrize(
    ("files", "variables", "kind"),
    [
        ({}, {}, "none"),
        ({".dockerenv": ""}, {}, "docker"),
        ({"run/.containerenv": ""}, {}, "podman"),
        ({".dockerenv": ""}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes"),
        ({}, {"container": "lxc"}, "lxc"),
        ({"proc/self/cgroup": "0::/system.slice/docker-ab12.scope"}, {}, "docker"),
        ({"proc/self/cgroup": "0::/user.slice"}, {}, "none"),
    ],
)
def test_containers_by_their_marks(tmp_path, files, variables, kind):
    assert container_kind(system(tmp_path, files), variables) == kind


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"sys/class/dmi/id/sys_vendor": "QEMU", "proc/cpuinfo": "flags: fpu"}, "kvm"),
        ({"sys/class/dmi/id/product_name": "VMware Virtual Platform"}, "vmware"),
        ({"sys/class/dmi/id/product_name": "Virtual Machine"}, "hyper-v"),
        ({"sys/class/dmi/id/sys_vendor": "Dell Inc.", "proc/cpuinfo": "flags: fpu avx"}, "none"),
        ({"proc/cpuinfo": "flags\t: fpu hypervisor avx"}, "unnamed"),
        (
            {"proc/sys/kernel/osrelease": "5.15.153.1-microsoft-standard-WSL2"},
            "hyper-v",
        ),
    ],
)
def test_virtual_machines_by_firmware_or_processor(tmp_path, files, kind):
    assert linux_vm(system(tmp_path, files)) == kind


def test_an_arm_board_without_firmware_names_is_unknown(tmp_path):
    assert isinstance(linux_vm(system(tmp_path, {"proc/cpuinfo": "Features: fp asimd"})), Unknown)


def test_wsl_by_its_kernel(tmp_path):
    assert is_wsl(system(tmp_path, {"proc/sys/kernel/osrelease": "6.6.36-Microsoft-standard"}))
    assert not is_wsl(tmp_path / "elsewhere")


def test_version_2_limits_hold_from_any_ancestor(tmp_path):
    base = "sys/fs/cgroup"
    files = {
        "proc/self/cgroup": "0::/kubepods/pod7/box",
        f"{base}/kubepods/pod7/box/cpu.max": "max 100000",
        f"{base}/kubepods/pod7/cpu.max": "150000 100000",
        f"{base}/kubepods/cpu.max": "400000 100000",
        f"{base}/kubepods/pod7/box/memory.max": "max",
        f"{base}/kubepods/pod7/memory.max": str(8 * 2**30),
        f"{base}/kubepods/pod7/memory.current": str(3 * 2**30),
        f"{base}/kubepods/pod7/memory.stat": f"anon 5\ninactive_file {2**30}\n",
    }
    root = system(tmp_path, files)
    cpus, memory = cgroup_cpu_limit(root), cgroup_memory_limit(root)
    assert cpus is not None and cpus.amount == 1.5
    assert memory is not None and memory.amount == 8 * 2**30
    assert cgroup_memory_left_bytes(root) == 6 * 2**30


def test_version_1_limits_and_its_way_to_write_none(tmp_path):
    base = "sys/fs/cgroup"
    files = {
        "proc/self/cgroup": "4:memory:/docker/ab\n2:cpu,cpuacct:/docker/ab\n1:name=systemd:/",
        f"{base}/cpu,cpuacct/docker/ab/cpu.cfs_quota_us": "50000",
        f"{base}/cpu,cpuacct/docker/ab/cpu.cfs_period_us": "100000",
        f"{base}/cpu,cpuacct/cpu.cfs_quota_us": "-1",
        f"{base}/cpu,cpuacct/cpu.cfs_period_us": "100000",
        f"{base}/memory/docker/ab/memory.limit_in_bytes": "9223372036854771712",
    }
    root = system(tmp_path, files)
    cpus = cgroup_cpu_limit(root)
    assert cpus is not None and cpus.amount == 0.5
    assert cgroup_memory_limit(root) is None
    assert cgroup_memory_left_bytes(root) is None


def test_version_1_tells_a_container_the_limit_of_its_pod(tmp_path):
    base = "sys/fs/cgroup/memory"
    files = {
        "proc/self/cgroup": "4:memory:/kubepods/pod7/box",
        f"{base}/memory.limit_in_bytes": "9223372036854771712",
        f"{base}/memory.usage_in_bytes": str(2**30),
        f"{base}/memory.stat": f"hierarchical_memory_limit {4 * 2**30}\ntotal_inactive_file 0\n",
    }
    root = system(tmp_path, files)
    memory = cgroup_memory_limit(root)
    assert memory is not None and memory.amount == 4 * 2**30
    assert cgroup_memory_left_bytes(root) == 3 * 2**30


def test_version_2_beside_version_1_is_found_in_its_own_folder(tmp_path):
    files = {
        "proc/self/cgroup": "1:name=systemd:/\n0::/box",
        "sys/fs/cgroup/unified/box/cpu.max": "200000 100000",
    }
    cpus = cgroup_cpu_limit(system(tmp_path, files))
    assert cpus is not None and cpus.amount == 2


def test_no_limits_without_groups(tmp_path):
    assert cgroup_cpu_limit(tmp_path) is None
    assert cgroup_memory_limit(tmp_path) is None


def test_a_partition_spins_as_its_disk_does(tmp_path):
    disk = tmp_path / "sys/devices/pci/sda"
    system(disk, {"queue/rotational": "1\n", "sda1/partition": "1"})
    links = tmp_path / "sys/dev/block"
    links.mkdir(parents=True)
    (links / "8:1").symlink_to(disk / "sda1")
    assert linux_rotational(tmp_path, (8 << 8) | 1) is True
    assert isinstance(linux_rotational(tmp_path, (9 << 8) | 1), Unknown)


def test_displays_are_told_from_other_devices(tmp_path):
    devices = "sys/bus/pci/devices"
    files = {
        f"{devices}/0000:00:02.0/class": "0x030000",
        f"{devices}/0000:00:02.0/vendor": "0x8086",
        f"{devices}/0000:01:00.0/class": "0x030200",
        f"{devices}/0000:01:00.0/vendor": "0x10de",
        f"{devices}/0000:01:00.1/class": "0x040300",
        f"{devices}/0000:01:00.1/vendor": "0x10de",
        f"{devices}/0000:02:00.0/class": "0x030000",
        f"{devices}/0000:02:00.0/vendor": "0x1234",
    }
    assert display_makers(system(tmp_path, files)) == ("Intel", "NVIDIA")
    number = {f"{devices}/0000:01:00.0/device": "0x2684"}
    assert display_devices(system(tmp_path, number)) == (
        "0x8086:",
        "0x10de:0x2684",
        "0x1234:",
    )
