"""Which link is a card's own, where it holds a switch?"""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up_system import system

from advisor.machine.drm import cards_of, common_facts

ROOT_PORT = "sys/devices/pci0000:00/0000:00:01.1"
UPPER = f"{ROOT_PORT}/0000:01:00.0"
LOWER = f"{UPPER}/0000:02:00.0"
BRIDGE = "0x060400"


def link(folder: str, speed: str, width: str) -> dict[str, str]:
    return {
        f"{folder}/current_link_speed": speed,
        f"{folder}/max_link_speed": "16.0 GT/s PCIe",
        f"{folder}/current_link_width": width,
        f"{folder}/max_link_width": "16",
    }


def facts(root: Path, vendor: str, bridges: dict[str, str], place: str) -> dict[str, object]:
    """Of a card at `place` below bridges (folder -> their maker)."""
    files = {f"{place}/vendor": vendor, **link(place, "2.5 GT/s PCIe", "1")}
    for folder, maker in bridges.items():
        files |= {f"{folder}/vendor": maker, f"{folder}/class": BRIDGE}
        files |= link(folder, "8.0 GT/s PCIe", "8")
    system(root, files)
    (root / "sys/class/drm/card0").mkdir(parents=True)
    (root / "sys/class/drm/card0/device").symlink_to(root / place)
    (card,) = cards_of(root, vendor)
    return common_facts(root, card)


@pytest.mark.parametrize("vendor", ["0x1002", "0x8086"])
def test_a_card_with_a_switch_shows_the_link_to_its_slot(tmp_path, vendor):
    bridges = {ROOT_PORT: "0x1022", UPPER: vendor, LOWER: vendor}
    found = facts(tmp_path, vendor, bridges, f"{LOWER}/0000:03:00.0")
    assert (found["pcie_generation"], found["pcie_width"]) == (3, 8)
    assert (found["pcie_generation_max"], found["pcie_width_max"]) == (4, 16)


def test_a_card_without_a_switch_shows_its_own(tmp_path):
    found = facts(tmp_path, "0x1002", {ROOT_PORT: "0x1022"}, f"{ROOT_PORT}/0000:01:00.0")
    assert (found["pcie_generation"], found["pcie_width"]) == (1, 1)


def test_a_root_port_of_the_cards_maker_is_no_switch(tmp_path):
    found = facts(tmp_path, "0x8086", {ROOT_PORT: "0x8086"}, f"{ROOT_PORT}/0000:01:00.0")
    assert (found["pcie_generation"], found["pcie_width"]) == (1, 1)
