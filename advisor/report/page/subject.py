"""What is the report about: which machine, which measurement, which advice?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from advisor import __version__
from advisor.advice.document import Advice
from advisor.bench.document import Bench
from advisor.errors import InputError
from advisor.history.record import Run
from advisor.history.record_file import record_content
from advisor.machine.document import Machine

HOW = (
    "Name a run's id or `latest`, or a file of `advisor history show RUN --json`, "
    "`advisor bench --json` or `advisor advise --json`."
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The documents of one report, at least one of measurement and advice.

    `scenario` is the name of the file that the advice is for, where it is for one.
    """

    machine: Machine | None
    bench: Bench | None
    advice: Advice | None
    advisor_version: str | None = None
    scenario: str | None = None
    notes: tuple[str, ...] = ()


def of_run(run: Run) -> Subject:
    """The documents of a record. Raises InputError for one that holds neither of the two."""
    if run.bench is None and run.advice is None:
        raise InputError(
            f"the run {run.id} holds neither a measurement nor advice",
            why="; ".join(run.skip.reasons) if run.skip else "",
            remedy="`advisor history --measured` lists those that do.",
        )
    return Subject(run.machine, run.bench, run.advice, run.advisor_version)


def of_file(path: Path) -> Subject:
    """The documents in a file. It is somebody else's word: nothing in it is executed or followed.

    Raises InputError for a file that holds no run, measurement or advice.
    """
    content = record_content(path, remedy=HOW)
    kinds: dict[str, Any] = {"advisor.run/1": Run, "advisor.bench/1": Bench}
    kinds["advisor.advice/1"] = Advice
    try:
        schema = msgspec.json.decode(content, type=_Head).schema
        if schema not in kinds:
            raise InputError(f"{path} holds no report's documents", why=_said(schema), remedy=HOW)
        found = msgspec.json.decode(content, type=kinds[schema])
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(
            f"{path} holds no report's documents", why=str(error)[:200], remedy=HOW
        ) from None
    if isinstance(found, Run):
        return of_run(found)
    if isinstance(found, Bench):
        return Subject(None, found, None)
    return Subject(None, None, found)


class _Head(msgspec.Struct):
    schema: str = ""


def _said(schema: str) -> str:
    return f"its schema is {schema[:60]}" if schema else "it names no schema"


def of_advice(advice: Advice, *, run: Run | None = None, scenario: str | None = None) -> Subject:
    """New advice, with the measurement that it starts from where there is one."""
    return Subject(
        run.machine if run else None,
        run.bench if run else None,
        advice,
        __version__,
        scenario,
    )
