"""A week at the box, on 80 columns and without colour."""

from __future__ import annotations

import pytest

from advisor.advice.capacity_document import LoadPart, QueueingPart, ServedPart, SloPart
from advisor.report.capacity import hour_mark, hours_in_words, show_capacity

OFFICE = tuple(day * 24 + hour for day in range(5) for hour in range(9, 18))


def made_up_part(**other: object) -> QueueingPart:
    served = ServedPart(
        wait_mean_ms=1.0,
        wait_p95_ms=12.0,
        ttft_p95_ms=1234.0,
        request_p95_ms=90_000.0,
        share_within_slo=0.97,
    )
    month = LoadPart(
        month=0,
        requests_per_month=1e6,
        utilization_mean=0.4,
        utilization_peak_hour=1.3,
        overflow_share_smooth=0.0,
        overflow_share_by_hour=0.2,
        overflow_share_peak=0.31,
    )
    known: dict[str, object] = {
        "run_id": "r1",
        "measured_concurrencies": (1, 4),
        "requests_per_month": 1e6,
        "peak_to_mean": 3.36,
        "utilization_mean": 0.4,
        "utilization_peak_hour": 1.3,
        "wait_mean_ms": 1.0,
        "wait_p95_ms": 12.0,
        "ttft_p95_ms": 1234.0,
        "request_p95_ms": 90_000.0,
        "slo": SloPart(ttft_p95_ms=2000.0, request_s=30.0, queue_limit=None),
        "share_within_slo": 0.97,
        "largest_requests_per_month": 1.2e6,
        "first_month_outside_slo": 9,
        "with_overflow": served,
        "admitted_at_most": 4,
        "powered_off_share": 0.0,
        "overflow_share_smooth": 0.0,
        "overflow_share_by_hour": 0.2,
        "overflow_share_peak": 0.31,
        "overflow_input_tokens_per_month": 2e8,
        "overflow_output_tokens_per_month": 5e7,
        "why_they_differ": "peaks",
        "peak_wait_mean_ms": 1.0,
        "peak_wait_formula_ms": None,
        "hours": (),
        "utilization_by_hour": tuple(1.3 if hour in OFFICE else 0.001 for hour in range(168)),
        "months": (month, month),
        "busiest_month": month,
        "simulated_requests": 60_000,
        "seed": 1,
        "assumptions": ("a \x1b[31mred one",),
        "unknown": {},
    }
    return QueueingPart(**{**known, **other})  # type: ignore[arg-type]


def shown(capsys: pytest.CaptureFixture[str], part: QueueingPart) -> str:
    show_capacity(part)
    return capsys.readouterr().out


def test_it_fits_and_each_day_is_a_line_of_24(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = shown(capsys, made_up_part())
    assert max(map(len, out.splitlines())) <= 80
    days = [line.split()[1] for line in out.splitlines() if line[:3] in ("Mon", "Sun")]
    assert days == ["·" * 9 + "!" * 9 + "·" * 6, "·" * 24]
    assert "31 % to keep the SLO (250 M tokens a month)" in out
    assert "outgrown in month 9" in out
    assert "\x1b" not in out


def test_a_queue_without_end_is_told_in_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    part = made_up_part(wait_p95_ms=None, unknown={"wait_p95_ms": "the queue would grow"})
    assert "the queue would grow" in shown(capsys, part)


def test_a_load_that_nothing_meets_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    part = made_up_part(largest_requests_per_month=0.0, first_month_outside_slo=0)
    assert "even a request alone is late" in shown(capsys, part)


@pytest.mark.parametrize(
    ("utilization", "character"),
    [(0.0, "·"), (0.009, "·"), (0.01, "▁"), (0.5, "▅"), (0.99, "█"), (1.0, "█"), (1.01, "!")],
)
def test_a_mark_tells_the_hour_without_colour(utilization: float, character: str) -> None:
    assert hour_mark(utilization) == character


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (OFFICE, "Mon-Fri 09-18"),
        (tuple(range(168)), "Mon-Sun"),
        ((0, 1, 50), "Mon 00-02; Wed 02-03"),
        ((), "never"),
    ],
)
def test_hours_in_words(hours: tuple[int, ...], words: str) -> None:
    assert hours_in_words(hours) == words
