"""How does another program follow a measurement? A JSON object a line on standard error.

`ADVISOR_PROGRESS=json` asks for it. What is said and done comes at once, a look at the measurement
(`advisor.progress/1`) once a second and whenever the phase changes.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Literal

import msgspec

from advisor.report.live import Live, load_of

if TYPE_CHECKING:
    from advisor.bench.progress import Progress

VARIABLE = "ADVISOR_PROGRESS"
EVERY_S = 1.0
LONGEST_TEXT = 400


class ProgressLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line (`advisor.progress/1`). `said` stays true, `step` is what is done now; `measuring`
    is a look at the measurement, whose rates are rough and where what is not known is left out."""

    event: Literal["said", "step", "measuring"]
    text: str = ""
    phase: str = ""
    stage: int = 0
    stages: int = 0
    load: str = ""
    elapsed_s: float = 0.0
    remaining_s: float = 0.0
    output_tok_per_s: float | None = None
    ttft_ms: float | None = None
    power_w: float | None = None
    requests: int = 0
    errors: int = 0


def live(*, quiet: bool) -> Live:
    """Whoever is told: a program if the environment says so, else the person at the terminal."""
    return ProgressLines() if os.environ.get(VARIABLE) == "json" else Live(quiet=quiet)


class ProgressLines(Live):
    """Tells a program on standard error."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self._last = ("", -EVERY_S)

    def say(self, text: str) -> None:
        _write(ProgressLine(event="said", text=text[:LONGEST_TEXT]))

    def step(self, text: str) -> None:
        _write(ProgressLine(event="step", text=text[:LONGEST_TEXT]))

    def measuring(self, progress: Progress) -> None:
        what, now = f"{progress.phase} {progress.stage}", time.monotonic()
        if what == self._last[0] and now - self._last[1] < EVERY_S:
            return
        self._last = what, now
        _write(
            ProgressLine(
                event="measuring",
                phase=str(progress.phase),
                stage=progress.stage,
                stages=progress.stages,
                load=load_of(progress.level),
                elapsed_s=round(progress.elapsed_s, 1),
                remaining_s=round(progress.remaining_s, 1),
                output_tok_per_s=progress.output_tok_per_s,
                ttft_ms=progress.ttft_ms,
                power_w=progress.power_w,
                requests=progress.requests,
                errors=progress.errors,
            )
        )


def _write(line: ProgressLine) -> None:
    sys.stderr.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stderr.buffer.flush()
