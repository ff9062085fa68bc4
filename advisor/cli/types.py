"""How are durations, shares and concurrencies written on the command line?"""

from __future__ import annotations

import math
from typing import Any

import click

MOST_TOKENS = 1_000_000
SECONDS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}


def amount(typed: str) -> float:
    """A number as people type it: 6000000, 6_000_000, 6,000,000, 6M, 12k, 1.5B, $2000.

    Raises ValueError if it is none, or negative or not finite.
    """
    bare = typed.strip().lstrip("$").replace(",", "").replace("_", "").replace(" ", "")
    factor = {"k": 1e3, "m": 1e6, "b": 1e9}.get(bare[-1:].lower(), 1.0)
    value = float(bare[:-1] if factor != 1.0 else bare) * factor
    if not math.isfinite(value) or value < 0:
        raise ValueError(typed)
    return value


class FiniteRange(click.FloatRange):
    """A range of numbers; `nan` and `inf` are in none, whatever its bounds."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            kind = self.name
            self.fail(f"{value!r} is not a valid {kind}.", param, ctx)
        return number


class Amount(click.ParamType[float]):
    """`6000000`, `6M`, `0.15`."""

    name = "amount"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        try:
            return amount(str(value))
        except ValueError:
            self.fail("an amount is written like 6000000, 6M or 0.15", param, ctx)


class Duration(click.ParamType[float]):
    """`60s`, `2min`, `1h` or plain seconds."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        if isinstance(value, int | float):
            return float(value)
        text = str(value).strip()
        for unit in sorted(SECONDS, key=len, reverse=True):
            if text.endswith(unit):
                return self._number(text.removesuffix(unit), param, ctx) * SECONDS[unit]
        return self._number(text, param, ctx)

    def _number(self, text: str, param: Any, ctx: Any) -> float:
        try:
            seconds = float(text)
        except ValueError:
            seconds = math.nan
        if not (math.isfinite(seconds) and seconds > 0):
            self.fail("a duration is written like 60s or 2min", param, ctx)
        return seconds


class Share(click.ParamType[float]):
    """`5%` or `0.05`."""

    name = "share"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = math.nan
        if not 0 < share < 1:
            self.fail("a share is written like 5% or 0.05", param, ctx)
        return share


class TokenCounts(click.ParamType[tuple[int, ...]]):
    """`2048,8k,32k` tokens."""

    name = "token counts"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        try:
            counts = tuple(round(amount(part)) for part in str(value).split(","))
        except ValueError:
            counts = (0,)
        if not all(1 <= count <= MOST_TOKENS for count in counts):
            self.fail("token counts are written like 2048,8k,32k", param, ctx)
        return counts


class ContextTokens(click.ParamType[int]):
    """`32768` or `32k` tokens."""

    name = "token count"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        from advisor.models.memory import MOST_CONTEXT_TOKENS

        try:
            count = round(amount(str(value)))
        except ValueError:
            self.fail("tokens are written like 32768 or 32k", param, ctx)
        if not 1 <= count <= MOST_CONTEXT_TOKENS:
            self.fail(f"{count:,} tokens are not from 1 to {MOST_CONTEXT_TOKENS:,}", param, ctx)
        return count


class Rates(click.ParamType[tuple[float, ...]]):
    """`0.5,1,2` requests a second."""

    name = "rates"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        try:
            rates = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            rates = (math.nan,)
        if not all(math.isfinite(rate) and rate > 0 for rate in rates):
            self.fail("rates are requests a second above 0, like 0.5,1,2", param, ctx)
        return rates


class Concurrencies(click.ParamType[tuple[int, ...]]):
    """`1,16,64`."""

    name = "concurrencies"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",")]
        if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 4096 for part in parts):
            self.fail("concurrencies are whole numbers from 1 on, like 1,16,64", param, ctx)
        return tuple(int(part) for part in parts)


class Moment(click.ParamType[int]):
    """`2026-11-25`, `2026-11-25T09:30` (UTC unless it says otherwise) or `7d` ago, as Unix
    microseconds; with `end` a bare date is its last one."""

    name = "date"

    def __init__(self, *, end: bool = False) -> None:
        self._end = end

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        from advisor.history.moments import micros

        if isinstance(value, int):
            return value
        try:
            return micros(str(value), end=self._end)
        except ValueError:
            self.fail("a date is written like 2026-11-25, 2026-11-25T09:30 or 7d", param, ctx)
