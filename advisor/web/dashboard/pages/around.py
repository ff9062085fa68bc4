"""What else is there besides the pages? The way in, health, metrics, and how a failure looks."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from advisor.documents import to_json
from advisor.errors import AdvisorError, InputError
from advisor.report.language import _
from advisor.report.text import safe
from advisor.web.dashboard.asked import site_of
from advisor.web.dashboard.contract import Failure, FailurePart
from advisor.web.dashboard.guard import signed_in
from advisor.web.dashboard.measurement import BusyError
from advisor.web.dashboard.shown import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def login(_request: Request) -> Response:
    """`/login`"""
    return page("login.html", here="login", wrong=False)


async def enter(request: Request) -> Response:
    """`POST /login`; it needs no secret of a form, for without the token it does nothing."""
    access = site_of(request).access
    try:
        fields = dict(parse_qsl((await request.body()).decode(), max_num_fields=5))
    except ValueError:
        fields = {}
    if access.admits(fields.get("token", "").strip()):
        return signed_in(access, "/")
    return page("login.html", status=403, here="login", wrong=True)


def healthz(request: Request) -> Response:
    """`/healthz`: whether the history can be read."""
    from starlette.responses import PlainTextResponse

    try:
        site_of(request).store.open()
    except AdvisorError:
        return PlainTextResponse("the history cannot be read\n", status_code=503)
    return PlainTextResponse("ok\n")


def metrics(request: Request) -> Response:
    """`/metrics`, for Prometheus."""
    from starlette.responses import Response as Plain

    from advisor.web.metrics import CONTENT_TYPE

    content = request.app.state.exposition.content()
    return Plain(content, headers={"Content-Type": CONTENT_TYPE})


def failed(request: Request, error: Exception) -> Response:
    """An error of ours: a page for a person, a document for a program."""
    assert isinstance(error, AdvisorError)
    status = 500
    if isinstance(error, BusyError):
        status = 409
    elif isinstance(error, InputError):
        status = 404 if error.what.startswith("there is no run") else 400
    return _failure(request, status, FailurePart(error.what, error.why, error.remedy))


def refused(request: Request, error: Exception) -> Response:
    """What the framework refuses: no such page, no such method, too much."""
    from starlette.exceptions import HTTPException

    assert isinstance(error, HTTPException)
    what = _("There is no such page") if error.status_code == 404 else error.detail
    return _failure(request, error.status_code, FailurePart(what, "", ""), error.headers)


def broken(request: Request, error: Exception) -> Response:
    """A mistake of ours: said on the terminal, not in the page."""
    told = f"{type(error).__name__}: {error}"
    print(f"advisor: internal error at {safe(request.url.path)}: {safe(told)}", file=sys.stderr)
    part = FailurePart("internal error", "this is a bug in advisor", "The terminal says more.")
    return _failure(request, 500, part)


def _failure(request: Request, status: int, part: FailurePart, headers: object = None) -> Response:
    from starlette.responses import Response as Plain

    kept = dict(headers) if isinstance(headers, dict) else {}
    if request.url.path.startswith("/api/"):
        content = to_json(Failure(error=part))
        return Plain(content, status, {**kept, "Content-Type": "application/json"})
    return page(
        "error.html",
        status=status,
        headers=kept,
        here="",
        code=status,
        title=HTTPStatus(status).phrase,
        error=part,
    )
