"""Where does this machine stand? Its newest answer, its newest numbers, how they went."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from advisor.history.headline import fit
from advisor.history.record import Run, RunSummary
from advisor.history.store import RunStore, Wanted
from advisor.machine.last import last_machine
from advisor.web.dashboard.asked import site_of
from advisor.web.dashboard.shown import page
from advisor.web.dashboard.trend import Trend, trends_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST_RECENT = 8
MOST_OF_TREND = 60


def home(request: Request) -> Response:
    """`/`"""
    site = site_of(request)
    store = site.store
    machine = _this_machine(store)
    of_machine = Wanted(machine=machine, own=True)
    advised = _newest(store, replace(of_machine, kind="run"))
    measured = _newest(store, replace(of_machine, measured=True))
    return page(
        "home.html",
        here="home",
        measurement=site.measuring.now(),
        place=store.place.name,
        advised=advised,
        measured=measured,
        trends=_trends(store, of_machine, measured),
        recent=store.history(Wanted(limit=MOST_RECENT)).runs,
        currency=advised.advice.inputs.currency.shown if advised and advised.advice else None,
    )


def _this_machine(store: RunStore) -> str | None:
    """This machine's id, where it was probed before and the history holds measurements of it."""
    probed = last_machine(store.place.folder)
    if probed is None:
        return None
    found = store.history(Wanted(machine=probed.id, measured=True, own=True, limit=1)).runs
    return probed.id if found else None


def _newest(store: RunStore, wanted: Wanted) -> Run | None:
    found = store.history(replace(wanted, limit=1)).runs
    return store.load(found[0].id) if found else None


def _trends(store: RunStore, of_machine: Wanted, measured: Run | None) -> tuple[Trend, ...]:
    """How the newest run's model went on its machine."""
    if measured is None or measured.bench is None:
        return ()
    wanted = replace(of_machine, machine=measured.machine_id, model=fit(measured.bench.model.name))
    runs = store.history(replace(wanted, measured=True, limit=MOST_OF_TREND)).runs
    return trends_of(_alike(runs, measured.id))


def _alike(runs: tuple[RunSummary, ...], run_id: str) -> list[RunSummary]:
    """Those of the same quantization, server and workload as this one, oldest first."""

    def key(run: RunSummary) -> tuple[str | None, ...]:
        return run.model, run.quantization, run.server, run.workload

    wanted = next((key(run) for run in runs if run.id == run_id), None)
    return [run for run in reversed(runs) if key(run) == wanted and not run.partial]
