"""What does the advice say about queues and peaks? A part of the document, all times in ms.

A null is unknown, with its reason under `unknown` of the part, except where a field says "never".
"""

from __future__ import annotations

import msgspec


class CapacityDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the part."""


class SloPart(CapacityDocument, frozen=True, kw_only=True):
    """What 95 % of the requests are promised. Null is no promise."""

    ttft_p95_ms: float | None
    request_s: float | None
    queue_limit: int | None


class ServedPart(CapacityDocument, frozen=True, kw_only=True):
    """What the requests that the box serves see, over a simulated week.

    `share_within_slo` is of these requests, null without an SLO.
    """

    wait_mean_ms: float | None
    wait_p95_ms: float | None
    ttft_p95_ms: float | None
    request_p95_ms: float | None
    share_within_slo: float | None


class HoursPart(CapacityDocument, frozen=True, kw_only=True):
    """Hours of the week (0 is Monday 00:00) that are alike, with everything served by the box;
    `overflow_share` is what the router would send away in them, null without an SLO."""

    hours: tuple[int, ...]
    requests_per_hour: float
    utilization: float
    served: ServedPart | None
    overflow_share: float | None


class LoadPart(CapacityDocument, frozen=True, kw_only=True):
    """A month ahead. The three shares that go to the API are those of `QueueingPart`."""

    month: int
    requests_per_month: float
    utilization_mean: float
    utilization_peak_hour: float
    overflow_share_smooth: float
    overflow_share_by_hour: float
    overflow_share_peak: float


class BandSidePart(CapacityDocument, frozen=True, kw_only=True):
    """All served by the box, were it as slow or as fast as its rates' intervals allow."""

    utilization_mean: float
    utilization_peak_hour: float
    wait_mean_ms: float | None
    wait_p95_ms: float | None
    request_p95_ms: float | None
    share_within_slo: float | None
    why_unknown: str | None
    """Why nobody can say what a request sees; null where that is known."""


class BandPart(CapacityDocument, frozen=True, kw_only=True):
    """Both ends of the 95 % intervals of the output rates, taken at every concurrency at once."""

    slow: BandSidePart
    fast: BandSidePart


class QueueingPart(CapacityDocument, frozen=True, kw_only=True):
    """Month 0 on the measured box, hour by hour of the week.

    Utilization is work over what the server does at its largest measured concurrency. `wait_*`,
    `ttft_*`, `request_*` and `share_within_slo` are of everything served by the box;
    `with_overflow` is of what a router keeps on it. What goes to the API: `overflow_share_smooth`
    if the work were spread evenly, `overflow_share_by_hour` what exceeds the box in its own hour,
    `overflow_share_peak` what a router sends that lets in nobody who would be late and keeps 95 %
    of the rest within the SLO (without an SLO the same as by hour); its tokens a month
    are the usage's, to be priced at the API.
    `largest_requests_per_month` keeps the SLO without an API, at this profile.
    `first_month_outside_slo` null: never within the horizon, unless `unknown` names it.
    `powered_off_share` comes while the box is off and is part of the overflow.
    """

    run_id: str
    measured_concurrencies: tuple[int, ...]
    requests_per_month: float
    peak_to_mean: float
    utilization_mean: float
    utilization_peak_hour: float
    wait_mean_ms: float | None
    wait_p95_ms: float | None
    ttft_p95_ms: float | None
    request_p95_ms: float | None
    slo: SloPart | None
    share_within_slo: float | None
    band: BandPart | None = None
    largest_requests_per_month: float | None
    first_month_outside_slo: int | None
    with_overflow: ServedPart | None
    admitted_at_most: int | None
    """Requests inside and waiting that the router lets be; the next one goes to the API."""
    powered_off_share: float
    overflow_share_smooth: float
    overflow_share_by_hour: float
    overflow_share_peak: float
    overflow_input_tokens_per_month: float
    overflow_output_tokens_per_month: float
    why_they_differ: str
    peak_wait_mean_ms: float | None
    """The busiest hour's mean wait, simulated."""
    peak_wait_formula_ms: float | None
    """The same by M/G/1 or a load-dependent server, where one of them holds."""
    hours: tuple[HoursPart, ...]
    utilization_by_hour: tuple[float, ...]
    """168 values from Monday 00:00."""
    months: tuple[LoadPart, ...]
    busiest_month: LoadPart | None
    simulated_requests: int
    seed: int
    assumptions: tuple[str, ...]
    unknown: dict[str, str]
