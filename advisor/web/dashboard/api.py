"""What does the JSON API answer? The very documents that `--json` prints.

Each endpoint stands once, in `ENDPOINTS`: the routes and the OpenAPI document both come from there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from advisor.advice.answer import answer
from advisor.advice.document import Advice
from advisor.documents import to_json
from advisor.errors import InputError
from advisor.fleet.document import Machines
from advisor.fleet.machines import machines_of
from advisor.history.compare.document import Comparison
from advisor.history.compare.key import PARTS
from advisor.history.drift.document import Drifts
from advisor.history.drift.watch import drifts_of
from advisor.history.record import History, Run
from advisor.prices.book import PriceBook
from advisor.prices.document import Price, Prices
from advisor.report.language import current
from advisor.web.dashboard.asked import FILTERS, filters_of, site_of, wanted_of
from advisor.web.dashboard.contract import AdviseOrder, MeasureOrder
from advisor.web.dashboard.measurement import Measurement
from advisor.web.dashboard.pages.compare import MOST_SIDES, comparison
from advisor.web.dashboard.pages.measure import arguments_of, events
from advisor.web.dashboard.turns import undisturbed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

USUAL_RUNS, MOST_RUNS = 100, 10_000
EVENTS = "text/event-stream"
ORIGIN = "the scenario"

Handler = Callable[["Request"], "Response | Awaitable[Response]"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address: what it does, what may be asked (name -> meaning), what goes in and out."""

    method: str
    path: str
    summary: str
    handler: Handler
    gives: type
    takes: type | None = None
    query: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"
    status: int = 200


def history(request: Request) -> Response:
    """`/api/v1/history`"""
    limit = _count(request.query_params.get("limit", str(USUAL_RUNS)))
    return _document(site_of(request).store.history(wanted_of(filters_of(request), limit)))


def run(request: Request) -> Response:
    """`/api/v1/runs/{run_id}`: the record's bytes as they were kept."""
    store = site_of(request).store
    return _document(msgspec.Raw(store.document(request.path_params["run_id"])))


def compare(request: Request) -> Response:
    """`/api/v1/compare`"""
    asked, site = request.query_params, site_of(request)
    sides = [side for side in asked.getlist("side") if side]
    if not 2 <= len(sides) <= MOST_SIDES:
        raise InputError(f"a comparison has 2 to {MOST_SIDES} sides", remedy="?side=ID&side=ID")
    with undisturbed(site):
        return _document(comparison(site.store, sides, asked.getlist("allow")))


def drift(request: Request) -> Response:
    """`/api/v1/drift`"""
    site = site_of(request)
    with undisturbed(site):
        return _document(drifts_of(site.store, request.query_params.get("machine") or None))


def machines(request: Request) -> Response:
    """`/api/v1/machines`"""
    return _document(machines_of(site_of(request).store))


def prices(request: Request) -> Response:
    """`/api/v1/prices`"""
    book, wanted = PriceBook.load(date.today()), request.query_params.get("q", "")
    return _document(book.document(book.search(wanted) if wanted else book.listing()))


def price(request: Request) -> Response:
    """`/api/v1/prices/{model}`"""
    return _document(PriceBook.load(date.today()).show(request.path_params["model"]))


async def advise(request: Request) -> Response:
    """`POST /api/v1/advice`"""
    from starlette.concurrency import run_in_threadpool

    order = await _body(request, AdviseOrder)
    return await run_in_threadpool(_advise, request, order)


def measurement(request: Request) -> Response:
    """`/api/v1/measurement`"""
    return _document(site_of(request).measuring.now())


async def start(request: Request) -> Response:
    """`POST /api/v1/measurement`"""
    order = msgspec.to_builtins(await _body(request, MeasureOrder))
    return _document(site_of(request).measuring.start(arguments_of(order), current()), 202)


async def stop(request: Request) -> Response:
    """`POST /api/v1/measurement/stop`"""
    _check_json(request)
    return _document(site_of(request).measuring.stop())


def _advise(request: Request, order: AdviseOrder) -> Response:
    site = site_of(request)
    with undisturbed(site):
        found = None
        if order.run is not None or order.scenario is None:
            found = site.store.load(order.run, measured=True)
        tables = order.scenario if order.scenario is not None else found.said if found else {}
        return _document(
            answer(
                tables,
                origin=ORIGIN,
                machine=found.machine if found else None,
                bench=found.bench if found else None,
                guess_missing=order.scenario is None,
                settings=order.settings,
                what_if=order.what_if,
                sensitivity=order.sensitivity,
                explain=order.explain,
            )
        )


async def _body(request: Request, kind: type[Any]) -> Any:
    """The document in a request. Raises InputError."""
    _check_json(request)
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError("the request's document", why=str(error)[:300]) from None


def _check_json(request: Request) -> None:
    """A form of another site cannot send this type unasked."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InputError("the request is no JSON", remedy="Send Content-Type: application/json.")


def _count(typed: str) -> int:
    is_number = typed.isascii() and typed.isdigit() and len(typed) <= 9
    if not (is_number and 1 <= int(typed) <= MOST_RUNS):
        raise InputError(f"limit is a whole number from 1 to {MOST_RUNS:,}")
    return int(typed)


def _document(document: Any, status: int = 200) -> Response:
    from starlette.responses import Response as Plain

    return Plain(to_json(document), status_code=status, media_type="application/json")


_FILTERS = tuple(zip(FILTERS, (
    "A beginning of the machine's id.",
    "A part of the model's name.",
    "A part of the server's kind.",
    "run, bench, skip or imported.",
    "A tag.",
    "From then on: 2026-11-25, 2026-11-25T09:30, or 7d.",
    "Up to then.",
), strict=True))  # fmt: skip

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/history",
        "The runs that are kept, newest first",
        history,
        History,
        query=(*_FILTERS, ("limit", f"The newest so many; {USUAL_RUNS} unless given.")),
    ),
    Endpoint("GET", "/api/v1/runs/{run_id}", "A run's whole record", run, Run),
    Endpoint(
        "GET",
        "/api/v1/compare",
        "Each side with the first one",
        compare,
        Comparison,
        query=(
            (
                "side",
                "A run's id or `latest`, tag:NAME, machine:ID, since:DATE or DATE..DATE.",
            ),
            ("allow", f"A part that may differ: {', '.join(PARTS)}; once or more."),
        ),
    ),
    Endpoint(
        "GET",
        "/api/v1/drift",
        "What changed over the newest runs",
        drift,
        Drifts,
        query=(("machine", "A beginning of the machine's id."),),
    ),
    Endpoint("GET", "/api/v1/machines", "Where each machine stands", machines, Machines),
    Endpoint(
        "GET",
        "/api/v1/prices",
        "Prices of APIs",
        prices,
        Prices,
        query=(("q", "Words in provider, model or title; all prices without."),),
    ),
    Endpoint("GET", "/api/v1/prices/{model}", "One model's price and its history", price, Price),
    Endpoint(
        "POST",
        "/api/v1/advice",
        "The advice for a scenario, a measurement, or both",
        advise,
        Advice,
        takes=AdviseOrder,
    ),
    Endpoint(
        "GET", "/api/v1/measurement", "The measurement that goes on", measurement, Measurement
    ),
    Endpoint(
        "POST",
        "/api/v1/measurement",
        "Start a measurement; one at a time",
        start,
        Measurement,
        takes=MeasureOrder,
        status=202,
    ),
    Endpoint(
        "POST",
        "/api/v1/measurement/stop",
        "End the measurement and keep what was measured",
        stop,
        Measurement,
    ),
    Endpoint(
        "GET",
        "/api/v1/measurement/events",
        "The measurement as server-sent events, one for each change",
        events,
        Measurement,
        media_type=EVENTS,
    ),
)
