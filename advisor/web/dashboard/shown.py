"""How does a page come about? Templates that escape everything, in the visitor's language.

Whatever a template writes goes through `advisor.report.text.safe` first, so that control
characters and marks of direction reach no browser, then through HTML's escaping. Jinja's own
`safe`, which would let markup through, is taken away.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from advisor.prices.money import Currency
from advisor.report import money, text
from advisor.report.advice import flips
from advisor.report.charts.sparkline import sparkline
from advisor.report.language import LANGUAGES, TAIWAN, _, current, ngettext, sentence
from advisor.report.page.change_part import tornado_picture
from advisor.report.page.cost_part import curves_picture
from advisor.report.page.measured_part import energy_picture, speed_picture
from advisor.web.dashboard.languages import NAMES, TAGS
from advisor.web.dashboard.pictures import drawn

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.responses import Response

DASH = "–"


def page(
    template: str,
    *,
    status: int = 200,
    currency: Currency | None = None,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    """The page that a template makes of these values, amounts in `currency` (else USD)."""
    from starlette.responses import HTMLResponse

    with money.shown_in(currency or Currency()):
        content = (
            environment()
            .get_template(template)
            .render(
                language=current(),
                language_tag=TAGS[current()],
                languages=[(code, NAMES[code], TAGS[code]) for code in LANGUAGES],
                **values,
            )
        )
    return HTMLResponse(content, status_code=status, headers=headers)


def compile_templates() -> None:
    """Reads every template, so that no visitor waits for it."""
    for name in environment().list_templates():
        environment().get_template(name)


@cache
def environment() -> Environment:
    """The templates of this folder."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=PackageLoader("advisor.web.dashboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_inert,
    )
    del made.filters["safe"]
    made.globals.update(
        _=_,
        ngettext=ngettext,
        flips=flips,
        drawn=drawn,
        curves_picture=curves_picture,
        tornado_picture=tornado_picture,
        speed_picture=speed_picture,
        energy_picture=energy_picture,
        sparkline=lambda values, title: Markup(sparkline(values, title)),
    )
    made.filters.update(
        sentence=sentence,
        name=text.name,
        number=_or_dash(text.number),
        usd=_or_dash(text.usd),
        tokens=_or_dash(text.tokens),
        size=_or_dash(text.size),
        months=text.months,
        duration=_or_dash(text.duration),
        share=_or_dash(lambda value: f"{100 * value:.1f} %"),
        moment=moment,
        capital=lambda words: words[:1].upper() + words[1:],
        ended=ended,
    )
    return made


def moment(told: str | None) -> str:
    """A time of a record, to the minute: 2026-11-25 03:04 UTC."""
    if told is None:
        return DASH
    day, _t, rest = told.partition("T")
    zone = "" if not rest else " UTC" if told.endswith(("+00:00", "Z")) else f" {rest[-6:]}"
    return f"{day} {rest[:5]}{zone}".strip()


def ended(words: str) -> str:
    """A sentence with its full stop."""
    return words.rstrip(".。") + ("。" if current() == TAIWAN else ".")


def _inert(value: Any) -> Any:
    return text.safe(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _or_dash(write: Any) -> Any:
    return lambda value, *more: DASH if value is None else write(value, *more)
