"""What stands in the way is named, waited for, and in the end given up on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from advisor.documents import Unknown
from advisor.schedule.clock import Clock, Moment
from advisor.schedule.guard import Verdict, obstacles, wait_for_quiet
from advisor.schedule.look import Seen, ServerUse

QUIET = Seen(others_busy_percent=2.0)
BUSY = Seen(others_busy_percent=40.0, busiest=("firefox 61 %", "cc1 19 %"))
SERVER = "vllm at http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (BUSY, "other programs keep the processors 40 % busy (firefox 61 %, cc1 19 %)"),
        (Seen(others_busy_percent=0, on_battery=True), "this machine runs on its battery"),
        (
            Seen(others_busy_percent=0, busy_cards=(("RTX 4090", 3.0), ("RTX 3060", 71.0))),
            "RTX 3060 is 71 % busy",
        ),
        (
            Seen(others_busy_percent=0, strangers=(("Xorg", 900 << 20), ("python3", 3 << 30))),
            "python3 holds 3.0 GiB of a card's memory",
        ),
        (
            Seen(others_busy_percent=0, servers=(ServerUse(SERVER, 1),)),
            f"{SERVER} works on 1 request",
        ),
        (Seen(others_busy_percent=0, gpu_temperature_c=84.0), "a card is at 84 °C"),
        (Seen(others_busy_percent=0, cpu_temperature_c=80.0), "the processor is at 80 °C"),
        (
            Seen(others_busy_percent=0, held_back_by=("software thermal slowdown",)),
            "a card is slowed down by heat (software thermal slowdown)",
        ),
    ],
)
def test_what_stands_in_the_way_is_named(seen: Seen, said: str) -> None:
    assert obstacles(seen) == (said,)


@pytest.mark.parametrize(
    "seen",
    [
        QUIET,
        Seen(others_busy_percent=15.0, on_battery=False),
        Seen(others_busy_percent=0, gpu_temperature_c=55.0, cpu_temperature_c=60.0),
        Seen(others_busy_percent=0, held_back_by=("power limit",)),
        Seen(others_busy_percent=0, servers=(ServerUse(SERVER, 0),)),
        Seen(others_busy_percent=0, servers=(ServerUse("ollama", Unknown("it does not tell")),)),
    ],
)
def test_a_quiet_machine_is_in_nobodys_way(seen: Seen) -> None:
    assert obstacles(seen) == ()


def test_all_obstacles_are_told_of() -> None:
    seen = Seen(others_busy_percent=90, on_battery=True, gpu_temperature_c=90)
    assert len(obstacles(seen)) == 3


@dataclass
class Night:
    """A clock that only goes on while it is slept, and looks that were prepared."""

    looks: Iterator[Seen]
    now_s: float = 0.0
    told: list[str] = field(default_factory=list)

    def wait(self, longest_s: float) -> Verdict:
        def sleep(seconds: float) -> None:
            self.now_s += seconds

        clock = Clock(now=lambda: Moment(self.now_s, self.now_s), sleep=sleep)
        return wait_for_quiet(
            lambda: next(self.looks), clock, longest_s=longest_s, tell=self.told.append
        )


def test_it_measures_after_two_quiet_looks() -> None:
    night = Night(iter([QUIET, QUIET]))
    assert night.wait(7200) == Verdict(True, (), 5.0)
    assert night.told == []


def test_one_quiet_second_may_be_chance() -> None:
    night = Night(iter([QUIET, BUSY, QUIET, BUSY, QUIET, QUIET]))
    verdict = night.wait(7200)
    assert verdict.quiet
    assert verdict.waited_s == 5 + 60 + 5 + 60 + 5
    assert len(night.told) == 2


def test_it_gives_up_at_the_longest_wait_and_says_why() -> None:
    night = Night(iter([BUSY] * 200))
    verdict = night.wait(7200)
    assert not verdict.quiet
    assert verdict.reasons == obstacles(BUSY)
    assert verdict.waited_s == 7200


def test_without_patience_it_still_looks_again_after_a_quiet_second() -> None:
    assert Night(iter([BUSY])).wait(0) == Verdict(False, obstacles(BUSY), 0.0)
    assert Night(iter([QUIET, QUIET])).wait(0).quiet


def test_a_machine_that_slept_while_waiting_has_waited() -> None:
    walls = iter([0.0, 20_000.0])
    clock = Clock(now=lambda: Moment(next(walls), 0.0), sleep=lambda _: None)
    verdict = wait_for_quiet(lambda: BUSY, clock, longest_s=7200, tell=lambda _: None)
    assert not verdict.quiet
    assert verdict.waited_s == 20_000


@pytest.mark.parametrize(
    ("wall_s", "monotonic_s", "apart"),
    [(100, 100, None), (104, 100, None), (400, 100, 300), (40, 100, -60)],
)
def test_clocks_that_part_are_noticed(wall_s: float, monotonic_s: float, apart: float) -> None:
    assert Moment(wall_s, monotonic_s).parted_from(Moment(0, 0)) == apart
