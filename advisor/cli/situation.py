"""What does the user say of their team, box and tariff? Options and questions, as scenario keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from advisor.cli.types import Amount, amount
from advisor.history.said import Table, overlay, with_kept_rates
from advisor.report.language import _

__all__ = [
    "ask",
    "currency_option",
    "overlay",
    "situation",
    "situation_options",
    "with_kept_rates",
]

_OPTIONS: list[tuple[str, str, str, str]] = [
    (
        "usage",
        "input_tokens_per_month",
        "--input-tokens-per-month",
        "Input tokens a month, of the whole team.",
    ),
    (
        "usage",
        "output_tokens_per_month",
        "--output-tokens-per-month",
        "Output tokens a month, reasoning included.",
    ),
    ("box", "price_usd", "--box-price-usd", "What the box costs (or would sell for)."),
    ("tariff", "usd_per_kwh", "--usd-per-kwh", "Price of electricity."),
    (
        "maintenance",
        "hours_per_month",
        "--maintenance-hours",
        "Hours a month that somebody is paid to look after the box.",
    ),
    ("maintenance", "usd_per_hour", "--maintenance-usd-per-hour", "What an hour costs."),
]

_SWITCHES: list[tuple[str, str, str, bool, str]] = [
    ("box", "already_owned", "--already-owned", True, "The box is there; its price is resale."),
    ("usage", "stable", "--unstable", False, "Use swings, or is still being validated."),
    ("usage", "sensitive", "--sensitive", True, "Data must not leave the house."),
    ("usage", "can_maintain", "--cannot-maintain", False, "Nobody here can look after a box."),
]


def situation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that describe the situation; `situation` gathers what they were given."""
    for _table, key, flag, _value, text in reversed(_SWITCHES):
        command = click.option(flag, key, is_flag=True, help=text)(command)
    command = click.option(
        "--api",
        "apis",
        multiple=True,
        metavar="NAME",
        help="An API to compare with, such as openai/gpt-5-mini; the first decides.",
    )(command)
    for _table, key, flag, text in reversed(_OPTIONS):
        command = click.option(flag, key, type=Amount(), metavar="N", help=text)(command)
    return command


def situation(given: Table) -> Table:
    """The scenario tables that the options in `given` fill; options not given fill nothing."""
    tables: Table = {}
    for table, key, *_rest in _OPTIONS:
        if given.get(key) is not None:
            tables.setdefault(table, {})[key] = given[key]
    for table, key, _flag, value, _text in _SWITCHES:
        if given.get(key):
            tables.setdefault(table, {})[key] = value
    if given.get("currency"):
        tables["currency"] = {"code": given["currency"].upper()}
    if given.get("apis"):
        tables["api"] = [{"name": name} for name in given["apis"]]
    return tables


def currency_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--currency`, for commands that end with an advice."""
    return click.option(
        "--currency",
        metavar="CODE",
        help="Show amounts in this currency, such as TWD (`advisor prices currency`).",
    )(command)


def ask(tables: Table) -> Table:
    """Asks on the terminal for what decides and was not given; Enter leaves it to the default."""
    import contextlib

    answers: Table = {}
    usage = tables.get("usage", {})
    box = tables.get("box", {})
    click.echo(_("A few questions decide; Enter where you do not know."), err=True)
    for table, key, question in (
        ("usage", "input_tokens_per_month", "Input tokens a month (such as 6M)"),
        ("usage", "output_tokens_per_month", "Output tokens a month"),
        ("box", "price_usd", "Price of this box in USD (0 if it is there anyway)"),
        ("tariff", "usd_per_kwh", "Electricity, USD per kWh"),
    ):
        if key in tables.get(table, {}):
            continue
        while True:
            typed = click.prompt(_(question), default="", show_default=False, err=True).strip()
            if not typed:
                break
            with contextlib.suppress(ValueError):
                answers.setdefault(table, {})[key] = amount(typed)
                break
            click.echo(_("That is no number; write 6000000, 6M or 0.15."), err=True)
    for key, question, normal in (
        ("stable", "Is use steady from month to month?", True),
        ("sensitive", "Is there data that must not leave the house?", False),
        ("can_maintain", "Can somebody of yours look after a box?", True),
    ):
        if key not in usage:
            answers.setdefault("usage", {})[key] = click.confirm(_(question), normal, err=True)
    if "price_usd" not in box and answers.get("box", {}).get("price_usd") == 0:
        answers["box"]["already_owned"] = True
    if not tables.get("api"):
        named = click.prompt(
            _("The API that you use or would use (such as openai/gpt-5-mini)"),
            default="",
            show_default=False,
            err=True,
        ).strip()
        if named:
            answers["api"] = [{"name": named}]
    return answers
