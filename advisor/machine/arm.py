"""Which cores does an ARM processor have that tells its maker and part by number only?

Names as in `lscpu` (util-linux, sys-utils/lscpu-arm.c, read 2026-11-25): those on which a model
server may run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

CORES = {
    ("0x41", "0xd08"): "Cortex-A72",
    ("0x41", "0xd0b"): "Cortex-A76",
    ("0x41", "0xd0c"): "Neoverse-N1",
    ("0x41", "0xd40"): "Neoverse-V1",
    ("0x41", "0xd42"): "Cortex-A78AE",
    ("0x41", "0xd44"): "Cortex-X1",
    ("0x41", "0xd49"): "Neoverse-N2",
    ("0x41", "0xd4f"): "Neoverse-V2",
    ("0x41", "0xd84"): "Neoverse-V3",
    ("0x41", "0xd85"): "Cortex-X925",
    ("0x41", "0xd87"): "Cortex-A725",
    ("0x41", "0xd8e"): "Neoverse-N3",
}


def arm_model(parts: Iterable[tuple[str, str]]) -> str | None:
    """The cores by name and number ("10 Cortex-X925, 10 Cortex-A725") from implementer and part of
    each logical processor; None where none is known."""
    named = Counter(CORES[part] for part in parts if part in CORES)
    if len(named) < 2:
        return next(iter(named), None)
    return ", ".join(f"{count} {name}" for name, count in named.items())
