"""How far off are predictions for devices and models that the fit has never seen?

Every error printed is of rows that neither the fit nor the band has seen: nested cross-validation
over the published results (`published/`), by chip, by model, by source and by generation of chips,
and the split by chip that earlier versions were judged by (chips whose name hashes to 0 modulo 3).
Beside it what llmfit and whichllm say of the same rows, where they are installed
(`pip install llmfit whichllm`; published_peers.py says what they are asked).

    python benchmarks/predict_published.py            prints the errors
    python benchmarks/predict_published.py --write    writes advisor/models/elsewhere.toml too
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from math import exp
from pathlib import Path

import numpy as np
from published_bands import Residual, count_chips, is_plain
from published_peers import PEERS
from published_rows import Row, rows
from published_validate import (
    by_chip,
    by_generation,
    by_model,
    by_source,
    held_out,
    learn,
    nested,
    residuals_of,
)
from published_write import toml

from advisor.models import elsewhere

TARGET = Path(elsewhere.__file__).with_name("elsewhere.toml")

Judged = Sequence[tuple[Residual, bool | None]]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--write", action="store_true", help="write the factors of all results")
    write = asked.parse_args().write
    every = list(rows())
    for what in ("decode", "prefill"):
        mine = [row for row in every if (row.step is not None) == (what == "decode")]
        print(f"\n{what}: {len(mine)} results of {count_chips(mine)} chips")
        _report(mine)
    if write:
        TARGET.write_text(toml(every), encoding="utf-8")
        print(f"\nwrote {TARGET}")


def _report(every: Sequence[Row]) -> None:
    used = [row for row in every if row.measured == "engine's clock"]
    print(f"{'':40}{'n':>5}{'chips':>6}{'median':>8}{'p90':>7}{'bias':>7}{'in band':>9}")
    found = nested(used, by_chip)
    chips = [pair for pair in found if is_plain(pair[0].row)]
    _line("CHIPS NOT SEEN, engine's clock", chips)
    _groups(chips)
    models = [pair for pair in nested(used, by_model) if is_plain(pair[0].row)]
    _line("MODELS NOT SEEN, engine's clock", models)
    sources = [pair for pair in nested(used, by_source) if is_plain(pair[0].row)]
    _line("SOURCES NOT SEEN, engine's clock", sources)
    _groups(sources)
    generations = [pair for pair in nested(used, by_generation) if is_plain(pair[0].row)]
    _line("GENERATIONS NOT SEEN, engine's clock", generations)
    fitted, bands = learn([row for row in used if not held_out(row)])
    held = [row for row in every if held_out(row)]
    judged = [(one, bands.holds(one)) for one in residuals_of(fitted, held)]
    _line("HELD OUT, engine's clock", [pair for pair in judged if is_plain(pair[0].row)])
    for measured in ("whole request", "user-submitted"):
        _line(f"held out, {measured}", [p for p in judged if p[0].row.measured == measured])
    _line("many streams, chip not seen", [pair for pair in found if pair[0].row.streams > 1])
    for name, ask in PEERS.items():
        _against(name, chips, ask([one.row for one, _ in chips]))


def _groups(judged: Judged) -> None:
    def some(name: str, belongs: Callable[[Residual], bool]) -> None:
        _line(f"  {name}", [pair for pair in judged if belongs(pair[0])])

    for seen in ("seen", "other backend", "unseen"):
        some(f"generation {seen}", lambda one, seen=seen: one.generation == seen)
    some("dense", lambda one: not one.has_experts)
    some("mixture of experts", lambda one: one.has_experts)
    some("  of a generation seen", lambda one: one.has_experts and one.generation == "seen")
    for backend in sorted({one.row.backend for one, _ in judged}):
        some(backend, lambda one, backend=backend: one.row.backend == backend)


def _against(name: str, chips: Judged, theirs: dict[Row, float]) -> None:
    """The rows that the other tool can answer, by it and by this one."""
    if not theirs:
        return
    _line(f"{name}, of the rows above", [(one, None) for one in _as_residuals(theirs)])
    _line("  advisor on the same rows", [pair for pair in chips if pair[0].row in theirs])


def _as_residuals(theirs: dict[Row, float]) -> list[Residual]:
    return [
        Residual(row, float(np.log(row.tokens_per_s / rate)), "", has_experts=False)
        for row, rate in theirs.items()
    ]


def _line(name: str, judged: Judged) -> None:
    if not judged:
        return
    off = np.array([exp(-one.off) - 1 for one, _ in judged])
    inside = [held for _, held in judged if held is not None]
    covered = f"{100 * np.mean(inside):8.0f}%" if inside else ""
    print(
        f"{name:40}{len(off):5}{count_chips(one.row for one, _ in judged):6}"
        f"{100 * np.median(np.abs(off)):7.1f}%{100 * np.quantile(np.abs(off), 0.9):6.0f}%"
        f"{100 * np.median(off):+6.0f}%{covered}",
        flush=True,
    )


if __name__ == "__main__":
    main()
