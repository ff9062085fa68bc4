"""What may be believed of what a device says?

Its answers come from a network that others share: a wrong type, a negative or an absurd number is
no reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.documents import Unknown

LARGEST_W = 20_000
"""More than a socket, or a UPS for one box, can give."""
LARGEST_J = 1e15
LONGEST_INDEX = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """Watts of this moment and, where the device counts, its energy since some moment."""

    power_w: float
    energy_j: float | None = None


def watts(value: object) -> float | Unknown:
    """A draw that a running box can have."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return Unknown("it tells no number of watts")
    if value == 0:
        return Unknown("it tells 0 W: is this box plugged into it?")
    if not 0 < value <= LARGEST_W:
        return Unknown(f"it tells a draw that no box has (0 to {LARGEST_W} W are believed)")
    return float(value)


def joules(value: object, each_j: float) -> float | None:
    """A counter's energy, from a count of `each_j`; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value * each_j if 0 <= value <= LARGEST_J / each_j else None


def at_path(document: object, path: Sequence[str]) -> object:
    """The value at a path of keys and of indexes into lists, or None."""
    value = document
    for part in path:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and _is_index(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def _is_index(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= LONGEST_INDEX
