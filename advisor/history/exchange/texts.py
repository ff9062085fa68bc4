"""Which texts may leave this machine? Each rule gives what of a text may, or None.

A rule allows a form, such as a version or the name of a piece of hardware; what has another form
stays. What looks like a path, an address, a mail or a key is refused in every form, in case a
server or a driver puts one where a name belongs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

Rule = Callable[[str], str | None]

LONGEST_LABEL = 160
_LABEL = re.compile(r"[\w ()\[\]@.,;+/&#':%*=-]*")
_TELLING = re.compile(
    r"""://|www\.|\S@\S|\\|(^|[\s(])[/~](?=\S)|\.\.|\b\d{1,3}(\.\d{1,3}){3}\b|\b[0-9a-f]{0,4}(:[0-9a-f]{0,4}){3,}
    |:\d{2,5}\b|\b[a-z]:|\.(local|lan|internal|home|corp)\b|\b(sk|pk|hf|ghp|xoxb|gsk|key)[-_][\w-]{6,}
    |\b[0-9a-f]{8}-[0-9a-f]{4}-""",
    re.IGNORECASE | re.VERBOSE,
)
_ORGANIZATION_AND_MODEL = re.compile(r"[\w.-]+/[\w.:+-]+")


def word(text: str) -> str | None:
    """A word of ours or of a driver's: `prefill`, `x86_64`, `http_500`, `gpu+cpu`."""
    return _whole(r"[A-Za-z0-9][\w.+-]{0,39}", text)


def version(text: str) -> str | None:
    """The number that a version begins with: `0.32.0+cpu`, `b6123`, `550.54.14`."""
    found = re.match(r"[vb]?\d[\w.+-]{0,39}(?![\w.+:-])", text)
    return _untelling(found[0]) if found else None


def kernel(text: str) -> str | None:
    """Its number only, since whoever builds a kernel may name it after their machine."""
    found = re.match(r"\d+(\.\d+){0,2}(?!:)", text)
    return found[0] if found else None


def fingerprint(text: str) -> str | None:
    """A hash: of a machine, a make, a file."""
    return _whole(r"(sha256[:-])?[0-9a-f]{8,128}", text)


def machine(text: str) -> str | None:
    """A machine's fingerprint, or what stands for it in another tool's result."""
    return _whole(r"(told-)?[0-9a-f]{8,64}", text)


def run_id(text: str) -> str | None:
    """A run's id, which holds a time and chance."""
    return _whole(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", text)


def moment(text: str) -> str | None:
    """A time as ISO 8601."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None
    return text if len(text) <= 40 and text.isascii() else None


def path_in_record(text: str) -> str | None:
    """Where in a record something stands: `stages[0].energy.idle_w`."""
    return _whole(r"[a-z][a-z0-9_]*(\[\d{1,4}\])?(\.[a-z][a-z0-9_]*(\[\d{1,4}\])?){0,7}", text)


def label(text: str) -> str | None:
    """The name of a piece of hardware, of a method, of a meter."""
    fits = len(text) <= LONGEST_LABEL and _LABEL.fullmatch(text)
    return _untelling(text) if fits else None


def model_name(text: str) -> str | None:
    """A model's name without the folders that a server may show before it."""
    if not _ORGANIZATION_AND_MODEL.fullmatch(text):
        text = re.split(r"[/\\]", text)[-1]
    before, colon, tag = text.partition(":")
    if colon and not re.fullmatch(r"[\w.-]*[A-Za-z][\w.-]*", tag):
        return None
    return label(before + colon.replace(":", "-") + tag) and text


def _whole(pattern: str, text: str) -> str | None:
    return _untelling(text) if re.fullmatch(pattern, text, re.ASCII) else None


def _untelling(text: str) -> str | None:
    return None if _TELLING.search(text) else text
