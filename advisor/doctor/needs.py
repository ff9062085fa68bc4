"""Is what was asked for here?"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from advisor.doctor.document import Area, Finding, Need
from advisor.doctor.facts import Facts
from advisor.errors import InputError
from advisor.servers.known import KINDS

ALL_OK: dict[str, tuple[Area, ...]] = {
    "storage": ("model-cache", "data-folder", "memory"),
    "timing": ("clock", "scheduler", "neighbours"),
}
"""Needs that are met when nothing is amiss in any of these areas."""

ANY_OK: dict[str, Area] = {"gpu": "gpu", "energy": "energy", "rapl": "rapl"}
"""Needs that are met when one finding of the area is ok; `energy` is then a measured one."""

KINDS_OF_SERVER = tuple(kind for kind in KINDS if kind != "generic")

NEEDS = (*ANY_OK, "server", *ALL_OK, *KINDS_OF_SERVER)


def parse_needs(typed: str) -> tuple[str, ...]:
    """The needs in `gpu,energy,server`. Raises InputError for one that is not known."""
    names = tuple(dict.fromkeys(part.strip().lower() for part in typed.split(",") if part.strip()))
    for name in names:
        if name not in NEEDS:
            near = difflib.get_close_matches(name, NEEDS, n=1)
            raise InputError(
                f"doctor does not know the need '{name[:60]}'",
                remedy=f"Did you mean {near[0]}?" if near else f"Known: {', '.join(NEEDS)}.",
            )
    if not names:
        raise InputError("--need names nothing", remedy=f"Known: {', '.join(NEEDS)}.")
    return names


def answer(name: str, facts: Facts, findings: Sequence[Finding]) -> Need:
    """Whether one need is met, and by or for want of what."""
    if name == "server" or name in KINDS_OF_SERVER:
        return _served(name, facts)
    if name in ANY_OK:
        mine = [each for each in findings if each.area == ANY_OK[name]]
        good = [each for each in mine if each.status == "ok"]
        return _need(name, bool(good), good or mine)
    mine = [each for each in findings if each.area in ALL_OK[name]]
    bad = [each for each in mine if each.status != "ok"]
    return _need(name, not bad, bad)


def _need(name: str, met: bool, because: Sequence[Finding]) -> Need:
    why = "; ".join(each.what for each in because)
    return Need(
        name=name, met=met, why=why or ("nothing is amiss" if met else "not on this system")
    )


def _served(name: str, facts: Facts) -> Need:
    running = [
        server
        for server in facts.servers.servers
        if server.models and name in ("server", server.kind)
    ]
    if running:
        urls = ", ".join(f"{server.kind} at {server.url}" for server in running)
        return Need(name=name, met=True, why=urls)
    what = "model server" if name == "server" else name
    return Need(name=name, met=False, why=f"no {what} with a model runs here")
