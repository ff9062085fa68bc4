"""What tokenizer does a synthetic model carry?

A byte-level BPE with as many tokens as the real model has, all made up: the 256 bytes, every pair
of lower-case letters, every such pair after a space, and as many four-letter strings as it takes.
Any text can be encoded; lower-case words take two to three tokens, about twice those of a trained
vocabulary. All tokens but the bytes are plain ASCII, so that no generated token waits for the rest
of a character.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from string import ascii_lowercase

from advisor.errors import AdvisorError

BYTE_TOKENS = 256
SPECIAL_TOKENS = ("<|endoftext|>",)

_STRIDE = 1_009
"""Coprime to the number of four-letter strings: spreads those that are taken over the alphabet."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens by id, in the printable form of byte-level BPE, and the merges that build them."""

    tokens: list[str]
    merges: list[str]

    @property
    def end_id(self) -> int:
        return len(self.tokens) - 1


def vocabulary(size: int) -> Vocabulary:
    """A vocabulary of exactly `size` tokens; the last one ends a text."""
    pairs = ["".join(letters) for letters in product(ascii_lowercase, repeat=2)]
    space = _printable_bytes()[ord(" ")]
    merges = [f"{pair[0]} {pair[1]}" for pair in pairs] + [f"{space} {pair}" for pair in pairs]
    wanted = size - BYTE_TOKENS - len(merges) - len(SPECIAL_TOKENS)
    most = len(pairs) ** 2
    if not 0 <= wanted <= most:
        raise AdvisorError(f"No made-up vocabulary has {size} tokens")
    chosen = (divmod(index * _STRIDE % most, len(pairs)) for index in range(wanted))
    merges += [f"{pairs[first]} {pairs[second]}" for first, second in chosen]
    words = [merge.replace(" ", "") for merge in merges]
    return Vocabulary([*_printable_bytes(), *words, *SPECIAL_TOKENS], merges)


def _printable_bytes() -> list[str]:
    """The character that byte-level BPE writes for each byte: itself, or one that can be seen."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    moved = iter(range(0x100, 0x200))
    return [chr(byte if byte in printable else next(moved)) for byte in range(BYTE_TOKENS)]
