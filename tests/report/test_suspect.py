"""Is a suspect number named as a person calls it, and every one that can be?"""

from __future__ import annotations

import pytest
from made_up_curve import made_up_bench

from advisor.bench.document import Suspect
from advisor.bench.plausibility import DISTRIBUTIONS
from advisor.report.bench import show_bench
from advisor.report.suspect import NUMBERS, suspect_lines

REASON = "not above zero"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("stages[0].decode_tok_per_s", 120.0, "decode of 120 tok/s at 1 stream"),
        ("stages[2].ttft_ms", -3.0, "time to first token (TTFT) of -3 ms at 16 streams"),
        ("stages[1].output_tokens", 90.0, "answers of 90 tokens at 4 streams"),
        ("model.size_bytes", 40e9, "weights of 40.0 GB"),
        ("stages[9].ttft_ms", 1.0, "stages[9].ttft_ms = 1"),
        ("somebody.elses\npath", 1.0, "somebody.elses path = 1"),
    ],
)
def test_a_path_is_said_in_words(path: str, value: float, said: str) -> None:
    bench = made_up_bench(suspect=(Suspect(path=path, value=value, reason=REASON),))
    assert list(suspect_lines(bench)) == [f"Suspect: {said}: {REASON}"]


def test_every_number_that_is_looked_at_has_a_name() -> None:
    assert set(DISTRIBUTIONS) <= set(NUMBERS)


def test_no_path_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    suspect = (Suspect(path="stages[0].decode_tok_per_s", value=120.0, reason=REASON),)
    show_bench(made_up_bench(suspect=suspect), record="advisor history show r1")
    shown = " ".join(capsys.readouterr().out.split())
    assert "Suspect: decode of 120 tok/s at 1 stream: not above zero" in shown
    assert "stages[" not in shown
