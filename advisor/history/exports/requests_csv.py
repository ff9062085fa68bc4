"""What happened in each request? A table for spreadsheets: RFC 4180, one row a request."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from statistics import fmean

from advisor.bench.document import RequestSample, StageSamples
from advisor.history.exports.loads import Recorded
from advisor.history.exports.spreadsheet import Cell, safe
from advisor.history.exports.timing import first_token_us, gaps_us, start_us, tpot_us

OF_RUN: dict[str, Callable[[Recorded], Cell]] = {
    "run": lambda recorded: recorded.run.id,
    "server": lambda recorded: recorded.bench.server.kind,
    "model": lambda recorded: recorded.bench.model.name,
}
OF_LOAD: dict[str, Callable[[StageSamples], Cell]] = {
    "concurrency": lambda load: load.concurrency,
    "rate_per_s": lambda load: load.rate,
    "output_tokens_asked": lambda load: load.output_tokens_asked,
}
OF_REQUEST: dict[str, Callable[[RequestSample], Cell]] = {
    "counted": lambda request: request.counted,
    "planned_ms": lambda request: _ms(request.planned_us),
    "sent_ms": lambda request: _ms(request.sent_us),
    "closed_ms": lambda request: _ms(request.closed_us),
    "ttft_ms": lambda request: _ms(first_token_us(request, start_us(request))),
    "itl_mean_ms": lambda request: _ms(fmean(gaps)) if (gaps := gaps_us(request)) else None,
    "tpot_ms": lambda request: _ms(tpot_us(request)),
    "e2e_ms": lambda request: None if request.error else _ms(request.closed_us - start_us(request)),
    "input_tokens": lambda request: request.input_tokens,
    "cached_input_tokens": lambda request: request.cached_input_tokens,
    "output_tokens": lambda request: request.output_tokens,
    "events": lambda request: len(request.events_us),
    "error": lambda request: request.error,
}


def requests_csv(recorded: Recorded) -> bytes:
    """Every request of a run, those outside the steady window too (`counted` false)."""
    table = io.StringIO(newline="")
    rows = csv.writer(table)
    rows.writerow([*OF_RUN, "stage", *OF_LOAD, "request", *OF_REQUEST])
    of_run = [cell(recorded) for cell in OF_RUN.values()]
    for stage, load in enumerate(recorded.samples.stages, start=1):
        of_load = [stage, *(cell(load) for cell in OF_LOAD.values())]
        for number, request in enumerate(load.requests, start=1):
            of_request = [number, *(cell(request) for cell in OF_REQUEST.values())]
            rows.writerow([safe(each) for each in (*of_run, *of_load, *of_request)])
    return table.getvalue().encode()


def _ms(microseconds: float | None) -> float | None:
    return None if microseconds is None else round(microseconds / 1e3, 6)
