"""What do the NVIDIA cards draw? Their energy counters, checked against polled power.

The counter (mJ since the driver was loaded; Volta and later) is read on the monotonic clock at
10 Hz, windows are cut at its updates, and the instantaneous power is read beside it. Where a card
has no counter, its power is integrated by trapezoids. A card that stops answering spoils only the
windows that it is lost in.

A card that is one module with its processors (Grace Hopper) counts the module's energy
(https://github.com/ml-energy/zeus/pull/172, read 2026-11-25), so its counter is compared with the
module's power and holds the processors too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from advisor.documents import Unknown
from advisor.machine.nvidia import module_power_w, power_now_w
from advisor.machine.nvml import NoDriver, Nvml, open_nvml
from advisor.power.meter import Grade, Window
from advisor.power.polling import Poller
from advisor.power.series import covers, gained, integral, widest_gap_s

INTERVAL_S = 0.1
DISAGREEMENT = 0.10
SHORTEST_CHECKED_S = 1.0
WIDEST_GAP_S = 1.0

COUNTER_BAND = (0.95, 1.05)
SAMPLED_BAND = (0.90, 1.10)
COUNTER_ASSUMPTION = (
    "the cards' energy counters are right within 5 %, which NVIDIA states for Fermi and Kepler "
    "(NVML reference, nvmlDeviceGetPowerUsage) and does not state for later cards"
)
SAMPLED_ASSUMPTION = (
    "the cards' polled power stands for the time between two readings within 10 %: assumed; some "
    "cards measure only a part of the time (https://arxiv.org/abs/2312.02741)"
)
MODULE_ASSUMPTION = (
    "the counter of a card that is one module with its processors counts the whole module, as was "
    "found of Grace Hopper: https://github.com/ml-energy/zeus/pull/172, read 2026-11-25"
)
DIVIDED_ASSUMPTION = (
    "no other instance of the divided card (MIG) is at work: its power is the whole card's"
)


@dataclass(slots=True)
class _Card:
    """One card's readings: counter in J, power in W, and times at which it did not answer.
    `is_module` where both are of the card and its processors together."""

    handle: Any
    has_counter: bool
    is_module: bool
    counted_j: list[tuple[int, float]] = field(default_factory=list)
    power_w: list[tuple[int, float]] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)


class NvmlMeter:
    """All NVIDIA cards together."""

    def __init__(self, nvml: Nvml, cards: list[_Card], further: Sequence[str] = ()) -> None:
        """`further` is what else has to hold of these cards for the readings to be true."""
        self.nvml = nvml
        self.cards = cards
        counted = all(card.has_counter for card in cards)
        self.grade = Grade.COUNTER if counted else Grade.SAMPLED
        self.band = COUNTER_BAND if counted else SAMPLED_BAND
        self.assumptions: tuple[str, ...] = (
            COUNTER_ASSUMPTION if counted else SAMPLED_ASSUMPTION,
            *further,
        )
        self.domain = "gpu+cpu" if any(card.is_module for card in cards) else "gpu"
        way = "energy counter" if counted else "polled power"
        number = "" if len(cards) == 1 else f" of {len(cards)} cards"
        self.name = f"NVML {way}{number}"
        self._lock = threading.Lock()
        self._poller = Poller(self._take, INTERVAL_S)

    def start(self) -> None:
        """Begins to poll the cards."""
        self._poller.start()

    def stop(self) -> None:
        """Ends polling; windows already past can still be asked for."""
        self._poller.stop()

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        """Energy of all cards over the window, or why one of them cannot tell."""
        if end_ns <= start_ns:
            return Unknown("the window has no length")
        if self._poller.running:
            self._take()
        energy_j = 0.0
        warnings: list[str] = []
        with self._lock:
            for card in self.cards:
                part = _energy(card, start_ns, end_ns)
                if isinstance(part, Unknown):
                    return part
                energy_j += part.energy_j
                if part.warning and part.warning not in warnings:
                    warnings.append(part.warning)
        return Window(start_ns, end_ns, energy_j, "; ".join(warnings) or None)

    def _take(self) -> None:
        with self._lock:
            for card in self.cards:
                self._take_card(card)

    def _take_card(self, card: _Card) -> None:
        before_ns = time.perf_counter_ns()
        counted_mj = (
            self.nvml.read(self.nvml.library.nvmlDeviceGetTotalEnergyConsumption, card.handle)
            if card.has_counter
            else None
        )
        between_ns = time.perf_counter_ns()
        power = module_power_w if card.is_module else power_now_w
        watts = power(self.nvml, card.handle)
        after_ns = time.perf_counter_ns()
        if isinstance(counted_mj, Unknown):
            card.failures.append((between_ns, counted_mj.reason))
        elif counted_mj is not None:
            card.counted_j.append(((before_ns + between_ns) // 2, counted_mj / 1000))
        if not isinstance(watts, Unknown):
            card.power_w.append(((between_ns + after_ns) // 2, watts))
        elif not card.has_counter:
            card.failures.append((after_ns, watts.reason))


def open_nvml_meter() -> NvmlMeter | Unknown:
    """A meter over every NVIDIA card; NoDriver on a machine without one, Unknown where a card
    cannot be measured."""
    nvml = open_nvml()
    if isinstance(nvml, Unknown):
        return nvml
    handles = nvml.handles()
    if isinstance(handles, Unknown):
        return handles
    if not handles:
        return NoDriver("the NVIDIA driver shows no card")
    cards: list[_Card] = []
    further: dict[str, None] = {}
    for index, handle in enumerate(handles):
        if isinstance(handle, Unknown):
            return Unknown(f"card {index} cannot be opened: {handle.reason}")
        counted = nvml.read(nvml.library.nvmlDeviceGetTotalEnergyConsumption, handle)
        watts = power_now_w(nvml, handle)
        if isinstance(counted, Unknown) and isinstance(watts, Unknown):
            return Unknown(f"card {index} tells neither its energy nor its power: {watts.reason}")
        has_counter = not isinstance(counted, Unknown)
        is_module = has_counter and not isinstance(module_power_w(nvml, handle), Unknown)
        cards.append(_Card(handle, has_counter, is_module))
        if is_module:
            further[MODULE_ASSUMPTION] = None
        if _is_divided(nvml, handle):
            further[DIVIDED_ASSUMPTION] = None
    return NvmlMeter(nvml, cards, tuple(further))


def _is_divided(nvml: Nvml, handle: Any) -> bool:
    mode = nvml.read(nvml.library.nvmlDeviceGetMigMode, handle)
    return not isinstance(mode, Unknown) and bool(mode[0])


def _energy(card: _Card, start_ns: int, end_ns: int) -> Window | Unknown:
    """One card's energy: counted if it counts and moves, else sampled."""
    lost = [reason for time_ns, reason in card.failures if start_ns <= time_ns <= end_ns]
    if lost:
        return Unknown(f"a card stopped answering: {lost[0]}")
    sampled_j = (
        integral(card.power_w, start_ns, end_ns) if covers(card.power_w, start_ns, end_ns) else None
    )
    main = card.counted_j if card.has_counter else card.power_w
    if card.failures and (not main or main[-1][0] < end_ns < card.failures[-1][0]):
        return Unknown(f"a card stopped answering: {card.failures[-1][1]}")
    if not covers(main, start_ns, end_ns):
        return Unknown("the meter was not running over the whole window")
    gap_s = widest_gap_s(main, start_ns, end_ns)
    gap = f"no reading for {gap_s:.1f} s" if gap_s > WIDEST_GAP_S else None
    if not card.has_counter:
        assert sampled_j is not None
        return Window(start_ns, end_ns, sampled_j, gap)
    counted_j = gained(card.counted_j, start_ns, end_ns)
    if sampled_j is None or (end_ns - start_ns) / 1e9 < SHORTEST_CHECKED_S:
        return Window(start_ns, end_ns, counted_j, gap)
    if counted_j <= 0 < sampled_j:
        stuck = "the energy counter stood still or ran backwards, so polled power was used"
        return Window(start_ns, end_ns, sampled_j, stuck)
    if abs(counted_j - sampled_j) > DISAGREEMENT * max(counted_j, sampled_j):
        apart = (
            f"the energy counter says {counted_j:.0f} J and polled power {sampled_j:.0f} J, "
            f"over {DISAGREEMENT:.0%} apart"
        )
        return Window(start_ns, end_ns, counted_j, apart)
    return Window(start_ns, end_ns, counted_j, gap)
