"""Do looks at a server's totals give what was used between them, restarts included?"""

from __future__ import annotations

import os
from pathlib import Path

from made_up_usage import imported, seconds, sums

VLLM = """\
# HELP vllm:prompt_tokens_total Number of prefill tokens processed.
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{{engine="0",model_name="qwen"}} {0}
vllm:prefix_cache_hits_total{{engine="0",model_name="qwen"}} {1}
vllm:generation_tokens_total{{engine="0",model_name="qwen"}} {2}
vllm:request_success_total{{engine="0",finished_reason="stop",model_name="qwen"}} {3}
"""
LLAMA = """\
# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.
llamacpp:prompt_tokens_total {0}
llamacpp:tokens_predicted_total {1}
"""


def look(at: str, text: str) -> str:
    return f"# {at}\n{text}"


def test_two_looks_give_what_lies_between(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text(
        look("2026-10-01T00:00:00Z", VLLM.format(1000, 100, 50, 7))
        + look("2026-10-11T00:00:00Z", VLLM.format(11_000, 2100, 450, 27))
    )
    found = imported(file)
    assert sums(found) == (10_000, 2000, 0, 400, 20)
    assert (found.first_day, found.last_day) == ("2026-10-01", "2026-10-10")
    assert found.models[0].model == "qwen"


def test_a_restart_begins_at_nought_and_is_said(tmp_path: Path) -> None:
    for name, text in (
        ("a", look("2026-10-01T00:00:10Z", LLAMA.format(1000, 500))),
        ("b", look("2026-10-01T01:00:20Z", LLAMA.format(1700, 600))),
        ("c", look("2026-10-01T02:00:15Z", LLAMA.format(30, 20))),
    ):
        (tmp_path / name).write_text(text)
    found = imported(tmp_path)
    assert sums(found) == (730, 0, 0, 120, None)
    assert any("restarted" in note for note in found.notes)


def test_one_look_is_since_the_start_if_the_server_tells_it(tmp_path: Path) -> None:
    start = seconds("2026-10-01")
    file = tmp_path / "x"
    file.write_text(VLLM.format(1000, 0, 50, 7) + f"process_start_time_seconds {start}\n")
    at = seconds("2026-10-05")
    os.utime(file, (at, at))
    found = imported(file)
    assert (sums(found)[0], found.covered_days) == (1000, 4)
    assert any("last change" in note for note in found.notes)
    assert any("since the server's start" in note for note in found.notes)


def test_one_look_at_a_server_that_does_not_tell_is_undated(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text(LLAMA.format(5_000_000_000, 7))
    found = imported(file)
    assert sums(found) == (5_000_000_000, 0, 0, 7, None)
    assert found.first_day is None
    assert any("look again later" in note for note in found.notes)
