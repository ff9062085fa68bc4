"""In which language is it shown? Messages are English in the code and looked up when shown."""

from __future__ import annotations

from contextvars import ContextVar

ENGLISH = "en"
TAIWAN = "zh-TW"
LANGUAGES = (ENGLISH, TAIWAN)

_language: ContextVar[str | None] = ContextVar("language", default=None)
_elsewhere = ENGLISH


def use(language: str | None) -> None:
    """Shows everything from now on in `language`, one of `LANGUAGES`, in this context; with None
    in the program's again."""
    _language.set(language)


def use_everywhere(language: str) -> None:
    """Shows in `language` wherever `use` says nothing else, in every thread of the program."""
    global _elsewhere  # noqa: PLW0603
    _elsewhere = language


def current() -> str:
    """The language in which things are shown, one of `LANGUAGES`."""
    return _language.get() or _elsewhere


def _(message: str) -> str:
    """`message` in the current language; itself where that is English."""
    language = current()
    if language == ENGLISH:
        return message
    from advisor.report.language.catalogues import catalogue

    return catalogue(language).get(message, message)


def ngettext(one: str, many: str, count: int) -> str:
    """`one` or `many`, by `count`, in the current language."""
    english = one if count == 1 else many
    language = current()
    if language == ENGLISH:
        return english
    from advisor.report.language.catalogues import catalogue

    return catalogue(language).get(one, english)


def sentence(text: str) -> str:
    """A sentence of a document or an error, which is English there, in the current language."""
    language = current()
    if language == ENGLISH or not text:
        return text
    from advisor.report.language.sentences import translated

    return translated(text, language)


def N_(message: str) -> str:  # noqa: N802
    """Marks a message of a constant for the catalogues; `_` looks it up where it is shown."""
    return message
