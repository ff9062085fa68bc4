"""What do this machine's memory and processors allow at most, whatever the software?"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.documents import Unknown
from advisor.machine.document import Cpu, Machine
from advisor.models.architecture import Architecture
from advisor.models.catalogue import recognize
from advisor.models.quantization import QUANTIZATIONS
from advisor.models.shapes import prompt_parameters
from advisor.models.traffic import decode_bytes
from advisor.servers.wire import ServedModel

MATRIX_OPS_PER_CYCLE = 2048
"""Of one core with tile instructions (AMX), int8: a 16 by 16 tile by 64 bytes is 2 x 16,384
operations in 16 cycles. Half as many in BF16 (https://aicassindra.com/labs/transformer_math/
simd_register_viz.html, seen 2026-11-24)."""
VECTOR_OPS_PER_CYCLE = 256
"""Of one core with two 512-bit units: 2 x 64 int8 products and as many sums."""
TURBO = 2.0
"""How far a core may run above the clock that the system tells, where it tells no highest one."""


@dataclass(frozen=True, slots=True)
class Roof:
    """What the machine allows; None where nothing is known.

    A decode step reads `bytes_per_step` at `bandwidth_bytes_per_s` at most, unless the weights fit
    in the last-level cache (`cache_bytes`). A prompt token takes `ops_per_token` at `ops_per_s` at
    most. A model of `model_bytes` needs `memory_bytes`.
    """

    bandwidth_bytes_per_s: float | None = None
    bytes_per_step: int | None = None
    cache_bytes: int = 0
    ops_per_s: float | None = None
    ops_per_token: float | None = None
    model_bytes: int | None = None
    memory_bytes: int | None = None

    @property
    def steps_per_s(self) -> float | None:
        """The most decode steps a second of one stream."""
        if not self.bandwidth_bytes_per_s or not self.bytes_per_step:
            return None
        if self.bytes_per_step <= self.cache_bytes:
            return None
        return self.bandwidth_bytes_per_s / self.bytes_per_step

    @property
    def prefill_tok_per_s(self) -> float | None:
        """The most prompt tokens a second of the whole server."""
        if not self.ops_per_s or not self.ops_per_token:
            return None
        return self.ops_per_s / self.ops_per_token


def roof_of(model: ServedModel, machine: Machine) -> Roof:
    """The roof of one model on this machine, as far as model and machine are known.

    Of graphics cards the operations a second are not known here: the driver does not tell them.
    """
    known = recognize(model.name)
    on_processor = model.gpu_share == 0.0 or not machine.gpus
    size = None if isinstance(model.size_bytes, Unknown) else model.size_bytes
    held_in = _memory_bytes(machine, on_processor=on_processor)
    if known is None:
        return Roof(model_bytes=size, memory_bytes=held_in)
    quantization = str(model.quantization)
    return Roof(
        bandwidth_bytes_per_s=_bandwidth(machine, on_processor=on_processor),
        bytes_per_step=decode_bytes(known, quantization) if quantization in QUANTIZATIONS else None,
        cache_bytes=(machine.cpu.cache.l3_bytes or 0) if on_processor else 0,
        ops_per_s=_ops_per_s(machine.cpu) if on_processor else None,
        ops_per_token=_ops_per_token(known),
        model_bytes=size,
        memory_bytes=held_in,
    )


def _bandwidth(machine: Machine, *, on_processor: bool) -> float | None:
    if on_processor:
        return machine.memory.bandwidth_bytes_per_s
    cards = [gpu.bandwidth_bytes_per_s for gpu in machine.gpus]
    known = [each for each in cards if each is not None]
    return sum(known) if len(known) == len(cards) else None


def _memory_bytes(machine: Machine, *, on_processor: bool) -> int | None:
    """Main memory, with the cards' own where they take a part of the model."""
    total = machine.memory.total_bytes
    if on_processor:
        return total
    own = [gpu.memory_total_bytes for gpu in machine.gpus if not gpu.memory_unified]
    known = [each for each in own if each is not None]
    return total + sum(known) if len(known) == len(own) else None


def _ops_per_s(cpu: Cpu) -> float | None:
    """Of all cores together, generously."""
    if not cpu.physical_cores or cpu.features is None or not cpu.architecture.startswith("x86"):
        return None
    highest_mhz = cpu.frequency_max_mhz or TURBO * (cpu.frequency_mhz or 0)
    tiles = any(feature.startswith("amx") for feature in cpu.features)
    per_cycle = MATRIX_OPS_PER_CYCLE if tiles else VECTOR_OPS_PER_CYCLE
    return cpu.physical_cores * highest_mhz * 1e6 * per_cycle or None


def _ops_per_token(model: Architecture) -> float:
    """A product and a sum for each weight that a prompt token meets."""
    return 2.0 * prompt_parameters(model)
