"""What a prediction takes from this very machine: its cards, or its processors."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from advisor.machine.document import Gpu, Machine
from advisor.machine.probe import probe
from advisor.models.memory import Room
from advisor.models.own_machine import own_box

GIB = 2**30


@cache
def _machine() -> Machine:
    found = probe(measure_bandwidth=False)
    memory = msgspec.structs.replace(
        found.memory,
        total_bytes=64 * GIB,
        available_bytes=50 * GIB,
        bandwidth_bytes_per_s=60e9,
    )
    return msgspec.structs.replace(found, memory=memory, gpus=())


def _card(**known: Any) -> Gpu:
    return Gpu(**(dict.fromkeys(Gpu.__struct_fields__) | known))


def test_processors_have_what_is_free_and_what_was_measured() -> None:
    box = own_box(_machine())
    assert (box.kind, box.room, box.device) == ("cpu", Room(50 * GIB), None)
    assert box.measured_bytes_per_s == 60e9


def test_cards_come_first_with_main_memory_behind_them() -> None:
    card = _card(
        name="a card",
        vendor="nvidia",
        memory_unified=False,
        memory_free_bytes=20 * GIB,
        bandwidth_bytes_per_s=900e9,
    )
    box = own_box(msgspec.structs.replace(_machine(), gpus=(card, card)))
    assert (box.name, box.kind) == ("2 × a card", "cuda")
    assert box.room == Room(40 * GIB, 50 * GIB)
    assert box.device is not None
    assert (box.device.count, box.device.bandwidth_gb_per_s) == (2, 900)
    assert box.measured_bytes_per_s == 60e9


def test_cards_of_another_maker_are_left_out_and_named() -> None:
    known = {"memory_unified": False, "bandwidth_bytes_per_s": 900e9}
    small = _card(name="a Radeon", vendor="amd", memory_free_bytes=15 * GIB, **known)
    large = _card(name="an RTX", vendor="nvidia", memory_free_bytes=20 * GIB, **known)
    box = own_box(msgspec.structs.replace(_machine(), gpus=(small, large)))
    assert (box.name, box.kind, box.room) == ("an RTX", "cuda", Room(20 * GIB, 50 * GIB))
    assert box.assumptions == ("without a Radeon: a server computes on cards of one maker",)
    more = own_box(msgspec.structs.replace(_machine(), gpus=(small, large, small)))
    assert (more.name, more.kind, more.room.device_bytes) == ("2 × a Radeon", "rocm", 30 * GIB)
    assert more.device is not None
    assert more.device.count == 2
    assert more.assumptions == ("without an RTX: a server computes on cards of one maker",)


def test_unlike_cards_of_one_maker_go_by_their_own_names() -> None:
    known = {"vendor": "nvidia", "memory_unified": False, "memory_free_bytes": 20 * GIB}
    cards = tuple(_card(name=name, **known) for name in ("old", "new", "old"))
    assert own_box(msgspec.structs.replace(_machine(), gpus=cards)).name == "2 × old, new"


def test_a_card_that_shares_memory_has_no_other() -> None:
    card = _card(
        name="Apple M9",
        vendor="apple",
        memory_unified=True,
        memory_free_bytes=40 * GIB,
        bandwidth_bytes_per_s=400e9,
    )
    box = own_box(msgspec.structs.replace(_machine(), gpus=(card,)))
    assert (box.kind, box.room) == ("metal", Room(40 * GIB))


def test_a_card_of_unknown_memory_is_left_to_the_processors() -> None:
    card = _card(vendor="amd", memory_unified=False)
    assert own_box(msgspec.structs.replace(_machine(), gpus=(card,))).kind == "cpu"


def test_several_cards_count_as_so_many_of_the_smallest_and_slowest() -> None:
    known = {"vendor": "intel", "memory_unified": False, "memory_free_bytes": 10 * GIB}
    cards = tuple(
        _card(memory_total_bytes=size * GIB, bandwidth_bytes_per_s=rate * 1e9, **known)
        for size, rate in ((16, 400), (12, 500))
    )
    box = own_box(msgspec.structs.replace(_machine(), gpus=cards))
    assert (box.kind, box.name, box.here) == ("sycl", "2 × GPU", True)
    assert box.device is not None
    assert (box.device.memory_gib, box.device.bandwidth_gb_per_s) == (12, 400)
    assert (box.device.name, box.device.count) == ("", 2)


def test_what_has_no_name_is_called_by_what_it_is() -> None:
    nameless = msgspec.structs.replace(_machine().cpu, model=None)
    processors = own_box(msgspec.structs.replace(_machine(), cpu=nameless))
    assert (processors.name, processors.here) == ("this machine's processors", True)
    named = msgspec.structs.replace(_machine().cpu, model="EPYC")
    assert own_box(msgspec.structs.replace(_machine(), cpu=named)).name == "EPYC"
    apple = _card(vendor="apple", memory_unified=True)
    unified = own_box(msgspec.structs.replace(_machine(), gpus=(apple,)))
    assert (unified.name, unified.here, unified.room) == ("Apple GPU", True, Room(50 * GIB))
