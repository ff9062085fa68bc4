"""Which share of a load does a box serve whose hours are not enough for the busiest ones?

The load comes by the hour of the week, as the queueing has it (`queueing.profile.week_profile`):
what exceeds the box in an hour goes to the API and cannot wait for a quieter one. Where the peak is
uncertain, a scenario's share lies between those of the nearest two of `ROWS` peaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from advisor.economics.hours import HourBand
from advisor.economics.queueing.profile import (
    HOURS_PER_WEEK,
    WeekProfile,
    sharper_profiles,
    week_profile,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from advisor.economics.simulation.drawn import Amount
    from advisor.economics.simulation.normal import Floats

ROWS = 129
STEPS = 512


@dataclass(frozen=True, slots=True)
class Served:
    """The load's peak over its mean by scenario, and the hours of the week it is spread over."""

    bands: tuple[HourBand, ...]
    peak_to_mean: Amount

    def share(self, room: Floats) -> Floats:
        """What is served at `room` (hours available over hours needed) of the load."""
        import numpy as np

        peak = self.peak_to_mean
        if isinstance(peak, float):
            return np.interp(room, *curve_of(self.bands, peak))
        peaks, table = _table(self.bands)
        within = np.clip(peak, peaks[0], peaks[-1])
        row = np.interp(within, peaks, np.arange(ROWS))
        column = np.clip(room / within, 0.0, 1.0) * STEPS
        up, right = np.minimum(row, ROWS - 2), np.minimum(column, STEPS - 1)
        low, left = up.astype(np.intp), right.astype(np.intp)
        down, over = row - low, column - left
        upper = table[low, left] * (1.0 - over) + table[low, left + 1] * over
        lower = table[low + 1, left] * (1.0 - over) + table[low + 1, left + 1] * over
        found: Floats = upper * (1.0 - down) + lower * down
        return found

    def at(self, where: NDArray[np.intp]) -> Served:
        """The same in some of the scenarios."""
        peak = self.peak_to_mean
        return Served(self.bands, peak if isinstance(peak, float) else peak[where])

    @property
    def enough(self) -> Amount:
        """The room at which nothing exceeds the box: the peak, within what the hours allow."""
        import numpy as np

        if isinstance(self.peak_to_mean, float):
            return self.peak_to_mean
        peaks, _ = _table(self.bands)
        found: Floats = np.clip(self.peak_to_mean, peaks[0], peaks[-1])
        return found


@lru_cache(maxsize=16)
def curve_of(bands: tuple[HourBand, ...], peak_to_mean: float) -> tuple[Floats, Floats]:
    """Rooms and the shares of the load served there, for a peak that is certain."""
    return _curve(week_profile(bands, peak_to_mean))


def _curve(profile: WeekProfile) -> tuple[Floats, Floats]:
    """Rooms and the shares served there, a straight line between them."""
    import numpy as np

    loads = np.array(profile.shares) * HOURS_PER_WEEK
    rooms = np.unique(np.append(loads, 0.0))
    return rooms, np.minimum(loads, rooms[:, None]).mean(axis=1)


@lru_cache(maxsize=4)
def _table(bands: tuple[HourBand, ...]) -> tuple[Floats, Floats]:
    """Peaks, and for each the share served at every part of it."""
    import numpy as np

    profiles = sharper_profiles(bands, ROWS)
    peaks = np.array([each.peak_to_mean for each in profiles])
    parts = np.linspace(0.0, 1.0, STEPS + 1)
    table = np.array(
        [np.interp(parts * peak, *_curve(each)) for peak, each in zip(peaks, profiles, strict=True)]
    )
    return peaks, table
