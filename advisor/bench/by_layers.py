"""How long do two shallow copies of a model take, side by side in the embedded engine?

Both are written, loaded at once and asked in turn, in a random order within each round, so that
whatever else the machine does meets both. The engine's own clock counts. Prompts are random
tokens; each answer is forced to its length.
"""

from __future__ import annotations

import math
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from advisor.errors import AdvisorError
from advisor.models.by_layers import Round, Rounds, half_width
from advisor.models.elsewhere import ANSWER_TOKENS, PROMPT_TOKENS
from advisor.models.memory import Load
from advisor.models.model import Model
from advisor.models.shallow import Copies, shallow_copies
from advisor.models.synthetic import asked_to_end, write_model
from advisor.servers.embedded import EmbeddedEngine
from advisor.servers.wish import Host

Tell = Callable[[str], None]

OUTPUT_TOKENS = 32
"""Those of one answer; in their middle as many tokens lie before as in that of a longer one."""
SHORT_PROMPT_TOKENS = 128
MOST_PROMPT_S = 3.0
"""A prompt that takes longer is made shorter."""
LEAST_ROUNDS, MOST_ROUNDS = 10, 40
PROMPT_ROUNDS = 4
MOST_ROUNDS_S = 20.0
PRECISION = 0.02
_REQUEST_TIMEOUT_S = 1_800.0
_SEED = 1


def measure_by_layers(
    model: Model, context_tokens: int, host: Host, tell: Tell, seed: int = _SEED
) -> Rounds:
    """The rounds of two shallow copies of `model`, each step with that context before it.

    `tell` hears what is being done. Nothing is left on the disk, however it ends. Raises what
    `shallow_copies` and `write_model` raise, AdvisorError where the engine fails.
    """
    before = context_tokens + (ANSWER_TOKENS - OUTPUT_TOKENS) // 2
    longest = max(before + OUTPUT_TOKENS, PROMPT_TOKENS) + OUTPUT_TOKENS
    with passing_folder(host.cache_folder, "by-layers") as folder, ExitStack() as stack:
        free_bytes = shutil.disk_usage(folder).free
        copies = shallow_copies(model, Load(longest), host.memory_available_bytes, free_bytes)
        engines = []
        for path in _written(copies, folder, host, tell):
            tell(f"Loading {path.stem}.")
            engine = EmbeddedEngine(path, threads=host.physical_cores, context_tokens=longest)
            stack.callback(engine.log_path.unlink, missing_ok=True)
            engines.append(stack.enter_context(engine))
        pair = _Pair(engines, model.architecture.vocab, random.Random(seed), tell)
        return pair.measure(copies, before)


@contextmanager
def passing_folder(cache: Path, purpose: str) -> Iterator[Path]:
    """A folder for models that vanishes afterwards, also where the process is asked to end.

    What a killed process left behind for the same purpose vanishes before.
    """
    import psutil

    cache.mkdir(parents=True, exist_ok=True)
    for left in cache.glob(f"{purpose}-*-*"):
        process = left.name.split("-")[-2]
        if process.isdigit() and not psutil.pid_exists(int(process)):
            shutil.rmtree(left, ignore_errors=True)
    prefix = f"{purpose}-{os.getpid()}-"
    with asked_to_end(), tempfile.TemporaryDirectory(prefix=prefix, dir=cache) as folder:
        yield Path(folder)


def _written(copies: Copies, folder: Path, host: Host, tell: Tell) -> list[Path]:
    paths, before = [], 0
    for copy in (copies.shallow, copies.deep):
        layers = copy.architecture.layers

        def progress(done: int, total: int, layers: int = layers, before: int = before) -> None:
            percent = min(100, 100 * (before + done) // copies.weights_bytes)
            tell(f"Writing a copy with {layers} layers, {total / 1e6:,.0f} MB: {percent} % of both")

        path = folder / f"{layers}-layers.gguf"
        write_model(copy, path, progress, memory_available_bytes=host.memory_available_bytes)
        before += copy.weights_bytes
        paths.append(path)
    return paths


class _Pair:
    """The shallow and the deep copy, each in an engine of its own."""

    def __init__(
        self, engines: list[EmbeddedEngine], vocab: int, draw: random.Random, tell: Tell
    ) -> None:
        self._engines, self._vocab, self._draw, self._tell = engines, vocab, draw, tell

    def measure(self, copies: Copies, before: int) -> Rounds:
        self._tell("Measuring both copies: first answers")
        warm = self._prompt(SHORT_PROMPT_TOKENS)
        tokens = (
            PROMPT_TOKENS
            if warm.deep_s * PROMPT_TOKENS / SHORT_PROMPT_TOKENS <= MOST_PROMPT_S
            else SHORT_PROMPT_TOKENS
        )
        prefill = []
        for count in range(PROMPT_ROUNDS):
            self._tell(f"Measuring both copies: prompt {count + 1} of {PROMPT_ROUNDS}")
            prefill.append(self._prompt(tokens))
        prompt = self._tokens(before)
        self._tell(f"Measuring both copies: reading {before:,} tokens")
        self._answer(prompt)
        found = Rounds(copies, before + OUTPUT_TOKENS // 2, (), tokens, tuple(prefill))
        started = time.monotonic()
        while len(found.decode) < MOST_ROUNDS:
            found = Rounds(
                copies,
                found.depth_tokens,
                (*found.decode, self._answer(prompt)),
                tokens,
                found.prefill,
            )
            width, rounds = half_width(found), len(found.decode)
            so_far = f", ± {width:.0%} so far" if math.isfinite(width) else ""
            self._tell(f"Measuring both copies: answer {rounds}{so_far}")
            enough = width <= PRECISION or time.monotonic() - started > MOST_ROUNDS_S
            if rounds >= LEAST_ROUNDS and enough:
                break
        return found

    def _prompt(self, tokens: int) -> Round:
        """Seconds of a new prompt with both."""
        prompt = self._tokens(tokens)
        return self._both(lambda engine: prompt_s(engine, prompt))

    def _answer(self, prompt: list[int]) -> Round:
        """Seconds of each step after that prompt with both."""
        return self._both(lambda engine: step_s(engine, prompt))

    def _both(self, seconds: Callable[[EmbeddedEngine], float]) -> Round:
        took = {each: seconds(self._engines[each]) for each in self._draw.sample((0, 1), 2)}
        return Round(took[0], took[1])

    def _tokens(self, count: int) -> list[int]:
        return random_tokens(count, self._vocab, self._draw)


def random_tokens(count: int, vocab: int, draw: random.Random) -> list[int]:
    """A prompt of so many tokens that no cache has seen."""
    most = min(30_000, vocab // 2)
    return [draw.randrange(most // 4, most) for _ in range(count)]


def prompt_s(engine: EmbeddedEngine, prompt: list[int]) -> float:
    """The seconds that reading the prompt takes."""
    return float(_ask(engine, prompt, 1, cached=False)["prompt_ms"]) / 1e3


def step_s(engine: EmbeddedEngine, prompt: list[int]) -> float:
    """The seconds of each step after that prompt, which the engine keeps for the next time."""
    timings = _ask(engine, prompt, OUTPUT_TOKENS, cached=True)
    return float(timings["predicted_ms"]) / 1e3 / (OUTPUT_TOKENS - 1)


def _ask(engine: EmbeddedEngine, prompt: list[int], output_tokens: int, *, cached: bool) -> Any:
    """The engine's own times of one answer."""
    import requests

    body = {
        "prompt": prompt,
        "n_predict": output_tokens,
        "ignore_eos": True,
        "cache_prompt": cached,
        "temperature": 1.0,
        "seed": 1,
    }
    engine.check()
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(
                f"{engine.endpoint.url}/completion", json=body, timeout=_REQUEST_TIMEOUT_S
            ).json()
            if answer["tokens_predicted"] == output_tokens:
                return answer["timings"]
        except (requests.RequestException, ValueError, KeyError) as error:
            engine.check()
            raise AdvisorError("The embedded engine gave no answer", why=str(error)) from error
    raise AdvisorError(
        "The embedded engine cut its answer short",
        why=f"it has {answer['tokens_predicted']} of {output_tokens} tokens",
    )
