"""Where are runs kept? One JSON file a run in the platform's data directory, written whole or not
at all."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Any

import msgspec

from advisor.bench.document import Samples
from advisor.documents import to_json, write_whole
from advisor.errors import AdvisorError, InputError
from advisor.history.record import History, Run, RunSummary, Skip

_ID = re.compile(r"[A-Za-z0-9._-]{1,80}")


class _Named(msgspec.Struct):
    id: str | None = None
    kind: str | None = None
    name: str | None = None


class _MeasuredHead(msgspec.Struct):
    machine: str | None = None
    server: _Named | None = None
    model: _Named | None = None


class _RunHead(msgspec.Struct):
    """As much of a stored run as the history lists; the rest is skipped while decoding."""

    id: str
    started_at: str
    kind: str
    partial: bool
    tags: tuple[str, ...] = ()
    machine: _Named | None = None
    bench: _MeasuredHead | None = None
    skip: Skip | None = None


def default_folder() -> Path:
    """ADVISOR_DATA_DIR if set, else the platform's data directory for this user."""
    from platformdirs import user_data_path

    chosen = os.environ.get("ADVISOR_DATA_DIR")
    return Path(chosen) if chosen else user_data_path("local-or-api", appauthor=False)


class RunStore:
    """The runs under `folder`: `runs/ID.json`, with raw samples beside it as `ID.samples.json`."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or default_folder()) / "runs"

    def save(self, run: Run, samples: Any = None) -> Path:
        """Writes a run and its raw samples; the run's file appears last, complete."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if samples is not None:
                write_whole(self._samples_path(run.id), msgspec.json.encode(samples))
            path = self.path_of(run.id)
            write_whole(path, to_json(run))
        except OSError as error:
            raise AdvisorError(
                f"cannot keep the run in {self.folder}",
                why=error.strerror or str(error),
                remedy="Free some space or set ADVISOR_DATA_DIR to a folder that can be written.",
            ) from None
        return path

    def load(self, run_id: str | None = None, *, measured: bool = False) -> Run:
        """The run with this id (or a unique beginning of it), by default the newest.

        `measured` asks for the newest one that holds a measurement. Raises InputError if there is
        none, AdvisorError if its file is damaged.
        """
        path = self.path_of(self._resolve(run_id, measured=measured))
        try:
            return msgspec.json.decode(path.read_bytes(), type=Run)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AdvisorError(
                f"cannot read the run in {path}",
                why=str(error),
                remedy="It may be from another version; move it away and measure again.",
            ) from None

    def history(self) -> History:
        """All runs, newest first; files that cannot be read are named, not hidden."""
        heads: list[_RunHead] = []
        unreadable: list[str] = []
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []:
            if path.name.endswith(".samples.json"):
                continue
            try:
                heads.append(msgspec.json.decode(path.read_bytes(), type=_RunHead))
            except (OSError, msgspec.DecodeError, UnicodeDecodeError):
                unreadable.append(str(path))
        heads.sort(key=lambda head: (head.started_at, head.id), reverse=True)
        return History(runs=tuple(_summary(head) for head in heads), unreadable=tuple(unreadable))

    def path_of(self, run_id: str) -> Path:
        """Where the run with this id is kept."""
        if not _ID.fullmatch(run_id) or run_id.startswith("."):
            raise InputError("that is no run id", remedy="`advisor history` lists the runs.")
        return self.folder / f"{run_id}.json"

    def load_samples(self, run_id: str) -> Samples:
        """The raw samples of the run with this very id. Raises AdvisorError without them."""
        path = self._samples_path(run_id)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Samples)
        except FileNotFoundError:
            why = f"{path} is not there"
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            why = str(error)
        raise AdvisorError(
            f"cannot read the requests of run '{run_id}'", why=why, remedy="Measure again."
        )

    def _samples_path(self, run_id: str) -> Path:
        return self.path_of(run_id).with_name(f"{run_id}.samples.json")

    def _resolve(self, run_id: str | None, *, measured: bool) -> str:
        runs = self.history().runs
        if run_id is None or run_id == "latest":
            wanted = [run for run in runs if run.model is not None or not measured]
            if not wanted:
                raise InputError(
                    "there is no measurement yet",
                    why=f"{self.folder} holds none",
                    remedy="Run `advisor` or `advisor bench` first, or give `--scenario FILE`.",
                )
            return wanted[0].id
        ids = [run.id for run in runs]
        matches = [run_id] if run_id in ids else [i for i in ids if i.startswith(run_id)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise InputError(
                f"'{run_id}' begins {len(matches)} runs", remedy="Give more of the id."
            )
        near = difflib.get_close_matches(run_id, ids, n=1)
        raise InputError(
            f"there is no run '{run_id}'",
            remedy=f"Did you mean {near[0]}?" if near else "`advisor history` lists the runs.",
        )


def _summary(head: _RunHead) -> RunSummary:
    bench = head.bench
    probed = head.machine.id if head.machine else None
    return RunSummary(
        id=head.id,
        started_at=head.started_at,
        kind=head.kind,
        machine=bench.machine if bench else probed,
        server=bench.server.kind if bench and bench.server else None,
        model=bench.model.name if bench and bench.model else None,
        tags=head.tags,
        partial=head.partial,
        skipped="; ".join(head.skip.reasons) if head.skip else None,
    )
