"""Which numbers does a sentence state, how exactly, and do they say what a record holds?

The rule: a number says a record's value if that value, in the unit that is written, rounds to it at
the place of its last digit, and rounding has moved it by no more than `MOST_ROUNDED`. Where the
sentence says "about", zeros at the end of a whole number count as rounded, as long as two digits
stand before them. Sums, differences and ratios that no tool computed match nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from advisor.agent.ask.units import (
    MONTHS,
    PERCENT,
    TIMES,
    Unit,
    is_per_million,
    unit_after,
    unit_before,
    unit_of_path,
)
from advisor.agent.ask.words import spelled_numbers

MOST_ROUNDED = 0.05
LEAST_DIGITS = 2

_DIGITS = re.compile(
    r"(?:(?<![\w).])[+\-−])?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:[eE]([+-]?\d{1,3})(?!\w))?"
)
_SCALE = re.compile(
    r"(?:\s?(?P<short>[kKMB]|bn)(?![A-Za-z])|\s?(?P<long>thousand|million|billion|trillion)\b"
    r"|\s?(?P<zh>[千萬万億亿]))"
)
_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "bn": 1e9, "thousand": 1e3, "million": 1e6}
_SCALES.update({"billion": 1e9, "trillion": 1e12, "千": 1e3, "萬": 1e4, "万": 1e4})
_SCALES.update({"億": 1e8, "亿": 1e8})
_PER_MILLION = re.compile(
    r"(?:(?:\bper|\ba|\ban|\beach|/|每)\s*(?:1\s*)?(?:M|million|百萬)(?:\s*(?:input |output )?"
    r"(?:tokens?|tok))?|/\s*Mtok|每百萬)(?![A-Za-z])",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:about|around|roughly|approximately|approx\.?|almost|nearly|some|~|≈|約|大約|近)\s*"
    r"(?:US\$|NT\$|[$€£¥])?\s*$",
    re.IGNORECASE,
)
_CLOSE_AFTER = 40
"""How far behind a price its "per million tokens" may stand."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as a sentence states it: `step` is one in the place of its last digit.

    `problem` says why it is none that could be checked, such as digits within a word. It stands
    from `start` to `end`, its unit and scale included.
    """

    text: str
    value: float
    step: float
    unit: Unit | None = None
    about: float | None = None
    per_million: bool = False
    problem: str = ""
    start: int = 0
    end: int = 0


def numbers_in(text: str) -> list[Number]:
    """Every number that the text states, in digits or words. Names are to be taken out before."""
    per_million = [(each.start(), each.end()) for each in _PER_MILLION.finditer(text)]
    plain = _blank(text, per_million)
    found, taken = [], []
    for each in _DIGITS.finditer(plain):
        number, end = _written(plain, each, [start for start, _ in per_million])
        found.append(number)
        taken.append((each.start(), end))
    for word in spelled_numbers(_blank(plain, taken)):
        unit, end = unit_after(plain, word.end)
        if word.alone and unit is None:
            continue
        step = 0.0 if word.value != int(word.value) else 1.0
        shown = plain[word.start : word.end]
        unit = unit or unit_before(plain, word.start)
        found.append(Number(shown, word.value, step, unit, start=word.start, end=end))
    return found


def says(number: Number, value: Any, path: str) -> bool:
    """Whether the number states the value that stands at `path` of a document."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _is_in_key(number, path)
    if number.per_million and not is_per_million(path):
        return False
    kept = unit_of_path(path)
    if _is_in_key(number, path):
        return True
    factor = _factor(number.unit, kept)
    if factor is None:
        return False
    return any(
        _rounds(value, number.value * factor, step * factor)
        for step in (number.step, number.about)
        if step is not None
    )


def _factor(written: Unit | None, kept: Unit | None) -> float | None:
    """What a written number is to be multiplied with to be in the unit kept; None: unlike."""
    if written is None:
        return 1.0
    if kept is None:
        return 0.01 if written == PERCENT else 1.0
    if written.dimension == kept.dimension:
        return written.factor / kept.factor
    return 1.0 if written == TIMES and kept.dimension == "share" else None


def _rounds(value: float, stated: float, step: float) -> bool:
    distance = abs(stated - value)
    if distance <= 1e-9 * abs(value):
        return True
    return distance <= step / 2 * (1 + 1e-9) and distance <= MOST_ROUNDED * abs(value)


def _is_in_key(number: Number, path: str) -> bool:
    """Whether the number stands in the name of the key, as the 12 in `usd_12_months`."""
    parts = path.rpartition(".")[2].split("_")
    if number.value != int(number.value) or number.unit != MONTHS:
        return False
    return f"{number.value:.0f}" in parts[:-1] and parts[-1] == "months"


def _written(text: str, found: re.Match[str], millions: list[int]) -> tuple[Number, int]:
    """The number in digits, with its scale and unit, and where all of that ends."""
    digits = found[1].replace(",", "")
    sign = -1.0 if found[0][0] in "-−" else 1.0
    exponent = 10.0 ** int(found[2] or 0)
    places = len(digits.partition(".")[2])
    unit, end = unit_after(text, found.end())
    scale = 1.0
    if unit is None or unit.dimension == "bytes":
        scaled = _SCALE.match(text, found.end())
        if scaled is not None and (unit is None or end == scaled.end()):
            scale = _SCALES[scaled["short"] or scaled["long"] or scaled["zh"]]
            unit, end = unit_after(text, scaled.end())
    unit = unit_before(text, found.start(1)) or unit
    value = sign * float(digits) * exponent * scale
    step = 10.0**-places * exponent * scale
    number = Number(
        text=text[found.start() : end].strip(),
        value=value,
        step=step,
        unit=unit,
        about=_rounded_step(digits, step, text[: found.start()]),
        per_million=any(0 <= start - end < _CLOSE_AFTER for start in millions),
        problem=_glued(text, found.start(1), end),
        start=found.start(),
        end=end,
    )
    return number, end


def _rounded_step(digits: str, step: float, before: str) -> float | None:
    bare = digits.rstrip("0")
    if "." in digits or len(bare) < LEAST_DIGITS or not _ABOUT.search(before):
        return None
    return step * 10.0 ** (len(digits) - len(bare))


def _glued(text: str, start: int, end: int) -> str:
    """Digits within a word state nothing that could be looked up: H100, 3rd, GPT-4."""
    before = text[start - 1] if start else " "
    further = text[start - 2] if start > 1 else " "
    after = text[end] if end < len(text) else " "
    inside = (before.isalpha() and before.isascii()) or before in "_."
    hyphened = before in "-/" and further.isascii() and further.isalpha()
    if inside or hyphened or (after.isascii() and after.isalpha()) or after == "_":
        return "it is part of a word that no cited record has as a name"
    return ""


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with these spans as spaces, so that places stay."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
