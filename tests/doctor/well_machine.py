"""A machine on which nothing is amiss; each test spoils what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from advisor.doctor.document import Finding
from advisor.doctor.facts import (
    Card,
    ChosenMeter,
    Clock,
    Clocking,
    Facts,
    Folder,
    Graphics,
    Memory,
    Quiet,
    Rapl,
)
from advisor.machine.document import Environment
from advisor.servers.document import InstalledEngine, Model, Problem, RunningServer, Servers

ESTIMATE = ChosenMeter(name="estimate from processor use", grade="estimated", domain="box")
NO_GRAPHICS = Graphics()


def facts(**spoiled: Any) -> Facts:
    """A Linux machine of its own with a card, counters and a server, but for what is `spoiled`."""
    well: dict[str, Any] = {
        "system": "Linux",
        "architecture": "x86_64",
        "distributions": ("ubuntu", "debian"),
        "environment": place(),
        "logical_cores": 16,
        "graphics": Graphics(
            cards=(Card("NVIDIA GeForce RTX 4090", "595.1"),), nvidia_answers=True
        ),
        "meter": ChosenMeter(name="NVML + RAPL counters", grade="counter", domain="gpu+cpu"),
        "rapl": Rapl(counters=2, readable=True),
        "servers": servers(running=(server(),)),
        "ports_refusal": None,
        "cache": Folder(path="~/.cache/models", refusal=None, free_bytes=2**37),
        "data": Folder(path="~/data", refusal=None, free_bytes=2**37),
        "disk_spins": False,
        "memory": Memory(total_bytes=2**35, available_bytes=2**34),
        "clock": Clock(source="tsc", available=("tsc", "hpet"), read_ns=40.0),
        "quiet": quiet(),
        "clocking": Clocking(governor="performance", driver="acpi-cpufreq", on_battery=None),
    }
    return Facts(**(well | spoiled))


def place(**spoiled: Any) -> Environment:
    whole: dict[str, Any] = {
        "container": "none",
        "vm": "none",
        "wsl": False,
        "usable_cpus": 16.0,
        "usable_memory_bytes": 2**35,
        "limited_by": (),
    }
    return Environment(**(whole | spoiled))


def quiet(**spoiled: Any) -> Quiet:
    well: dict[str, Any] = {
        "wakes": 900,
        "late_p50_ms": 0.06,
        "late_p99_ms": 0.3,
        "others_busy_percent": 2.0,
        "steal_percent": 0.0,
        "busiest": (),
    }
    return Quiet(**(well | spoiled))


def server(kind: str = "ollama", models: int | None = 1) -> RunningServer:
    nothing = dict.fromkeys(Model.__struct_fields__)
    listed = (
        None
        if models is None
        else tuple(Model(**(nothing | {"name": f"m{index}"})) for index in range(models))
    )
    return RunningServer(kind=kind, version="1.0", url="http://127.0.0.1:11434", models=listed)


def servers(
    running: Iterable[RunningServer] = (),
    installed: Iterable[InstalledEngine] = (),
    problems: Iterable[Problem] = (),
) -> Servers:
    return Servers(
        servers=tuple(running), installed=tuple(installed), problems=tuple(problems), unknown={}
    )


def only(findings: Iterable[Finding]) -> Finding:
    """The single finding that there is."""
    (finding,) = findings
    return finding
