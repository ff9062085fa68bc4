"""Does a sentence say of a number what its key says? As far as words and units tell.

A number may be right and still be somebody else's: the box's where the sentence speaks of the API,
one of input where it says output, a month's where it says a year. It is refused where the part of
the sentence that states it names one of several opposites and its key another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from advisor.agent.ask.numbers import Number
from advisor.agent.ask.paths import value_at
from advisor.agent.ask.units import is_named_in, unit_of_path

_CUT = re.compile(
    r"[;:、。()]|,(?!\d)|\.\s|\b(?:and|but|while|whereas|although|than|which|versus|vs|against|"
    r"compared)\b|而|但|比|相較",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"[^,;.。\d]{0,40}?\b(?:against|versus|vs\.?|compared (?:with|to))\s+([^,;。]{1,80})",
    re.IGNORECASE,
)
_AGAINST_BEFORE = re.compile(
    r"(?:(?:against|versus|vs\.?|compared (?:with|to))\s+([^,;。]{1,80}),|"
    r"[與和]\s*([^,;。]{1,80}?)\s*相比,?)"
    r"[^,;。\d]*$",
    re.IGNORECASE,
)
_LEFT_ASIDE = re.compile(r"\b(?:instead of|rather than|without|unlike)\b[^,;\d]*", re.IGNORECASE)
"""What the sentence is not about."""
_NEEDS_UNIT = frozenset({"usd", "s", "w", "j", "bytes", "months", "tokens"})

_TIMES = {
    "month": "month mo 月 個月",
    "year": "year yr 年",
    "day": "day 天 日",
    "hour": "hour hr h 小時",
    "s": "second sec s 秒",
    "kwh": "kWh kilowatt-hour 度",
    "request": "request 請求",
}
_PER_OF = {word.lower(): per for per, words in _TIMES.items() for word in words.split()}
_EACH = "|".join(sorted((re.escape(word) for word in _PER_OF), key=len, reverse=True))
_PER_AFTER = re.compile(
    rf"(?:[\s-]+(?!(?:and|or|but|to|than|per|a|an|each|every)\b)[A-Za-z]+){{0,3}}?"
    rf"\s*(?:(?:\bper|\ban?|\beach|\bevery)\s+|[/每]\s*)({_EACH})(?![A-Za-z])",
    re.IGNORECASE,
)
_MONTHLY = re.compile(r"\s*(?:tokens?\s+)?(monthly|yearly|annually|hourly|daily)\b", re.IGNORECASE)
_ADVERBS = {
    "monthly": "month",
    "yearly": "year",
    "annually": "year",
    "hourly": "hour",
    "daily": "day",
}
_PER_BEFORE = re.compile(rf"每\s*(?:個)?({_EACH})[^\d，。；、]{{0,10}}$")
_KEYS_PER = re.compile(r"_per_(?:input_|output_|generated_)?([a-z]+)")

_OPPOSITES: tuple[dict[str, tuple[str, str]], ...] = (
    {
        "the box": (
            (
                r"\bbox(?:es)?\b|\blocal(?:ly)?\b|\bworkstation\b|"
                r"\bown (?:machine|hardware|server)\b|本機|工作站|主機|自己的機器|本地"
            ),
            r"local|box|candidates?",
        ),
        "an API": (r"\bAPIs?\b|\bcloud\b|\bprovider\b|雲端", r"api|apis|prices"),
        "a rented GPU": (r"\brent(?:s|ed|al|ing)?\b|租", r"rented|rent"),
    },
    {
        "input": (r"\binputs?\b|輸入", r"input"),
        "output": (r"\boutputs?\b|輸出", r"output"),
    },
    {
        "prefill": (r"\bprefill\b|\bread(?:s|ing) (?:the )?prompts?\b|預填", r"prefill"),
        "decode": (r"\bdecod(?:e|es|ing)\b|\bgenerat(?:es?|ing|ion)\b|解碼|生成", r"decode"),
    },
    {
        "idle": (r"\bidl(?:e|es|ing)\b|閒置|待機", r"idle"),
        "active": (r"\bactive\b|\bbusy\b|\bunder load\b|滿載|忙碌", r"active|busy"),
    },
    {
        "the first token": (
            r"\bTTFT\b|\bfirst (?:token|word)\b|首個 ?token|第一個 ?token",
            r"ttft",
        ),
        "the gap between tokens": (r"\bITL\b|\bbetween (?:two )?tokens\b", r"itl"),
        "the time per token": (r"\bTPOT\b|\btime per (?:output )?token\b", r"tpot"),
        "the whole answer": (r"\bE2E\b|\bend[ -]to[ -]end\b|\bwhole answers?\b|整個回答", r"e2e"),
    },
    {
        "P5": (r"\bP5\b", r"p5"),
        "P10": (r"\bP10\b", r"p10"),
        "the median": (r"\bP50\b|\bmedian\b|中位數", r"p50|median"),
        "P90": (r"\bP90\b", r"p90"),
        "P95": (r"\bP95\b", r"p95"),
        "P99": (r"\bP99\b", r"p99"),
        "the mean": (r"\bmean\b|平均", r"mean"),
    },
    {
        "one month": (
            r"\b(?:per|an?|each|every) month\b|\bmonthly\b|/ ?month\b|每(?:個)?月|一個月",
            r"month",
        ),
        "12 months": (
            (
                r"\b(?:over|within|in|for|after) (?:the )?(?:first )?(?:12|twelve) months\b|"
                r"\b(?:over|per|an?|each|first) year\b|\byearly\b|\bannual(?:ly)?\b|"
                r"(?:12|十二) ?個月|一年|每年|年度"
            ),
            r"12_months",
        ),
    },
)
"""Groups of which a value has one: how people say each, and how keys do."""

_COMPILED = tuple(
    {
        name: (re.compile(said, re.IGNORECASE), re.compile(rf"(?<![a-z0-9])(?:{kept})(?![a-z0-9])"))
        for name, (said, kept) in group.items()
    }
    for group in _OPPOSITES
)
_SIDE_OF_SCHEMA = {
    "advisor.price": "api",
    "advisor.prices": "api",
    "advisor.prediction": "box",
}
"""What a document is about where its keys do not say."""


@dataclass(frozen=True, slots=True)
class Place:
    """A number in its sentence: the whole, and the part between commas and the like around it."""

    sentence: str
    part: str
    after: str
    before: str

    @property
    def compared_with(self) -> str:
        """What the number is said to be against: behind it in the same breath, or before it."""
        found = _AGAINST.match(self.after) or _AGAINST_BEFORE.search(self.before)
        return "" if found is None else next(filter(None, found.groups()), "")


def place_of(number: Number, sentence: str) -> Place:
    """Where the number stands; `sentence` is the text that its position is of, in NFKC."""
    start = max((each.end() for each in _CUT.finditer(sentence, 0, number.start)), default=0)
    end = next(
        (each.start() for each in _CUT.finditer(sentence, number.end)),
        len(sentence),
    )
    part = _LEFT_ASIDE.sub(" ", sentence[start:end])
    return Place(sentence, part, sentence[number.end :], sentence[: number.start])


def told_path(document: Any, path: str) -> str:
    """The path with the unit that stands beside the value, where no key of it has one:
    `what_would_change_it.0.at` in `USD a month`."""
    if unit_of_path(path) is not None:
        return path
    parent = value_at(document, path.rpartition(".")[0])
    unit = parent.get("unit") if isinstance(parent, dict) else None
    if not isinstance(unit, str):
        return path
    key = unit.lower().partition(",")[0]
    key = key.replace(" per million tokens", "_per_mtok").replace(" a ", "_per_")
    return f"{path}.{'_'.join(key.split())}"


def why_unlike(number: Number, place: Place, path: str, document: Any) -> str:
    """Why the sentence says something else of the number than its key; empty where it does not."""
    kept = unit_of_path(path)
    if (
        number.unit is None
        and kept is not None
        and kept.dimension in _NEEDS_UNIT
        and not is_named_in(kept.dimension, place.sentence)
    ):
        return f"it is written without its unit ({path})"
    said = _per(number, place)
    holds = _per_of(path)
    if said is not None and said != holds and (holds is not None or kept is not None):
        return f"the sentence says per {said}, and {path} does not"
    return _opposite(place.part, _words_of(path, document), path)


def _per(number: Number, place: Place) -> str | None:
    """In what time, or for what, the sentence says that it is so much."""
    if number.text.endswith("/s"):
        return "s"
    after = _PER_AFTER.match(place.after)
    if after is not None:
        return _PER_OF[after[1].lower()]
    adverb = _MONTHLY.match(place.after)
    if adverb is not None:
        return _ADVERBS[adverb[1].lower()]
    before = _PER_BEFORE.search(place.before)
    return _PER_OF[before[1].lower()] if before is not None else None


def _per_of(path: str) -> str | None:
    for key in reversed(path.split(".")):
        found = _KEYS_PER.search(key)
        if found is not None:
            return _PER_OF.get(found[1], found[1])
        if "12_months" in key:
            return "year"
    return None


def _words_of(path: str, document: Any) -> str:
    """The keys of a path as words, with what its document is about where no key says that."""
    words = path.lower()
    schema = str(document.get("schema", "")) if isinstance(document, dict) else ""
    about = _SIDE_OF_SCHEMA.get(schema.partition("/")[0], "")
    sides = _COMPILED[0].values()
    if about and not any(kept.search(_spaced(words)) for _, kept in sides):
        words = f"{about}.{words}"
    return words


def _spaced(words: str) -> str:
    return words.replace("_", " ")


def _opposite(part: str, words: str, path: str) -> str:
    """Of the groups the first in which the sentence's part names another than the key."""
    for group in _COMPILED:
        said = {name for name, (spoken, _) in group.items() if spoken.search(part)}
        held = {name for name, (_, kept) in group.items() if _holds(kept, words)}
        if said and held and not said & held:
            return f"the sentence speaks of {', '.join(sorted(said))}, and {path} is not that"
    return ""


def _holds(kept: re.Pattern[str], words: str) -> bool:
    return kept.search(_spaced(words)) is not None or kept.search(words) is not None
