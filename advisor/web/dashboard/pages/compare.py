"""Which of these runs is faster, and which is cheaper?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.history.compare.compare import compare as compare_sides
from advisor.history.compare.document import Comparison, Line
from advisor.history.compare.key import PARTS, load_size
from advisor.history.compare.sides import stored_side
from advisor.history.store import RunStore
from advisor.report.page.blocks import Picture
from advisor.web.dashboard.asked import site_of
from advisor.web.dashboard.pictures import ratio_picture
from advisor.web.dashboard.shown import page
from advisor.web.dashboard.turns import undisturbed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST_SIDES = 8


def compare(request: Request) -> Response:
    """`/compare?side=ID&side=ID`"""
    site = site_of(request)
    asked = request.query_params
    sides = [side.strip() for side in asked.getlist("side") if side.strip()][:MOST_SIDES]
    allowed = tuple(part for part in asked.getlist("allow") if part in PARTS)
    found = None
    if len(sides) > 1:
        with undisturbed(site):
            found = comparison(site.store, sides, allowed)
    return page(
        "compare.html",
        here="compare",
        sides=sides,
        parts=PARTS,
        allowed=allowed,
        found=found,
        loads=_by_load(found) if found else (),
    )


def comparison(store: RunStore, sides: Sequence[str], allowed: Sequence[str]) -> Comparison:
    """Each side with the first. Raises InputError for one that is none, or is not alike."""
    found = [stored_side(named, store) for named in sides]
    return compare_sides(found, allowed=tuple(allowed), limits=(), tables={}, origin="the address")


def _by_load(found: Comparison) -> list[tuple[str, str, list[Line], Picture]]:
    """The lines of each load with their picture, the least load first."""
    grouped: dict[tuple[str, str], list[Line]] = {}
    for line in found.lines:
        grouped.setdefault((line.load, line.workload), []).append(line)
    loads = sorted(grouped.items(), key=lambda each: (each[0][1], load_size(each[0][0])))
    return [
        (*load, lines, ratio_picture(lines, index, sides=len(found.sides)))
        for index, (load, lines) in enumerate(loads)
    ]
