"""What would be advised if use, prices or the box were others? A form, computed by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from advisor.advice.answer import answer
from advisor.advice.document import Advice
from advisor.advice.scenario import REQUIRED
from advisor.advice.what_if import side_of, value_now
from advisor.advice.what_if_keys import find_key, parse_value
from advisor.errors import InputError
from advisor.history.record import Run
from advisor.report.language import _
from advisor.web.dashboard.asked import Site, site_of
from advisor.web.dashboard.shown import page
from advisor.web.dashboard.turns import undisturbed

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

API, INPUT_PRICE, OUTPUT_PRICE = "api", "input_usd_per_mtok", "output_usd_per_mtok"
ORIGIN = "the form"


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the form: its key in a scenario, in words, and what it holds now."""

    key: str
    label: str
    kind: Literal["number", "choice", "text"]
    value: str
    hint: str = ""


def what_if(request: Request) -> Response:
    """`/what-if?run=ID&usage.output_tokens_per_month=20M…`"""
    site, typed = site_of(request), dict(request.query_params)
    run = _run(site, typed.get("run", "").strip())
    said = run.said if run else {}
    is_asked = any(field in typed for field in (API, *REQUIRED))
    problem, after = None, None
    with undisturbed(site):
        before = _advice(run, said)
        fields = fields_of(said, before)
        if is_asked:
            try:
                after = _advice(run, *_changed(said, fields, typed))
            except InputError as error:
                problem = error
    return page(
        "what_if.html",
        here="what-if",
        status=400 if problem else 200,
        run=run,
        fields=[_filled(field, typed) for field in fields],
        before=before,
        after=after,
        sides=(side_of(before), side_of(after)) if after else None,
        problem=problem,
        currency=(after or before).inputs.currency.shown,
    )


def fields_of(said: Mapping[str, Any], advice: Advice) -> list[Field]:
    """The main keys of a scenario with the values that the advice rests on."""
    baseline = next((each for each in advice.comparisons if each.baseline), None)
    tokens = _("such as 20M")
    labels: list[tuple[str, str, Literal["number", "choice"], str]] = [
        ("usage.input_tokens_per_month", _("Input tokens a month"), "number", tokens),
        ("usage.output_tokens_per_month", _("Output tokens a month"), "number", tokens),
        ("usage.growth_per_month", _("Growth a month"), "number", _("such as 5%")),
        ("usage.stable", _("Use is steady"), "choice", ""),
        ("usage.sensitive", _("Some data must not leave"), "choice", ""),
        ("usage.can_maintain", _("Somebody can look after a box"), "choice", ""),
        ("box.price_usd", _("Price of the box"), "number", "USD"),
        ("box.already_owned", _("The box is there already"), "choice", ""),
        ("tariff.usd_per_kwh", _("Electricity per kWh"), "number", "USD"),
        ("maintenance.hours_per_month", _("Hours of upkeep a month"), "number", ""),
        ("maintenance.usd_per_hour", _("An hour of upkeep"), "number", "USD"),
        ("horizon.months", _("Months looked ahead"), "number", ""),
        ("horizon.api_decline_per_year", _("API prices fall a year by"), "number", _("such as 5%")),
    ]
    fields = [
        Field(key, label, kind, _written(value_now(find_key(key, said), advice)), hint)
        for key, label, kind, hint in labels
    ]
    price = _("USD per million")
    return [
        *fields,
        Field(API, _("Compared with"), "text", baseline.name if baseline else "", "openai/gpt-5"),
        Field(INPUT_PRICE, _("Its price for input"), "number", "", price),
        Field(OUTPUT_PRICE, _("Its price for output"), "number", "", price),
    ]


def _run(site: Site, wanted: str) -> Run | None:
    """The run that is meant, the newest by default; None where nothing was measured yet."""
    if wanted:
        return site.store.load(wanted, measured=True)
    try:
        return site.store.load(measured=True)
    except InputError:
        return None


def _advice(run: Run | None, tables: Mapping[str, Any], settings: tuple[str, ...] = ()) -> Advice:
    return answer(
        tables,
        origin=ORIGIN,
        machine=run.machine if run else None,
        bench=run.bench if run else None,
        guess_missing=True,
        settings=settings,
    )


def _changed(
    said: Mapping[str, Any], fields: list[Field], typed: Mapping[str, str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The tables, and the settings that are not what they were or that nobody had stated."""
    tables, settings = dict(said), []
    for field in fields:
        value = typed.get(field.key, field.value).strip()
        if "." in field.key:
            unstated = field.key in REQUIRED and not _is_said(said, field.key)
            if value and (value != field.value or unstated):
                settings.append(f"{field.key}={value}")
    named, now = typed.get(API, "").strip(), next(each.value for each in fields if each.key == API)
    prices = {key: typed.get(key, "").strip() for key in (INPUT_PRICE, OUTPUT_PRICE)}
    if named and (named != now or any(prices.values())):
        tables["api"] = [{"name": named}]
        for key, value in prices.items():
            if value:
                known = find_key(f"api[0].{key}", tables)
                tables["api"][0][key] = parse_value(known, value)
    return tables, tuple(settings)


def _is_said(said: Mapping[str, Any], dotted: str) -> bool:
    table, _dot, key = dotted.partition(".")
    inside = said.get(table)
    return isinstance(inside, Mapping) and key in inside


def _filled(field: Field, typed: Mapping[str, str]) -> Field:
    """The field as the visitor left it."""
    value = typed.get(field.key, field.value)
    return Field(field.key, field.label, field.kind, value, field.hint)


def _written(value: object) -> str:
    """A value as a person would type it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return f"{value:.0f}" if float(value).is_integer() else repr(value)
    return "" if value is None else str(value)
