"""Is there room for models, in memory and on disk, and may we write there?"""

from __future__ import annotations

from advisor.doctor.commands import command_to
from advisor.doctor.document import Area, Finding
from advisor.doctor.facts import Facts, Folder
from advisor.errors import AdvisorError
from advisor.models.choose import choose_synthetic

PLENTY_BYTES = 2**60


def model_cache(facts: Facts) -> tuple[Finding, ...]:
    """The folder of the models that are made here, its room, and the disk under it."""
    folder = facts.cache
    if folder.refusal:
        fix = command_to("keep the cache elsewhere", facts.system)
        return (_refused("model-cache", "the model cache", folder, fix),)
    if folder.free_bytes is not None and not _has_room(PLENTY_BYTES, folder.free_bytes):
        return (
            Finding(
                area="model-cache",
                status="missing",
                what=f"no room for a model: {_gigabytes(folder.free_bytes)} free",
                why=f"{folder.path} cannot take even the smallest model that is made here",
                fix=command_to("see what fills the disk", facts.system),
            ),
        )
    free = "unknown room" if folder.free_bytes is None else f"{_gigabytes(folder.free_bytes)} free"
    if facts.disk_spins:
        return (
            Finding(
                area="model-cache",
                status="limited",
                what=f"model cache on a spinning disk, {free}",
                why="models load slowly from it; speed after loading is not touched",
            ),
        )
    return (Finding(area="model-cache", status="ok", what=f"model cache, {free}", why=folder.path),)


def data_folder(facts: Facts) -> tuple[Finding, ...]:
    """The folder that keeps the runs."""
    folder = facts.data
    if folder.refusal:
        fix = 'export ADVISOR_DATA_DIR="$HOME/advisor-data"' if facts.system != "Windows" else None
        return (_refused("data-folder", "the history of runs", folder, fix),)
    return (Finding(area="data-folder", status="ok", what="runs can be kept", why=folder.path),)


def memory(facts: Facts) -> tuple[Finding, ...]:
    """Whether the memory that is free holds any model at all."""
    held = facts.memory
    amounts = f"{_gigabytes(held.available_bytes)} of {_gigabytes(held.total_bytes)} memory free"
    if _has_room(held.available_bytes, PLENTY_BYTES):
        return (Finding(area="memory", status="ok", what=amounts),)
    return (
        Finding(
            area="memory",
            status="missing",
            what=amounts,
            why="not even the smallest model that is made here fits: end other programs",
            fix=command_to("see who computes", facts.system),
        ),
    )


def _has_room(memory_bytes: int, disk_bytes: int) -> bool:
    try:
        choose_synthetic(memory_bytes, None, disk_bytes)
    except AdvisorError:
        return False
    return True


def _refused(area: Area, name: str, folder: Folder, fix: str | None) -> Finding:
    return Finding(
        area=area,
        status="missing",
        what=f"{name} cannot be written",
        why=f"{folder.path}: {folder.refusal}",
        fix=fix,
    )


def _gigabytes(value: int) -> str:
    return f"{value / 2**30:,.1f} GiB"
