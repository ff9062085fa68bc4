"""How far are this machine's predictions from models that its fit has not seen?

Measures synthetic models with the embedded engine: one stream after a short prompt and after longer
ones, two and four streams at once, and the prompts themselves. Then it predicts as `advisor models
predict` does: each architecture from all others, and those that `advisor models calibrate` does not
measure from those that it does. A name with "/deep" is the deeper of the model's two shallow copies
(`advisor models predict --measure`), for models too large to be measured whole.

    python benchmarks/leave_one_out.py --measured FILE.jsonl qwen3-0.6b:Q8_0 gpt-oss-20b:MXFP4/deep

Models are visited in turn, in a random order within each pass, so that whatever else the machine
does meets all of them (a rented one varies by 10 to 30 % within minutes). Each visit measures every
step three times; the median of all counts. Each visit is added to FILE.jsonl, and what that holds
of the named models counts as visits. Prints tables on standard output.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from advisor.bench.by_layers import OUTPUT_TOKENS, passing_folder, prompt_s, random_tokens, step_s
from advisor.bench.session import Order, host_of, models_folder
from advisor.machine.probe import probe
from advisor.models.calibration import LEAST_MODELS, Measured, calibrate
from advisor.models.choose import TO_CALIBRATE
from advisor.models.memory import Load
from advisor.models.model import Model, of_catalogue
from advisor.models.own_speed import decode_work, prefill_work
from advisor.models.shallow import shallow_copies
from advisor.models.synthetic import write_model
from advisor.servers.embedded import EmbeddedEngine
from advisor.servers.wish import Host

SHORT_TOKENS, LONGER_TOKENS, STREAMS = 48, (256, 1_024), (2, 4)
PROMPT_TOKENS = 128
REPEATS = 3
DEEP = "/deep"


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement: a step of so many streams at that depth, or (`streams` 0) a prompt."""

    model: str
    streams: int
    tokens: int
    seconds: float

    @property
    def kind(self) -> str:
        if not self.streams:
            return f"prompt of {self.tokens:,}"
        before = self.tokens - OUTPUT_TOKENS // 2
        after = "" if before == SHORT_TOKENS else f" after {before:,}"
        return f"{self.streams} stream{'s' if self.streams > 1 else ''}{after}"

    def measured(self) -> Measured:
        one = _model(self.model)
        work = (
            decode_work(one, self.tokens, self.streams)
            if self.streams
            else prefill_work(one, self.tokens)
        )
        return Measured(one.architecture.title, work, self.seconds)


def main() -> None:
    """Measures what is missing and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("models", nargs="*")
    parser.add_argument("--measured", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument("--passes", type=int, default=3)
    options = parser.parse_args()
    with passing_folder(models_folder(), "leave-one-out") as folder:
        _visit_all(options.models, options.passes, folder, options.measured)
    cases = _medians(_visits(options.measured))
    if len({each.measured().model for each in cases}) > LEAST_MODELS:
        _show(cases)
    else:
        print(f"More than {LEAST_MODELS} models are needed to leave one out.", file=sys.stderr)


def _visit_all(names: list[str], passes: int, folder: Path, measured: Path) -> None:
    host, draw = host_of(probe(), Order()), random.Random(passes)
    for done in range(passes):
        for name in draw.sample(names, len(names)):
            if _visits_of(name, measured) > done:
                continue
            found = list(_visit(name, host, folder))
            with measured.open("a") as out:
                out.writelines(json.dumps(_plain(each)) + "\n" for each in found)
            print(f"pass {done + 1}: {name}", *found, file=sys.stderr, sep="\n  ")


def _visits(path: Path) -> list[Case]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [Case(**json.loads(line)) for line in lines]


def _visits_of(name: str, path: Path) -> int:
    once_a_visit = (name, 0, max(LONGER_TOKENS))
    return [(each.model, each.streams, each.tokens) for each in _visits(path)].count(once_a_visit)


def _medians(visits: list[Case]) -> list[Case]:
    seconds: dict[tuple[str, int, int], list[float]] = {}
    for each in visits:
        seconds.setdefault((each.model, each.streams, each.tokens), []).append(each.seconds)
    return [Case(*step, statistics.median(found)) for step, found in seconds.items()]


def _plain(case: Case) -> dict[str, object]:
    return {name: getattr(case, name) for name in Case.__slots__}


def _model(name: str) -> Model:
    whole = of_catalogue(name.removesuffix(DEEP))
    if not name.endswith(DEEP):
        return whole
    return shallow_copies(whole, Load(), 20_000_000_000, 50_000_000_000).deep


def _visit(name: str, host: Host, folder: Path) -> Iterator[Case]:
    model, draw = _model(name), random.Random(3)
    vocab = model.architecture.vocab
    path = folder / f"{name.replace('/', '-').replace(':', '-')}.gguf"
    if not path.exists():
        write_model(model, path)
    middle = OUTPUT_TOKENS // 2
    with (
        EmbeddedEngine(
            path,
            threads=host.physical_cores,
            slots=max(STREAMS),
            context_tokens=max(LONGER_TOKENS) + 2 * OUTPUT_TOKENS,
        ) as engine,
        ThreadPoolExecutor(max(STREAMS)) as pool,
    ):
        prompts = [random_tokens(SHORT_TOKENS, vocab, draw) for _ in range(max(STREAMS))]
        for streams in (*STREAMS, 1):
            chosen = prompts[:streams]
            list(pool.map(partial(step_s, engine), chosen))  # reads the prompts
            for _ in range(REPEATS):
                seconds = statistics.median(pool.map(partial(step_s, engine), chosen))
                yield Case(name, streams, SHORT_TOKENS + middle, seconds)
        for _ in range(REPEATS):
            new = random_tokens(PROMPT_TOKENS, vocab, draw)
            yield Case(name, 0, PROMPT_TOKENS, prompt_s(engine, new))
        for tokens in LONGER_TOKENS:
            long = random_tokens(tokens, vocab, draw)
            yield Case(name, 0, tokens, prompt_s(engine, long))
            for _ in range(REPEATS):
                yield Case(name, 1, tokens + middle, step_s(engine, long))


def _show(cases: list[Case]) -> None:
    print("Each architecture predicted from all others:\n")
    _show_errors(cases, _left_out(cases))
    calibrating = [each for each in cases if each.model in TO_CALIBRATE]
    if len({each.model for each in calibrating}) >= LEAST_MODELS:
        known = {each.measured().model for each in calibrating}
        others = [each for each in cases if each.measured().model not in known]
        print("\nNew architectures predicted from those that `calibrate` measures:\n")
        _show_errors(others, _predicted(calibrating, others))


Errors = dict[Case, tuple[float, bool]]
"""How much longer each step took than predicted, and whether that lies inside the band."""


def _left_out(cases: list[Case]) -> Errors:
    found: Errors = {}
    for name in sorted({each.measured().model for each in cases}):
        some = [each for each in cases if each.measured().model == name]
        found |= _predicted([each for each in cases if each not in some], some)
    return found


def _predicted(known: list[Case], wanted: list[Case]) -> Errors:
    found: Errors = {}
    for prompts in (False, True):
        fit = calibrate([each.measured() for each in known if (each.streams == 0) is prompts])
        for each in wanted:
            if (each.streams == 0) is prompts:
                band = fit.seconds(each.measured().work)
                inside = band.p10 <= each.seconds <= band.p90
                found[each] = each.seconds / band.p50 - 1, inside
    return found


def _show_errors(cases: list[Case], errors: Errors) -> None:
    kinds = sorted({each.kind for each in cases})
    print(f"| model | {' | '.join(kinds)} |\n|{'---|' * (len(kinds) + 1)}")
    for model in dict.fromkeys(each.model for each in cases):
        cells = dict.fromkeys(kinds, "")
        for each in cases:
            if each.model == model:
                error, inside = errors[each]
                cells[each.kind] = f"{100 * error:+.1f} %{'' if inside else ' *'}"
        print(f"| {model} | {' | '.join(cells.values())} |")
    for title, chosen in (
        ("decode", [kind for kind in kinds if "stream" in kind]),
        ("prompts", [kind for kind in kinds if "prompt" in kind]),
        *((kind, [kind]) for kind in kinds),
    ):
        some = [errors[each] for each in cases if each.kind in chosen]
        middle = statistics.median(abs(error) for error, _ in some)
        share = sum(inside for _, inside in some) / len(some)
        print(f"{title}: median error {middle:.1%}, {share:.0%} of {len(some)} inside the band")


if __name__ == "__main__":
    main()
