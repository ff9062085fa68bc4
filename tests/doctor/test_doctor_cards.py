"""What may be amiss with a card that answers."""

from __future__ import annotations

import os

import psutil
from well_machine import facts, only

from advisor.doctor.cards import reservations
from advisor.doctor.facts import Card, Graphics
from advisor.doctor.gather import _names
from advisor.doctor.graphics import graphics

GIB = 2**30


def card(**amiss) -> Card:
    well = {"memory_bytes": 24 * GIB, "held_bytes": GIB, "lanes": (16, 16)}
    return Card("NVIDIA GeForce RTX 4090", "595.1", **(well | amiss))


def test_nothing_is_amiss_with_a_card_that_only_a_desktop_uses() -> None:
    assert list(reservations(card(held_back_by=("power limit",), uncorrected_errors=0))) == []
    assert list(reservations(Card("of which nothing is told"))) == []


def test_memory_that_others_hold_is_told_with_their_names() -> None:
    found = only(reservations(card(held_bytes=12 * GIB, holders=("ollama", "python"))))
    assert found.status == "limited"
    assert "12.0 of 24.0 GiB are held already (ollama, python)" in found.what
    assert found.fix == "nvidia-smi"


def test_another_makers_card_has_no_command_of_nvidias() -> None:
    assert only(reservations(card(held_bytes=12 * GIB, vendor="amd"))).fix is None


def test_errors_of_its_memory_forbid_trust() -> None:
    found = only(reservations(card(uncorrected_errors=3)))
    assert "3 uncorrected memory errors" in found.what and "do not trust" in found.why


def test_heat_and_supply_are_told_even_at_rest() -> None:
    found = only(reservations(card(held_back_by=("power limit", "hardware thermal slowdown"))))
    assert "hardware thermal slowdown" in found.what and "power limit" not in found.what


def test_lost_lanes_are_told() -> None:
    found = only(reservations(card(lanes=(4, 16))))
    assert "4 of 16 PCIe lanes" in found.what


def test_what_is_amiss_stands_beside_the_card_that_answers() -> None:
    seen = Graphics(cards=(card(lanes=(1, 16)),), nvidia_answers=True)
    assert [each.status for each in graphics(facts(graphics=seen))] == ["ok", "limited"]


def test_programs_are_named_once_and_those_that_are_gone_are_left_out() -> None:
    own = os.getpid()
    assert _names([own, own, 2**22 + 1]) == (psutil.Process(own).name(),)
