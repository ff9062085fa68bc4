"""What is a tool: its typed arguments, the document that it answers with, and how it is called?"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from advisor.bench.interrupt import Interrupt
from advisor.bench.progress import Progress
from advisor.errors import AdvisorError, InputError

LONGEST_TEXT = 2_000
"""Characters of one argument; what is longer is no name, path or setting."""


class NotAllowedError(AdvisorError):
    """The tool changes something, and whoever started this program did not allow it."""


class UnknownToolError(InputError):
    """There is no tool of that name."""


@dataclass(frozen=True, slots=True)
class Job:
    """One call: where runs are kept, who is told of it, and what stops it."""

    store_url: str | None = None
    interrupt: Interrupt = field(default_factory=Interrupt)
    tell: Callable[[str], None] = lambda _: None
    on_progress: Callable[[Progress], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Tool:
    """`answers` is the document's struct as `module:name`; `writes` says that it measures with the
    whole machine and keeps a run, which has to be allowed."""

    name: str
    title: str
    description: str
    arguments: type[msgspec.Struct]
    answers: str
    run: Callable[[Any, Job], Any]
    writes: bool = False

    @property
    def document(self) -> type[msgspec.Struct]:
        """The struct of the document that it answers with."""
        module_name, attribute = self.answers.split(":")
        found: type[msgspec.Struct] = getattr(importlib.import_module(module_name), attribute)
        return found

    def call(self, given: dict[str, Any] | None, job: Job) -> dict[str, Any]:
        """The document as plain JSON values. Raises InputError for arguments that do not fit, and
        AdvisorError where there is no answer."""
        try:
            arguments = msgspec.convert(given or {}, self.arguments)
        except (msgspec.ValidationError, RecursionError) as error:
            known = ", ".join(self.arguments.__struct_fields__)
            raise InputError(
                f"the arguments of {self.name} do not fit",
                why=str(error)[:300],
                remedy=f"It takes {known}.",
            ) from None
        _check_lengths(given or {})
        document: dict[str, Any] = msgspec.json.decode(
            msgspec.json.encode(self.run(arguments, job))
        )
        return document


def object_schema(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a struct with an object at its root, as MCP wants it."""
    schema = msgspec.json.schema(struct)
    definitions = schema.get("$defs", {})
    name = schema["$ref"].rpartition("/")[2]
    root = {"type": "object", **definitions[name]}
    others = {key: each for key, each in definitions.items() if key != name}
    return {**root, "$defs": others} if others else root


def _check_lengths(value: Any) -> None:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise InputError(f"an argument has more than {LONGEST_TEXT} characters")
    elif isinstance(value, dict):
        for key, each in value.items():
            _check_lengths(key)
            _check_lengths(each)
    elif isinstance(value, list):
        for each in value:
            _check_lengths(each)
