"""Can times be trusted here: a fine clock, punctual threads, quiet neighbours, full speed?"""

from __future__ import annotations

from advisor.doctor.commands import command_to
from advisor.doctor.document import Finding
from advisor.doctor.facts import Facts
from advisor.machine.document import NOISY_PERCENT

COARSE_CLOCKS = ("hpet", "acpi_pm", "pit", "jiffies", "refined-jiffies")
FINE_CLOCKS = ("tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page")
"""Linux's clock sources that are read from a device, and those that the processor itself has."""

SLOW_READ_NS = 1000.0
"""A microsecond: a thousandth of what a token takes at 1,000 tokens a second."""

LATE_MS = 5.0
"""A tenth of the time between two tokens at 20 tokens a second."""

STEAL_PERCENT = 1.0
"""A fifth of the 5 % to which a measurement is precise unless told otherwise."""

SAVING_GOVERNORS = ("powersave", "conservative")
GOVERNORS_THAT_RAISE_CLOCKS = ("intel_pstate", "amd-pstate-epp")
"""Drivers under which `powersave` follows the load: docs.kernel.org/admin-guide/pm/intel_pstate
and amd-pstate, read 2026-11-24."""


def clock(facts: Facts) -> tuple[Finding, ...]:
    """The clock that times are read from."""
    read = facts.clock
    cost = f"one reading takes {read.read_ns:,.0f} ns"
    name = f"clock {read.source}" if read.source else "clock"
    if read.source not in COARSE_CLOCKS and read.read_ns < SLOW_READ_NS:
        return (Finding(area="clock", status="ok", what=name, why=cost),)
    better = next((each for each in FINE_CLOCKS if each in read.available), None)
    return (
        Finding(
            area="clock",
            status="limited",
            what=f"{name} is slow to read",
            why=cost if better else f"{cost}, and the kernel offers no finer one",
            fix=command_to("take the fine clock", facts.system, clock=better) if better else None,
        ),
    )


def scheduler(facts: Facts) -> tuple[Finding, ...]:
    """How late a sleeping thread is woken."""
    quiet = facts.quiet
    measured = (
        f"a sleeping thread wakes {quiet.late_p50_ms:.1f} ms late (median), "
        f"{quiet.late_p99_ms:.1f} ms at p99 of {quiet.wakes}"
    )
    if quiet.late_p99_ms < LATE_MS:
        return (Finding(area="scheduler", status="ok", what=measured),)
    return (
        Finding(
            area="scheduler",
            status="limited",
            what=measured,
            why="latencies of single tokens carry that much error: see who else computes",
            fix=command_to("see who computes", facts.system),
        ),
    )


def neighbours(facts: Facts) -> tuple[Finding, ...]:
    """Who else computes: programs on this system, and other guests of its host."""
    quiet = facts.quiet
    busy = f"other programs keep the processors {quiet.others_busy_percent:.0f} % busy"
    found = [Finding(area="neighbours", status="ok", what=busy)]
    if quiet.others_busy_percent > NOISY_PERCENT:
        who = f"{', '.join(quiet.busiest)}; " if quiet.busiest else ""
        found = [
            Finding(
                area="neighbours",
                status="limited",
                what=busy,
                why=f"{who}numbers will be lower than this box can do",
                fix=command_to("see who computes", facts.system),
            )
        ]
    if quiet.steal_percent is not None and quiet.steal_percent > STEAL_PERCENT:
        found.append(
            Finding(
                area="neighbours",
                status="limited",
                what=f"the host takes {quiet.steal_percent:.1f} % of the processors (steal)",
                why="other guests of this virtual machine's host compute; measure at another hour",
            )
        )
    return tuple(found)


def governor(facts: Facts) -> tuple[Finding, ...]:
    """Whether the processors may run at full clock."""
    return (*_governor(facts), *_battery(facts))


def _governor(facts: Facts) -> tuple[Finding, ...]:
    if facts.system != "Linux":
        return ()
    name = facts.clocking.governor
    if name is None:
        return (
            Finding(
                area="governor",
                status="limited",
                what="frequency governor not known",
                why="the system lists none; in a virtual machine the host decides",
            ),
        )
    if name not in SAVING_GOVERNORS:
        return (Finding(area="governor", status="ok", what=f"frequency governor {name}"),)
    follows = facts.clocking.driver in GOVERNORS_THAT_RAISE_CLOCKS
    return (
        Finding(
            area="governor",
            status="limited",
            what=f"frequency governor {name}",
            why="clocks rise only some time after work begins"
            if follows
            else "it holds the clocks down while a model computes",
            fix=command_to("run at full clock", facts.system),
        ),
    )


def _battery(facts: Facts) -> tuple[Finding, ...]:
    if not facts.clocking.on_battery:
        return ()
    return (
        Finding(
            area="governor",
            status="limited",
            what="this machine runs on its battery",
            why="most then lower their clocks: plug it in",
        ),
    )
