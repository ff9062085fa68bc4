"""How many words make how many tokens, by the server's own counts?"""

from __future__ import annotations

from bisect import bisect_left

TOKENS_PER_WORD_UNTOLD = 4 / 3
"""Tokens of a common English word where the server counts none: a rule of thumb, marked as such.

OpenAI Help Center, "What are tokens and how to count them?" (seen 2026-11-24).
"""
SAME_LENGTH = 0.02
"""Prompts whose words differ by less than this share tell nothing about the slope between them."""


class Sizer:
    """Learns from counted prompts; between two of them a straight line holds."""

    def __init__(self) -> None:
        self._counted: dict[int, int] = {}

    def learn(self, words: int, input_tokens: int | None) -> None:
        """Takes note that a prompt of `words` was counted as `input_tokens`."""
        if not (input_tokens and words):
            return
        for known in [each for each in self._counted if abs(each - words) < SAME_LENGTH * words]:
            del self._counted[known]
        self._counted[words] = input_tokens

    @property
    def tokens_per_word(self) -> float | None:
        """Over all that was counted; None before there is anything."""
        if not self._counted:
            return None
        (few, low), (many, high) = min(self._counted.items()), max(self._counted.items())
        return (high - low) / (many - few) if many > few and high > low else high / many

    def words_for(self, input_tokens: int) -> int:
        """The number of words that make so many tokens, at least one."""
        slope = self.tokens_per_word
        if slope is None:
            return max(1, round(input_tokens / TOKENS_PER_WORD_UNTOLD))
        words = sorted(self._counted)
        tokens = [self._counted[each] for each in words]
        at = bisect_left(tokens, input_tokens)
        near = min(at, len(words) - 1)
        if 0 < at < len(words) and tokens[at] > tokens[at - 1]:
            slope = (tokens[at] - tokens[at - 1]) / (words[at] - words[at - 1])
        return max(1, round(words[near] + (input_tokens - tokens[near]) / slope))
