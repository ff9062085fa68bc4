"""How do many boxes hand their runs over in one shared folder, without asking each other?

Each run is a bundle of its own, named after the run, written beside and then renamed: whoever
reads the folder finds it whole or not at all, and nobody writes it twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from advisor.errors import InputError
from advisor.history.exchange.document import Pushed
from advisor.history.exchange.texts import run_id
from advisor.history.exchange.write import outgoing, write_bundle
from advisor.history.store import RunStore

ENDING = ".bundle.gz"
MOST_FILES = 1_000_000


def push(
    store: RunStore,
    run_ids: Sequence[str],
    kept: Collection[str],
    folder: Path,
    *,
    key: Path | None = None,
    over: bool = False,
) -> Pushed:
    """Puts each run that the folder does not have yet there; `over` replaces what it has.

    Raises InputError if there is no such folder, AdvisorError if it cannot be written.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}", remedy="Make it, or mount the share.")
    written, there = [], []
    for each in run_ids:
        path = folder / f"{each}{ENDING}"
        if path.exists() and not over:
            there.append(each)
            continue
        going = outgoing(store, [each], kept)
        write_bundle(store, going, path, key=key, over=over)
        written.append(each)
    return Pushed(folder=str(folder), written=tuple(written), there=tuple(there))


def new_bundles(store: RunStore, folder: Path) -> tuple[list[Path], int]:
    """The bundles in a folder whose runs are not here yet, by their names, in their order; how many
    others there are.

    A name is believed only as far as to leave a file alone.
    """
    names: dict[str, Path] = {}
    others: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        named = path.name.removesuffix(ENDING)
        if named != path.name and run_id(named):
            names[named] = path
        elif path.name.endswith((".gz", ".json", ".jsonl", ".bundle")):
            others.append(path)
        if len(names) + len(others) > MOST_FILES:
            raise InputError(f"{folder} holds over {MOST_FILES:,} files")
    here = store.present(list(names))
    new = [path for name, path in names.items() if name not in here]
    return sorted([*new, *others]), len(here)
