"""How is a picture written as SVG? Elements, escaped text, and the frame that all charts share.

No element has a style of its own: classes are coloured by `chart.css`, through variables that
light, dark and print set. Everything that is text is escaped and free of control characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources

from advisor.report.text import name

WIDE, NARROW = 720, 350
"""Widths in pixels: for a page and paper, for a phone."""
CHARACTER_PX = 7.0
"""About how wide a character is, for what must not run out of the picture."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture in both widths, with what it says in words and its file's name."""

    id: str
    title: str
    description: str
    wide: str
    narrow: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The area that data are drawn in, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


def element(tag: str, content: str = "", /, **attributes: object) -> str:
    """`<tag …>content</tag>`; `class_` is class, `_` in a name is `-`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def text(x: float, y: float, words: str, class_: str = "label", anchor: str = "start") -> str:
    return element("text", escape(name(words, 120)), x=x, y=y, class_=class_, text_anchor=anchor)


def width_px(words: str) -> float:
    """About how many pixels the words are wide."""
    return CHARACTER_PX * sum(1.9 if ord(each) > 0x2E7F else 1 for each in words)


def fitting(words: str, width: float) -> str:
    """The words, cut to about so many pixels."""
    shown = name(words, 120)
    while shown and width_px(shown) > width:
        shown = f"{shown[:-2]}…"
    return shown


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def told(content: str, words: str) -> str:
    """The same with words that a pointer resting on it shows."""
    return element("g", element("title", escape(name(words, 300))) + content)


def path(points: Sequence[tuple[float, float]], class_: str, *, closed: bool = False) -> str:
    steps = " L".join(f"{_plain(x)} {_plain(y)}" for x, y in points)
    return element("path", d=f"M{steps}{' Z' if closed else ''}", class_=class_)


def rows(values: Iterable[tuple[float, str]], frame: Frame) -> str:
    """A faint line across the frame at each height, with its value before it."""
    return "".join(
        line(frame.left, y, frame.right, y, "grid")
        + text(frame.left - 8, y + 4, words, "tick", "end")
        for y, words in values
    )


def columns(values: Iterable[tuple[float, str]], frame: Frame) -> str:
    """The values of the lower axis."""
    return "".join(text(x, frame.bottom + 20, words, "tick", "middle") for x, words in values)


def legend(entries: Sequence[tuple[str, str]], x: float, y: float, right: float) -> tuple[str, int]:
    """A swatch and a word for each (class, word), in as many lines as it takes."""
    drawn, at, lines = [], x, 1
    for class_, words in entries:
        shown = name(words, 28)
        width = 26 + width_px(shown) + 18
        if at > x and at + width - 18 > right:
            at, lines = x, lines + 1
        top = y + 20 * (lines - 1)
        drawn.append(element("rect", x=at, y=top - 8, width=18, height=8, rx=2, class_=class_))
        drawn.append(text(at + 24, top, shown))
        at += width
    return "".join(drawn), lines


def chart(
    id_: str, title: str, description: str, draw: Callable[[int], tuple[str, float]]
) -> Chart:
    """The picture that `draw` makes of a width (its content and its height), in both widths."""

    def whole(width: int, kind: str) -> str:
        """Named and described for who does not see it."""
        content, height = draw(width)
        own = f"{id_}-{kind}"
        names = element("title", escape(name(title, 200)), id=f"{own}-title")
        names += element("desc", escape(name(description, 1000)), id=f"{own}-desc")
        return element(
            "svg",
            names + content,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {width} {_plain(height)}",
            class_="chart",
            role="img",
            aria_labelledby=f"{own}-title {own}-desc",
        )

    return Chart(id_, title, description, whole(WIDE, "wide"), whole(NARROW, "narrow"))


def standalone(svg: str) -> str:
    """The picture as a file of its own: with its colours, its size and a ground to stand on."""
    size = svg.partition('viewBox="0 0 ')[2].partition('"')[0].split()
    style = element("style", stylesheet()) + element(
        "rect", width="100%", height="100%", class_="ground"
    )
    opening, rest = svg.split(">", 1)
    return f'{opening} width="{size[0]}" height="{size[1]}">{style}{rest}\n'


def stylesheet() -> str:
    """The colours of all charts, for light, dark and print."""
    return resources.files(__name__.rpartition(".")[0]).joinpath("chart.css").read_text("utf-8")


def _plain(value: object) -> str:
    """Pixels to a tenth, so that equal data give equal bytes everywhere."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)
