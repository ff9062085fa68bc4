"""What did a model answer, what does it cite, and what was refused (`advisor.answer/1`)?"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Status = Literal["answered", "refused", "declined", "unanswered"]


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value that a sentence states stands: at `path` of the document of `record`."""

    record: str
    path: str
    value: str | float | bool | None


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence of the answer and what it cites."""

    text: str
    citations: tuple[Citation, ...] = ()


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a sentence was refused."""

    sentence: str
    why: str


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a tool: with which arguments, and the document that it answered with."""

    id: str
    tool: str
    arguments: dict[str, Any]
    document: dict[str, Any]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The model that was asked, where, and how it calls tools."""

    model: str
    server: str
    protocol: Literal["tool_calls", "json"]


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What a paid API's answers cost, by its usage and the price known, and the limit."""

    usd: float
    max_usd: float
    requests: int
    price: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a question in words.

    Only an `answered` one holds sentences that may be relied on: each number in them was found at
    one of the sentence's citations. `refused` holds what the model said and `problems` what was
    wrong with it; `declined` means that the model would not answer, `unanswered` that it came to
    no answer within the steps or the time, for the reason in `problems`.
    """

    schema: Literal["advisor.answer/1"] = "advisor.answer/1"
    question: str
    status: Status
    sentences: tuple[Sentence, ...]
    problems: tuple[Problem, ...] = ()
    records: tuple[Record, ...] = ()
    asked: Asked
    steps: int
    spent: Spent | None = None
    unknown: dict[str, str] = {}
