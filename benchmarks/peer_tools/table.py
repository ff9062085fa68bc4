"""How do the tools compare at one number of streams, in 80 columns?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Line = Mapping[str, Any]

TTFT_HEAD = (
    f"{'':<12}{'':>7}{'TTFT true ms':>18}{'reported':>19}{'error':>19}",
    f"{'tool':<12}{'reqs':>7}" + f"{'median':>10}{'p99':>9}" * 3,
)
COST_HEAD = (
    f"{'':<12}{'ITL ms':>16}{'':>9}{'tokens/s':>16}{'CPU us/event':>15}{'x ours':>10}",
    (
        f"{'tool':<12}{'true':>8}{'told':>8}{'err p99':>9}{'true':>8}{'told':>8}"
        f"{'all':>8}{'net':>7}{'all':>6}{'net':>6}"
    ),
)


def table(streams: int, lines: Sequence[Line]) -> Iterator[str]:
    """The table's lines."""
    late = [f"{line['tool']} {line['scheduler_ms']['p99']:.1f}" for line in lines if _whole(line)]
    yield f"{streams} streams"
    yield f"scheduler p99 ms: {', '.join(late)}"
    yield from TTFT_HEAD
    yield from (_ttft(line) for line in lines)
    yield from COST_HEAD
    yield from (_cost(line) for line in lines if _whole(line))


def _whole(line: Line) -> bool:
    return "failed" not in line


def _ttft(line: Line) -> str:
    if not _whole(line):
        reason = " ".join(line["failed"].split())
        return f"{line['tool']:<12} failed: …{reason[-56:]}"
    pairs = [line["ttft_ms"][kind] for kind in ("true", "reported", "error")]
    numbers = "".join(f"{pair['median']:>10.2f}{pair['p99']:>9.2f}" for pair in pairs)
    return f"{line['tool']:<12}{line['matched']:>7}{numbers}"


def _cost(line: Line) -> str:
    itl, rate = line["itl_ms"], line["output_tok_per_s"]
    gaps = (
        f"{itl['true']['median']:>8.2f}{itl['reported']['median']:>8.2f}{itl['error']['p99']:>9.3f}"
        if itl
        else f"{'-':>8}{'-':>8}{'-':>9}"
    )
    told = f"{rate['reported']:>8.0f}" if rate["reported"] is not None else f"{'-':>8}"
    return (
        f"{line['tool']:<12}{gaps}{rate['true']:>8.0f}{told}"
        f"{_us(line['cpu_us_per_event']):>8}{_us(line['net_cpu_us_per_event']):>7}"
        f"{_times(line['times_ours']):>6}{_times(line['net_times_ours']):>6}"
    )


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.1f}"


def _us(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1_000 else f"{value:.1f}"
