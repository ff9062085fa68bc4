"""Can the graphics cards be asked? If not, what is between them and us?"""

from __future__ import annotations

from advisor.doctor.cards import reservations
from advisor.doctor.commands import command_to
from advisor.doctor.document import Finding
from advisor.doctor.facts import Facts
from advisor.machine.nvml import DRIVER_NOT_LOADED, LIBRARY_MISMATCH, NO_PERMISSION


def graphics(facts: Facts) -> tuple[Finding, ...]:
    """A finding for each card that answers, what is amiss with it, and why others do not."""
    answering = tuple(
        Finding(
            area="gpu",
            status="ok",
            what=card.name,
            why=f"driver {card.driver}" if card.driver else "",
        )
        for card in facts.graphics.cards
    )
    amiss = (finding for card in facts.graphics.cards for finding in reservations(card))
    return (*answering, *amiss, *_trouble(facts)) or (_no_card(facts),)


def _trouble(facts: Facts) -> tuple[Finding, ...]:
    seen = facts.graphics
    if seen.nvml_code is not None:
        return (_driver_fails(facts),)
    if "NVIDIA" in seen.makers and not seen.nvidia_answers:
        return (_no_driver(facts),)
    if seen.reason is None:
        return ()
    if seen.cards:
        return (Finding(area="gpu", status="limited", what="a card is silent", why=seen.reason),)
    named = " and ".join(sorted(set(seen.makers))) or "graphics"
    fix = command_to("load the AMD driver", facts.system) if "AMD" in seen.makers else None
    what = f"{named} graphics that cannot be asked"
    return (Finding(area="gpu", status="missing", what=what, why=seen.reason, fix=fix),)


def _no_card(facts: Facts) -> Finding:
    place = facts.environment
    why, fix = "no graphics card is listed here; models run on the processors", None
    if facts.graphics.makers:
        why = "there are the processor's own graphics only; models run on the processors"
    elif facts.system == "Windows":
        why = "no NVIDIA driver answers, and other makers' cards are not asked on Windows"
    elif place.wsl:
        why = "WSL shows none: the NVIDIA driver belongs on Windows, not in here"
    elif place.container != "none":
        why = "none is passed into this container; start it with one if the host has one"
        fix = command_to("pass the GPU into a container", place.container)
    return Finding(area="gpu", status="missing", what="no GPU", why=why, fix=fix)


def _no_driver(facts: Facts) -> Finding:
    place = facts.environment
    what = "an NVIDIA card without its driver"
    if place.container != "none":
        return Finding(
            area="gpu",
            status="missing",
            what=what,
            why="this container was started without it",
            fix=command_to("pass the GPU into a container", place.container),
        )
    return Finding(
        area="gpu",
        status="missing",
        what=what,
        why="no NVIDIA driver is installed; install it, then reboot",
        fix=command_to("install the NVIDIA driver", *facts.distributions),
    )


def _driver_fails(facts: Facts) -> Finding:
    seen, inside = facts.graphics, facts.environment.container != "none"
    if facts.environment.wsl and not inside:
        return Finding(
            area="gpu",
            status="missing",
            what="the NVIDIA driver does not answer in WSL",
            why="it belongs on Windows, none in here: update it there, then start WSL again "
            f"({seen.reason or 'it does not start'})",
            fix=command_to("start WSL again", "Linux"),
        )
    where = "; do it on the host of this container" if inside else ""
    if seen.nvml_code == DRIVER_NOT_LOADED:
        what, why = "the NVIDIA driver is not loaded", f"the kernel does not hold its module{where}"
        fix = command_to("load the NVIDIA driver", facts.system)
    elif seen.nvml_code == LIBRARY_MISMATCH:
        what = "the NVIDIA driver's versions do not match"
        why = f"it was upgraded while the old one is loaded: reboot{where}"
        fix = command_to("restart the machine", facts.system)
    elif seen.nvml_code == NO_PERMISSION:
        what, why = "this user may not talk to the NVIDIA driver", "/dev/nvidia* are closed to it"
        fix = _opened(facts)
    else:
        what, why, fix = "the NVIDIA driver does not start", seen.reason or "", None
    return Finding(area="gpu", status="missing", what=what, why=why, fix=fix)


def _opened(facts: Facts) -> str | None:
    if facts.environment.container != "none":
        return command_to("pass the GPU into a container", facts.environment.container)
    if facts.system != "Linux":
        return None
    if facts.graphics.device_group:
        return f'sudo usermod -aG {facts.graphics.device_group} "$USER"'
    return "sudo chmod a+rw /dev/nvidia*"
