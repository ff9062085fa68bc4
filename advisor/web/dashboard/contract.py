"""What does the JSON API take and give besides the documents that `--json` prints?"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class FailurePart(msgspec.Struct, frozen=True):
    """What happened, why, and what to do next; the latter two may be empty."""

    what: str
    why: str
    remedy: str


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why something was not done (`advisor.failure/1`)."""

    schema: Literal["advisor.failure/1"] = "advisor.failure/1"
    error: FailurePart


class AdviseOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to advise on: the tables of a scenario, a measurement, or both, as `advisor advise`.

    `run` is a run's id, a beginning of it, or `latest`; its own scenario holds where `scenario` is
    null. `settings` and `what_if` are `KEY=VALUE`, `sensitivity` is a key.
    """

    scenario: dict[str, Any] | None = None
    run: str | None = None
    settings: tuple[str, ...] = ()
    what_if: tuple[str, ...] = ()
    sensitivity: str | None = None
    explain: bool = False


class MeasureOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to measure: `command` is `run` (with advice) or `bench`; the rest are that command's
    options, the situation of `run` only. Texts are as they are typed: "1,4,16", "30s", "20M"."""

    command: Literal["run", "bench"] = "run"
    url: str = ""
    model: str = ""
    concurrency: str = ""
    max_time: str = ""
    input_tokens: str = ""
    output_tokens: str = ""
    input_tokens_per_month: str = ""
    output_tokens_per_month: str = ""
    box_price_usd: str = ""
    usd_per_kwh: str = ""
    api: str = ""
