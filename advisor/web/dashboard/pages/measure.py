"""How is a measurement started and watched? A form, then live progress, then the run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from advisor.errors import InputError
from advisor.report.language import _, current
from advisor.web.dashboard.asked import form_of, site_of
from advisor.web.dashboard.shown import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

LOOK_EVERY_S = 1.0
BEAT_EVERY = 15
LONGEST_VALUE = 500
OPTIONS = {
    "url": "--url",
    "model": "--model",
    "concurrency": "--concurrency",
    "max_time": "--max-time",
    "input_tokens": "--input-tokens",
    "output_tokens": "--output-tokens",
}
SITUATION = {
    "input_tokens_per_month": "--input-tokens-per-month",
    "output_tokens_per_month": "--output-tokens-per-month",
    "box_price_usd": "--box-price-usd",
    "usd_per_kwh": "--usd-per-kwh",
    "api": "--api",
}
"""The fields of the form, and the options of the command that they become."""


def measure(request: Request) -> Response:
    """`/measure`"""
    return show(request, {})


def show(request: Request, typed: Mapping[str, str], problem: InputError | None = None) -> Response:
    """The form, or how far the measurement is."""
    site = site_of(request)
    return page(
        "measure.html",
        status=400 if problem else 200,
        here="measure",
        measurement=site.measuring.now(),
        form_secret=site.access.form_secret,
        typed=typed,
        problem=problem,
        labels={
            "url": (_("Address of the server"), _("empty: the one that runs here")),
            "model": (_("Model"), _("empty: the one that is loaded")),
            "concurrency": (_("Streams at once"), "1,4,16"),
            "max_time": (_("The most that each load takes"), "30s"),
            "input_tokens": (_("Tokens of each prompt"), "512"),
            "output_tokens": (_("Tokens of each answer"), "128"),
        },
        situation={
            "input_tokens_per_month": (_("Input tokens a month"), _("such as 20M")),
            "output_tokens_per_month": (_("Output tokens a month"), _("such as 20M")),
            "box_price_usd": (_("Price of the box"), "USD"),
            "usd_per_kwh": (_("Electricity per kWh"), "USD"),
            "api": (_("Compared with"), "openai/gpt-5"),
        },
    )


async def start(request: Request) -> Response:
    """`POST /measure`"""
    from starlette.responses import RedirectResponse

    fields = await form_of(request)
    try:
        site_of(request).measuring.start(arguments_of(fields), current())
    except InputError as error:
        return show(request, fields, error)
    return RedirectResponse("/measure", status_code=303)


async def stop(request: Request) -> Response:
    """`POST /measure/stop`"""
    from starlette.responses import RedirectResponse

    await form_of(request)
    site_of(request).measuring.stop()
    return RedirectResponse("/measure", status_code=303)


async def events(request: Request) -> Response:
    """`/api/v1/measurement/events`: each change as a server-sent event, until it has ended."""
    from starlette.responses import StreamingResponse

    return StreamingResponse(
        _told(request),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _told(request: Request) -> AsyncIterator[bytes]:
    measuring, closing = site_of(request).measuring, request.app.state.closing
    last, silent = None, 0
    while not closing.is_set():
        now = measuring.now()
        silent += 1
        if now != last:
            last, silent = now, 0
            yield b"data: " + msgspec.json.encode(now) + b"\n\n"
        elif silent % BEAT_EVERY == 0:
            yield b": still here\n\n"
        if now.state not in ("running", "stopping"):
            return
        await asyncio.sleep(LOOK_EVERY_S)


def arguments_of(fields: Mapping[str, str]) -> list[str]:
    """The command that a form asks for. Raises InputError for a value that no option takes.

    Each value is given as `--option=value`, so that none is taken for an option of its own.
    """
    command = fields.get("command", "run")
    if command not in ("run", "bench"):
        raise InputError(f"there is no measurement '{command[:40]}'")
    options = OPTIONS | (SITUATION if command == "run" else {})
    given = []
    for name, option in options.items():
        value = fields.get(name, "").strip()
        if len(value) > LONGEST_VALUE or not value.isprintable():
            raise InputError(f"{option} is too long, or holds characters that cannot be typed")
        if value:
            given.append(f"{option}={value}")
    return [command, "--json", *given]
