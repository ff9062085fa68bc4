"""What does a report say, in which order? The decision first, then the numbers, then the depth."""

from __future__ import annotations

from advisor import __version__
from advisor.prices.money import Currency
from advisor.report import money
from advisor.report.language import _, current
from advisor.report.page.blocks import Page, Section
from advisor.report.page.change_part import change_sections
from advisor.report.page.cost_part import cost_sections
from advisor.report.page.head import Head, head_of
from advisor.report.page.measured_part import measured_sections
from advisor.report.page.path_part import path_sections
from advisor.report.page.sources_part import sources_sections
from advisor.report.page.subject import Subject

ORDER = (
    "cost",
    "change",
    "apis",
    "sure",
    "which",
    "speed",
    "energy",
    "machine",
    "regrets",
    "path",
    "assumptions",
    "reproduce",
)
"""The sections of a page, from what decides to what it rests on."""


def page_of(subject: Subject) -> Page:
    """The report in the current language, amounts in the currency of the advice."""
    advice = subject.advice
    with money.shown_in(advice.inputs.currency.shown if advice else Currency()):
        head: Head = head_of(subject)
        found = [
            *(cost_sections(advice) if advice else ()),
            *(change_sections(advice) if advice else ()),
            *(path_sections(advice) if advice else ()),
            *measured_sections(subject),
            *sources_sections(subject),
        ]
    found.sort(key=lambda section: ORDER.index(section.id))
    return Page(
        language=current(),
        title=_("Local or API? A report"),
        tone=head.tone,
        answer=head.answer,
        summary=head.summary,
        notes=head.notes,
        numbers=head.numbers,
        sections=_filled(found),
        made_by=_("Written by advisor {version}").format(version=__version__),
    )


def _filled(sections: list[Section]) -> tuple[Section, ...]:
    return tuple(section for section in sections if section.blocks)
