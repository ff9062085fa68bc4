"""What does the whole box draw at the wall, when a meter saw only a part of it?

`wall_w = (seen_w + host_w) / supply_efficiency`, with the host and the supply apart for idle and
active (a card that idles at 15 W sits in a box that idles at several times that). What a box draws
beside its cards comes from the published observations in host.toml, each with its source.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from advisor.power.meter import Grade, Meter, parts_of

Band = tuple[float, float]
AT_THE_WALL = "measured at the wall, so that no factor is applied (wall factor 1)"


@dataclass(frozen=True, slots=True)
class BoxPower:
    """Draw of the whole box at the wall, in watts, with the band that the truth lies in.

    The supply's loss is inside, cooling of the room is not. `grade` is that of the weakest part:
    a counted card in a host that is estimated gives an estimated box.
    """

    idle_w: float | None
    active_w: float
    idle_band_w: Band | None
    active_band_w: Band
    grade: Grade
    assumptions: tuple[str, ...]


def box_power(
    meter: Meter, idle_w: float | None, active_w: float, *, sockets: int | None = None
) -> BoxPower:
    """The box's draw from what `meter` read when idle (None: not read) and when active.

    `sockets` (the machine's `cpu.sockets`; None counts as one) chooses between the observations
    of workstations and of servers.
    """
    if meter.domain == "box":
        return BoxPower(
            idle_w=idle_w,
            active_w=active_w,
            idle_band_w=None if idle_w is None else _times(meter.band, idle_w),
            active_band_w=_times(meter.band, active_w),
            grade=meter.grade,
            assumptions=(*meter.assumptions, *([AT_THE_WALL] if meter.grade is Grade.WALL else [])),
        )
    data = _observations()
    supply = data["supply"]
    host = _beside(meter.domain, data, sockets)
    idle = None if idle_w is None else _at_the_wall(meter, idle_w, host, supply, "idle")
    active = _at_the_wall(meter, active_w, host, supply, "active")
    rest_of_box = (
        f"beside what {meter.name} sees, a box with {host['what']} draws {host['idle_w']:g} W idle "
        f"({_range(host['idle_band_w'])}) and {host['active_w']:g} W active "
        f"({_range(host['active_band_w'])}): {_sources(host)}, read {data['as_of']}"
    )
    losses = (
        f"the power supply passes on {supply['idle_efficiency']:.0%} when idle "
        f"({_range(supply['idle_efficiency_band'])}; wall factor "
        f"{1 / supply['idle_efficiency']:.2f}) and {supply['active_efficiency']:.0%} when active "
        f"({_range(supply['active_efficiency_band'])}; wall factor "
        f"{1 / supply['active_efficiency']:.2f}): {_sources(supply)}, read {data['as_of']}"
    )
    return BoxPower(
        idle_w=idle[0] if idle else None,
        active_w=active[0],
        idle_band_w=idle[1] if idle else None,
        active_band_w=active[1],
        grade=Grade.ESTIMATED,
        assumptions=(*meter.assumptions, rest_of_box, losses),
    )


def _beside(domain: str, data: dict[str, Any], sockets: int | None) -> dict[str, Any]:
    """What a box draws beside a meter's domain.

    The observations hold the processors. Where the meter saw these already, what is left lies
    between nothing and all that an idle box draws beside its cards; half of that is taken, idle or
    active.
    """
    if domain == "soc":
        return dict(data["mac"])
    host = dict(data["server" if (sockets or 1) > 1 else "workstation"])
    if "cpu" not in parts_of(domain):
        return host
    left_w, left_band_w = host["idle_w"] / 2, [0, host["idle_band_w"][1]]
    what = f"{host['what']}, whose draw is metered already (half of an idle host is taken as left),"
    return {
        **host,
        "what": what,
        "idle_w": left_w,
        "idle_band_w": left_band_w,
        "active_w": left_w,
        "active_band_w": left_band_w,
    }


def _at_the_wall(
    meter: Meter, seen_w: float, host: dict[str, Any], supply: dict[str, Any], state: str
) -> tuple[float, Band]:
    """Watts at the wall and their band; the band's ends take each part's worse end."""
    low_w, high_w = host[f"{state}_band_w"]
    worst, best = supply[f"{state}_efficiency_band"]
    wall_w = (seen_w + host[f"{state}_w"]) / supply[f"{state}_efficiency"]
    seen_low_w, seen_high_w = _times(meter.band, seen_w)
    return wall_w, ((seen_low_w + low_w) / best, (seen_high_w + high_w) / worst)


def _times(band: Band, watts: float) -> Band:
    return band[0] * watts, band[1] * watts


def _range(ends: list[float]) -> str:
    return f"{ends[0]:g} to {ends[1]:g}"


def _sources(part: dict[str, Any]) -> str:
    return ", ".join(each["source"] for each in part["observation"])


@cache
def _observations() -> dict[str, Any]:
    return tomllib.loads(files("advisor.power").joinpath("host.toml").read_text("utf-8"))
