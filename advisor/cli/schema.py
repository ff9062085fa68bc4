"""`advisor schema`: what does each document look like?"""

from __future__ import annotations

import difflib
import importlib
from typing import Any

import click
import msgspec

from advisor.cli.output import print_json
from advisor.errors import InputError

DOCUMENTS = {
    "advisor.machine/1": "advisor.machine.document:Machine",
    "advisor.servers/1": "advisor.servers.document:Servers",
    "advisor.model/1": "advisor.models.description:Description",
    "advisor.models/1": "advisor.advice.models_table:ModelsTable",
    "advisor.prediction/1": "advisor.models.prediction:Prediction",
    "advisor.devices/1": "advisor.models.devices:Devices",
    "advisor.bench/1": "advisor.bench.document:Bench",
    "advisor.price/1": "advisor.prices.document:Price",
    "advisor.prices/1": "advisor.prices.document:Prices",
    "advisor.currencies/1": "advisor.prices.currencies.document:Currencies",
    "advisor.usage/1": "advisor.usage.document:Usage",
    "advisor.advice/1": "advisor.advice.document:Advice",
    "advisor.buy/1": "advisor.advice.buy_document:Buy",
    "advisor.run/1": "advisor.history.record:Run",
    "advisor.history/1": "advisor.history.record:History",
    "advisor.bundle/1": "advisor.history.exchange.manifest:Manifest",
    "advisor.exported/1": "advisor.history.exchange.document:Exported",
    "advisor.pushed/1": "advisor.history.exchange.document:Pushed",
    "advisor.imported/1": "advisor.history.exchange.document:Imported",
    "advisor.drift/1": "advisor.history.drift.document:Drifts",
    "advisor.notice/1": "advisor.web.notify:Notice",
    "advisor.comparison/1": "advisor.history.compare.document:Comparison",
    "advisor.ranking/1": "advisor.history.compare.ranking:Ranking",
    "advisor.schedule/1": "advisor.schedule.document:Schedules",
    "advisor.fleet/1": "advisor.fleet.document:Fleet",
    "advisor.machines/1": "advisor.fleet.document:Machines",
    "advisor.doctor/1": "advisor.doctor.document:Doctor",
    "advisor.answer/1": "advisor.agent.ask.document:Answer",
}


@click.command()
@click.argument("name", required=False)
def schema(name: str | None) -> None:
    """Print the JSON Schema of a document (all names without NAME).

    NAME is a document's `schema`, such as advisor.bench/1 (or just bench).
    """
    if name is None:
        for each in DOCUMENTS:
            click.echo(each)
        return
    print_json(json_schema(_full_name(name)))


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document called `name`, a key of DOCUMENTS."""
    module_name, attribute = DOCUMENTS[name].split(":")
    document = getattr(importlib.import_module(module_name), attribute)
    found: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    found.update(msgspec.json.schema(document))
    found["title"] = name
    return found


def _full_name(name: str) -> str:
    for candidate in (name, f"advisor.{name}", f"advisor.{name}/1", f"{name}/1"):
        if candidate in DOCUMENTS:
            return candidate
    near = difflib.get_close_matches(name, DOCUMENTS, n=1, cutoff=0.3)
    raise InputError(
        f"there is no document '{name}'",
        remedy=f"Did you mean {near[0]}?" if near else "`advisor schema` lists the names.",
    )
