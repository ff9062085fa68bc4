"""What is different about this machine since it was last looked at?

Only what stands still between two looks is compared: versions, limits, sizes, settings, the cards
themselves. Clocks, temperatures and free memory change by the second and are left out, and so is
what either look could not have: not knowing is no change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from advisor.machine.document import Change, Gpu, Machine

FIELDS = (
    "os.name",
    "os.kernel",
    "drivers.nvidia",
    "drivers.cuda",
    "cpu.model",
    "cpu.sockets",
    "cpu.physical_cores",
    "cpu.logical_cores",
    "cpu.governor",
    "memory.channels",
    "memory.speed_mt_per_s",
    "environment.container",
    "environment.vm",
    "environment.usable_cpus",
)
CARD_FIELDS = (
    "memory_total_bytes",
    "power_limit_w",
    "pcie_generation_max",
    "pcie_width_max",
    "ecc_enabled",
    "persistence_enabled",
    "mig_enabled",
)
ABSENT = "absent"
LISTS = ("gpus", "integrated_graphics")
LEAST_MEMORY_CHANGE_BYTES = 128 * 2**20
"""A new kernel keeps some MiB more or less for itself; what firmware hands out goes in more."""

PLACE_OR_NAME = ("uuid", "pci_bus_id", "name")
"""By what a card is known again, best first."""


def changes(before: Machine, after: Machine) -> tuple[Change, ...]:
    """Everything that differs, by its path in the `after` document."""
    return tuple(_changes(before, after))


def _changes(before: Machine, after: Machine) -> Iterator[Change]:
    for path in FIELDS:
        yield from _change(path, _value(before, path), _value(after, path))
    yield from _memory(before, after)
    for place in LISTS:
        if place not in before.unknown and place not in after.unknown:
            yield from _cards(place, getattr(before, place), getattr(after, place))


def _memory(before: Machine, after: Machine) -> Iterator[Change]:
    was, now = before.memory.total_bytes, after.memory.total_bytes
    if abs(now - was) >= LEAST_MEMORY_CHANGE_BYTES:
        yield Change(path="memory.total_bytes", before=was, after=now)


def _cards(place: str, before: tuple[Gpu, ...], after: tuple[Gpu, ...]) -> Iterator[Change]:
    left = list(before)
    for position, card in enumerate(after):
        path = f"{place}[{position}]"
        known = next((one for one in left if _is_same(one, card)), None)
        if known is None:
            yield Change(path=path, before=ABSENT, after=_name(card))
            continue
        left.remove(known)
        for field in CARD_FIELDS:
            if field == "memory_total_bytes" and card.memory_unified:
                continue
            yield from _change(f"{path}.{field}", getattr(known, field), getattr(card, field))
        yield from _change(f"{path}.mig_instances", _profiles(known), _profiles(card))
    for gone in left:
        yield Change(path=place, before=_name(gone), after=ABSENT)


def _is_same(one: Gpu, other: Gpu) -> bool:
    """By the first mark that both have."""
    for mark in PLACE_OR_NAME:
        its, others = getattr(one, mark), getattr(other, mark)
        if its is not None and others is not None:
            return bool(its == others)
    return one.index == other.index and one.vendor == other.vendor


def _profiles(card: Gpu) -> str | None:
    if card.mig_instances is None:
        return None
    return ", ".join(each.profile or "unnamed" for each in card.mig_instances) or "none"


def _name(card: Gpu) -> str:
    return card.name or "a card of unknown name"


def _value(machine: Machine, path: str) -> Any:
    value: Any = machine
    for part in path.split("."):
        value = getattr(value, part)
    return value


def _change(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before is not None and after is not None and before != after:
        yield Change(path=path, before=before, after=after)
