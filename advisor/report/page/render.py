"""How does a report become one HTML file that needs nothing else and does nothing unasked?

Its policy lets only its own style and its own script (by their hashes) take effect, and no address
be asked for anything. All texts are escaped by the template.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING

from advisor.report.charts.svg import stylesheet
from advisor.report.language import _
from advisor.report.page.blocks import Page

if TYPE_CHECKING:
    from advisor.report.page.recompute import Part

HTML_LANGUAGES = {"zh-TW": "zh-Hant-TW"}


def html_of(page: Page, what_if: Part | None = None) -> str:
    """The whole page; with `what_if`, its section and script are in it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup, escape

    environment = Environment(
        loader=PackageLoader("advisor.report.page", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        kind_of=lambda block: type(block).__name__,
        drawn=Markup,
        breakable=lambda words: escape(words).replace("_", Markup("_<wbr>")),
    )
    style = stylesheet() + _packaged("page.css") + (what_if.style if what_if else "")
    script = what_if.script if what_if else ""
    return environment.get_template("page.html.jinja").render(
        page=page,
        html_language=HTML_LANGUAGES.get(page.language, page.language),
        policy=_policy(style, script),
        style=Markup(style),
        what_if=what_if,
        words={
            "skip": _("Skip to the answer"),
            "contents": _("Contents"),
            "what_if": _("What if?"),
            "decides": _("decides"),
            "commands": _("Commands"),
            "offline": _("This file is whole: it loads nothing and sends nothing."),
        },
    )


def _policy(style: str, script: str) -> str:
    parts = [
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'" if script else "script-src 'none'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(parts)


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _packaged(name: str) -> str:
    return resources.files("advisor.report.page").joinpath("template", name).read_text("utf-8")
