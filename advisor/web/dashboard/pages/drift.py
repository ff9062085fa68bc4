"""What changed over the newest runs of a machine, and how did its numbers go?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING

from advisor.history.drift.speed import Course
from advisor.history.drift.watch import watched
from advisor.report.drift import drift_lines, in_order_of_interest
from advisor.report.page.blocks import Picture
from advisor.web.dashboard.asked import site_of
from advisor.web.dashboard.pictures import course_picture
from advisor.web.dashboard.shown import page
from advisor.web.dashboard.turns import undisturbed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST_DRAWN = 12


def drift(request: Request) -> Response:
    """`/drift?machine=ID`"""
    site = site_of(request)
    machine = request.query_params.get("machine", "").strip() or None
    with undisturbed(site):
        found = watched(site.store, machine)
    courses = in_order_of_interest(found.courses)
    return page(
        "drift.html",
        here="drift",
        machine=machine,
        runs=found.drifts.runs,
        lines=list(drift_lines(found.drifts)),
        series=_series(courses[:MOST_DRAWN]),
        more=max(0, len(courses) - MOST_DRAWN),
    )


def _series(courses: Sequence[Course]) -> list[tuple[Course, list[Picture]]]:
    """The pictures of one machine, model and workload together."""
    alike: dict[tuple[str, ...], list[Course]] = {}
    for course in courses:
        alike.setdefault((course.machine, course.model, course.workload), []).append(course)
    index = count()
    return [
        (found[0], [course_picture(course, next(index)) for course in found])
        for found in alike.values()
    ]
