"""What does any device measure that tells its watts as JSON over HTTP?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from advisor.documents import Unknown
from advisor.power.meter import Clock
from advisor.power.reading import Reading, at_path, watts
from advisor.power.sampled import SampledMeter
from advisor.power.wall import open_plug, plug


def open_json_url(
    url: str, path: Sequence[str], clock: Clock = time.perf_counter_ns
) -> SampledMeter | Unknown:
    """The meter behind an address, if the value at `path` in its answer is a draw."""
    belief = "the value that the user named is in watts"
    plate = plug("JSON meter", within=0.05, belief=belief)
    return open_plug(plate, url, partial(_read, path), clock)


def _read(path: Sequence[str], answer: object) -> Reading | Unknown:
    found = at_path(answer, path)
    if found is None:
        return Unknown(f"its answer has nothing at {'.'.join(path)}")
    power_w = watts(found)
    return power_w if isinstance(power_w, Unknown) else Reading(power_w)
