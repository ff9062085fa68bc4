"""What does AMD's compute driver on Linux tell of a card: its architecture and who computes on it?

Its folders lie below /sys/class/kfd/kfd: one in `topology/nodes` for each processor and card, and
one in `proc` for each process that computes, with the bytes that it holds on each card.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from advisor.documents import Unknown
from advisor.machine.document import GpuProcess
from advisor.machine.sources import number_in, text_of

FOLDER = "sys/class/kfd/kfd"
RENDER_NODE = "renderD"


@dataclass(frozen=True, slots=True)
class ComputeNode:
    """One card: `target` as compilers name it (gfx1100), its compute units, and who uses it."""

    target: str
    compute_units: int | Unknown
    processes: tuple[GpuProcess, ...]


def compute_node(root: Path, card: Path) -> ComputeNode | Unknown:
    """The node of the card in folder `card`, found by the number of its render device."""
    minors = {path.name.removeprefix(RENDER_NODE) for path in _render_nodes(card)}
    for folder in sorted((root / FOLDER / "topology/nodes").glob("*")):
        properties = _properties(folder / "properties")
        if properties.get("drm_render_minor") in minors:
            gpu_id = text_of(folder / "gpu_id")
            return ComputeNode(
                target=_target(properties.get("gfx_target_version", "")),
                compute_units=_compute_units(properties),
                processes=_processes(root, gpu_id) if isinstance(gpu_id, str) else (),
            )
    return Unknown("AMD's compute driver does not list the card")


def _render_nodes(card: Path) -> list[Path]:
    return list((card / "device/drm").glob(f"{RENDER_NODE}*"))


def _properties(path: Path) -> dict[str, str]:
    text = text_of(path)
    lines = text.splitlines() if isinstance(text, str) else []
    return dict(line.split(" ", 1) for line in lines if " " in line)


def _target(version: str) -> str:
    """110501 -> gfx1151: two decimal digits each of major, minor and stepping, the last two
    written in hexadecimal (AMD's `HSA_GET_GFX_VERSION`, thunk library)."""
    if not version.isdecimal():
        return ""
    number = int(version)
    return f"gfx{number // 10000}{number // 100 % 100:x}{number % 100:x}"


def _compute_units(properties: dict[str, str]) -> int | Unknown:
    simds, each = properties.get("simd_count", ""), properties.get("simd_per_cu", "")
    if simds.isdecimal() and each.isdecimal() and int(each):
        return int(simds) // int(each)
    return Unknown("AMD's compute driver does not count its units")


def _processes(root: Path, gpu_id: str) -> tuple[GpuProcess, ...]:
    held = (
        (int(folder.name), number_in(folder / f"vram_{gpu_id}"))
        for folder in (root / FOLDER / "proc").glob("[0-9]*")
        if folder.name.isdecimal()
    )
    return tuple(
        GpuProcess(pid=pid, memory_bytes=memory_bytes)
        for pid, memory_bytes in sorted(held, key=lambda one: one[0])
        if isinstance(memory_bytes, int) and memory_bytes > 0
    )
