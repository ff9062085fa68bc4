"""What is shown while a measurement runs."""

from advisor.bench.level import Level
from advisor.bench.progress import Phase, Progress
from advisor.report.live import measuring_line


def test_the_longest_line_fits_a_terminal() -> None:
    line = measuring_line(
        Progress(
            phase=Phase.SECOND_MIX,
            stage=3,
            stages=3,
            level=Level(concurrency=64),
            elapsed_s=100.0,
            remaining_s=155.0,
            output_tok_per_s=12345.6,
            ttft_ms=12345.6,
            power_w=1234.5,
            requests=99,
        )
    )
    assert len(line) <= 78
    assert "12,346 tok/s" in line


def test_what_is_not_known_yet_is_left_out_and_errors_are_not() -> None:
    line = measuring_line(
        Progress(
            phase=Phase.CALIBRATE,
            stage=0,
            stages=2,
            level=None,
            elapsed_s=1.0,
            remaining_s=60.0,
            errors=2,
        )
    )
    assert line == "calibrate · 2 errors · ≤ 60 s left"
