"""Which runs are meant by what the user typed: ids, tags, machines?"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.errors import InputError
from advisor.history.store import RunStore, Wanted


def chosen(store: RunStore, names: Sequence[str]) -> list[str]:
    """The ids of the runs that are named: an id or a beginning of it, `latest`, `tag:NAME`,
    `machine:ID`. Each once, in the order they were named, without those that were skipped. Raises
    InputError for a name of none."""
    found: dict[str, None] = {}
    for name in names:
        word, colon, rest = name.partition(":")
        if colon and word in ("tag", "machine"):
            wanted = Wanted(tag=rest) if word == "tag" else Wanted(machine=rest)
            runs = [run for run in store.history(wanted).runs if run.kind != "skip"]
            if not runs or not rest:
                raise InputError(f"no run is {name}", remedy="`advisor history` lists the runs.")
            found.update(dict.fromkeys(run.id for run in runs))
        else:
            found[store.find(name)] = None
    return list(found)
