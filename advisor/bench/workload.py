"""What is asked of the server? Prompts that no cache can answer, of a known number of tokens.

A prompt is a row of common four-letter words: most tokenizers spend the same on each, so a
straight line through a few counted prompts tells how many words make how many tokens.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from advisor.bench.load import Prepared
from advisor.servers.http import encode
from advisor.servers.wire import Completion, Server

TOKENS_PER_WORD_UNTOLD = 4 / 3
"""Tokens of a common English word where the server counts none: a rule of thumb, marked as such.

OpenAI Help Center, "What are tokens and how to count them?" (seen 2026-11-24).
"""


@dataclass(frozen=True, slots=True)
class Mix:
    """What one request asks: tokens in and out."""

    input_tokens: int
    output_tokens: int


@dataclass(slots=True)
class Sizer:
    """How many words make how many tokens, learned from the server's own counts."""

    counted: list[tuple[int, int]] = field(default_factory=list)

    def learn(self, words: int, input_tokens: int | None) -> None:
        """Takes note that a prompt of `words` was counted as `input_tokens`."""
        if input_tokens and words:
            self.counted.append((words, input_tokens))

    @property
    def tokens_per_word(self) -> float | None:
        """The slope of the line through the counts; None before there are any."""
        if not self.counted:
            return None
        return self._line()[1]

    def words_for(self, input_tokens: int) -> int:
        """The number of words that make so many tokens, at least one."""
        if not self.counted:
            return max(1, round(input_tokens / TOKENS_PER_WORD_UNTOLD))
        base, slope = self._line()
        return max(1, round((input_tokens - base) / slope))

    def _line(self) -> tuple[float, float]:
        """Least squares: tokens of an empty prompt (template, markers), and tokens a word."""
        n = len(self.counted)
        mean_words = sum(words for words, _ in self.counted) / n
        mean_tokens = sum(tokens for _, tokens in self.counted) / n
        spread = sum((words - mean_words) ** 2 for words, _ in self.counted)
        if spread:
            slope = sum((w - mean_words) * (t - mean_tokens) for w, t in self.counted) / spread
            if slope > 0:
                return mean_tokens - slope * mean_words, slope
        return 0.0, mean_tokens / mean_words


class Requests:
    """Makes requests for one model, no two of them alike from the first word on."""

    def __init__(self, server: Server, model: str, seed: int) -> None:
        self._server = server
        self._model = model
        self._random = random.Random(seed)
        self._words = words()
        self._first_words = self._random.sample(self._words, len(self._words))
        self._seed = seed % 1_000_000
        self.made = 0
        self.sizer = Sizer()

    def make(self, mix: Mix) -> Prepared:
        """A request of that size, encoded. Raises AdvisorError if the server takes none."""
        return self.make_of_words(self.sizer.words_for(mix.input_tokens), mix.output_tokens)

    def make_of_words(self, length: int, output_tokens: int) -> Prepared:
        """A request whose prompt has that many words."""
        first = self._first_words[self.made % len(self._words)]
        self.made += 1
        seed = self._seed + self.made
        prompt = " ".join([first, *self._random.choices(self._words, k=length - 1)])
        request = self._server.request(
            self._model, Completion(prompt=prompt, output_tokens=output_tokens, seed=seed)
        )
        return Prepared(encode(request, self._server.endpoint), length, output_tokens, seed)


@cache
def words() -> tuple[str, ...]:
    """Common English words of four letters, all different."""
    text = files(__package__).joinpath("words.txt").read_text(encoding="utf-8")
    return tuple(text.split())
