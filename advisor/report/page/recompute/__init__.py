"""What would the answer be at another volume, price or tariff, worked out in the page itself?

The engine is JavaScript that mirrors `advisor.economics` and the decision flow; it runs on the
plain numbers that an advice was made of and comes to the same cent as Python does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

import msgspec
from msgspec import UnsetType

from advisor.advice.document import Advice
from advisor.documents import Unknown
from advisor.report.language import _, current, sentence
from advisor.report.page.cost_part import action_name
from advisor.report.page.recompute.controls import controls
from advisor.report.page.recompute.futures import futures_of
from advisor.report.page.recompute.rebuilt import Rebuilt, rebuilt
from advisor.report.page.recompute.start import start_of, values_of
from advisor.report.page.recompute.texts import figures, futures_note, sure, texts
from advisor.report.text import name

ENGINE = "engine"
FUTURES = "futures"
PAGE = "controls"


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a report's page: `markup` with its `data` inside, and what belongs to it.

    Script and style hold nothing from the document, so that a policy can name them by their hash.
    Where nothing can be recomputed the markup says why, and script and data are empty.
    """

    data: dict[str, Any]
    script: str
    style: str
    markup: str


def part(document: Advice | Mapping[str, Any]) -> Part | None:
    """The section for an advice, or for a run that holds one, in the current language; None where
    there is no advice. Raises `msgspec.ValidationError` for what is no such document."""
    advice = _advice_in(document)
    if advice is None:
        return None
    found = rebuilt(advice)
    if isinstance(found, Unknown):
        return Part({}, "", _text("style.css"), _markup(reason=sentence(found.reason)))
    return _interactive(advice, found)


def script(*folders: str) -> str:
    """The JavaScript of these folders of the package in one scope, without a build step."""
    package = resources.files(__name__)
    files = [
        file
        for folder in folders
        for file in sorted((package / folder).iterdir(), key=lambda each: each.name)
        if file.name.endswith(".js")
    ]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def _advice_in(document: Advice | Mapping[str, Any]) -> Advice | None:
    if isinstance(document, Advice):
        return document
    found = document.get("advice", document)
    if not isinstance(found, Mapping) or found.get("schema") != "advisor.advice/1":
        return None
    return msgspec.convert(found, Advice)


def _interactive(advice: Advice, found: Rebuilt) -> Part:
    values = values_of(found)
    shown = controls(advice.inputs, values)
    lines = figures(advice.inputs.horizon.months)
    currency = advice.inputs.currency.shown
    futures = futures_of(advice, found, values)
    data = {
        "start": {
            **start_of(found),
            "futures": None if isinstance(futures, Unknown) else futures,
        },
        "values": values,
        "controls": [asdict(each) for each in shown],
        "texts": texts(),
        "language": current(),
        "currency": {"code": currency.code, "usd_per_unit": currency.usd_per_unit},
    }
    markup = _markup(
        data=_inert(data),
        controls=shown,
        figures=lines,
        apis=[name(each.name) for each in advice.comparisons],
        rented=[(name(each.name), each.ruled_out is not None) for each in advice.rented],
        candidates=[name(each.name) for each in advice.candidates],
        baseline=name(advice.comparisons[found.baseline].name),
        months=advice.inputs.horizon.months,
        **_sure(advice, found, futures),
    )
    source = f'(() => {{\n"use strict";\n{script(ENGINE, FUTURES, PAGE)}\n}})();\n'
    return Part(data, source, _text("style.css"), markup)


def _sure(advice: Advice, found: Rebuilt, futures: dict[str, Any] | Unknown) -> dict[str, Any]:
    """What the markup says of the futures; nothing where the report has none."""
    if isinstance(advice.uncertainty, UnsetType):
        return {"choices": (), "not_followed": None}
    if isinstance(futures, Unknown):
        why = _("The reason: {why}.").format(why=sentence(futures.reason))
        return {"choices": (), "not_followed": why}
    return {
        "choices": [action_name(action) for action in futures["actions"]],
        "sure": sure(name(advice.comparisons[found.baseline].name, 40)),
        "futures_note": futures_note(futures["count"], futures["of"]),
        "not_followed": None,
    }


def _inert(data: dict[str, Any]) -> str:
    """JSON that no parser of HTML takes for a tag, a comment or the end of its element."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _markup(**context: Any) -> str:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    page.globals["_"] = _
    data = context.get("data")
    filled = {"reason": None, **context, "data": None if data is None else Markup(data)}
    return page.from_string(_text("what_if.html")).render(filled)


def _text(file: str) -> str:
    return (resources.files(__name__) / file).read_text(encoding="utf-8")
