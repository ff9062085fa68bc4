"""What does a prediction have to know of this very machine?"""

from __future__ import annotations

from advisor.machine.document import Gpu, Machine
from advisor.models.machine_file import Box
from advisor.models.memory import Room
from advisor.models.speed import Kind

_KINDS: dict[str, Kind] = {"nvidia": "cuda", "amd": "rocm", "intel": "sycl"}


def own_box(machine: Machine) -> Box:
    """Its graphics cards where their free memory is known, else its processors."""
    memory = machine.memory
    cards = [one for one in machine.gpus if one.memory_free_bytes and not one.memory_unified]
    unified = next((one for one in machine.gpus if one.vendor == "apple"), None)
    if cards:
        return Box(
            name=_named(cards),
            kind=_KINDS.get(cards[0].vendor, "vulkan"),
            room=Room(sum(one.memory_free_bytes or 0 for one in cards), memory.available_bytes),
            bandwidth_bytes_per_s=min(
                (one.bandwidth_bytes_per_s for one in cards if one.bandwidth_bytes_per_s),
                default=None,
            ),
            host_bandwidth_bytes_per_s=memory.bandwidth_bytes_per_s,
            host_bandwidth="measured",
        )
    if unified is not None:
        free_bytes = min(memory.available_bytes, unified.memory_free_bytes or memory.total_bytes)
        return Box(
            name=unified.name or "Apple GPU",
            kind="metal",
            room=Room(free_bytes),
            bandwidth_bytes_per_s=unified.bandwidth_bytes_per_s,
        )
    return Box(
        name=machine.cpu.model or "this machine's processors",
        kind="cpu",
        room=Room(memory.available_bytes),
        bandwidth_bytes_per_s=memory.bandwidth_bytes_per_s,
        bandwidth="measured",
    )


def _named(cards: list[Gpu]) -> str:
    first = cards[0].name or "GPU"
    return f"{len(cards)} × {first}" if len(cards) > 1 else first
