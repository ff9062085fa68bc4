"""How much room is there for models, and does the disk spin?"""

from __future__ import annotations

import sys
from pathlib import Path

from advisor.documents import Unknown, Unknowns
from advisor.machine.document import Disk, Environment
from advisor.machine.sources import ROOT, number_in


def read_disk(environment: Environment, unknowns: Unknowns) -> Disk:
    """The volume of the home folder; its path is left out because it names the user."""
    import psutil

    total_bytes: int | Unknown
    free_bytes: int | Unknown
    try:
        home = Path.home()
        usage = psutil.disk_usage(str(home))
    except (OSError, RuntimeError) as error:
        total_bytes = free_bytes = Unknown(f"the home folder cannot be read ({error})")
        spins: bool | Unknown = Unknown("the home folder cannot be read")
    else:
        total_bytes, free_bytes = usage.total, usage.free
        spins = _spins(home, environment)
    return Disk(
        total_bytes=unknowns.settle("disk.total_bytes", total_bytes),
        free_bytes=unknowns.settle("disk.free_bytes", free_bytes),
        rotational=unknowns.settle("disk.rotational", spins),
    )


def _spins(home: Path, environment: Environment) -> bool | Unknown:
    if environment.vm != "none":
        return Unknown("a virtual disk does not tell what lies under it")
    if sys.platform != "linux":
        return Unknown("this operating system does not tell")
    return linux_rotational(ROOT, home.stat().st_dev)


def linux_rotational(root: Path, device: int) -> bool | Unknown:
    """Whether the block device numbered `device` (`st_dev`), or the disk it is part of, spins."""
    import os

    node = root / f"sys/dev/block/{os.major(device)}:{os.minor(device)}"
    for folder in (node, node.resolve().parent):
        flag = number_in(folder / "queue/rotational")
        if not isinstance(flag, Unknown):
            return bool(flag)
    return Unknown("the volume is not on a disk of its own that the system lists")
