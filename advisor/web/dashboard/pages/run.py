"""What is known of one run? Its answer, its numbers, its energy with the grade, its machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.history.headline import fit
from advisor.history.record import Run
from advisor.history.store import RunStore, Wanted
from advisor.report.bench import facts, stage_rows
from advisor.report.bench_rows import load_name
from advisor.report.exchange import origin_line
from advisor.report.suspect import suspect_lines
from advisor.web.dashboard.asked import site_of
from advisor.web.dashboard.shown import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST_TOLD = 200


def run(request: Request) -> Response:
    """`/runs/ID`"""
    store = site_of(request).store
    found = store.load(request.path_params["run_id"])
    tags, notes = store.marks(found.id)
    origin, bench = store.origin(found.id), found.bench
    stages = bench.stages if bench else ()
    return page(
        "run.html",
        here="history",
        run=found,
        tags=tags,
        notes=notes,
        origin=None if origin is None else origin_line(origin),
        heads=[load_name(stage) for stage in stages],
        rows=list(stage_rows(stages)),
        facts=facts(bench) if bench else (),
        suspects=list(suspect_lines(bench)) if bench else (),
        told=found.source.metrics[:MOST_TOLD] if found.source else (),
        before=_before(store, found),
        currency=found.advice.inputs.currency.shown if found.advice else None,
    )


def _before(store: RunStore, found: Run) -> str | None:
    """The run of the same model and server on the same machine that came before this one."""
    if found.bench is None or found.machine_id is None:
        return None
    wanted = Wanted(
        machine=found.machine_id,
        model=fit(found.bench.model.name),
        server=found.bench.server.kind,
        measured=True,
        limit=MOST_TOLD,
    )
    ids = [each.id for each in store.history(wanted).runs]
    if found.id not in ids:
        return None
    older = ids[ids.index(found.id) + 1 :]
    return older[0] if older else None
