"""In which language does a visitor read? What was asked for, else the cookie, else the browser."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.report.language import ENGLISH, LANGUAGES, TAIWAN

LANGUAGE_COOKIE = "advisor_lang"
NAMES = {ENGLISH: "English", TAIWAN: "繁體中文"}
"""Each language by its own name."""

TAGS = {ENGLISH: "en", TAIWAN: "zh-Hant-TW"}
"""What a page says that it is written in."""

TRADITIONAL = ("zh-tw", "zh-hk", "zh-mo", "zh-hant")


def language_of(asked: str | None, cookies: Mapping[str, str], accepted: str) -> str:
    """One of `LANGUAGES`, by the address, the cookie, then an `Accept-Language` header."""
    for named in (asked, cookies.get(LANGUAGE_COOKIE)):
        if named in LANGUAGES:
            return named
    for tag in _preferred(accepted):
        if tag.startswith(TRADITIONAL):
            return TAIWAN
        if tag == "en" or tag.startswith("en-"):
            return ENGLISH
    return ENGLISH


def _preferred(accepted: str) -> list[str]:
    """The tags of the header, the most wanted first."""
    weighed = []
    for part in accepted.split(",")[:20]:
        tag, _, rest = part.strip().lower().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            weight = 0.0
        weighed.append((-weight, tag))
    return [tag for weight, tag in sorted(weighed, key=lambda each: each[0]) if weight < 0]
