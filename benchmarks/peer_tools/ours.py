"""How is this benchmark asked for a load, and what does it say of each request?

`advisor` is one load, which is what the other tools do; `advisor bench` is the whole command as its
users run it, machine probe, idle baseline and second mix included.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from advisor import __version__
from advisor.history.store import RunStore
from peer_tools import one_load
from peer_tools.tool import Load, Places, Report, Reported, Tool


def one_load_command(load: Load, places: Places) -> list[str]:
    return [
        *(sys.executable, one_load.__file__, load.url, str(load.streams), f"{load.seconds:.2f}"),
        *(str(load.input_tokens), str(load.output_tokens), str(places.results)),
    ]


def whole_command(load: Load, places: Places) -> list[str]:
    return [
        *("env", f"ADVISOR_DATA_DIR={places.results}"),
        *(sys.executable, "-m", "advisor", "bench", "--url", load.url, "--model", "timed"),
        *("--concurrency", str(load.streams), "--max-time", f"{load.seconds:.2f}s"),
        *("--input-tokens", str(load.input_tokens), "--output-tokens", str(load.output_tokens)),
        *("--precision", f"{one_load.NEVER_PRECISE_ENOUGH:%}", "--json"),
    ]


def read_one_load(results: Path) -> Report:
    document = json.loads((results / "document.json").read_text(encoding="utf-8"))
    samples = json.loads((results / "samples.json").read_text(encoding="utf-8"))
    return _report(document["stages"][0], samples["stages"][0]["requests"])


def read_record(results: Path) -> Report:
    store = RunStore(results)
    run = json.loads(store.document())
    samples = json.loads(msgspec.json.encode(store.load_samples(run["id"])))
    return _report(run["bench"]["stages"][0], samples["stages"][0]["requests"])


def _report(stage: dict[str, Any], samples: list[list[object]]) -> Report:
    start_ns = int(stage["warmup"]["seconds"] * 1e9)
    rate, window_s = stage["output_tok_per_s"], stage["window_s"]
    return Report(
        requests=[_request(sample) for sample in samples if sample[8] is None],
        output_tok_per_s=rate["value"] if rate else None,
        window_ns=(start_ns, start_ns + int(window_s * 1e9)) if window_s else None,
    )


def _request(sample: list[object]) -> Reported:
    """A row of `advisor.samples/1`: `sent_us` is its third column, `events_us` its tenth."""
    sent_us, events_us = int(str(sample[2])), sample[9]
    assert isinstance(events_us, list)
    first_us, *gaps_us = events_us
    return Reported(
        ttft_ms=(first_us - sent_us) / 1e3,
        itl_ms=sum(gaps_us) / len(gaps_us) / 1e3 if gaps_us else None,
        started_ns=sent_us * 1_000,
        events=len(events_us),
    )


OURS = Tool(
    name="advisor",
    version=__version__,
    requirement=None,
    log_name=None,
    command=one_load_command,
    read=read_one_load,
)
WHOLE = Tool(
    name="all of bench",
    version=__version__,
    requirement=None,
    log_name=None,
    command=whole_command,
    read=read_record,
)
