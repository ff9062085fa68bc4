"""When do two spellings name the same model, and when are two hosts' models the same weights?

`spelling` joins what people write ("Claude 3.5 Sonnet") with what providers write
("claude-3-5-sonnet"). `weights` goes further and drops what a host says about its delivery
(instruct, turbo, fp8): equal weights are the same open model. Every token that is not known to be
about delivery tells two models apart, so that an 8B never passes for an 80B nor a distillation for
its teacher; a missed match costs one host, a wrong one costs the truth.
"""

from __future__ import annotations

import re
from functools import lru_cache

Tokens = tuple[str, ...]

_BEDROCK_REVISION = re.compile(r"(?:-v?\d+)?:0$")
_QUANTIZATION = re.compile(
    r"(?<![a-z0-9])(?:i?q\d(?:_[a-z0-9]+)*|(?:bf|f|fp)(?:4|8|16|32)|int[48]|nvfp4|mxfp4|awq|gptq|gguf)"
    r"(?![a-z0-9])"
)
_POINT_AS_P = re.compile(r"(?<=\d)p(?=\d)")
_NUMBER_AS_DIGITS = re.compile(r"(?<![\d.])(\d)[-_ ](\d)(?![\da-z.])")
_WORD = re.compile(r"[a-z0-9]+(?:\.\d[a-z0-9]*)*")
_FAMILY = re.compile(r"[a-z]+(?=\d)")
_SIZE = re.compile(r"(?:\d+x)?\d+(?:\.\d+)?[bm]")
_SHORT_PREFIX = 2
_REMEMBERED = 8192
_LATEST = {"latest"}
_DELIVERY = _LATEST | {
    *("instruct", "it", "chat", "hf", "turbo", "instant", "versatile", "specdec", "fast"),
    *("throughput", "databricks", "google", "meta", "nvidia", "openai"),
}


@lru_cache(maxsize=_REMEMBERED)
def spelling(name: str) -> Tokens:
    """The parts of a model's name in a fixed order: "GPT-3.5 Turbo" -> ("3.5", "gpt", "turbo")."""
    return tuple(sorted(token for token in _tokens(name) if token not in _LATEST))


@lru_cache(maxsize=_REMEMBERED)
def weights(name: str) -> Tokens:
    """The parts of an open model's name that tell its weights apart, in a fixed order.

    A path before the name ("meta-llama/", "accounts/fireworks/models/") is the host's business and
    is left out: "meta-llama/Llama-3.1-8B-Instruct-Turbo" -> ("3.1", "8b", "llama").
    """
    plain = name.lower().rsplit("/", 1)[-1]
    plain = _QUANTIZATION.sub(" ", _BEDROCK_REVISION.sub("", plain))
    return tuple(sorted(set(_tokens(plain)) - _DELIVERY))


def states_size(name: str) -> bool:
    """Whether a name says how many parameters the model has, as open models' names do."""
    return any(_SIZE.fullmatch(token) for token in spelling(name))


def _tokens(name: str) -> list[str]:
    text = _POINT_AS_P.sub(".", name.lower())
    text = _NUMBER_AS_DIGITS.sub(r"\1.\2", text)
    return [part for word in _WORD.findall(text) for part in _split(word)]


def _split(word: str) -> list[str]:
    """Parts a family from its version (llama3.1), and drops a lone v (v0.3) and a .0 (2.0)."""
    family = _FAMILY.match(word)
    if family is None:
        return [word.removesuffix(".0")]
    letters, version = family.group(), word[family.end() :]
    if letters == "v":
        return [version.removesuffix(".0")]
    if len(letters) <= _SHORT_PREFIX:
        return [word]
    return [letters, version.removesuffix(".0")]
