"""How is a measurement started, watched and ended from a page? One at a time, by the CLI itself.

The program is run as a child, so that the pages take nothing from its clock; it is told to stop as
Ctrl-C would, and keeps what was measured.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from advisor.documents import now
from advisor.errors import AdvisorError
from advisor.fleet.failure import HostError
from advisor.fleet.program import Patience, run_program
from advisor.history.place import URL_VARIABLE, Place
from advisor.report.progress_lines import VARIABLE, ProgressLine
from advisor.schedule.job import this_program

LONGEST_S = 6 * 3600.0
MOST_SAID = 30
MOST_RATES = 240
INTERRUPTED = 130

State = Literal["idle", "running", "stopping", "done", "interrupted", "failed"]


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """The measurement that goes on, or the last one since the server started
    (`advisor.measurement/1`).

    `arguments` are what `advisor` was called with, `said` its newest lines, `now` what it does,
    `look` the last look at it, `rates` the tokens a second of the newest looks. `run` is its record
    once it is kept, `error` why it failed.
    """

    schema: Literal["advisor.measurement/1"] = "advisor.measurement/1"
    state: State = "idle"
    arguments: tuple[str, ...] = ()
    started_at: str | None = None
    ended_at: str | None = None
    now: str = ""
    look: ProgressLine | None = None
    rates: tuple[float, ...] = ()
    said: tuple[str, ...] = ()
    run: str | None = None
    error: str | None = None


class _Kept(msgspec.Struct):
    """What of the child's document is needed."""

    id: str


class BusyError(AdvisorError):
    """What was asked for has to wait until the measurement has ended."""


class Measuring:
    """The one place from which measurements are started; for many threads."""

    def __init__(
        self, place: Place, *, program: Callable[[], Sequence[str]] = this_program
    ) -> None:
        self._place, self._program = place, program
        self._lock = threading.Lock()
        self._state = Measurement()
        self._said: deque[str] = deque(maxlen=MOST_SAID)
        self._rates: deque[float] = deque(maxlen=MOST_RATES)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def now(self) -> Measurement:
        """How far it is."""
        with self._lock:
            return self._state

    @property
    def is_running(self) -> bool:
        """Whether one goes on."""
        return self.now().state in ("running", "stopping")

    def start(self, arguments: Sequence[str], language: str) -> Measurement:
        """Starts `advisor ARGUMENTS`. Raises BusyError while another one goes on."""
        with self._lock:
            if self._state.state in ("running", "stopping"):
                raise BusyError(
                    "a measurement goes on already", remedy="Wait for its end, or stop it."
                )
            self._said.clear()
            self._rates.clear()
            self._stop = threading.Event()
            self._state = Measurement(state="running", arguments=tuple(arguments), started_at=now())
            self._thread = threading.Thread(
                target=self._run, args=(tuple(arguments), language), name="measurement", daemon=True
            )
            self._thread.start()
            return self._state

    def stop(self) -> Measurement:
        """Asks it to end; what was measured is kept."""
        with self._lock:
            if self._state.state == "running":
                self._change(state="stopping")
                self._stop.set()
            return self._state

    def close(self) -> None:
        """Ends what goes on, and waits for it."""
        self.stop()
        if self._thread is not None:
            self._thread.join()

    def _run(self, arguments: tuple[str, ...], language: str) -> None:
        environment = {
            "ADVISOR_DATA_DIR": str(self._place.folder),
            URL_VARIABLE: self._place.url or "",
            "ADVISOR_LANG": language,
            VARIABLE: "json",
        }
        with tempfile.TemporaryDirectory(prefix="advisor-") as folder:
            output = Path(folder) / "document.json"
            code, error = None, None
            try:
                code = run_program(
                    [*self._program(), *arguments],
                    output,
                    Patience(time.monotonic() + LONGEST_S, self._stop),
                    self._hear,
                    environment=environment,
                    end_by=signal.SIGINT if sys.platform != "win32" else signal.SIGTERM,
                ).code
            except HostError as failure:
                error = None if self._stop.is_set() else str(failure)
            except OSError as failure:
                error = failure.strerror or str(failure)
            kept = _id_in(output)
        self._end(code, kept, error)

    def _end(self, code: int | None, kept: str | None, error: str | None) -> None:
        with self._lock:
            stopped = self._stop.is_set() or code == INTERRUPTED
            if error is None and not stopped and (code != 0 or kept is None):
                error = self._said[-1] if self._said else f"advisor ended with {code}"
            state: State = "failed" if error else "interrupted" if stopped else "done"
            self._change(state=state, run=kept, error=error, ended_at=now(), now="")

    def _hear(self, line: str) -> None:
        try:
            told = msgspec.json.decode(line, type=ProgressLine)
        except msgspec.DecodeError:
            told = ProgressLine(event="said", text=line)
        with self._lock:
            if told.event == "said":
                self._said.append(told.text)
                self._change(said=tuple(self._said))
            elif told.event == "step":
                self._change(now=told.text)
            else:
                if told.output_tok_per_s is not None:
                    self._rates.append(told.output_tok_per_s)
                self._change(now="", look=told, rates=tuple(self._rates))

    def _change(self, **given: object) -> None:
        self._state = msgspec.structs.replace(self._state, **given)


def _id_in(output: Path) -> str | None:
    """The id of the run in the document that the child printed, if it did."""
    try:
        return msgspec.json.decode(output.read_bytes(), type=_Kept).id
    except (OSError, msgspec.DecodeError):
        return None
