"""What does the page say while its values are moved? Sentences with gaps that the script fills."""

from __future__ import annotations

from math import sqrt

from advisor.report.language import _
from advisor.report.page.together import sentences


def texts() -> dict[str, dict[str, str]]:
    """The sentences of the script in the language of the page."""
    return {
        "decision": {
            "local": _("Run it on the box"),
            "api": _("Stay with the API"),
            "hybrid": _("Use both"),
            "measure": _("Measure first"),
        },
        "because": {
            "pays_back": _("the box pays for itself in {months} months, under {limit}"),
            "pays_back_late": _("the box pays for itself in {months} months, not under {limit}"),
            "never": _("the box never pays for itself: running it costs no less than the API"),
            "free_tier": _("so little use fits a free tier or the cheapest model"),
            "unstable": _("the use is not steady yet"),
            "sensitive": _("some data must not leave"),
            "no_maintainer": _("nobody can look after a box"),
        },
        "also": {
            "wait_until": _("from month {month} on it would pay for itself in time"),
            "overflow": _("the box cannot serve {share} of the work"),
            "provisional": _("if the assumed figures are right: {decision}"),
        },
        "words": {
            "never": _("never"),
            "not_within": _("not in {months} months"),
            "at_no_volume": _("at no volume that it can serve"),
            "unknown": _("unknown"),
            "months": _("{months} months"),
            "tokens": _("{millions} M tokens"),
            "sentence": _("{decision}: {reasons}."),
            "separator": _("; "),
            "as_reported": _("These are the values of the report."),
            "changed": _("Changed from the report: {changed}."),
            "refused": _("Write a number from {least} to {most}."),
            "refused_zero": _("Write a number above 0, up to {most}."),
            "curve": _(
                "Cost so far over {months} months: the box comes to {local}, the API to {api}."
            ),
            "pays_at": _("break-even, month {month}"),
            "box": _("Box"),
            "api": _("API"),
            "months_from_now": _("months from now"),
            "band": _("P10 to P90"),
            "spread": _("{middle} ({low} to {high})"),
        },
    }


def figures(months: int) -> tuple[tuple[str, str, str], ...]:
    """The lines of the table: key, what it is, how it is written."""
    return (
        ("api_usd_per_month", _("API, a month"), "money"),
        ("local_usd_per_month", _("Box, a month"), "money"),
        ("api_usd_12_months", _("API, 12 months"), "money"),
        ("local_usd_12_months", _("Box with its price, 12 months"), "money"),
        (
            "local_usd_12_months_with_overflow",
            _("Box and what it cannot serve, 12 months"),
            "money",
        ),
        ("break_even_months_simple", _("Pays back, by the first month's saving"), "months"),
        (
            "break_even_months_full",
            _("Pays back, with growth, price changes, resale and overflow"),
            "within",
        ),
        (
            "net_present_value_usd",
            _("Gained by the box over {months} months, in today's money").format(months=months),
            "money",
        ),
        ("local_usd_per_mtok", _("Box, per million tokens"), "money"),
        ("break_even_tokens_per_month", _("Use from which 12 months cost the same"), "tokens"),
        ("utilization", _("Share of the time that the box is busy"), "share"),
    )


def sure(baseline: str) -> tuple[tuple[str, str], ...]:
    """The lines about all futures: key and what it is."""
    return (
        ("pays", _("Pays back")),
        ("soon", _("Within 12 months")),
        ("never", _("Never")),
        ("saves", _("Saves over {api}").format(api=baseline)),
    )


def futures_note(count: int, of: int) -> str:
    """How the futures of the page stand to those of the report."""
    parts = [_("Each range that a slider moves is moved whole, as a share of its middle.")]
    if count < of:
        points = 100 / sqrt(count)
        parts.append(
            _(
                "These are the first {count} of the report's {of} futures: chances here may differ "
                "from the report's by up to {points} percentage points."
            ).format(count=f"{count:,}", of=f"{of:,}", points=f"{points:.1f}")
        )
    parts.append(
        _("Regret is what a choice costs above the best of these; waiting is not among them.")
    )
    return sentences(parts)
