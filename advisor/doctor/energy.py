"""With what would energy be measured here, and what keeps a better meter away?"""

from __future__ import annotations

from advisor.doctor.commands import command_to
from advisor.doctor.document import Finding
from advisor.doctor.facts import Facts
from advisor.power.meter import Grade

FROM_THE_WALL = "advisor bench --meter shelly:HOST"


def energy(facts: Facts) -> tuple[Finding, ...]:
    """The meter that would be used, and its grade."""
    meter = facts.meter
    if meter.refused:
        return (
            Finding(
                area="energy",
                status="missing",
                what="the meter in your settings cannot be read",
                why=f"{meter.refused}; without it, energy would come from: {meter.name}",
            ),
        )
    if meter.grade != Grade.ESTIMATED:
        return (
            Finding(
                area="energy",
                status="ok",
                what=f"energy by {meter.name}",
                why=f"grade {meter.grade}; it sees the {meter.domain}",
            ),
        )
    return (
        Finding(
            area="energy",
            status="limited",
            what="energy is only estimated",
            why=f"{_no_meter(facts)}; a smart plug measures the whole box, and what another meter "
            "shows can be typed with --power-w",
            fix=FROM_THE_WALL,
        ),
    )


def rapl(facts: Facts) -> tuple[Finding, ...]:
    """The processor's own energy counters, which Linux alone shows."""
    if facts.system != "Linux":
        return ()
    if not facts.rapl.counters:
        return (_no_counters(facts),)
    if not facts.rapl.readable:
        return (_closed_counters(facts),)
    if "rapl" in facts.meter.name.lower():
        return (Finding(area="rapl", status="ok", what="RAPL counters can be read"),)
    return (
        Finding(
            area="rapl",
            status="limited",
            what="RAPL counters can be read but are not used",
            why=f"energy comes from another meter: {facts.meter.name}",
        ),
    )


def _no_meter(facts: Facts) -> str:
    seen = facts.graphics
    if seen.cards:
        refused = f" ({seen.power_refused})" if seen.power_refused else ""
        return f"the GPU does not tell what it draws{refused}"
    if facts.system != "Linux":
        return "no GPU meter is here"
    counters = "closed to this user" if facts.rapl.counters else "not shown here"
    return f"no GPU meter is here, and the processors' counters are {counters} (see rapl)"


def _no_counters(facts: Facts) -> Finding:
    place = facts.environment
    fix = None
    if place.vm not in (None, "none"):
        why = "a virtual machine is not shown what its host draws"
    elif place.container != "none":
        why = "containers are not shown them; ask outside"
    elif facts.architecture.lower() not in ("x86_64", "amd64", "i686"):
        why = f"{facts.architecture} processors have none"
    else:
        why = "the kernel's driver for them is not loaded, or the processor is too old"
        fix = command_to("load the RAPL driver", facts.system)
    return Finding(area="rapl", status="missing", what="no RAPL counters", why=why, fix=fix)


def _closed_counters(facts: Facts) -> Finding:
    outside = "; do it on the host" if facts.environment.container != "none" else ""
    return Finding(
        area="rapl",
        status="limited",
        what="RAPL counters are closed to this user",
        why="Linux keeps them for root since CVE-2020-8694; the command opens them to all users "
        f"of this machine until the next boot{outside}",
        fix=command_to("open the RAPL counters", facts.system),
    )
