"""Which moment does somebody mean who writes `2026-11-25`, `2026-11-25T09:30` or `7d`?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from advisor.errors import InputError

A_DATE = len("2026-11-25")


def micros(text: str, *, end: bool = False) -> int:
    """Unix microseconds; UTC unless the text says otherwise, `7d` is seven days ago.

    With `end` a bare date is its last microsecond. Raises ValueError for what is no moment.
    """
    text = text.strip()
    try:
        if text.endswith("d"):
            moment = datetime.now(UTC) - timedelta(days=float(text[:-1]))
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            if end and len(text) <= A_DATE:
                moment += timedelta(days=1) - timedelta(microseconds=1)
        return round(moment.timestamp() * 1e6)
    except OverflowError:
        raise ValueError(text) from None


def asked_micros(text: str | None, *, end: bool = False) -> int | None:
    """`micros` of what somebody asked for, None where they did not. Raises InputError."""
    if text is None:
        return None
    try:
        return micros(text, end=end)
    except ValueError:
        raise InputError(
            f"'{text[:40]}' is no date", remedy="Write it like 2026-11-25, 2026-11-25T09:30 or 7d."
        ) from None
