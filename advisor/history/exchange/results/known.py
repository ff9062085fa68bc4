"""Which tool wrote this file, and what does it tell? It is known by the names in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from advisor.history.exchange.expanded import Lines
from advisor.history.exchange.limits import MIB, BadBundleError, bounded_json
from advisor.history.exchange.results import aiperf, guidellm, llama_bench, localscore
from advisor.history.exchange.results.told import MOST_ROWS, Told, record
from advisor.history.record import Run

LARGEST_RESULT = 32 * MIB
TOOLS: tuple[tuple[Callable[[Any], bool], Callable[[Any, str], Iterable[Told]], str], ...] = (
    (llama_bench.looks_like, llama_bench.read, llama_bench.TOOL),
    (guidellm.looks_like, guidellm.read, guidellm.TOOL),
    (aiperf.looks_like, aiperf.read, aiperf.TOOL),
    (localscore.looks_like, localscore.read, localscore.TOOL),
)


@dataclass(frozen=True, slots=True)
class Results:
    """Another tool's results as records."""

    tool: str
    file_sha256: str
    runs: tuple[Run, ...]


def read_results(file: BinaryIO, name: str) -> Results:
    """The results in a file. Raises BadBundleError for one that no known tool wrote, or that is
    damaged, too large, or holds numbers that cannot be."""
    lines = Lines(file, name)
    content = lines.read_all(LARGEST_RESULT)
    value = _value(content, name)
    for looks_like, read, tool in TOOLS:
        if looks_like(value):
            told = read(value, name)
            runs = [record(each, lines.sha256, number) for number, each in enumerate(told, start=1)]
            return Results(tool, lines.sha256, tuple(runs))
    raise BadBundleError(
        f"{name} is neither a bundle nor a result of a known tool",
        remedy=f"Known are {', '.join(tool for *_, tool in TOOLS)}, as JSON.",
    )


def _value(content: bytes, name: str) -> Any:
    """One JSON value, or the list of those that stand on a line each."""
    content = content.lstrip()
    end = content.find(b"\n")
    first, rest = content[: max(end, 0)].rstrip(), content[end + 1 : end + 2]
    if content[:1] != b"{" or rest != b"{" or not first.endswith(b"}"):
        return bounded_json(content, name)
    texts = [line for line in content.splitlines() if line.strip()]
    if len(texts) > MOST_ROWS:
        raise BadBundleError(f"{name} has {len(texts):,} lines")
    return [bounded_json(each, f"a line of {name}") for each in texts]
