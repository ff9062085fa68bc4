"""How far off are predictions for devices that the fit has never seen?

The published results (`published/`) are split by chip: those whose name hashes to 0 modulo 3 are
held out, the rest are fitted, and the errors on the held-out part are printed beside those of
whichllm's formula where that package is installed. Then all results are fitted, and bands are
taken from ten folds by chip.

    python benchmarks/predict_published.py            prints the errors
    python benchmarks/predict_published.py --write    writes advisor/models/elsewhere.toml too
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from math import exp
from pathlib import Path

import numpy as np
from published_bands import (
    Residuals,
    bands_of,
    count_chips,
    fold,
    held_out,
    is_plain,
    only_plain,
    residuals_of,
)
from published_fit import fit, out_of_fold
from published_peers import whichllm
from published_rows import Row, rows
from published_write import toml

from advisor.models import elsewhere
from advisor.models.catalogue import find
from advisor.models.elsewhere import Band

TARGET = Path(elsewhere.__file__).with_name("elsewhere.toml")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--write", action="store_true", help="write the factors of all results")
    write = asked.parse_args().write
    every = list(rows())
    for what in ("decode", "prefill"):
        mine = [row for row in every if (row.step is not None) == (what == "decode")]
        print(f"\n{what}: {len(mine)} results of {count_chips(mine)} chips")
        _report([row for row in mine if row.measured != "user-submitted"], mine)
    if write:
        TARGET.write_text(toml(every), encoding="utf-8")
        print(f"\nwrote {TARGET}")


def _report(fitted_on: Sequence[Row], every: Sequence[Row]) -> None:
    train = [row for row in fitted_on if not held_out(row)]
    fitted = fit(train)
    bands = bands_of(out_of_fold(train, fold))
    print(f"{'':38}{'n':>5}{'chips':>6}{'median':>8}{'p90':>7}{'bias':>7}{'in band':>9}")
    _line("fitted, engine's clock", residuals_of(fitted, only_plain(train)), bands)
    folds = [pair for pair in out_of_fold(fitted_on, fold) if is_plain(pair[0])]
    _line("ten folds by chip, engine's clock", folds, bands_of(folds))
    held = [row for row in every if held_out(row)]
    plain = only_plain(held)
    _line("HELD OUT, engine's clock", residuals_of(fitted, plain), bands)
    seen = {(row.backend, row.device.generation) for row in train}
    known = [row for row in plain if (row.backend, row.device.generation) in seen]
    _line("  of generations in the fit", residuals_of(fitted, known), bands)
    for backend in sorted({row.backend for row in plain}):
        here = [row for row in plain if row.backend == backend]
        _line(f"  {backend}", residuals_of(fitted, here), bands)
    experts = [row for row in plain if _has_experts(row)]
    _line("  mixture of experts", residuals_of(fitted, experts), bands)
    for measured in ("whole request", "user-submitted"):
        here = [row for row in held if row.measured == measured and row.streams == 1]
        _line(f"held out, {measured}", residuals_of(fitted, here), bands)
    many = [row for row in every if row.streams > 1]
    _line("many streams (one chip, fitted)", residuals_of(fitted, many), bands)
    peer = whichllm(plain)
    if peer:
        _line("whichllm on the held-out rows", peer, {})


def _line(name: str, residuals: Residuals, bands: dict[str, Band]) -> None:
    if not residuals:
        return
    off = np.array([exp(-residual) - 1 for _, residual in residuals])
    inside = [
        bands[row.backend].p10 <= exp(residual) <= bands[row.backend].p90
        for row, residual in residuals
        if row.backend in bands
    ]
    covered = f"{100 * np.mean(inside):8.0f}%" if inside else ""
    print(
        f"{name:38}{len(off):5}{count_chips(row for row, _ in residuals):6}"
        f"{100 * np.median(np.abs(off)):7.1f}%{100 * np.quantile(np.abs(off), 0.9):6.0f}%"
        f"{100 * np.median(off):+6.0f}%{covered}"
    )


def _has_experts(row: Row) -> bool:
    return find(row.model).experts is not None


if __name__ == "__main__":
    main()
