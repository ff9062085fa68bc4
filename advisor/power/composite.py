"""How do several meters make one, without counting a part of the machine twice?"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.documents import Unknown
from advisor.power.meter import Grade, Meter, Window, parts_of

GRADES = list(Grade)


class CompositeMeter:
    """The sum of meters that see different parts; as good as the worst of them."""

    def __init__(self, parts: Sequence[Meter]) -> None:
        self.parts = tuple(parts)
        seen = frozenset[str]().union(*(parts_of(part.domain) for part in parts))
        self.name = " and ".join(part.name for part in parts)
        self.grade = max((part.grade for part in parts), key=GRADES.index)
        self.domain = "+".join(sorted(seen, reverse=True))
        self.band = (min(part.band[0] for part in parts), max(part.band[1] for part in parts))
        every = [each for part in parts for each in part.assumptions]
        self.assumptions: tuple[str, ...] = tuple(dict.fromkeys(every))

    def start(self) -> None:
        """Starts all of them."""
        for part in self.parts:
            part.start()

    def stop(self) -> None:
        """Stops all of them."""
        for part in self.parts:
            part.stop()

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        """The sum over the window; unknown if any part of it is."""
        energy_j = 0.0
        warnings: list[str] = []
        for part in self.parts:
            window = part.window(start_ns, end_ns)
            if isinstance(window, Unknown):
                return Unknown(f"{part.name}: {window.reason}")
            energy_j += window.energy_j
            if window.warning:
                warnings.append(f"{part.name}: {window.warning}")
        return Window(start_ns, end_ns, energy_j, "; ".join(warnings) or None)


def combined(meters: Sequence[Meter]) -> Meter:
    """One meter of one or more.

    Whoever sees most comes first (a meter of the whole box leaves nothing to add), the better
    grade among equals; a meter that sees a part already seen is left out.
    """
    chosen: list[Meter] = []
    seen: frozenset[str] = frozenset()
    for meter in sorted(meters, key=_most_and_best_first):
        parts = parts_of(meter.domain)
        if not parts & seen:
            chosen.append(meter)
            seen |= parts
    return chosen[0] if len(chosen) == 1 else CompositeMeter(chosen)


def _most_and_best_first(meter: Meter) -> tuple[int, int]:
    return -len(parts_of(meter.domain)), GRADES.index(meter.grade)
