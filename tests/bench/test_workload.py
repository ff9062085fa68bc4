"""Have workloads the shape that they promise, and does a wrong file get a clear error?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from advisor.bench.workload import Length, Mix, Workload, fixed
from advisor.bench.workload_file import adapted, named_workloads, read_prompts, read_workload
from advisor.errors import InputError


def test_lengths_are_drawn_as_their_median_and_p95_say() -> None:
    length = Length(1000, 3000)
    random = np.random.default_rng(1)
    drawn = np.array([length.draw(random) for _ in range(20_000)])
    assert np.median(drawn) == pytest.approx(1000, rel=0.03)
    assert np.percentile(drawn, 95) == pytest.approx(3000, rel=0.05)
    assert drawn.max() <= length.quantile(1) < 5000
    assert {Length(7).draw(random) for _ in range(10)} == {7}


def test_every_named_workload_says_where_its_figures_come_from() -> None:
    named = named_workloads()
    assert set(named) >= {"chat", "rag", "summarize", "code-completion", "agentic", "batch"}
    for workload in named.values():
        assert workload.source or workload.name == "default"
        assert workload.most_tokens > workload.typical.input_tokens


def test_a_conversation_grows() -> None:
    agentic = Workload("a", Length(100), Length(20), 50, turns=5, turn_tokens=Length(30))
    assert agentic.typical == Mix(50 + 100 + 2 * 30, 20)
    assert agentic.most_tokens == 50 + 100 + 4 * 30 + 20
    assert agentic.scaled(0.5).typical == Mix(25 + 50 + 2 * 15, 10)
    assert agentic.repeats_prefixes and not fixed(10, 10).repeats_prefixes


def test_a_users_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "mine"\ninput_tokens = { median = 300, p95 = 900 }\noutput_tokens = 50\n'
        'shared_prefix_tokens = 40\nsource = "our logs"\nseen = "2026-11-01"\n'
    )
    mine = read_workload(str(file))
    assert mine == Workload(
        "mine", Length(300, 900), Length(50), 40, source="our logs (2026-11-01)"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("input_tokens = 5", "output_tokens"),
        ("input_tokens = 0\noutput_tokens = 5", "input_tokens"),
        ("input_tokens = 5\noutput_tokens = { median = 9, p95 = 3 }", "output_tokens"),
        ("input_tokens = 5\noutput_tokens = 5\nturns = 0", "turns"),
        ("input_tokens = 5\noutput_tokens = 5\nturns = 3", "turn_tokens"),
        ("input_tokens = 5\noutput_tokens = 5\nname = '../x'", "name"),
        ("input_tokens = 5\noutput_tokens = 5\ninptu = 3", "inptu"),
        (
            "input_tokens = 'five'\noutput_tokens = 5",
            "'input_tokens': expected a whole number or a table, got text in quotes",
        ),
        ("input_tokens = ", "not TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        read_workload(str(file))
    assert said in str(refused.value) and "wrong.toml" in str(refused.value)


def test_an_unknown_name_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'summarize'"):
        read_workload("sumarize")
    with pytest.raises(InputError, match="no such file"):
        read_workload(str(tmp_path / "none.toml"))


def test_lengths_given_at_the_command_line_go_before_the_workloads() -> None:
    chat = named_workloads()["chat"]
    assert adapted(chat) is chat
    with_prefix = adapted(chat, input_tokens=500, output_tokens=9, shared_prefix_tokens=200)
    assert with_prefix.typical == Mix(500, 9)
    assert with_prefix.shared_prefix_tokens == 200
    assert adapted(fixed(512, 128), shared_prefix_tokens=100).typical == Mix(612, 128)
    with pytest.raises(InputError, match="nothing of its own"):
        adapted(chat, input_tokens=100, shared_prefix_tokens=100)


def test_prompts_of_ones_own_are_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"prompt": "one", "output_tokens": 3, "id": 7}\n\n{"prompt": "zwei ü"}\n')
    own = adapted(fixed(512, 128), prompt_file=file)
    assert [(each.text, each.output_tokens) for each in own.prompts] == [
        ("one", 3),
        ("zwei ü", None),
    ]
    assert own.answering(0.5, 2).prompts[0].output_tokens == 2
    with pytest.raises(InputError, match="length that they have"):
        adapted(fixed(512, 128), prompt_file=file, input_tokens=5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"prompt": "a"}\n{"prompt": ""}', "line 2: the prompt is empty"),
        ('{"prompt": 5}', "line 1: 'prompt': expected text in quotes, got a whole number"),
        ('{"prompt": ', "line 1: input data was truncated"),
        ('{"prompt": x}', "line 1: JSON is malformed"),
        ("not json", "line 1"),
        ('{"prompt": "a", "output_tokens": 0}', "line 1: 'output_tokens'"),
        ("\n", "holds no prompt"),
        ("\udcff", "line 1"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text(text, errors="surrogateescape")
    with pytest.raises(InputError) as refused:
        read_prompts(file)
    assert said in str(refused.value)
