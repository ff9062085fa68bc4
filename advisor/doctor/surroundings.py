"""Is this all of a machine, or a share of one?"""

from __future__ import annotations

from advisor.doctor.commands import command_to
from advisor.doctor.document import Finding
from advisor.doctor.facts import Facts


def surroundings(facts: Facts) -> tuple[Finding, ...]:
    """What stands between this process and the machine, and what it takes away."""
    found = [*_limits(facts), *_shell(facts)]
    if found:
        return tuple(found)
    return (Finding(area="surroundings", status="ok", what="the machine itself, all of it"),)


def _limits(facts: Facts) -> list[Finding]:
    place = facts.environment
    if not place.limited_by:
        return []
    of = f" of {facts.logical_cores}" if facts.logical_cores else ""
    allowed = f"{place.usable_cpus:g}{of} processors, {place.usable_memory_bytes / 2**30:.1f} GiB"
    return [
        Finding(
            area="surroundings",
            status="limited",
            what=f"this process may use {allowed}",
            why=f"limited by {' and '.join(place.limited_by)}; results are of this share",
            fix=command_to("give a container more", place.container),
        )
    ]


def _shell(facts: Facts) -> list[Finding]:
    place = facts.environment
    shells = []
    if place.container != "none":
        shells.append(f"a container ({place.container})")
    if place.wsl:
        shells.append("WSL")
    elif place.vm not in (None, "none"):
        shells.append("a virtual machine" + (f" ({place.vm})" if place.vm != "unnamed" else ""))
    if not shells:
        return []
    inner, *outer = shells
    what = f"this is {inner} in {outer[0]}" if outer else f"this is {inner}"
    why = "sensors of the real machine may be hidden, and others may share it"
    if place.wsl:
        why += "; .wslconfig on Windows sets how much memory and how many processors it has"
    return [
        Finding(
            area="surroundings",
            status="limited",
            what=what,
            why=why,
        )
    ]
