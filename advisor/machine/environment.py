"""Is this the machine itself, a virtual one, or a container with a share of it?"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from advisor.documents import Unknown, Unknowns
from advisor.machine.document import Environment
from advisor.machine.limits import Limit, cgroup_cpu_limit, cgroup_memory_limit
from advisor.machine.sources import ROOT, sysctl, text_of, windows_registry

NONE = "none"

CONTAINER_MARKS = (
    ("kubepods", "kubernetes"),
    ("docker", "docker"),
    ("libpod", "podman"),
    ("containerd", "containerd"),
    ("lxc", "lxc"),
)
"""Words in the path of a process's control group -> the kind of container."""

VM_MAKERS = (
    ("kvm", "kvm"),
    ("qemu", "kvm"),
    ("vmware", "vmware"),
    ("virtualbox", "virtualbox"),
    ("innotek", "virtualbox"),
    ("xen", "xen"),
    ("parallels", "parallels"),
    ("amazon ec2", "amazon ec2"),
    ("google compute", "google compute engine"),
    ("virtual machine", "hyper-v"),
    ("bhyve", "bhyve"),
    ("firecracker", "firecracker"),
)
"""Words in the maker or product name that the firmware gives -> the kind of virtual machine."""


def read_environment(unknowns: Unknowns) -> Environment:
    """This process's surroundings and what they leave it of processors and memory."""
    import psutil

    total_bytes = psutil.virtual_memory().total
    limited_by: list[str] = []
    usable_cpus = float(psutil.cpu_count() or 1)
    usable_memory_bytes = total_bytes
    if sys.platform == "linux":
        allowed = Limit(float(len(os.sched_getaffinity(0))), "processor affinity")
        for limit in (allowed, cgroup_cpu_limit(ROOT)):
            if limit and limit.amount < usable_cpus:
                usable_cpus = limit.amount
                limited_by.append(limit.name)
        memory_limit = cgroup_memory_limit(ROOT)
        if memory_limit and memory_limit.amount < total_bytes:
            usable_memory_bytes = int(memory_limit.amount)
            limited_by.append(memory_limit.name)
    return Environment(
        container=container_kind(ROOT, os.environ) if sys.platform == "linux" else NONE,
        vm=unknowns.settle("environment.vm", _vm()),
        wsl=sys.platform == "linux" and is_wsl(ROOT),
        usable_cpus=usable_cpus,
        usable_memory_bytes=usable_memory_bytes,
        limited_by=tuple(limited_by),
    )


def container_kind(root: Path, variables: Mapping[str, str]) -> str:
    """The kind of container that this Linux process runs in, "none" where no mark of one is."""
    if "KUBERNETES_SERVICE_HOST" in variables:
        return "kubernetes"
    if variables.get("container"):
        return variables["container"]
    if (root / "run/.containerenv").exists():
        return "podman"
    if (root / ".dockerenv").exists():
        return "docker"
    group = text_of(root / "proc/self/cgroup")
    if isinstance(group, Unknown):
        return NONE
    return next((kind for mark, kind in CONTAINER_MARKS if mark in group), NONE)


def is_wsl(root: Path) -> bool:
    """Whether this Linux is the Windows Subsystem for Linux."""
    release = text_of(root / "proc/sys/kernel/osrelease")
    return isinstance(release, str) and "microsoft" in release.lower()


def linux_vm(root: Path) -> str | Unknown:
    """The kind of virtual machine by the firmware's names, else by the processor's hypervisor
    flag (then "unnamed")."""
    if is_wsl(root):
        return "hyper-v"
    for name in ("sys_vendor", "product_name", "board_vendor"):
        text = text_of(root / "sys/class/dmi/id" / name)
        if isinstance(text, str) and (kind := _maker(text)):
            return kind
    cpuinfo = text_of(root / "proc/cpuinfo")
    if isinstance(cpuinfo, Unknown):
        return cpuinfo
    if any("hypervisor" in line.split() for line in cpuinfo.splitlines() if "flags" in line):
        return "unnamed"
    if "flags" not in cpuinfo and not (root / "sys/class/dmi/id").exists():
        return Unknown("neither firmware nor processor tells on this architecture")
    return NONE


def _vm() -> str | Unknown:
    if sys.platform == "darwin":
        present = sysctl("kern.hv_vmm_present")
        return present if isinstance(present, Unknown) else ("unnamed" if present == "1" else NONE)
    if sys.platform == "win32":
        key = r"HARDWARE\DESCRIPTION\System\BIOS"
        named = (windows_registry(key, f"System{part}") for part in ("Manufacturer", "ProductName"))
        known = [name for name in named if isinstance(name, str)]
        if not known:
            return Unknown("the registry does not name the machine's maker")
        return next((kind for kind in map(_maker, known) if kind), NONE)
    return linux_vm(ROOT)


def _maker(text: str) -> str | None:
    lowered = text.lower()
    return next((kind for mark, kind in VM_MAKERS if mark in lowered), None)
