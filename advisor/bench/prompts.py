"""What is asked of the server? Prompts that no cache can answer, of a known number of tokens.

Made-up prompts are rows of common four-letter words. Prompts of the same length hold the same words
in another order, which tokenizers that split at spaces count alike, so that a length that was
counted once is met again.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from advisor.bench.load import Prepared
from advisor.bench.sizer import Sizer
from advisor.bench.workload import Prompt, Workload
from advisor.servers.http import encode
from advisor.servers.wire import Completion, Server

if TYPE_CHECKING:
    import numpy as np


@cache
def words() -> tuple[str, ...]:
    """Common English words of four letters, all different."""
    text = files(__package__).joinpath("words.txt").read_text(encoding="utf-8")
    return tuple(text.split())


class Corpus:
    """An endless row of words. Its parts are given out as they are, or in another order."""

    def __init__(self, random: np.random.Generator) -> None:
        import numpy as np

        self._random = random
        rows = [f"{word} ".encode() for word in words()]
        self._words = np.array(random.permutation(rows), dtype="S5")
        self._first_words = [bytes(word) for word in random.permutation(rows)]
        self._given = 0

    def fixed(self, first: int, last: int) -> bytes:
        """The words from `first` up to `last`, in their own order."""
        return self._row(range(first, last))

    def shuffled(self, first: int, last: int) -> bytes:
        """The same words in a new order, behind a first word that the last ones did not have."""
        if last <= first:
            return b""
        self._given += 1
        start = self._first_words[self._given % len(self._first_words)]
        return start + self._row(first + 1 + self._random.permutation(last - first - 1))

    def _row(self, numbers: range | np.ndarray) -> bytes:
        import numpy as np

        return self._words[np.asarray(numbers, dtype=np.int64) % len(self._words)].tobytes()


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt of `words` words (0: the user's own) and the length of its answer in tokens."""

    prompt: bytes
    words: int
    output_tokens: int


GO_ON = b"Continue with more such words, as many as you can, and say nothing else."
"""Asks for a long answer where its length cannot be forced; at the end, so that no two prompts
begin alike."""
BYTES_PER_WORD = 5


def asking_to_go_on(line: Line) -> Line:
    """The line with its last words replaced by as many that ask for a long answer.

    The user's own prompts, and those that are hardly longer, stay as they are.
    """
    asked = len(GO_ON.split())
    if line.words <= 2 * asked:
        return line
    kept = line.prompt[: -BYTES_PER_WORD * asked]
    return Line(kept.rstrip() + b"\n" + GO_ON, line.words, line.output_tokens)


class Requests:
    """Makes requests for one model."""

    def __init__(self, server: Server, model: str, seed: int) -> None:
        import numpy as np

        self._server = server
        self.model = model
        self._seed = seed % 1_000_000
        self.random = np.random.default_rng(seed)
        self.corpus = Corpus(self.random)
        self.sizer = Sizer()
        self.made = 0

    def make_of_words(self, count: int, output_tokens: int) -> Prepared:
        """A request whose prompt has that many words, as no other had them.

        Raises AdvisorError if the server takes none.
        """
        return self.encode(self.corpus.shuffled(0, count), count, output_tokens)

    def encode(
        self, prompt: bytes, count: int, output_tokens: int, *, reuse_prefix: bool = False
    ) -> Prepared:
        """A request with that prompt of `count` words."""
        self.made += 1
        seed = self._seed + self.made
        completion = Completion(
            prompt=prompt.decode().rstrip(),
            output_tokens=output_tokens,
            seed=seed,
            reuse_prefix=reuse_prefix,
        )
        request = self._server.request(self.model, completion)
        return Prepared(encode(request, self._server.endpoint), count, output_tokens, seed)


@dataclass(slots=True)
class _Conversation:
    """What a stream has asked so far."""

    text: bytes = b""
    words: int = 0
    tokens: int = 0
    turns: int = 0


class Source:
    """Makes the requests of one load as its workload says, stream by stream."""

    def __init__(self, requests: Requests, workload: Workload) -> None:
        self.workload = workload
        self.requests = requests
        self._conversations: defaultdict[int, _Conversation] = defaultdict(_Conversation)
        shared = workload.shared_prefix_tokens
        self._shared_words = requests.sizer.words_for(shared) if shared else 0
        self._shared = requests.corpus.fixed(0, self._shared_words)
        self._real: list[Prompt] = []

    def make(self, stream: int = 0, *, ramp_up_share: float | None = None) -> Prepared:
        """The next request of a stream; in the ramp-up with that share of its answer only."""
        line = self.line(stream)
        answer = line.output_tokens
        if ramp_up_share is not None:
            answer = max(1, math.ceil(answer * ramp_up_share))
        return replace(
            self.requests.encode(
                line.prompt, line.words, answer, reuse_prefix=self.workload.repeats_prefixes
            ),
            stream=stream,
            ramp_up=ramp_up_share is not None,
        )

    def line(self, stream: int = 0) -> Line:
        """What a stream asks next."""
        answer = self.workload.output_tokens.draw(self.requests.random)
        if self.workload.prompts:
            prompt = self._real_prompt()
            return Line(prompt.text.encode(), 0, prompt.output_tokens or answer)
        text, count = self._made_up(stream)
        return Line(text, count, answer)

    def _made_up(self, stream: int) -> tuple[bytes, int]:
        """A prompt and its number of words."""
        workload, requests = self.workload, self.requests
        said = self._conversations[stream]
        if said.turns == 0 or said.turns >= workload.turns:
            shared = workload.shared_prefix_tokens
            said = _Conversation(self._shared, self._shared_words, shared)
            said.tokens += workload.input_tokens.draw(requests.random)
        else:
            said.tokens += workload.turn_tokens.draw(requests.random)
        count = max(said.words + 1, requests.sizer.words_for(said.tokens))
        said.text += requests.corpus.shuffled(said.words, count)
        said.words = count
        said.turns += 1
        if workload.turns > 1:
            self._conversations[stream] = said
        return said.text, count

    def _real_prompt(self) -> Prompt:
        """The user's prompts in a random order, each once before any comes again."""
        prompts = self.workload.prompts
        if not self._real:
            self._real = [prompts[i] for i in self.requests.random.permutation(len(prompts))]
        return self._real.pop()
