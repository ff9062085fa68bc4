"""How long does a server ask to wait, when it refuses or has nothing left to give?

Retry-After is RFC 9110, section 10.2.3: seconds or an HTTP date; `retry-after-ms` is read by the
clients of OpenAI and Anthropic (openai 3.57.0 and anthropic 2.13.0, _base_client.py). Limits that
reset: `x-ratelimit-remaining-*` with `x-ratelimit-reset-*` as "6m0s", "7.66s" or "12ms" (OpenAI,
Groq), `anthropic-ratelimit-*-remaining` with `-reset` as RFC 3339 (docs.aws.amazon.com/claude-
platform/latest/userguide/rate-limits.html), `x-ratelimit-reset` as seconds or a time since 1970 in
seconds or milliseconds. Gemini puts google.rpc.RetryInfo with a `retryDelay` into the error's body.
All read 2026-11-25.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_S = 86_400.0
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_RETRY_DELAY = re.compile(rb'"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"')
_SINCE_1970_S = 1e9
_SINCE_1970_MS = 1e12


def asked_pause_s(headers: Mapping[str, str], body: bytes = b"") -> float | None:
    """The pause that a refusal asks for, in seconds; None if it names none.

    `headers` have lower-case names.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return _bounded(milliseconds / 1e3)
    after = headers.get("retry-after", "").strip()
    seconds = _number(after)
    if seconds is None and after:
        seconds = _until(after)
    if seconds is not None:
        return _bounded(seconds)
    delay = _RETRY_DELAY.search(body[:65_536])
    if delay is not None:
        return _bounded(float(delay[1]))
    return rest_s(headers)


def rest_s(headers: Mapping[str, str]) -> float | None:
    """Until a limit resets of which nothing remains, in seconds; None if every limit has some."""
    resets = [reset for reset in _resets(headers) if reset is not None]
    return max(resets, default=None)


def _resets(headers: Mapping[str, str]) -> Iterator[float | None]:
    for name, value in headers.items():
        if "ratelimit" not in name or "remaining" not in name or _number(value) != 0:
            continue
        yield _reset(headers.get(name.replace("remaining", "reset"), "").strip())


def _reset(text: str) -> float | None:
    number = _number(text)
    if number is None:
        parts = _PART.findall(text)
        if parts and "".join(amount + unit for amount, unit in parts) == text:
            return _bounded(sum(float(amount) * _SECONDS[unit] for amount, unit in parts))
        return _until(text)
    if number >= _SINCE_1970_MS:
        return _bounded(number / 1e3 - time.time())
    return _bounded(number - time.time() if number >= _SINCE_1970_S else number)


def _until(text: str) -> float | None:
    """Seconds from now to an HTTP date or an RFC 3339 time."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            then = read(text[:64])
        except (ValueError, TypeError, IndexError):
            continue
        if then.tzinfo is None:
            then = then.replace(tzinfo=UTC)
        return _bounded((then - datetime.now(UTC)).total_seconds())
    return None


def _number(text: str) -> float | None:
    bare = text.strip()
    return float(bare) if re.fullmatch(r"\d{1,15}(?:\.\d{1,9})?", bare) else None


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_S)
