"""What has to be believed of any plug between the box and the wall?

Its name leaves out its address: records are passed on.
"""

from __future__ import annotations

from collections.abc import Callable

from advisor.documents import Unknown
from advisor.power.meter import Clock, Grade, Nameplate
from advisor.power.reading import Reading
from advisor.power.sampled import SampledMeter, opened
from advisor.power.wire import json_from

REFRESH_S = 1.0


def plug(name: str, *, within: float, belief: str) -> Nameplate:
    """A plug that is right `within` this share of what it tells; `belief` says why, or on whose
    word its figures are taken for watts."""
    rightness = (
        f"the plug is right within {within:.0%} and renews its watts every {REFRESH_S:g} s: "
        f"assumed; {belief}"
    )
    return Nameplate(
        name=name,
        grade=Grade.WALL,
        domain="box",
        band=(1 - within, 1 + within),
        assumptions=(
            "this box alone, with its screen if it has one, draws from the plug",
            rightness,
        ),
    )


def open_plug(
    plate: Nameplate, url: str, read: Callable[[object], Reading | Unknown], clock: Clock
) -> SampledMeter | Unknown:
    """The plug that answers at an address in JSON, which `read` understands."""

    def ask() -> Reading | Unknown:
        answer = json_from(url)
        return answer if isinstance(answer, Unknown) else read(answer)

    return opened(plate, ask, REFRESH_S, clock)
