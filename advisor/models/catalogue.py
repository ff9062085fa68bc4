"""Which architectures are known, and what are their dimensions?

The figures live in `catalogue.toml` beside this file, each with its source and date.
"""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

import msgspec

from advisor.errors import InputError
from advisor.models.architecture import Architecture
from advisor.models.did_you_mean import did_you_mean

MOST_NEAR = 3


class _Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    architecture: tuple[Architecture, ...]


@cache
def catalogue() -> tuple[Architecture, ...]:
    """Every known architecture, smallest first."""
    text = files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
    known = msgspec.convert(tomllib.loads(text), _Catalogue)
    return tuple(sorted(known.architecture, key=lambda one: one.parameters))


def find(name: str) -> Architecture:
    """The architecture of that name, in any case; InputError names the nearest known ones."""
    wanted = name.strip().lower()
    known = {one.name: one for one in catalogue()}
    if wanted in known:
        return known[wanted]
    raise InputError(
        f"No model is called {name!r}",
        why="it is not in the catalogue",
        remedy=f"{meant(name)} A GGUF file, its URL and a config.json are read, too.",
    )


def meant(name: str) -> str:
    """Which known names may have been meant, and what lists them all."""
    near = nearest(name)
    listed = f"advisor models --all lists the {len(catalogue())} known models."
    return f"{did_you_mean(near)} {listed}" if near else listed


def nearest(name: str) -> list[str]:
    """At most three names: those that hold what is asked for, else those spelt most like it."""
    wanted = name.strip().lower().partition(":")[0]
    known = {alias: one.name for one in catalogue() for alias in (one.name, *one.aliases)}
    found = [one for alias, one in known.items() if wanted and wanted in alias]
    found += [known[alias] for alias in get_close_matches(wanted, known, n=9)]
    return list(dict.fromkeys(found))[:MOST_NEAR]


def recognize(name: str) -> Architecture | None:
    """The architecture that a server's or host's model name stands for, or None.

    Vendor prefixes ("meta-llama/…"), file suffixes and quantization tags are left out of the
    comparison; the rest must equal the catalogue name or one of its aliases exactly, because a
    near miss (a fine-tune of the same base, say) may be another model.
    """
    plain = name.strip().lower().rsplit("/", 1)[-1].removesuffix(".gguf")
    plain = plain.replace("_", "-").replace(" ", "-")
    for one in catalogue():
        for alias in (one.name, *one.aliases):
            if plain.startswith(alias) and _TAGS.fullmatch(plain, len(alias)):
                return one
    return None


_TAGS = re.compile(r"(?:[-.:](?:instruct|latest|i?q\d(?:-[0-9a-z]{1,3})*|b?f16|fp16|fp8|mxfp4))*")
