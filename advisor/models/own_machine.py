"""What does a prediction have to know of this very machine?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from advisor.machine.document import Gpu, Machine, Memory
from advisor.models.devices import Device, Kind
from advisor.models.machine_file import GIB, Box
from advisor.models.memory import Room

_KINDS: dict[str, Kind] = {"nvidia": "cuda", "amd": "rocm", "intel": "sycl", "apple": "metal"}


def own_box(machine: Machine) -> Box:
    """Its graphics cards where their free memory is known, else its processors."""
    memory = machine.memory
    cards, others = _of_one_maker(
        [one for one in machine.gpus if one.memory_free_bytes and not one.memory_unified]
    )
    unified = next((one for one in machine.gpus if one.vendor == "apple"), None)
    if cards:
        kind = _KINDS[cards[0].vendor]
        return Box(
            name=_named(cards),
            kind=kind,
            room=Room(sum(one.memory_free_bytes or 0 for one in cards), memory.available_bytes),
            device=_device(cards, kind),
            measured_bytes_per_s=memory.bandwidth_bytes_per_s,
            others_busy_percent=_others_busy_percent(memory),
            here=True,
            assumptions=_left_out(others),
        )
    if unified is not None:
        free_bytes = min(memory.available_bytes, unified.memory_free_bytes or memory.total_bytes)
        return Box(
            name=unified.name or "Apple GPU",
            kind="metal",
            room=Room(free_bytes),
            device=_device([unified], "metal"),
            here=True,
        )
    return Box(
        name=machine.cpu.model or "this machine's processors",
        kind="cpu",
        room=Room(memory.available_bytes),
        measured_bytes_per_s=memory.bandwidth_bytes_per_s,
        others_busy_percent=_others_busy_percent(memory),
        here=True,
    )


def _others_busy_percent(memory: Memory) -> float:
    return (memory.bandwidth and memory.bandwidth.others_busy_percent) or 0.0


def _of_one_maker(cards: Sequence[Gpu]) -> tuple[list[Gpu], list[Gpu]]:
    """The cards of the maker whose have the most free memory together, and the others."""
    free_bytes: Counter[str] = Counter()
    for one in cards:
        free_bytes[one.vendor] += one.memory_free_bytes or 0
    maker = max(free_bytes, key=lambda each: free_bytes[each], default="")
    return (
        [one for one in cards if one.vendor == maker],
        [one for one in cards if one.vendor != maker],
    )


def _left_out(others: Sequence[Gpu]) -> tuple[str, ...]:
    if not others:
        return ()
    return (f"without {_named(others)}: a server computes on cards of one maker",)


def _device(cards: list[Gpu], kind: Kind) -> Device | None:
    """The cards as one device, by the slowest's bandwidth; None where that is not known."""
    rates = [one.bandwidth_bytes_per_s for one in cards if one.bandwidth_bytes_per_s]
    if len(rates) < len(cards):
        return None
    return Device(
        name=cards[0].name or "",
        kind=kind,
        memory_gib=min(one.memory_total_bytes or 0 for one in cards) / GIB,
        bandwidth_gb_per_s=min(rates) / 1e9,
        count=len(cards),
    )


def _named(cards: Sequence[Gpu]) -> str:
    counted = Counter(one.name or "GPU" for one in cards)
    return ", ".join(f"{count} × {name}" if count > 1 else name for name, count in counted.items())
