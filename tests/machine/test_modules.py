"""Memory modules from a made-up table of the firmware."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from advisor.documents import Unknown
from advisor.machine.modules import TABLE, Modules, linux_modules, modules_in

DDR4, DDR5 = 0x1A, 0x22
END = bytes([127, 4, 0, 0, 0, 0])


def device(place, *, mib=16384, kind=DDR5, rated=5600, speed=4800, bank="BANK 0"):
    """One structure of type 17 in the layout of SMBIOS 3.3, serial number and all."""
    texts = [place, bank, "Maker", "SERIAL-5EED", "ASSET-5EED", "Part"]
    large = mib >= 0x7FFF
    fixed = struct.pack(
        "<BBHHHHHHBBBBBHHBBBBBIHHHH",
        17, 0x5C, 0x1100, 0x1000, 0xFFFE, 64, 64,
        0x7FFF if large else mib, 9, 0, 1, 2, kind, 0x80,
        min(rated, 0xFFFF), 3, 4, 5, 6, 2,
        mib if large else 0, min(speed, 0xFFFF), 1100, 1100, 1100,
    )  # fmt: skip
    beyond = bytearray(0x5C - len(fixed))
    beyond[0x54 - len(fixed) : 0x5C - len(fixed)] = struct.pack("<II", rated, speed)
    return fixed + bytes(beyond) + b"\0".join(text.encode() for text in texts) + b"\0\0"


OTHER = bytes([0, 6, 0, 0, 1, 2]) + b"Some firmware\0version 17\0\0"
NOTHING_TO_SAY = bytes([32, 5, 0, 1, 0, 0, 0])


def test_two_channels_and_a_speed_below_the_rating():
    table = OTHER + device("ChannelA-DIMM0") + NOTHING_TO_SAY + device("ChannelB-DIMM0") + END
    found = modules_in(table)
    assert isinstance(found, Modules)
    assert found.channels == 2
    first = found.modules[0]
    assert first.place == "ChannelA-DIMM0 BANK 0"
    assert (first.size_bytes, first.kind, first.width_bits) == (16 * 2**30, "DDR5", 64)
    assert (first.speed_mt_per_s, first.rated_speed_mt_per_s) == (4800, 5600)


@pytest.mark.parametrize(
    ("places", "channels"),
    [
        (["DIMM_A1", "DIMM_A2"], 1),
        (["DIMM_A2", "DIMM_B2"], 2),
        (["CPU1_DIMM_A1", "CPU2_DIMM_A1"], 2),
        (["Controller0-ChannelA-DIMM0", "Controller1-ChannelA-DIMM0"], 2),
        (["DIMM 0 P0 CHANNEL A", "DIMM 1 P0 CHANNEL A", "DIMM 0 P0 CHANNEL B"], 2),
    ],
)
def test_channels_are_counted_by_the_names_of_places(places, channels):
    found = modules_in(b"".join(device(place) for place in places) + END)
    assert isinstance(found, Modules)
    assert found.channels == channels


def test_a_place_that_names_no_channel_leaves_them_unknown():
    found = modules_in(device("DIMM 0") + device("ChannelA-DIMM0") + END)
    assert isinstance(found, Modules) and isinstance(found.channels, Unknown)
    assert len(found.modules) == 2


def test_empty_places_are_passed_over_and_large_modules_counted_whole():
    found = modules_in(device("DIMM_A1", mib=0) + device("DIMM_B1", mib=65536, kind=DDR4) + END)
    assert isinstance(found, Modules)
    (module,) = found.modules
    assert (module.size_bytes, module.kind) == (64 * 2**30, "DDR4")


def test_speeds_beyond_sixteen_bits_are_read_from_their_own_place():
    found = modules_in(device("DIMM_A1", rated=70000, speed=68000) + END)
    assert isinstance(found, Modules)
    assert found.modules[0].speed_mt_per_s == 68000
    assert found.modules[0].rated_speed_mt_per_s == 70000


def test_an_old_short_structure_tells_what_it_has():
    whole = device("DIMM_A1", kind=DDR4)
    short = bytes([17, 0x15]) + whole[2:0x15] + b"DIMM_A1\0\0"
    found = modules_in(short + END)
    assert isinstance(found, Modules)
    assert found.modules[0].kind == "DDR4"
    assert found.modules[0].speed_mt_per_s is None


def test_serial_numbers_are_not_read():
    assert "5EED" not in repr(modules_in(device("DIMM_A1") + END))


@pytest.mark.parametrize("table", [b"", b"\x11", b"\x11\x02\0\0\0\0", OTHER + END, b"\xff" * 64])
def test_a_table_without_modules_or_damaged_is_unknown(table):
    assert isinstance(modules_in(table), Unknown)


def test_every_cut_of_a_table_is_survived():
    table = OTHER + device("DIMM_A1") + END
    for length in range(len(table)):
        modules_in(table[:length])


def test_the_table_is_read_where_it_may_be(tmp_path):
    path = tmp_path / TABLE
    missing = linux_modules(tmp_path)
    assert isinstance(missing, Unknown) and "no table" in missing.reason
    path.parent.mkdir(parents=True)
    path.write_bytes(device("DIMM_A1") + END)
    assert isinstance(linux_modules(tmp_path), Modules)


def test_without_permission_the_command_is_named(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    refused = linux_modules(tmp_path)
    assert isinstance(refused, Unknown) and "dmidecode" in refused.reason
