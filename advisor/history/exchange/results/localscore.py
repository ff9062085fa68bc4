"""What does a file of LocalScore tell: of `localscore -o json`, or rows of its public table?

Fields: Mozilla-Ocho/llamafile, localscore/printer.cpp and benchmark.cpp; the table's rows:
cjpais/LocalScore, src/pages/api/results.ts and src/db/schema.ts (github.com, read 2026-11-25). All
are means over repetitions in process, without a server; which, and how far they spread, is not told
for the rows. So nothing of it stands in for a median of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.bench.document import Model, ServerFacts
from advisor.history.exchange.limits import BadBundleError
from advisor.history.exchange.results.told import (
    UNTOLD,
    Told,
    amount,
    count,
    file_name,
    machine,
    rows,
    table,
    text,
)
from advisor.history.record import ToldMetric

TOOL = "localscore"
GIB = 2**30

PREFILL = "prompt tokens / time to process them, in process"
DECODE = "generated tokens / time to generate them after the prompt, in process"
FIRST = "start of a test to the end of its first generated token, in process, without a server"
SCORE = "10 times the cube root of prompt tok/s, generated tok/s and 1000 / first token in ms"
WATTS = "mean power of the accelerator during the test, by its driver"
OF_TEST = (
    ("prompt_tps", "tok/s", PREFILL, "mean"),
    ("prompt_tps_stddev", "tok/s", PREFILL, "standard deviation"),
    ("gen_tps", "tok/s", DECODE, "mean"),
    ("gen_tps_stddev", "tok/s", DECODE, "standard deviation"),
    ("ttft_ms", "ms", FIRST, "mean"),
    ("power_watts", "W", WATTS, "mean"),
)
"""Fields of one test: name, unit, definition, statistic."""
OF_ALL = (
    ("avg_prompt_tps", "tok/s", PREFILL, "mean over nine tests"),
    ("avg_gen_tps", "tok/s", DECODE, "mean over nine tests"),
    ("avg_ttft_ms", "ms", FIRST, "mean over nine tests"),
    ("performance_score", "", SCORE, "of the means"),
)
MEANS_ONLY = "LocalScore tells means and no median; they are in source.metrics"
UNTOLD_ZERO = ("power_watts",)
"""Zero here says that nothing was read."""


def looks_like(value: Any) -> bool:
    """Whether a JSON value is this tool's."""
    if isinstance(value, dict) and {"accelerator_info", "results"} <= value.keys():
        return True
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and {"avg_prompt_tps", "avg_gen_tps"} <= first.keys()


def read(value: Any, what: str) -> Iterable[Told]:
    """The run of a file, or one for each row of the table. Raises BadBundleError."""
    if isinstance(value, dict) and "accelerator_info" in value:
        return [_of_tool(value, what)]
    return [_of_row(row, what) for row in rows(value if isinstance(value, list) else [value], what)]


def _of_tool(value: Mapping[str, Any], what: str) -> Told:
    system = table(value.get("system_info") or {}, f"system_info of {what}")
    card = table(value.get("accelerator_info"), f"accelerator_info of {what}")
    runtime = table(value.get("runtime_info") or {}, f"runtime_info of {what}")
    tests = rows(value.get("results"), f"results of {what}")
    if not tests:
        raise BadBundleError(f"{what} holds no result")
    version = text(runtime, "version", what)
    is_gpu = text(card, "type", what) == "GPU"
    told = Told(
        tool=TOOL,
        version=version,
        machine=machine(
            cpu=text(system, "cpu_name", what),
            accelerator=text(card, "name", what) if is_gpu else None,
            accelerator_memory_bytes=_bytes(card, "memory_gb", what) if is_gpu else None,
            memory_bytes=_bytes(system, "ram_gb", what),
            system=text(system, "kernel_type", what),
        ),
        model=Model(
            name=text(tests[0], "model_name", what)
            or file_name(text(tests[0], "model_filename", what))
            or "unnamed",
            parameters=count(tests[0], "model_n_params", what),
            quantization=text(tests[0], "model_quant_str", what),
            size_bytes=count(tests[0], "model_size", what),
        ),
        server=ServerFacts(kind=text(runtime, "name", what) or UNTOLD, version=version, url=""),
        started_at=text(tests[0], "test_time", what),
        unknown={"bench.stages": MEANS_ONLY},
    )
    for test in tests:
        load = f"pp{count(test, 'n_prompt', what)}+tg{count(test, 'n_gen', what)}"
        told.metrics += _metrics(test, load, OF_TEST, what)
    return told


def _of_row(row: Mapping[str, Any], what: str) -> Told:
    memory = _bytes(row, "accelerator_memory_gb", what)
    name = text(row, "accelerator", what) or text(row, "accelerator_name", what)
    is_gpu = text(row, "accelerator_type", what) == "GPU"
    return Told(
        tool=TOOL,
        version=None,
        machine=machine(
            cpu=None if is_gpu else name,
            accelerator=name if is_gpu else None,
            accelerator_memory_bytes=memory if is_gpu else None,
            memory_bytes=None if is_gpu else memory,
        ),
        model=Model(
            name=text(row, "model", what) or text(row, "model_name", what) or "unnamed",
            quantization=text(row, "quantization", what) or text(row, "model_quant", what),
        ),
        server=ServerFacts(kind="llamafile", version=None, url=""),
        started_at=_moment(row, what),
        metrics=list(_metrics(row, "all tests", OF_ALL, what)),
        unknown={"bench.stages": MEANS_ONLY, "bench.workload": "nine tests of different lengths"},
    )


def _metrics(
    values: Mapping[str, Any],
    load: str,
    fields: tuple[tuple[str, str, str, str], ...],
    what: str,
) -> Iterable[ToldMetric]:
    for name, unit, definition, statistic in fields:
        value = amount(values, name, what)
        if value is None or (value == 0 and name in UNTOLD_ZERO):
            continue
        yield ToldMetric(
            load=load,
            name=name,
            statistic=statistic,
            value=value,
            unit=unit,
            definition=definition,
        )


def _bytes(values: Mapping[str, Any], name: str, what: str) -> int | None:
    """LocalScore divides bytes by 2**30 and says GB."""
    found = amount(values, name, what)
    return round(found * GIB) if found else None


def _moment(row: Mapping[str, Any], what: str) -> str | None:
    found = row.get("created_at")
    return text(row, "created_at", what) if isinstance(found, str) else None
