"""How far off are the shipped factors on results that no fit may read?

The rows are in `published/later/`, a table for each time that some were collected, with their
sources; each was committed before any of its rows was scored. Predictions and bands are those of
`advisor models predict`: nothing is fitted here. Beside them what llmfit and whichllm say of the
same rows, where they are installed (published_peers.py says what they are asked).

    python benchmarks/published_later.py            prints the errors, table by table and together
    python benchmarks/published_later.py --rows     and each row's
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from published_bands import count_chips
from published_peers import PEERS
from published_rows import LATER, Row, rows

from advisor.models.band import Band
from advisor.models.elsewhere import (
    band_power,
    decode_seconds,
    factors,
    prefill_seconds,
    quantiles,
)


@dataclass(frozen=True)
class Scored:
    """A row with the band that was predicted for it."""

    row: Row
    band: Band

    @property
    def error(self) -> float:
        """Predicted over published, less 1."""
        return self.band.p50 / self.row.tokens_per_s - 1

    @property
    def inside(self) -> bool:
        return self.band.p10 <= self.row.tokens_per_s <= self.band.p90


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rows", action="store_true", help="print each row's error, too")
    each = asked.parse_args().rows
    print(f"factors of {factors().fitted_on}")
    tables = [path.name for path in sorted(LATER.glob("*.csv"))]
    every = {table: [scored(row) for row in rows(LATER, table)] for table in tables}
    for table, some in every.items():
        _table(table, some, each=each)
    together = [one for some in every.values() for one in some]
    _table("all tables", together, each=False)
    _peers([one for one in together if one.row.step is not None and one.row.streams == 1])


def _table(name: str, some: Sequence[Scored], *, each: bool) -> None:
    print(f"\n{name}: {len({one.row.source for one in some})} sources")
    for what in ("decode", "prefill"):
        mine = [one for one in some if (one.row.step is not None) == (what == "decode")]
        print(f"\n{what:40}{'n':>5}{'chips':>6}{'median':>8}{'p90':>7}{'bias':>7}{'in band':>9}")
        _line("ALL", mine)
        _line("  dense", [one for one in mine if not one.row.has_experts])
        _line("  mixture of experts", [one for one in mine if one.row.has_experts])
        for backend in sorted({one.row.backend for one in mine}):
            _line(f"  {backend}", [one for one in mine if one.row.backend == backend])
        _line("  all but sycl", [one for one in mine if one.row.backend != "sycl"])
        if each:
            for one in sorted(mine, key=lambda one: one.error):
                _each(one)


def _peers(some: Sequence[Scored]) -> None:
    """The decode rows that another tool can answer, by it and by this one."""
    for name, ask in PEERS.items():
        theirs = ask([one.row for one in some])
        print(f"\n{name}" if theirs else f"\n{name} is not installed")
        rates = [(row, Band(p10=rate, p50=rate, p90=rate)) for row, rate in theirs.items()]
        _line("  of the rows above", [Scored(*one) for one in rates], has_band=False)
        _line("  advisor on the same rows", [one for one in some if one.row in theirs])


def scored(row: Row) -> Scored:
    """The row beside what the shipped factors say of it."""
    known = factors()
    device = msgspec.structs.replace(row.device, count=row.devices)
    kind = row.quantization_class
    if row.step is not None:
        decode = known.decode[row.backend]
        rate = row.streams / decode_seconds(decode, row.step, row.rates, device, kind)
        wider = band_power(known.decode_wider, decode, device, has_experts=row.has_experts)
        return Scored(row, quantiles(rate, decode.band, wider))
    assert row.prompt is not None
    prefill = known.prefill[row.backend]
    rate = row.prompt.tokens / prefill_seconds(prefill, row.prompt, row.rates, device, kind)
    wider = band_power(known.prefill_wider, prefill, device, has_experts=row.has_experts)
    return Scored(row, quantiles(rate, prefill.band, wider))


def _line(name: str, some: Sequence[Scored], *, has_band: bool = True) -> None:
    if not some:
        return
    off = np.array([one.error for one in some])
    inside = f"{100 * np.mean([one.inside for one in some]):8.0f}%" if has_band else ""
    print(
        f"{name:40}{len(off):5}{count_chips(one.row for one in some):6}"
        f"{100 * np.median(np.abs(off)):7.1f}%{100 * np.quantile(np.abs(off), 0.9):6.0f}%"
        f"{100 * np.median(off):+6.0f}%{inside}"
    )


def _each(one: Scored) -> None:
    row = one.row
    print(
        f"    {100 * one.error:+5.0f}%{' ' if one.inside else '*'} {row.tokens_per_s:9.1f}"
        f" [{one.band.p10:.1f} {one.band.p50:.1f} {one.band.p90:.1f}] {row.chip}, {row.backend},"
        f" {row.model} {row.quantization} ({row.source})"
    )


if __name__ == "__main__":
    main()
