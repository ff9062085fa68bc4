"""How much processor time and memory do Linux control groups leave this process?

Both versions of the hierarchy are read, from the process's own group up to the root: the
tightest limit on the way holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from advisor.documents import Unknown
from advisor.machine.sources import number_in, text_of

UNLIMITED_BYTES = 2**60
"""Version 1 writes "no limit" as a number near 2^63."""


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount (processors, or bytes) and what imposes it."""

    amount: float
    name: str


def cgroup_cpu_limit(root: Path) -> Limit | None:
    """The processors' worth of time that the tightest quota leaves; None without a quota."""
    shares = []
    for group in _groups(root, "cpu"):
        quota_and_period = text_of(group / "cpu.max")
        if isinstance(quota_and_period, str):
            quota, _, period = quota_and_period.partition(" ")
            if quota.isdigit() and period.isdigit() and int(period):
                shares.append(int(quota) / int(period))
        quota_us = number_in(group / "cpu.cfs_quota_us")
        period_us = number_in(group / "cpu.cfs_period_us")
        if (
            isinstance(quota_us, int)
            and isinstance(period_us, int)
            and min(quota_us, period_us) > 0
        ):
            shares.append(quota_us / period_us)
    return Limit(min(shares), "cgroup processor quota") if shares else None


def cgroup_memory_limit(root: Path) -> Limit | None:
    """The bytes that the tightest limit allows; None without one."""
    limits = [limit for limit, _ in _memory(root)]
    return Limit(float(min(limits)), "cgroup memory limit") if limits else None


def cgroup_memory_left_bytes(root: Path) -> int | None:
    """The bytes left below the tightest limit; None without one."""
    left = [limit - used for limit, used in _memory(root)]
    return max(0, min(left)) if left else None


def _memory(root: Path) -> Iterator[tuple[int, int]]:
    for group in _groups(root, "memory"):
        for limit_name, usage_name in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit = number_in(group / limit_name)
            used = number_in(group / usage_name)
            above = _statistic(group / "memory.stat", "hierarchical_memory_limit")
            if isinstance(limit, int) and above:
                limit = min(limit, above)
            if isinstance(limit, int) and 0 < limit < UNLIMITED_BYTES:
                reclaimable = _reclaimable_bytes(group / "memory.stat")
                yield limit, used - reclaimable if isinstance(used, int) else 0


def _reclaimable_bytes(statistics: Path) -> int:
    """Cached files that the kernel drops when memory is wanted."""
    whole = _statistic(statistics, "total_inactive_file")
    return whole if whole is not None else _statistic(statistics, "inactive_file") or 0


def _statistic(statistics: Path, name: str) -> int | None:
    """One line of `memory.stat`. Version 1 tells there also the tightest limit of the groups above,
    which a container cannot see (`hierarchical_memory_limit`,
    https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/7/html/resource_management_guide,
    section A.7, read 2026-11-25)."""
    text = text_of(statistics)
    lines = text.splitlines() if isinstance(text, str) else []
    pairs = dict(line.split(" ", 1) for line in lines if " " in line)
    value = pairs.get(name, "")
    return int(value) if value.isdecimal() else None


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Folders of this process's groups and their ancestors, for one controller."""
    listed = text_of(root / "proc/self/cgroup")
    if isinstance(listed, Unknown):
        return
    mounts = root / "sys/fs/cgroup"
    for line in listed.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers == "":
            base = mounts / "unified" if (mounts / "unified").is_dir() else mounts
        elif controller in controllers.split(","):
            base = mounts / controllers if (mounts / controllers).is_dir() else mounts / controller
        else:
            continue
        inside = [part for part in path.split("/") if part not in ("", "..")]
        for depth in range(len(inside), -1, -1):
            yield base.joinpath(*inside[:depth])
