"""What was measured, when and where? A page of it, filtered, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from advisor.web.dashboard.asked import KINDS, filters_of, site_of, wanted_of
from advisor.web.dashboard.paging import page_of
from advisor.web.dashboard.shown import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

SIZE = 50


def history(request: Request) -> Response:
    """`/history`"""
    filters, after = filters_of(request), request.query_params.get("after")
    found = page_of(site_of(request).store, wanted_of(filters), after or None, SIZE)
    further = urlencode({**filters, "after": found.after}) if found.after else None
    return page(
        "history.html",
        here="history",
        kinds=KINDS,
        filters=filters,
        runs=found.runs,
        is_first=not after,
        first=f"/history?{urlencode(filters)}",
        further=None if further is None else f"/history?{further}",
    )
