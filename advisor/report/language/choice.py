"""Which language was asked for: by an option, or by the environment?"""

from __future__ import annotations

from collections.abc import Mapping

from advisor.report.language import ENGLISH, LANGUAGES, TAIWAN

LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
_TRADITIONAL = ("zh_tw", "zh_hk", "zh_mo", "zh_hant")


def from_environment(environment: Mapping[str, str]) -> str:
    """The language of `ADVISOR_LANG`, else of the user's locale; English where that is none here.

    The first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set counts, as for other programs.
    """
    named = environment.get("ADVISOR_LANG", "").lower()
    for language in LANGUAGES:
        if named == language.lower():
            return language
    locale = next((environment[name] for name in LOCALES if environment.get(name)), "")
    return TAIWAN if locale.replace("-", "_").lower().startswith(_TRADITIONAL) else ENGLISH
