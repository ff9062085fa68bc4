"""Which number of a measurement is suspect, and why, in the words of its table?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from advisor.report.bench_rows import load_name
from advisor.report.language import N_, _, sentence
from advisor.report.text import name, number, safe

if TYPE_CHECKING:
    from advisor.bench.document import Bench, Suspect

NUMBERS = {
    "ttft_ms": N_("time to first token (TTFT) of {value} ms"),
    "itl_ms": N_("inter-token latency (ITL) of {value} ms"),
    "tpot_ms": N_("time per output token (TPOT) of {value} ms"),
    "e2e_ms": N_("end-to-end latency (E2E) of {value} ms"),
    "prefill_tok_per_s": N_("prefill of {value} tok/s"),
    "decode_tok_per_s": N_("decode of {value} tok/s"),
    "output_tokens": N_("answers of {value} tokens"),
    "cached_input_tokens": N_("{value} tokens of each prompt from the cache"),
}
"""The last part of a path in the document -> the number that it is."""


def suspects(bench: Bench) -> Iterator[tuple[str, str]]:
    """Each suspect number and the reason."""
    for each in bench.suspect:
        yield _number(each, bench), safe(sentence(each.reason))


def suspect_lines(bench: Bench) -> Iterator[str]:
    """A line for each suspect number."""
    for what, reason in suspects(bench):
        yield _("Suspect: {number}: {reason}").format(number=what, reason=reason)


def _number(suspect: Suspect, bench: Bench) -> str:
    """Such as "decode of 120 tok/s at 4 streams"; of a path that is not known the path itself."""
    if suspect.path == "model.size_bytes":
        return _("weights of {size} GB").format(size=f"{suspect.value / 1e9:.1f}")
    found = re.fullmatch(r"stages\[(\d+)\]\.(\w+)", suspect.path)
    if found is None or found[2] not in NUMBERS or int(found[1]) >= len(bench.stages):
        return f"{name(suspect.path)} = {number(suspect.value)}"
    return _("{number} at {load}").format(
        number=_(NUMBERS[found[2]]).format(value=number(suspect.value)),
        load=load_name(bench.stages[int(found[1])]),
    )
