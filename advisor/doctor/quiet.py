"""How punctual and how quiet is this machine? One second of watching, by a thread that sleeps."""

from __future__ import annotations

import os
import time

import psutil

from advisor.doctor.facts import Quiet
from advisor.machine.others import Others

WATCH_S = 1.0
SLEEP_S = 0.001

FEWEST_SHOWN_PERCENT = 5.0
MOST_SHOWN = 3
READINGS = 2000
ROUNDS = 5

Spent = dict[int, tuple[str, float]]
"""Process -> its name, which may change, and its seconds of processor time."""


def watch() -> Quiet:
    """Sleeps a millisecond at a time for a second; notes how late it woke and who computed."""
    programs_before = _seconds_by_program()
    others, started_ns = Others(), time.perf_counter_ns()
    late_ms = sorted(_lateness_ms(started_ns))
    elapsed_s = (time.perf_counter_ns() - started_ns) / 1e9
    capacity_s = elapsed_s * (psutil.cpu_count() or 1)
    steal_s = others.spent_s().get("steal")
    return Quiet(
        wakes=len(late_ms),
        late_p50_ms=late_ms[len(late_ms) // 2],
        late_p99_ms=late_ms[int(len(late_ms) * 0.99)],
        others_busy_percent=others.busy_percent(),
        steal_percent=None if steal_s is None else 100 * steal_s / capacity_s,
        busiest=busiest(programs_before, _seconds_by_program(), elapsed_s),
    )


def clock_read_ns() -> float:
    """How long one reading of the clock takes, by the fastest of a few rounds."""
    rounds_ns = []
    for _ in range(ROUNDS):
        before_ns = time.perf_counter_ns()
        for _ in range(READINGS):
            time.perf_counter_ns()
        rounds_ns.append((time.perf_counter_ns() - before_ns) / READINGS)
    return min(rounds_ns)


def busiest(before: Spent, after: Spent, elapsed_s: float) -> tuple[str, ...]:
    """The programs that computed most, in percent of one processor: "python 97 %"."""
    used_s: dict[str, float] = {}
    for pid, (name, seconds) in after.items():
        _, earlier_s = before.get(pid, (name, 0.0))
        used_s[name] = used_s.get(name, 0.0) + seconds - earlier_s
    shares = {name: 100 * seconds / elapsed_s for name, seconds in used_s.items()}
    first = sorted(shares, key=lambda name: shares[name], reverse=True)[:MOST_SHOWN]
    return tuple(
        f"{name} {shares[name]:.0f} %" for name in first if shares[name] >= FEWEST_SHOWN_PERCENT
    )


def _lateness_ms(started_ns: int) -> list[float]:
    late_ms = []
    before_ns = started_ns
    while before_ns - started_ns < WATCH_S * 1e9:
        time.sleep(SLEEP_S)
        after_ns = time.perf_counter_ns()
        late_ms.append(max(0.0, (after_ns - before_ns) / 1e6 - SLEEP_S * 1e3))
        before_ns = after_ns
    return late_ms


def _seconds_by_program() -> Spent:
    """Of all other processes that may be asked."""
    return {
        process.pid: (process.info["name"] or "?", used.user + used.system)
        for process in psutil.process_iter(["name", "cpu_times"])
        if (used := process.info["cpu_times"]) and process.pid != os.getpid()
    }
