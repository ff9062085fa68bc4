"""What is known of devices that one may not own: memory, bandwidth, compute, power, price.

One file a vendor beside this one holds the facts, each with its source and date.
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from advisor.errors import InputError
from advisor.models.did_you_mean import did_you_mean

MOST_NEAR = 3
Kind = Literal["cuda", "rocm", "metal", "cpu", "vulkan", "sycl", "mlx"]
"""The backends of llama.cpp, and MLX, which is an engine of its own on Apple's chips."""


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One device, as sold. `kind` is the backend that engines run on it unless another is asked.

    `generation` names its family of chips, `fp32_tflops` is what its vector units reach,
    `fp16_tflops` what its matrix units reach without sparsity, `compute_units` its cores where no
    rate is published, `dies` how many chips are joined in it. GB is 10⁹ bytes. None is unknown.
    """

    name: str = ""
    kind: Kind
    memory_gib: float
    bandwidth_gb_per_s: float
    count: int = 1
    generation: str | None = None
    fp16_tflops: float | None = None
    fp32_tflops: float | None = None
    compute_units: int | None = None
    dies: int = 1
    idle_power_w: float | None = None
    active_power_w: float | None = None
    price_usd: float | None = None
    price_source: str | None = None
    price_as_of: str | None = None
    aliases: tuple[str, ...] = ()
    source: str = ""
    as_of: str = ""


class Devices(msgspec.Struct, frozen=True, kw_only=True):
    """Devices whose facts are kept (`advisor.devices/1`), by name. Powers are the board's, prices
    the device's alone: neither is a whole box's."""

    schema: Literal["advisor.devices/1"] = "advisor.devices/1"
    devices: tuple[Device, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    device: tuple[Device, ...]


@cache
def devices() -> tuple[Device, ...]:
    """Every known device, by name."""
    found: list[Device] = []
    for path in files(__package__).iterdir():
        if path.name.endswith(".toml"):
            text = path.read_text(encoding="utf-8")
            found += msgspec.convert(tomllib.loads(text), _File).device
    return tuple(sorted(found, key=lambda one: one.name))


def known_device(name: str) -> Device | None:
    """The device of that name or alias, in any case, brands and spaces left out at will; None if
    unknown."""
    return _by_letters().get(_letters(name))


def find_device(name: str) -> Device:
    """Like `known_device`; InputError names the nearest known ones."""
    found = known_device(name)
    if found is not None:
        return found
    raise InputError(
        f"No device is called {name!r}", why="no facts of it are kept", remedy=_meant(name)
    )


def search_devices(text: str) -> Devices:
    """The devices of which a name holds every word of `text`, or its letters in a row; InputError
    where none does."""
    words, letters = text.casefold().split(), _letters(text)

    def holds(name: str) -> bool:
        in_a_row = letters != "" and letters in _letters(name)
        return in_a_row or all(word in name.casefold() for word in words)

    found = [one for one in devices() if any(map(holds, (one.name, *one.aliases)))]
    if not found:
        raise InputError(
            f"No device's name holds {text!r}", why="no facts of it are kept", remedy=_meant(text)
        )
    return Devices(devices=tuple(found))


def _meant(name: str) -> str:
    near = _containing(name) or get_close_matches(_plain(name), _by_name(), n=MOST_NEAR)
    names = list(dict.fromkeys(_by_name()[one].name for one in near))[:MOST_NEAR]
    listed = (
        f"advisor models devices lists the {len(devices())} known ones; describe another in a "
        "machine file: kind, memory_gib and bandwidth_gb_per_s."
    )
    return f"{did_you_mean(names)} {listed}" if names else listed


def _containing(name: str) -> list[str]:
    """The names that hold every word of it, or its letters in a row."""
    words, letters = set(_plain(name).split()), _letters(name)
    return [
        one
        for one in _by_name()
        if letters and (words <= set(one.split()) or letters in _letters(one))
    ]


@cache
def _by_name() -> dict[str, Device]:
    return {_plain(name): one for one in devices() for name in (one.name, *one.aliases)}


@cache
def _by_letters() -> dict[str, Device]:
    return {_letters(name): one for name, one in _by_name().items()}


def _letters(name: str) -> str:
    joined = _plain(name).replace(" ", "").replace("-", "")
    return joined.removeprefix("geforce").removeprefix("radeon")


def _plain(name: str) -> str:
    return " ".join(word for word in name.casefold().split() if word not in _BRANDS)


_BRANDS = {"nvidia", "geforce", "amd", "radeon", "intel", "apple"}
