"""What was said of team, box and tariff, laid over each other, with the rates kept here."""

from __future__ import annotations

from typing import Any

Table = dict[str, Any]
"""The tables of a scenario file as they would be read from TOML."""


def with_kept_rates(tables: Table, *settings: str) -> Table:
    """The tables with the rates that were fetched before, for the currencies that they (or
    `KEY=VALUE` settings) name without a rate of their own."""
    from advisor.advice.currency import codes_without_rate, with_rates

    wanted = codes_without_rate(tables, *settings)
    if not wanted:
        return tables
    from advisor.history.place import default_folder
    from advisor.prices.currencies.keep import kept_rates

    rates = [rate for rate in kept_rates(default_folder()) if rate.code in wanted]
    return with_rates(tables, rates) if rates else tables


def overlay(below: Table, above: Table) -> Table:
    """`below` with the keys of `above` on top, table by table."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = (
            {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return merged
