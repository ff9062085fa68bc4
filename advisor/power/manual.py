"""What does the box draw, if its owner has read it off a plug or a data sheet and typed it?"""

from __future__ import annotations

import math

from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.power.meter import Grade, Window


class ManualMeter:
    """A constant draw of the whole box, as typed: the same when idle and when active."""

    grade = Grade.ESTIMATED
    domain = "box"
    band = (1.0, 1.0)

    def __init__(self, power_w: float) -> None:
        if not math.isfinite(power_w) or power_w <= 0:
            raise InputError(
                f"a box cannot draw {power_w:g} W",
                remedy="Give the watts of the whole box, such as --power-w 350.",
            )
        self.power_w = power_w
        self.name = f"{power_w:g} W as typed"
        self.assumptions: tuple[str, ...] = (
            f"the whole box draws {power_w:g} W at all times, idle or not: typed by the user",
        )

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        """The constant over the window."""
        if end_ns <= start_ns:
            return Unknown("the window has no length")
        return Window(start_ns, end_ns, self.power_w * (end_ns - start_ns) / 1e9)
