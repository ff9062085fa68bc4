"""What do APIs charge? Searched in the embedded price book."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from advisor.prices.book import PriceBook
from advisor.web.dashboard.shown import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST_SHOWN = 100


def prices(request: Request) -> Response:
    """`/prices?q=WORDS`"""
    wanted = request.query_params.get("q", "").strip()
    book = PriceBook.load(date.today())
    found = book.search(wanted) if wanted else []
    return page(
        "prices.html",
        here="prices",
        wanted=wanted,
        found=found[:MOST_SHOWN],
        more=max(0, len(found) - MOST_SHOWN),
        nearest=book.nearest(wanted) if wanted and not found else [],
        book=book.identity,
    )
