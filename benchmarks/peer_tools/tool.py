"""What is a tool in the comparison? A command that puts a load on a server, and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Load:
    """What every tool is asked for: streams that each ask again as soon as they are answered.

    Tools that count requests are told `requests`, those that watch the clock `seconds`.
    """

    url: str
    streams: int
    requests: int
    seconds: float
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Reported:
    """One request as the tool reports it. `name` is what the server's log knows it by.

    A request without a name is found by its start on the tool's own clock and its events.
    """

    ttft_ms: float
    itl_ms: float | None
    name: str = ""
    started_ns: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """All requests that ended, and the output rate that the tool shows its user.

    `window_ns` is the part of the load that the rate is of, on the tool's own clock; None for all.
    """

    requests: list[Reported]
    output_tok_per_s: float | None
    window_ns: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """Where a tool finds its programs and its tokenizer, and where it writes its results."""

    programs: Path
    tokenizer: Path
    results: Path


@dataclass(frozen=True, slots=True)
class Tool:
    """A benchmark client. `log_name` is the field of the server's log that holds a request's name.

    `log_name` is None where requests have none, `requirement` where nothing is to be installed.
    """

    name: str
    version: str
    requirement: str | None
    log_name: str | None
    command: Callable[[Load, Places], list[str]]
    read: Callable[[Path], Report]
    environment: Mapping[str, str] = field(default_factory=dict)
