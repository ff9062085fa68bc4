"""Which pictures are drawn of many runs: how a number went, how two sides differ?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from advisor.history.compare.document import Line
from advisor.history.drift.speed import Course
from advisor.history.moments import micros
from advisor.report.charts.course import Point, Step, course_chart
from advisor.report.charts.ratios import Ratio, Tone, ratio_chart
from advisor.report.charts.svg import Chart
from advisor.report.language import _, ngettext, sentence
from advisor.report.metrics import change as change_words
from advisor.report.page.blocks import Picture
from advisor.report.page.together import sentences
from advisor.report.text import name, number

if TYPE_CHECKING:
    from markupsafe import Markup

    from advisor.history.drift.detector import Change

MOST_ROWS = 14
TONES: dict[str, Tone] = {"better": "better", "worse": "worse", "no difference shown": "same"}


def drawn(chart: Chart) -> Markup:
    """A picture in both widths; the style shows the one that fits."""
    from markupsafe import Markup

    return Markup(
        f'<div class="on-wide">{chart.wide}</div><div class="on-narrow">{chart.narrow}</div>'
    )


def course_picture(course: Course, index: int) -> Picture:
    """A watched metric run by run, its changes marked."""
    points = [
        Point(micros(run.started_at) / 1e6, value)
        for run, value in zip(course.runs, course.values, strict=True)
    ]
    said = [_change_in_words(course, change) for change in course.changes]
    steps = [Step(change.at, f"{_percent(change)} %") for change in course.changes]
    count = len(points)
    reach = ngettext(
        "{count} run, between {low} and {high} {unit}; the newest {last}.",
        "{count} runs, between {low} and {high} {unit}; the newest {last}.",
        count,
    ).format(
        count=count,
        low=number(min(course.values)),
        high=number(max(course.values)),
        unit=course.unit,
        last=number(course.values[-1]),
    )
    caption = sentences([reach, *said])
    title = course_title(course)
    return Picture(course_chart(f"course-{index}", title, points, steps, caption), caption)


def course_title(course: Course) -> str:
    """The metric, its unit and the load."""
    label = {
        "decode_tok_per_s": _("One stream writes"),
        "output_tok_per_s": _("The whole server writes"),
        "j_per_output_token": _("Energy per output token"),
    }.get(course.metric, name(course.metric))
    return f"{label} ({course.unit}), {sentence(course.load)}"


def _change_in_words(course: Course, change: Change) -> str:
    return _("Since {day} {words}: {change} %.").format(
        day=name(course.runs[change.at].started_at[:10]),
        words=change_words(course.words(change)),
        change=_percent(change),
    )


def _percent(change: Change) -> str:
    return f"{100 * (change.ratio - 1):+.1f}".replace("-", "−")


def ratio_picture(lines: Sequence[Line], index: int, *, sides: int) -> Picture:
    """What differs at one load, each number with its interval."""
    ratios = [
        Ratio(
            line.metric if sides == 2 else f"{name(line.side, 20)}, {line.metric}",
            line.ratio,
            line.ci95,
            TONES.get(line.verdict, "unclear"),
            change_words(line.words),
        )
        for line in lines[:MOST_ROWS]
    ]
    told = [_("More tokens a second are better; more milliseconds and joules are worse.")]
    if len(lines) > MOST_ROWS:
        told.append(_("Not drawn: {count} more.").format(count=len(lines) - MOST_ROWS))
    title = _("The other side against the first")
    caption = sentences(told)
    return Picture(ratio_chart(f"ratios-{index}", title, ratios, caption), caption)
