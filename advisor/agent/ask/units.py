"""In which unit is a number written, and in which does a document hold one?"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted, and how many of its base unit one of these is."""

    dimension: str
    factor: float = 1.0


USD, SHARE, TIMES, TOKENS = Unit("usd"), Unit("share"), Unit("times"), Unit("tokens")
PERCENT = Unit("share", 0.01)
SECONDS, MONTHS, JOULES, WATTS = Unit("s"), Unit("months"), Unit("j"), Unit("w")
BYTES, GRAMS = Unit("bytes"), Unit("g")
HOURS, KWH = Unit("s", 3600.0), Unit("j", 3.6e6)

_WRITTEN: dict[Unit, str] = {
    USD: "US$ $ USD dollars dollar 美元 美金",
    Unit("usd", 0.01): "¢ cents cent 美分",
    Unit("twd"): "NT$ TWD NTD 元 新臺幣 新台幣 臺幣 台幣",
    Unit("eur"): "€ EUR euros euro 歐元",
    Unit("gbp"): "£ GBP pounds pound 英鎊",
    Unit("jpy"): "¥ JPY yen 日圓",
    PERCENT: "% percent per-cent percentage-points",
    TIMES: "× x times fold -fold 倍",
    TOKENS: "tokens/s token/s tok/s t/s tokens token tok",
    MONTHS: "months month mo 個月 月",
    Unit("months", 12.0): "years year yr 年",
    Unit("s", 1e-3): "ms milliseconds millisecond 毫秒",
    Unit("s", 1e-6): "µs μs us microseconds microsecond 微秒",
    SECONDS: "s sec secs seconds second 秒",
    Unit("s", 60.0): "min mins minutes minute 分鐘",
    HOURS: "h hr hrs hours hour 小時",
    Unit("s", 86400.0): "days day 天 日",
    WATTS: "W watts watt 瓦",
    Unit("w", 1e3): "kW kilowatts kilowatt 千瓦",
    JOULES: "J joules joule 焦耳",
    Unit("j", 3.6e3): "Wh",
    KWH: "kWh 度",
    BYTES: "bytes byte B",
    Unit("bytes", 1e3): "kB KB",
    Unit("bytes", 1e6): "MB",
    Unit("bytes", 1e9): "GB",
    Unit("bytes", 1e12): "TB",
    Unit("bytes", 2.0**10): "KiB",
    Unit("bytes", 2.0**20): "MiB",
    Unit("bytes", 2.0**30): "GiB",
    Unit("bytes", 2.0**40): "TiB",
    GRAMS: "g grams gram 公克",
    Unit("g", 1e3): "kg kilograms kilogram 公斤",
}
WRITTEN = {
    word.replace("per-cent", "per cent"): unit
    for unit, words in _WRITTEN.items()
    for word in words.split()
}
"""As people write them: word -> unit."""

_OF_KEYS = {
    "usd": USD,
    "percent": PERCENT,
    "share": SHARE,
    "fraction": SHARE,
    "utilization": SHARE,
    "probability": SHARE,
    "kwh": KWH,
    "j": JOULES,
    "w": WATTS,
    "ms": Unit("s", 1e-3),
    "us": Unit("s", 1e-6),
    "s": SECONDS,
    "seconds": SECONDS,
    "hours": HOURS,
    "h": HOURS,
    "days": Unit("s", 86400.0),
    "months": MONTHS,
    "month": MONTHS,
    "years": Unit("months", 12.0),
    "tokens": TOKENS,
    "tok": TOKENS,
    "bytes": BYTES,
    "gib": Unit("bytes", 2.0**30),
    "mib": Unit("bytes", 2.0**20),
    "gb": Unit("bytes", 1e9),
    "mb": Unit("bytes", 1e6),
    "kg": Unit("g", 1e3),
    "g": GRAMS,
}
"""Parts of keys, the first one that a key has counts."""

_CASELESS = {word.lower() for word in WRITTEN if len(word) > 3}
_WORDS = sorted(WRITTEN, key=len, reverse=True)
_AFTER = re.compile(r"[\s-]?(" + "|".join(re.escape(word) for word in _WORDS) + r")(?![A-Za-z])")
_BEFORE = re.compile(r"(US\$|NT\$|USD|TWD|EUR|[$€£¥])\s?$")


def unit_after(text: str, at: int) -> tuple[Unit | None, int]:
    """The unit that follows a number which ends at `at`, and where it ends."""
    found = _AFTER.match(text, at) or _AFTER.match(text.lower(), at)
    if found is None:
        return None, at
    word = found[1]
    if word not in WRITTEN or (word not in text[at : found.end()] and word not in _CASELESS):
        return None, at
    return WRITTEN[word], found.end()


def unit_before(text: str, at: int) -> Unit | None:
    """The currency that precedes a number which begins at `at`."""
    found = _BEFORE.search(text[max(0, at - 5) : at])
    return WRITTEN[found[1]] if found else None


def unit_of_path(path: str) -> Unit | None:
    """The unit of the value at a path, by the names of its keys, the nearest first."""
    for key in reversed(path.split(".")):
        parts = set(key.lower().partition("_per_")[0].split("_"))
        for part, unit in _OF_KEYS.items():
            if part in parts:
                return unit
    return None


def is_named_in(dimension: str, text: str) -> bool:
    """Whether a text holds a unit of that dimension, behind whichever of its numbers."""
    return any(
        re.search(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", text, re.IGNORECASE)
        for word, unit in WRITTEN.items()
        if unit.dimension == dimension
    )


def is_per_million(path: str) -> bool:
    """Whether the value at a path is a price per million tokens."""
    return "mtok" in path.rpartition(".")[2].split("_")
