"""Which address is answered by what? The whole application, for any ASGI server."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.documents import know_types
from advisor.errors import AdvisorError
from advisor.history.store import RunStore
from advisor.report.charts.svg import stylesheet
from advisor.web.dashboard.access import Access
from advisor.web.dashboard.api import ENDPOINTS
from advisor.web.dashboard.asked import Site
from advisor.web.dashboard.guard import Guard
from advisor.web.dashboard.measurement import Measuring
from advisor.web.dashboard.pages import (
    around,
    compare,
    drift,
    history,
    home,
    measure,
    prices,
    run,
    what_if,
)
from advisor.web.endpoint import Exposition
from advisor.web.latest import Reader

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
PAGES: tuple[tuple[str, str, Callable[[Request], Response | Awaitable[Response]]], ...] = (
    ("GET", "/", home.home),
    ("GET", "/history", history.history),
    ("GET", "/runs/{run_id}", run.run),
    ("GET", "/compare", compare.compare),
    ("GET", "/drift", drift.drift),
    ("GET", "/what-if", what_if.what_if),
    ("GET", "/prices", prices.prices),
    ("GET", "/measure", measure.measure),
    ("POST", "/measure", measure.start),
    ("POST", "/measure/stop", measure.stop),
    ("GET", "/login", around.login),
    ("POST", "/login", around.enter),
    ("GET", "/healthz", around.healthz),
    ("GET", "/metrics", around.metrics),
)


def dashboard(
    store: RunStore,
    access: Access,
    *,
    measuring: Measuring | None = None,
    closing: threading.Event | None = None,
) -> Guard:
    """The application over this history. `closing`, once set, ends the streams that are open."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    measuring = measuring or Measuring(store.place)
    know_types()

    @asynccontextmanager
    async def lasting(_app: Starlette) -> AsyncIterator[None]:
        yield
        measuring.close()

    app = Starlette(
        routes=[
            *(Route(path, handler, methods=[method]) for method, path, handler in PAGES),
            *(
                Route(_path(each.path), each.handler, methods=[each.method], name=each.path)
                for each in ENDPOINTS
            ),
            Route("/api/openapi.json", _openapi, methods=["GET"]),
            Route("/static/chart.css", _chart_style, methods=["GET"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        exception_handlers={
            AdvisorError: around.failed,
            HTTPException: around.refused,
            Exception: around.broken,
        },
        lifespan=lasting,
    )
    app.state.site = Site(store, measuring, access)
    app.state.closing = closing or threading.Event()
    app.state.exposition = Exposition(Reader(store).latest, busy=lambda: measuring.is_running)
    return Guard(app, access)


def _openapi(_request: Request) -> Response:
    from starlette.responses import JSONResponse

    from advisor.web.dashboard.openapi import openapi

    return JSONResponse(openapi())


def _chart_style(_request: Request) -> Response:
    from starlette.responses import Response as Plain

    return Plain(stylesheet(), media_type="text/css")


def _path(path: str) -> str:
    """Names of prices hold slashes."""
    return path.replace("{model}", "{model:path}")
