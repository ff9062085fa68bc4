"""Which numbers does a text state in words, in English or Chinese?"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_VALUES = {
    **{word: float(value) for value, word in enumerate(_SMALL)},
    **{word: 10.0 * (value + 2) for value, word in enumerate(_TENS)},
    "dozen": 12.0,
    "dozens": 12.0,
}
_FRACTIONS = {
    "half": 0.5,
    "halves": 0.5,
    "halved": 0.5,
    "quarter": 0.25,
    "a third": 1 / 3,
    "one third": 1 / 3,
    "two thirds": 2 / 3,
    "three quarters": 0.75,
    "double": 2.0,
    "doubles": 2.0,
    "doubled": 2.0,
    "twice": 2.0,
    "triple": 3.0,
    "triples": 3.0,
    "tripled": 3.0,
    "thrice": 3.0,
    "tenfold": 10.0,
    "hundredfold": 100.0,
    "quadruple": 4.0,
    "一半": 0.5,
    "減半": 0.5,
    "加倍": 2.0,
    "翻倍": 2.0,
}
_ONE_WORD = "|".join(sorted([*_VALUES, *_SCALES, "hundred", "hundreds"], key=len, reverse=True))
_SPELLED = re.compile(
    rf"\b(?:{_ONE_WORD})s?(?:(?:[\s-]+(?:and[\s-]+)?)(?:{_ONE_WORD})s?)*\b", re.IGNORECASE
)
_PARTS = re.compile(
    "|".join(
        rf"\b{word.replace(' ', '[ -]')}\b" if word.isascii() else word
        for word in sorted(_FRACTIONS, key=len, reverse=True)
    ),
    re.IGNORECASE,
)
_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}
_DIGITS.update({"〇": 0, "兩": 2, "两": 2})
_STEPS = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"萬": 1e4, "万": 1e4, "億": 1e8, "亿": 1e8}
_CHINESE = re.compile(
    r"百分之([零〇一二兩两三四五六七八九十百]+)|"
    r"([零〇一二兩两三四五六七八九十百千萬万億亿]+)(?=\s*(?:多|幾)?\s*"
    r"(?:個|年|月|天|日|小時|分鐘|秒|元|美元|美金|美分|倍|成|度|瓦|萬|億|token|%))"
)


@dataclass(frozen=True, slots=True)
class Spelled:
    """A number in words, from `start` to `end`; `alone` for a bare "one", which is rarely one."""

    start: int
    end: int
    value: float
    alone: bool = False


def spelled_numbers(text: str) -> list[Spelled]:
    """Every number that the text states in words, in order."""
    found = [
        Spelled(each.start(), each.end(), _FRACTIONS[" ".join(re.split("[ -]", each[0].lower()))])
        for each in _PARTS.finditer(text)
    ]
    taken = [(each.start, each.end) for each in found]
    for each in _SPELLED.finditer(text):
        if any(start < each.end() and each.start() < end for start, end in taken):
            continue
        alone = each[0].lower() in ("one", "ones")
        found.append(Spelled(each.start(), each.end(), _english(each[0]), alone))
    for each in _CHINESE.finditer(text):
        value = _chinese(each[1]) / 100 if each[1] else _chinese(each[2])
        found.append(Spelled(each.start(), each.end(), value))
    return sorted(found, key=lambda each: each.start)


def _english(text: str) -> float:
    total, current = 0.0, 0.0
    for word in re.split(r"[\s-]+", text.lower()):
        bare = word if word in _VALUES or word in _SCALES else word.removesuffix("s")
        if bare in ("and", ""):
            continue
        if bare == "hundred":
            current = (current or 1.0) * 100
        elif bare in _SCALES:
            total += (current or 1.0) * _SCALES[bare]
            current = 0.0
        elif bare.startswith("dozen"):
            current = (current or 1.0) * 12
        else:
            current += _VALUES[bare]
    return total + current


def _chinese(text: str) -> float:
    total, section, digit = 0.0, 0.0, 0.0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _STEPS:
            section += (digit or 1) * _STEPS[character]
            digit = 0.0
        else:
            total = (total + section + digit) * _LARGE[character]
            section = digit = 0.0
    return total + section + digit
