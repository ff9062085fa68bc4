"""Should this language model run on our own box or behind an API? Measured, priced, advised.

The public API in one screen; each room's modules hold the rest.

    from advisor import PriceBook, answer, probe, read_scenario

    machine = probe()                                    # advisor.machine/1
    run = measure(Order(), machine, user, on_progress)   # advisor.bench/1 and its samples
    advice = answer(tables, origin="my.toml", machine=machine, bench=run.document)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor._version import __version__
from advisor.errors import AdvisorError, InputError

if TYPE_CHECKING:
    from advisor.advice.advise import advise
    from advisor.advice.answer import answer
    from advisor.advice.document import Advice
    from advisor.advice.scenario import parse_scenario, read_scenario, read_tables
    from advisor.bench.document import Bench
    from advisor.bench.session import Order, measure
    from advisor.history.record import Run
    from advisor.history.store import RunStore
    from advisor.machine.document import Machine
    from advisor.machine.probe import probe
    from advisor.prices.book import PriceBook
    from advisor.prices.document import Price
    from advisor.servers.discovery import connect, discover
    from advisor.usage.records import read_usage

_HOMES = {
    "Advice": "advice.document",
    "Bench": "bench.document",
    "Machine": "machine.document",
    "Order": "bench.session",
    "Price": "prices.document",
    "PriceBook": "prices.book",
    "Run": "history.record",
    "RunStore": "history.store",
    "advise": "advice.advise",
    "answer": "advice.answer",
    "connect": "servers.discovery",
    "discover": "servers.discovery",
    "measure": "bench.session",
    "parse_scenario": "advice.scenario",
    "probe": "machine.probe",
    "read_scenario": "advice.scenario",
    "read_tables": "advice.scenario",
    "read_usage": "usage.records",
}
"""Public name -> module, imported when it is first asked for."""

__all__ = [
    "Advice",
    "AdvisorError",
    "Bench",
    "InputError",
    "Machine",
    "Order",
    "Price",
    "PriceBook",
    "Run",
    "RunStore",
    "__version__",
    "advise",
    "answer",
    "connect",
    "discover",
    "measure",
    "parse_scenario",
    "probe",
    "read_scenario",
    "read_tables",
    "read_usage",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'advisor' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(f"advisor.{_HOMES[name]}"), name)
