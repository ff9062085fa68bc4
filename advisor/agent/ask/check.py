"""Does an answer state only numbers that stand where it cites them, and of what they are?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from advisor.agent.ask.citations import Stated, stated_in
from advisor.agent.ask.document import Citation, Problem, Record, Sentence
from advisor.agent.ask.meaning import Place, place_of, told_path, why_unlike
from advisor.agent.ask.names import Name, names_in, names_of, ways_to_say, why_another
from advisor.agent.ask.numbers import Number, numbers_in, says
from advisor.agent.ask.paths import MISSING, leaves, shown_value, value_at

LONGEST_ANSWER = 4_000
LONGEST_NAME = 120
NO_NUMBERS = re.compile(r"\b[pP](?:5|10|50|90|95|99)\b|\bCO2\b")
"""Names of measures that hold digits and state no number."""
_NAMED = {
    "api",
    "baseline",
    "id",
    "kind",
    "leaf",
    "machine",
    "measured_on",
    "model",
    "name",
    "provider",
    "quantization",
    "run",
    "server",
    "title",
    "version",
}
"""Keys that hold names, in which digits are no statement."""
_MONEY_OR_SHARE = re.compile(r"[%$€£¥]|\d\s*(?:percent|per cent)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Checked:
    """The sentences with what they cite, and what is wrong with them."""

    sentences: tuple[Sentence, ...]
    problems: tuple[Problem, ...]


def check(answer: str, records: Sequence[Record]) -> Checked:
    """Looks up every citation, and at one of its sentence's every number. Pure: the same answer
    and records, the same result."""
    by_id = _by_id(records)
    known = tuple(name for record in records for name in names_in(record.document))
    sentences, problems = [], []
    for stated in stated_in(answer[:LONGEST_ANSWER]):
        sentence, found = _check_one(stated, by_id, known)
        sentences.append(sentence)
        problems += found
    if len(answer) > LONGEST_ANSWER:
        problems.append(Problem(sentence="", why=f"it has more than {LONGEST_ANSWER} characters"))
    elif sentences and not records:
        problems.append(Problem(sentence="", why="it rests on no record: no tool was used"))
    elif not sentences:
        problems.append(Problem(sentence="", why="it says nothing"))
    return Checked(tuple(sentences), tuple(problems))


def _by_id(records: Sequence[Record]) -> dict[str, Record]:
    """The records by the ids that a citation may use: ours, and the documents' own."""
    own = {str(each.document["id"]): each for each in records if "id" in each.document}
    return {**own, **{each.id: each for each in records}}


def _check_one(
    stated: Stated, by_id: dict[str, Record], known: Sequence[Name]
) -> tuple[Sentence, list[Problem]]:
    citations, whys = [], []
    for cite in stated.cites:
        record = by_id.get(cite.record)
        if record is None:
            whys.append(f"there is no record {cite.record}")
            continue
        value = value_at(record.document, cite.path)
        if value is MISSING:
            whys.append(f"record {record.id} has nothing at {cite.path}")
        elif isinstance(value, dict | list):
            below = next((path for path, _ in leaves(value, cite.path)), "")
            hint = f", such as {below}" if below else ""
            whys.append(f"{cite.path} of record {record.id} holds many values: cite one{hint}")
        else:
            citations.append(Citation(record=record.id, path=cite.path, value=value))
    sentence_text = unicodedata.normalize("NFKC", stated.text)
    for number in numbers_in(_without_names(stated.text, citations, by_id.values(), known)):
        place = place_of(number, sentence_text)
        why = _why_not(number, place, citations, by_id, known)
        if why:
            whys.append(why)
    sentence = Sentence(text=stated.text, citations=tuple(citations))
    return sentence, [Problem(sentence=stated.text, why=why) for why in whys]


def _why_not(
    number: Number,
    place: Place,
    citations: Sequence[Citation],
    by_id: dict[str, Record],
    known: Sequence[Name],
) -> str:
    """Why the number may not be stated; empty if a citation holds it, as what the sentence says."""
    shown = f"'{number.text}'"
    if any(_is_date_part(number, each.value) for each in citations):
        return ""
    if number.problem:
        return f"{shown}: {number.problem}"
    if not citations:
        return f"{shown} has no citation"
    unlike = [
        _why_unlike(number, place, each, by_id[each.record].document, known)
        for each in citations
        if says(number, each.value, told_path(by_id[each.record].document, each.path))
    ]
    if unlike:
        return "" if "" in unlike else f"{shown}: {unlike[0]}"
    held = ", ".join(f"{each.path} = {shown_value(each.value)}"[:120] for each in citations[:4])
    return f"{shown} is not what it cites ({held})"


def _why_unlike(
    number: Number, place: Place, cite: Citation, document: Any, known: Sequence[Name]
) -> str:
    """Why the sentence is about something else than the value that it cites; empty if it is not."""
    about = f"{place.part} {place.compared_with}"
    why = why_unlike(number, place, told_path(document, cite.path), document)
    return why or why_another(about, known, names_of(document, cite.path))


def _is_date_part(number: Number, value: Any) -> bool:
    """Whether a bare number is the year, month or day of a cited date."""
    if number.unit is not None or not isinstance(value, str) or not _DATE.match(value):
        return False
    return number.value in {float(part) for part in value[:10].split("-")}


def _without_names(
    text: str, citations: Sequence[Citation], records: Iterable[Record], known: Sequence[Name]
) -> str:
    """The text with names, dates and symbols taken out, as far as the records have them."""
    plain = unicodedata.normalize("NFKC", text)
    names = {each.value for each in citations if isinstance(each.value, str)}
    names |= {
        value
        for record in records
        for path, value in leaves(record.document)
        if isinstance(value, str) and path.rpartition(".")[2] in _NAMED
    }
    names |= {way for name in known for way in ways_to_say(name)}
    dates = {found[0] for name in names for found in _DATE.finditer(name[:10])}
    for name in sorted({_plain(each) for each in names if _is_name(each)} | dates, key=len)[::-1]:
        pattern = re.compile(
            rf"(?<![A-Za-z0-9_.]){re.escape(name)}(?![A-Za-z0-9_]|\.\d)", re.IGNORECASE
        )
        plain = pattern.sub(lambda found: " " * len(found[0]), plain)
    return NO_NUMBERS.sub(lambda found: " " * len(found[0]), plain)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _is_name(text: str) -> bool:
    """Whether digits in it may be taken for part of a name: short, with letters, no amount."""
    return (
        len(text) <= LONGEST_NAME
        and any(character.isdigit() for character in text)
        and any(character.isalpha() for character in text)
        and not _MONEY_OR_SHARE.search(text)
        and not any(_is_amount(number) for number in numbers_in(text))
    )


def _is_amount(number: Number) -> bool:
    """Whether it has a unit, which in names only memory has: RTX 3060 12GB."""
    return number.unit is not None and number.unit.dimension != "bytes" and not number.problem
