"""May it measure now? If not, what is in the way, and does it go away in time?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from advisor.documents import Unknown
from advisor.machine.document import NOISY_PERCENT
from advisor.schedule.clock import Clock
from advisor.schedule.look import Seen

CARD_QUIET_PERCENT = 10.0
"""A card that only draws a desktop stays below it."""

SMALL_HOLDER_BYTES = 2**30
"""Less than this is a desktop's, a browser's or a context without a model."""

GPU_HOT_C, CPU_HOT_C = 70.0, 80.0
"""A judgement and no specification: an idle machine that is hotter still cools down from work, or
is cooled badly, and would be measured in another state than the last time."""

THERMAL = ("thermal",)
LOOK_AGAIN_S = 60.0
SECOND_LOOK_S = 5.0
"""One quiet second may be chance: it has to be quiet twice, so far apart."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it was quiet in the end, what stood in the way, and how long it waited."""

    quiet: bool
    reasons: tuple[str, ...]
    waited_s: float


def obstacles(seen: Seen) -> tuple[str, ...]:
    """What stands in the way of a measurement that can be compared with others."""
    found = []
    if seen.on_battery:
        found.append("this machine runs on its battery")
    if seen.others_busy_percent > NOISY_PERCENT:
        who = f" ({', '.join(seen.busiest)})" if seen.busiest else ""
        found.append(
            f"other programs keep the processors {seen.others_busy_percent:.0f} % busy{who}"
        )
    found += [
        f"{name} is {percent:.0f} % busy"
        for name, percent in seen.busy_cards
        if percent > CARD_QUIET_PERCENT
    ]
    found += [
        f"{name} holds {held_bytes / 2**30:.1f} GiB of a card's memory"
        for name, held_bytes in seen.strangers
        if held_bytes >= SMALL_HOLDER_BYTES
    ]
    found += [
        f"{server.name} works on {server.requests} request{'s' if server.requests > 1 else ''}"
        for server in seen.servers
        if not isinstance(server.requests, Unknown) and server.requests > 0
    ]
    return (*found, *_heat(seen))


def wait_for_quiet(
    look: Callable[[], Seen],
    clock: Clock,
    *,
    longest_s: float,
    tell: Callable[[str], None],
) -> Verdict:
    """Looks until it is quiet twice in a row, or until `longest_s` have gone by.

    It looks at least twice. `tell` hears what is waited for.
    """
    started = clock.now()
    quiet_before = False
    while True:
        reasons = obstacles(look())
        if not reasons and quiet_before:
            return Verdict(True, (), clock.now().since(started))
        waited_s = clock.now().since(started)
        if reasons and waited_s >= longest_s:
            return Verdict(False, reasons, waited_s)
        quiet_before = not reasons
        if reasons:
            tell(f"Waiting: {'; '.join(reasons)}.")
        clock.sleep(min(LOOK_AGAIN_S, max(longest_s - waited_s, 1.0)) if reasons else SECOND_LOOK_S)


def _heat(seen: Seen) -> list[str]:
    slowed = [reason for reason in seen.held_back_by if any(word in reason for word in THERMAL)]
    if slowed:
        return [f"a card is slowed down by heat ({', '.join(slowed)})"]
    return [
        f"{what} is at {degrees:.0f} °C"
        for what, degrees, hot in (
            ("a card", seen.gpu_temperature_c, GPU_HOT_C),
            ("the processor", seen.cpu_temperature_c, CPU_HOT_C),
        )
        if degrees is not None and degrees >= hot
    ]
