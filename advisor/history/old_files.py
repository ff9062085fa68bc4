"""Which runs did earlier versions keep, a JSON file each, and are they in the history yet?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

from advisor.bench.document import Samples
from advisor.errors import AdvisorError
from advisor.history.headline import micros
from advisor.history.record import Run
from advisor.history.rows import Kept

FOLDER, SAMPLES_SUFFIX = "runs", ".samples.json"


def take_old_files(
    folder: Path,
    taken: Collection[str],
    keep: Callable[[Kept, str], bool],
    say: Callable[[str], None],
) -> tuple[str, ...]:
    """Hands the runs of files that are not among `taken` to `keep`, with the file's name.

    The files stay. Tells of it in one line; the paths of files that cannot be read, which are
    looked at again next time.
    """
    unreadable: list[str] = []
    new = 0
    for path in sorted((folder / FOLDER).glob("*.json")):
        if path.name.endswith(SAMPLES_SUFFIX) or path.name in taken:
            continue
        try:
            document = path.read_bytes()
            run = msgspec.json.decode(document, type=Run)
            micros(run.started_at)
            samples = _samples(path.with_name(path.stem + SAMPLES_SUFFIX), unreadable)
            new += keep(Kept(run, document, samples), path.name)
        except (OSError, msgspec.DecodeError, ValueError):
            unreadable.append(str(path))
        except AdvisorError as error:
            say(f"The run in {path} is not in the history: {error}")
            unreadable.append(str(path))
    if new:
        plural = "s" if new != 1 else ""
        say(
            f"{new} run{plural} of an earlier version taken into the history; "
            f"the file{plural} in {folder / FOLDER} stay{'' if plural else 's'}."
        )
    return tuple(unreadable)


def _samples(path: Path, unreadable: list[str]) -> bytes | None:
    """The samples beside a run. Damaged ones are named, and do not keep the run out."""
    try:
        content = path.read_bytes()
        msgspec.json.decode(content, type=Samples)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError):
        unreadable.append(str(path))
        return None
    return content
