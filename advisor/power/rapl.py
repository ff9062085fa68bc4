"""What do the processors draw? The energy counters that Linux shows under powercap (RAPL).

Packages are counted, and the memory (`dram`) where it has a counter of its own, which lies beside
the packages. Cores and uncore are parts of a package and left out, and so is `psys`, which holds
the packages and whatever else its maker wired to it. The folders are called `intel-rapl` on AMD
too; `intel-rapl-mmio` shows the same packages again.
Sources: https://docs.kernel.org/power/powercap/powercap.html and
https://github.com/hubblo-org/scaphandre/issues/116, read 2026-11-24.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.documents import Unknown
from advisor.machine.sources import number_in, text_of
from advisor.power.counted import CountedMeter
from advisor.power.meter import Clock, Grade, Nameplate

POWERCAP = Path("/sys/class/powercap")
BAND = (0.90, 1.10)
MOST_W = 5_000
"""More than any zone draws: a counter that rises faster was set, not wrapped."""
SLACK_S = 0.1
ASSUMPTION = (
    "the processors' energy counters are right within 10 %: assumed; they were found accurate from "
    "Haswell on (https://newbe.dev/perf-power-consumption-measure-how-does-it-work, which sums up "
    "'RAPL in Action'; read 2026-11-24)"
)
ALLOW = "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj"


class NoZones(Unknown):
    """There are no such counters here: a normal machine, not a failure."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Zone:
    """One counter and its range, after which it starts again from zero."""

    energy: Path
    range_uj: int


def open_rapl(root: Path = POWERCAP, clock: Clock = time.perf_counter_ns) -> CountedMeter | Unknown:
    """A meter over all packages; NoZones where there are none, Unknown where they are closed."""
    found = zones(root)
    if isinstance(found, Unknown):
        return found
    for zone in found:
        first = number_in(zone.energy)
        if isinstance(first, Unknown):
            return Unknown(_closed(zone.energy, first))
    plate = Nameplate(
        name=f"RAPL energy counters of {len(found)} zones" if len(found) > 1 else "RAPL counter",
        grade=Grade.COUNTER,
        domain="cpu",
        band=BAND,
        assumptions=(ASSUMPTION,),
    )
    return CountedMeter(plate, _Counters(found, clock).joules, clock)


def zones(root: Path) -> list[Zone] | Unknown:
    """The zones to be added: every package, and memory that is counted by itself."""
    named = {folder: text_of(folder / "name") for folder in sorted(root.glob("intel-rapl:*"))}
    names = {folder: name for folder, name in named.items() if isinstance(name, str)}
    packages = [folder for folder, name in names.items() if name.startswith("package")]
    if not packages:
        only = " but psys, and what that holds differs" if "psys" in names.values() else ""
        return NoZones(f"Linux lists no energy counter of a processor{only}")
    memory = [folder for folder, name in names.items() if name == "dram"]
    found: list[Zone] = []
    for folder in (*packages, *memory):
        range_uj = number_in(folder / "max_energy_range_uj")
        if isinstance(range_uj, Unknown) or range_uj <= 0:
            return Unknown(f"{folder.name} does not tell where its counter starts again")
        found.append(Zone(folder / "energy_uj", range_uj))
    return found


def risen_uj(before: int, now: int, range_uj: int) -> int:
    """How far a counter rose that may have started again from zero once."""
    return now - before if now >= before else now - before + range_uj


class _Counters:
    """All zones' energy together, over their wraps."""

    def __init__(self, found: Sequence[Zone], clock: Clock) -> None:
        self.found = found
        self.clock = clock
        self.total_uj = 0
        self.last: tuple[int, list[int]] | None = None

    def joules(self) -> float | Unknown:
        """Since the first call, or why that cannot be told any more."""
        now_ns = self.clock()
        counts: list[int] = []
        for zone in self.found:
            count = number_in(zone.energy)
            if isinstance(count, Unknown):
                return Unknown(_closed(zone.energy, count))
            counts.append(count)
        before, self.last = self.last, (now_ns, counts)
        if before is None:
            return 0.0
        most_uj = MOST_W * ((now_ns - before[0]) / 1e9 + SLACK_S) * 1e6
        rises = []
        for zone, first, second in zip(self.found, before[1], counts, strict=True):
            if most_uj >= zone.range_uj:
                return Unknown("it was not read for so long that it may have wrapped unseen")
            rises.append(risen_uj(first, second, zone.range_uj))
            if not 0 <= rises[-1] <= most_uj:
                return Unknown("it jumped")
        self.total_uj += sum(rises)
        return self.total_uj / 1e6


def _closed(energy: Path, why: Unknown) -> str:
    return (
        f"{energy.parent.name}: {why.reason}. Linux lets only the administrator read it, since it "
        f"can give away secrets of other programs (CVE-2020-8694); `{ALLOW}` opens it until the "
        "next start"
    )
