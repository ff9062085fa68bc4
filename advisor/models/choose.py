"""Which synthetic model shows best what this machine can do, within a minute?"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.errors import AdvisorError
from advisor.models.architecture import Architecture
from advisor.models.calibration import LEAST_MODELS
from advisor.models.catalogue import find
from advisor.models.memory import Load, memory_need, need_of
from advisor.models.model import of_catalogue
from advisor.models.quantization import weight_bytes
from advisor.models.speed import decode_speed
from advisor.models.traffic import decode_bytes

QUANTIZATION = "Q4_0"
"""The smallest type that engines of every kind compute with directly."""

CANDIDATES = (
    "smollm2-135m",
    "llama-3.2-1b",
    "llama-3.2-3b",
    "qwen3-4b",
    "qwen2.5-7b",
    "llama-3.1-8b",
    "qwen3-8b",
    "llama-3.3-70b",
)
"""Smallest first: dense, so that random weights stand for real ones, and sold by hosts, so that a
price can be set beside the speed."""

TO_CALIBRATE = (
    "smollm2-135m:Q8_0",
    "llama-3.2-1b:Q4_0",
    "smollm2-1.7b:Q4_K_M",
    "qwen3-0.6b:Q4_K_M",
    "qwen2.5-0.5b:Q8_0",
    "smollm2-135m:Q4_0",
)
"""Small ones of several depths and vocabularies whose rows fill whole blocks of their type, as
larger models' do, some of a type that processors multiply more slowly. Those that are soon known
come first: the time that they leave is the others'."""

MEMORY_SHARE = 0.7
LEAST_DECODE_TOK_PER_S = 15.0
MOST_WRITE_S = 30.0

_WRITE_BYTES_PER_S = 100e6
"""A cautious rate: 130 to 170 MB/s were seen on two cores of an EPYC 7003, disk included."""
_DISK_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Choice:
    """The model to make, and the reason in one sentence."""

    architecture: Architecture
    quantization: str
    why: str

    @property
    def name(self) -> str:
        return f"{self.architecture.name}:{self.quantization}"


def choose_synthetic(
    memory_available_bytes: int,
    memory_bandwidth_bytes_per_s: float | None,
    disk_free_bytes: int,
) -> Choice:
    """The largest candidate that fits with ease, decodes fast enough and is soon written.

    The bandwidth is one that was measured on the CPU's memory. Fast enough means that the
    middle of the estimate reaches `LEAST_DECODE_TOK_PER_S`, so that its low end stays usable; the
    smallest model is taken where none does or the bandwidth is unknown (None). Raises AdvisorError
    where not even that fits.
    """
    fitting = [
        one
        for one in map(find, CANDIDATES)
        if memory_need(one, QUANTIZATION).total_bytes <= MEMORY_SHARE * memory_available_bytes
        and weight_bytes(one, QUANTIZATION)
        <= min(MOST_WRITE_S * _WRITE_BYTES_PER_S, _DISK_SHARE * disk_free_bytes)
    ]
    if not fitting:
        raise AdvisorError(
            "No synthetic model fits this machine",
            why=f"{memory_available_bytes / 1e9:.1f} GB of memory and "
            f"{disk_free_bytes / 1e9:.1f} GB of disk are free",
            remedy="Free some of both, or name a server with --url.",
        )
    if memory_bandwidth_bytes_per_s is None:
        return Choice(
            fitting[0],
            QUANTIZATION,
            "the smallest candidate, because the memory's bandwidth is unknown",
        )
    fast = [
        one
        for one in fitting
        if _decode_tok_per_s(one, memory_bandwidth_bytes_per_s) >= LEAST_DECODE_TOK_PER_S
    ]
    if not fast:
        return Choice(
            fitting[0],
            QUANTIZATION,
            "the smallest candidate, because this machine's memory is slow "
            f"({memory_bandwidth_bytes_per_s / 1e9:.1f} GB/s)",
        )
    return Choice(
        fast[-1],
        QUANTIZATION,
        f"the largest candidate that fits {memory_available_bytes / 1e9:.1f} GB of "
        f"free memory with ease, should reach {LEAST_DECODE_TOK_PER_S:g} tokens/s at "
        f"{memory_bandwidth_bytes_per_s / 1e9:.1f} GB/s and is written within {MOST_WRITE_S:g} s",
    )


def _decode_tok_per_s(one: Architecture, bandwidth_bytes_per_s: float) -> float:
    read_bytes = decode_bytes(one, QUANTIZATION)
    return decode_speed(read_bytes, bandwidth_bytes_per_s, "cpu", "measured").decode_tok_per_s_p50


def to_calibrate(memory_available_bytes: int, disk_free_bytes: int) -> tuple[str, ...]:
    """The synthetic models to measure a machine's rates with, written one after the other.

    Raises AdvisorError where fewer than three fit.
    """
    fitting = tuple(
        name
        for name, one in ((name, of_catalogue(name)) for name in TO_CALIBRATE)
        if need_of(one, Load()).total_bytes <= MEMORY_SHARE * memory_available_bytes
        and one.weights_bytes <= _DISK_SHARE * disk_free_bytes
    )
    if len(fitting) < LEAST_MODELS:
        raise AdvisorError(
            "This machine cannot be calibrated",
            why=f"{len(fitting)} of at least {LEAST_MODELS} small models fit its memory and disk",
            remedy="Free some of both.",
        )
    return fitting
