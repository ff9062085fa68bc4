"""What does a file of `llama-bench -o json` or `-o jsonl` tell?

Fields: llama.cpp, tools/llama-bench/README.md (github.com/ggml-org/llama.cpp, read 2026-11-25) and
the output of build 6ecf5e8. A row is one test: `n_prompt` tokens processed (pp), `n_gen` generated
(tg), or both in one time (pg), after `n_depth` tokens of context. Times leave tokenization and
sampling out, and there is no server. `samples_ns` has the time of each repetition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from advisor.bench.document import Model, ServerFacts, Stage
from advisor.history.exchange.limits import BadBundleError
from advisor.history.exchange.results.told import (
    Told,
    amount,
    count,
    file_name,
    machine,
    of_repetitions,
    rows,
    stage,
    text,
)
from advisor.history.record import ToldMetric

TOOL = "llama-bench"
OF_TEST = frozenset(
    {
        *("n_prompt", "n_gen", "n_depth", "test_time", "avg_ns", "stddev_ns", "avg_ts"),
        *("stddev_ts", "samples_ns", "samples_ts"),
    }
)
SETTINGS = (
    *("backends", "n_threads", "n_gpu_layers", "n_batch", "n_ubatch", "type_k", "type_v"),
    *("flash_attn", "split_mode", "use_mmap", "no_kv_offload"),
)
MOST_REPETITIONS = 10_000

PREFILL = "prompt tokens / time to process them, without tokenization and sampling"
DECODE = "generated tokens / time of their decode steps, without sampling, from an empty context"
DEFINITIONS = {
    "prefill_tok_per_s": f"{PREFILL}; over repetitions, not requests",
    "decode_tok_per_s": f"{DECODE}; over repetitions, not requests",
}
MIXED = "prompt and generated tokens / time of both together"
DEEP = " after n_depth tokens of context"
NO_INTERVAL = "llama-bench tells repetitions and no interval"
NO_REQUESTS = "llama-bench sends no requests"
_QUANTIZATION = re.compile(r"\b(I?Q\d\w*|BF16|F16|F32|MXFP4)(?: - (Small|Medium|Large))?")


def looks_like(value: Any) -> bool:
    """Whether a JSON value is this tool's."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and {"avg_ts", "n_prompt", "n_gen"} <= first.keys()


def read(value: Any, what: str) -> Iterable[Told]:
    """One run for each model and setting in the file. Raises BadBundleError."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows(value if isinstance(value, list) else [value], what):
        setting = repr(sorted((k, repr(v)) for k, v in row.items() if k not in OF_TEST))
        groups.setdefault(setting, []).append(row)
    return [_told(group, what) for group in groups.values()]


def _told(tests: Sequence[Mapping[str, Any]], what: str) -> Told:
    first = tests[0]
    kind = text(first, "model_type", what)
    commit, number = text(first, "build_commit", what), count(first, "build_number", what)
    version = f"b{number}-{commit}" if number and commit else commit
    prompts = [test for test in tests if _is(test, what, prompt=True)]
    answers = [test for test in tests if _is(test, what, prompt=False)]
    told = Told(
        tool=TOOL,
        version=version,
        machine=machine(
            cpu=text(first, "cpu_info", what), accelerator=text(first, "gpu_info", what)
        ),
        model=Model(
            name=file_name(text(first, "model_filename", what)) or kind or "unnamed",
            parameters=count(first, "model_n_params", what),
            quantization=_quantization(kind),
            size_bytes=count(first, "model_size", what),
        ),
        server=ServerFacts(kind=TOOL, version=version, url=""),
        input_tokens=count(prompts[0], "n_prompt", what) if prompts else None,
        output_tokens=count(answers[0], "n_gen", what) if answers else None,
        started_at=text(first, "test_time", what),
        duration_s=sum(sum(_times_ns(test, what)) for test in tests) / 1e9,
        metrics=[metric for test in tests for metric in _metrics(test, what)],
        settings=[f"{name} = {first[name]}" for name in SETTINGS if _is_plain(first.get(name))],
        definitions=DEFINITIONS,
    )
    for index, (prompt, answer) in enumerate(zip_longest(prompts, answers)):
        told.stages.append(_stage(prompt, answer, what))
        at = f"bench.stages[{index}]"
        told.unknown |= {
            f"{at}.{name}": NO_REQUESTS
            for name in ("ttft_ms", "itl_ms", "tpot_ms", "e2e_ms", "output_tok_per_s")
        }
        told.unknown |= {f"{at}.{name}.ci95": NO_INTERVAL for name in DEFINITIONS}
    return told


def _is(test: Mapping[str, Any], what: str, *, prompt: bool) -> bool:
    """Whether this is a test of prompts alone, or of answers alone, from an empty context, whose
    repetitions are told."""
    reads, writes = count(test, "n_prompt", what) or 0, count(test, "n_gen", what) or 0
    alone = (reads > 0 and not writes) if prompt else (writes > 0 and not reads)
    return alone and not count(test, "n_depth", what) and bool(_times_ns(test, what))


def _stage(prompt: Mapping[str, Any] | None, answer: Mapping[str, Any] | None, what: str) -> Stage:
    """One stream: the k-th test of prompts and the k-th of answers."""
    reads = count(prompt, "n_prompt", what) if prompt else None
    writes = count(answer, "n_gen", what) if answer else None
    repetitions = max(len(_times_ns(test, what)) for test in (prompt, answer) if test)
    return stage(
        concurrency=1,
        requests=repetitions,
        attempts=repetitions,
        input_tokens=reads,
        output_tokens=writes,
        output_tokens_asked=writes,
        prefill_tok_per_s=of_repetitions(_rates(prompt, reads, what)),
        prefill_source=TOOL if prompt else None,
        decode_tok_per_s=of_repetitions(_rates(answer, writes, what)),
    )


def _rates(test: Mapping[str, Any] | None, tokens: int | None, what: str) -> list[float]:
    return [1e9 * (tokens or 0) / spent_ns for spent_ns in _times_ns(test, what)] if test else []


def _times_ns(test: Mapping[str, Any], what: str) -> list[float]:
    found = test.get("samples_ns") or []
    if not isinstance(found, list) or len(found) > MOST_REPETITIONS:
        raise BadBundleError(f"samples_ns of {what} is no list of times")
    times = [amount({"samples_ns": each}, "samples_ns", what) for each in found]
    if not all(times):
        raise BadBundleError(f"samples_ns of {what} holds a time that is none")
    return [spent_ns for spent_ns in times if spent_ns]


def _metrics(test: Mapping[str, Any], what: str) -> Iterable[ToldMetric]:
    reads, writes = count(test, "n_prompt", what) or 0, count(test, "n_gen", what) or 0
    depth = count(test, "n_depth", what) or 0
    parts = [f"pp{reads}"] * bool(reads) + [f"tg{writes}"] * bool(writes)
    definition = MIXED if reads and writes else PREFILL if reads else DECODE
    if depth:
        definition = definition.replace(", from an empty context", "") + DEEP
    for name, statistic in (("avg_ts", "mean"), ("stddev_ts", "standard deviation")):
        value = amount(test, name, what)
        if value is not None:
            yield ToldMetric(
                load="+".join(parts) + (f" after {depth}" if depth else ""),
                name=name,
                statistic=statistic,
                value=value,
                unit="tok/s",
                definition=definition,
            )


def _quantization(kind: str | None) -> str | None:
    """`Q4_K_M` of "qwen2 7B Q4_K - Medium"."""
    found = _QUANTIZATION.search(kind or "")
    if found is None:
        return None
    return f"{found[1]}_{found[2][0]}" if found[2] else found[1]


def _is_plain(value: Any) -> bool:
    return isinstance(value, (int, float)) or (
        isinstance(value, str) and re.fullmatch(r"[\w,.+-]{1,40}", value) is not None
    )
