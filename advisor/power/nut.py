"""What does a UPS give its load, as Network UPS Tools tells it?

`ups.realpower` is in watts; a UPS without it has its load in percent of `ups.realpower.nominal`.
The protocol is lines over TCP:
https://github.com/networkupstools/nut/blob/master/docs/net-protocol.txt
"""

from __future__ import annotations

import re
import time
from functools import partial

from advisor.documents import Unknown
from advisor.power.meter import Clock, Grade, Nameplate
from advisor.power.reading import Reading, watts
from advisor.power.sampled import SampledMeter, opened
from advisor.power.wire import Wire, connected, trouble

PORT = 3493
REFRESH_S = 2.0
MEASURED_BAND, DERIVED_BAND = (0.95, 1.05), (0.90, 1.10)
ALONE = "this box alone, with its screen if it has one, draws from the UPS"
REFRESHED = (
    "the UPS renews its load every 2 s (pollinterval): assumed; a driver with a pollfreq of 30 s "
    "may renew it only that often, as one reported here: "
    "https://networkupstools.org/ddl/MGE_UPS_SYSTEMS/Pulsar_M_3000.html, read 2026-11-24"
)
MEASURED = "ups.realpower is right within 5 %: assumed; what the UPS itself loses is not in it"
DERIVED = (
    "the draw is ups.load percent of ups.realpower.nominal, within 10 %: assumed, since the load "
    "comes in whole percents; what the UPS itself loses is not in it"
)
_VALUE = re.compile(r'VAR \S+ \S+ "(\d{1,9}(?:\.\d{1,9})?)"')
_ERROR = re.compile(r"ERR ([A-Z-]{1,40})")
REASONS = {
    "UNKNOWN-UPS": "it knows no UPS of that name",
    "ACCESS-DENIED": "it does not let this machine ask",
    "DATA-STALE": "the UPS itself does not answer it",
    "DRIVER-NOT-CONNECTED": "the UPS's driver is not running",
}
NOT_SUPPORTED = "VAR-NOT-SUPPORTED"


class _NotTold(Unknown):
    """The UPS does not have this variable."""

    __slots__ = ()


def open_nut(
    ups: str, host: str, port: int = PORT, clock: Clock = time.perf_counter_ns
) -> SampledMeter | Unknown:
    """The UPS of this name at a host that runs NUT, if it tells its load."""
    real_power = _real_power(ups, host, port)
    if not isinstance(real_power, _NotTold):
        read, way, band, belief = _real_power, "power", MEASURED_BAND, MEASURED
    else:
        read, way, band, belief = _derived_power, "load", DERIVED_BAND, DERIVED
    plate = Nameplate(
        name=f"{way} of the UPS",
        grade=Grade.WALL if read is _real_power else Grade.SAMPLED,
        domain="box",
        band=band,
        assumptions=(ALONE, belief, REFRESHED),
    )
    return opened(plate, partial(read, ups, host, port), REFRESH_S, clock)


def _real_power(ups: str, host: str, port: int) -> Reading | Unknown:
    told = _ask(ups, host, port, ("ups.realpower",))
    if isinstance(told, Unknown):
        return told
    power_w = watts(told[0])
    return power_w if isinstance(power_w, Unknown) else Reading(power_w)


def _derived_power(ups: str, host: str, port: int) -> Reading | Unknown:
    told = _ask(ups, host, port, ("ups.load", "ups.realpower.nominal"))
    if isinstance(told, _NotTold):
        return Unknown("the UPS tells neither its power nor its load and nominal power")
    if isinstance(told, Unknown):
        return told
    load_percent, nominal_w = told
    power_w = watts(load_percent / 100 * nominal_w)
    return power_w if isinstance(power_w, Unknown) else Reading(power_w)


def _ask(ups: str, host: str, port: int, names: tuple[str, ...]) -> list[float] | Unknown:
    values: list[float] = []
    try:
        with connected(host, port) as wire:
            for name in names:
                value = _value(wire, ups, name)
                if isinstance(value, Unknown):
                    return value
                values.append(value)
            wire.send(b"LOGOUT\n")
    except (OSError, UnicodeError) as error:
        return Unknown(trouble(error))
    return values


def _value(wire: Wire, ups: str, name: str) -> float | Unknown:
    wire.send(f"GET VAR {ups} {name}\n".encode("ascii", "replace"))
    line = wire.until(b"\n").decode("ascii", "replace").strip()
    found = _VALUE.fullmatch(line)
    if found:
        return float(found[1])
    error = _ERROR.match(line)
    if error is None:
        return Unknown(f"it tells no number as {name}")
    if error[1] == NOT_SUPPORTED:
        return _NotTold(f"the UPS has no {name}")
    return Unknown(REASONS.get(error[1], f"it answers {error[1]}"))
