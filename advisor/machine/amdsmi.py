"""What does AMD's own management library add where it is installed?

`amdsmi` comes with ROCm and is no dependency: it knows the name on the box, the width of the
memory bus, the most that memory can move and whether energy is counted, which sysfs does not
(names of calls and fields as in amdsmi 7.0.2; the bandwidth in GB/s is the metrics', at the highest
memory clock, for the one beside the bus width is at the present clock: amdsmi.h, read 2026-11-24).
"""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Callable
from typing import Any

BANDWIDTH_BASIS = "the most that AMD's library gives for the card's memory"


def facts_by_bus_id() -> dict[str, dict[str, object]]:
    """Facts of each card by its place on the PCI bus; none where the library is missing.

    The package prints on stdout when its shared library is not there, which must not get into a
    result."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            library = importlib.import_module("amdsmi")
    except (ImportError, OSError, KeyError, AttributeError):
        return {}
    return facts_from(library)


def facts_from(library: Any) -> dict[str, dict[str, object]]:
    """The same from a given library; none where it fails to start."""
    try:
        library.amdsmi_init()
    except library.AmdSmiException:
        return {}
    try:
        return {
            str(library.amdsmi_get_gpu_device_bdf(handle)).lower(): _facts(library, handle)
            for handle in library.amdsmi_get_processor_handles()
        }
    except library.AmdSmiException:
        return {}
    finally:
        library.amdsmi_shut_down()


def _facts(library: Any, handle: Any) -> dict[str, object]:
    """Only what the library tells; it writes "N/A" for what it does not know."""
    make = _answer(library, library.amdsmi_get_gpu_asic_info, handle)
    memory = _answer(library, library.amdsmi_get_gpu_vram_info, handle)
    metrics = _answer(library, library.amdsmi_get_gpu_metrics_info, handle)
    facts: dict[str, object] = {}
    if isinstance(name := make.get("market_name"), str) and name not in ("", "N/A"):
        facts["name"] = name
    if isinstance(width := memory.get("vram_bit_width"), int) and width > 0:
        facts["memory_bus_width_bits"] = width
    most_gb_per_s = metrics.get("vram_max_bandwidth")
    if isinstance(most_gb_per_s, (int, float)) and most_gb_per_s > 0:
        facts["bandwidth_bytes_per_s"] = most_gb_per_s * 1e9
        facts["bandwidth_basis"] = BANDWIDTH_BASIS
    if _answer(library, library.amdsmi_get_energy_count, handle):
        facts["has_energy_counter"] = True
    return facts


def _answer(library: Any, call: Callable[[Any], Any], handle: Any) -> dict[str, Any]:
    try:
        answer = call(handle)
    except library.AmdSmiException:
        return {}
    return answer if isinstance(answer, dict) else {}
