"""Do meters add up without counting anything twice, and what does the box draw then?"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.documents import Unknown
from advisor.power.composite import CompositeMeter, combined
from advisor.power.host import AT_THE_WALL, box_power
from advisor.power.meter import Grade, Window, parts_of

DOMAINS = ["gpu", "cpu", "gpu+cpu", "soc", "box"]


@dataclass
class Part:
    """A meter of a steady power."""

    domain: str
    power_w: float = 100
    grade: Grade = Grade.COUNTER
    band: tuple[float, float] = (0.95, 1.05)
    assumptions: tuple[str, ...] = ("clocks tick",)
    warning: str | None = None
    lost: str | None = None
    calls: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"meter of {self.domain}"

    @name.setter
    def name(self, _: str) -> None: ...

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def window(self, start_ns: int, end_ns: int) -> Window | Unknown:
        if self.lost:
            return Unknown(self.lost)
        energy_j = self.power_w * (end_ns - start_ns) / 1e9
        return Window(start_ns, end_ns, energy_j, self.warning)


SECOND = (0, 10**9)


def test_cards_and_processors_add_up_and_the_worst_grade_holds() -> None:
    cards = Part("gpu", 300, Grade.SAMPLED, (0.9, 1.1), ("cards are right", "clocks tick"))
    processors = Part("cpu", 80, Grade.COUNTER, (0.95, 1.2), ("clocks tick", "zones are right"))
    both = combined([processors, cards])
    window = both.window(*SECOND)
    assert isinstance(window, Window) and window.energy_j == pytest.approx(380)
    assert window.warning is None
    assert (both.domain, both.grade, both.band) == ("gpu+cpu", Grade.SAMPLED, (0.9, 1.2))
    assert sorted(both.assumptions) == ["cards are right", "clocks tick", "zones are right"]
    assert "meter of gpu" in both.name and "meter of cpu" in both.name


def test_a_part_that_is_lost_makes_the_sum_unknown() -> None:
    both = CompositeMeter([Part("gpu", 300), Part("cpu", lost="it is gone")])
    window = both.window(*SECOND)
    assert isinstance(window, Unknown)
    assert "meter of cpu" in window.reason and "it is gone" in window.reason


def test_warnings_are_joined_with_their_meters() -> None:
    window = CompositeMeter([Part("gpu", warning="late"), Part("cpu", warning="rough")]).window(
        *SECOND
    )
    assert isinstance(window, Window) and window.warning
    for said in ("meter of gpu: late", "meter of cpu: rough"):
        assert said in window.warning


def test_all_parts_are_started_and_stopped() -> None:
    parts = [Part("gpu"), Part("cpu")]
    both = CompositeMeter(parts)
    both.start()
    both.stop()
    assert [part.calls for part in parts] == [["start", "stop"]] * 2


def test_a_wall_meter_leaves_nothing_to_add() -> None:
    wall = Part("box", 500, Grade.WALL)
    assert combined([Part("gpu", 300), Part("cpu", 80), wall]) is wall


def test_the_better_of_two_that_see_the_same_is_taken() -> None:
    better = Part("gpu", 300, Grade.COUNTER)
    assert combined([Part("gpu", 290, Grade.SAMPLED), better]) is better


def test_a_chip_of_both_is_not_added_to_its_processors() -> None:
    chip = Part("gpu+cpu", 60, Grade.SAMPLED)
    assert combined([Part("cpu", 40, Grade.COUNTER), chip]) is chip


@given(st.lists(st.tuples(st.sampled_from(DOMAINS), st.sampled_from(list(Grade))), min_size=1))
def test_whatever_is_combined_no_part_counts_twice_and_none_is_lost(
    kinds: list[tuple[str, Grade]],
) -> None:
    meters = [Part(domain, grade=grade) for domain, grade in kinds]
    one = combined(meters)
    chosen = one.parts if isinstance(one, CompositeMeter) else (one,)
    seen = [part for meter in chosen for part in parts_of(meter.domain)]
    assert len(seen) == len(set(seen))
    assert set(seen) == set().union(*(parts_of(domain) for domain, _ in kinds))
    assert parts_of(one.domain) == set(seen)
    worst = max((meter.grade for meter in chosen), key=list(Grade).index)
    assert one.grade is worst


def test_at_the_wall_no_factor_is_applied_and_that_is_said() -> None:
    box = box_power(Part("box", grade=Grade.WALL), idle_w=60, active_w=350)
    assert (box.idle_w, box.active_w, box.grade) == (60, 350, Grade.WALL)
    assert box.active_band_w == pytest.approx((350 * 0.95, 350 * 1.05))
    assert AT_THE_WALL in box.assumptions


@pytest.mark.parametrize("domain", ["cpu", "gpu+cpu"])
@pytest.mark.parametrize(("sockets", "host_w", "most_w"), [(1, 45, 70), (2, 120, 180)])
def test_metered_processors_are_not_in_the_rest_again(
    domain: str, sockets: int, host_w: float, most_w: float
) -> None:
    box = box_power(Part(domain), idle_w=40, active_w=400, sockets=sockets)
    cards_alone = box_power(Part("gpu"), idle_w=40, active_w=400, sockets=sockets)
    assert box.idle_w == pytest.approx((40 + host_w / 2) / 0.80)
    assert box.active_w == pytest.approx((400 + host_w / 2) / 0.88)
    assert box.active_band_w == pytest.approx((400 * 0.95 / 0.92, (400 * 1.05 + most_w) / 0.82))
    assert box.active_w < cards_alone.active_w
    assert box.grade is Grade.ESTIMATED
    assert any("metered already" in each for each in box.assumptions)
    assert any("wall factor 1.14" in each for each in box.assumptions)


def test_a_mac_has_no_workstation_around_its_chip() -> None:
    box = box_power(Part("soc"), idle_w=1, active_w=30)
    assert box.idle_w is not None and box.idle_w < 7
    assert 30 < box.active_w < 45
    assert any("Apple chip" in each for each in box.assumptions)
