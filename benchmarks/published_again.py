"""How far apart are two publishers who measured the same?

Where several published the same chip, backend, model, quantization and work, each one's result is
held against the median of the others'. Nobody who does not know a box's driver, build, power and
cooling can be expected to come nearer. Beside it what the fit says of the same rows without having
seen anything of that publisher (folds by publisher, as in predict_published.py); rows of
`published/later/` count among the former only.

    python benchmarks/published_again.py
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from math import exp, log
from statistics import median

import numpy as np
from published_bands import only_plain
from published_rows import LATER, Row, rows
from published_validate import by_source, out_of_fold


def main() -> None:
    """Prints a table for decoding and one for prompts."""
    print(f"{'':24}{'n':>5}{'median':>8}{'p90':>7}")
    mine, later = only_plain(rows()), only_plain(rows(LATER))
    for what in ("decode", "prefill"):
        known, new = ([row for row in some if _is(what, row)] for some in (mine, later))
        again = measured_again([*known, *new])
        _line(f"{what}, other publishers", list(again.values()))
        for backend in sorted({row.backend for row in again}):
            some = [error for row, error in again.items() if row.backend == backend]
            _line(f"  {backend}", some)
        both = [row for row in known if row in again]
        _line("of those in the fit", [again[row] for row in both])
        of_fit = {one.row: exp(-one.off) - 1 for one in out_of_fold(known, by_source)}
        _line("  advisor on the same", [of_fit[row] for row in both])


def measured_again(some: Sequence[Row]) -> dict[Row, float]:
    """The relative error of the others' median, for each row that somebody else measured, too."""
    alike: dict[Hashable, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in some:
        alike[_what(row)][row.publisher].append(row)
    found = {}
    for publishers in alike.values():
        rates = {one: median(row.tokens_per_s for row in own) for one, own in publishers.items()}
        for one, own in publishers.items():
            others = [rate for other, rate in rates.items() if other != one]
            if others:
                found |= {row: median(others) / row.tokens_per_s - 1 for row in own}
    return found


def _is(what: str, row: Row) -> bool:
    return (row.step is not None) == (what == "decode")


def _what(row: Row) -> Hashable:
    box = row.device.name, row.devices, row.backend, row.sums_bits, row.early
    work: Hashable
    if row.step is not None:
        work = row.streams, round(log(row.step.read_bytes), 2)
    else:
        assert row.prompt is not None
        work = row.prompt.tokens, row.prompt.batches, row.prompt.attention_flop
    return box, row.model, row.quantization, work


def _line(name: str, errors: Sequence[float]) -> None:
    if errors:
        off = np.abs(errors)
        print(f"{name:24}{len(off):5}{np.median(off):8.1%}{np.quantile(off, 0.9):7.0%}", flush=True)


if __name__ == "__main__":
    main()
