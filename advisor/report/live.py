"""How is a long job watched? One line that changes on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from advisor.report.console import progress_console, redraws
from advisor.report.language import _, sentence
from advisor.report.text import number, safe

if TYPE_CHECKING:
    from rich.status import Status

    from advisor.bench.level import Level
    from advisor.bench.progress import Progress

PLAIN_EVERY_S = 10.0
LOOKS_PER_S = 4
"""Few, because what draws the line takes its time from the engine being measured."""


class Live:
    """Tells what is being done on standard error; tells nothing when `quiet`."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = progress_console()
        self._quiet = quiet
        self._status: Status | None = None
        self._last_phase = ""
        self._last_line = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Shows the changing line as long as the block lasts."""
        if self._quiet or not redraws(self._console):
            yield
            return
        with self._console.status(_("starting …"), refresh_per_second=LOOKS_PER_S) as status:
            self._status = status
            try:
                yield
            finally:
                self._status = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Takes the changing line away while a question is asked."""
        if self._status is None:
            yield
            return
        self._status.stop()
        try:
            yield
        finally:
            self._status.start()

    def say(self, text: str) -> None:
        """A line that stays."""
        if not self._quiet:
            self._console.print(safe(text))

    def step(self, text: str) -> None:
        """What is being done now: one line that is replaced by the next."""
        text = sentence(text)
        if self._status is not None:
            self._status.update(_plain(text))
        else:
            self._now_and_then(text.split(":", maxsplit=1)[0], text)

    def measuring(self, progress: Progress) -> None:
        """One look at a measurement."""
        text = measuring_line(progress)
        if self._status is not None:
            self._status.update(_plain(text))
        else:
            self._now_and_then(f"{progress.phase} {progress.stage}", text)

    def _now_and_then(self, phase: str, text: str) -> None:
        now = time.monotonic()
        if self._quiet or (phase == self._last_phase and now - self._last_line < PLAIN_EVERY_S):
            return
        self._last_phase, self._last_line = phase, now
        self._console.print(safe(text))


def measuring_line(progress: Progress) -> str:
    """Phase, stage, rates, errors and the most time left, in one line of 80 columns or less."""
    parts = [sentence(str(progress.phase))]
    if progress.stage:
        parts.append(f"{progress.stage}/{progress.stages} {load_of(progress.level)}")
    if progress.output_tok_per_s is not None:
        parts.append(f"{number(progress.output_tok_per_s)} tok/s")
    if progress.ttft_ms is not None:
        parts.append(f"TTFT {number(progress.ttft_ms / 1e3)} s")
    if progress.power_w is not None:
        parts.append(f"{number(progress.power_w)} W")
    if progress.errors:
        parts.append(_("{errors} errors").format(errors=progress.errors))
    parts.append(_("≤ {seconds} s left").format(seconds=max(1, round(progress.remaining_s))))
    return " · ".join(parts)


def load_of(level: Level | None) -> str:
    """A load as a line has room for it: "× 16", "at 2 requests/s"."""
    if level is None or level.concurrency is None:
        return "" if level is None else _("at {level}").format(level=level)
    return f"× {level.concurrency}"


def _plain(text: str) -> str:
    """Status lines take markup whatever the console says, so brackets are escaped."""
    from rich.markup import escape

    return escape(safe(text))
