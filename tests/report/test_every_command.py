"""Every command on a screen of 80 columns: both languages, plainly, without colour, with ill names.

The commands run as a user runs them, over a history of made-up runs whose model has a name of
one's choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec
import pytest
from rich.cells import cell_len
from web.made_up_latest import made_up, skip, stage

from advisor.advice.answer import answer
from advisor.advice.scenario import read_tables
from advisor.bench.document import Model
from advisor.cli.main import advisor, main
from advisor.history.record import Run
from advisor.history.store import RunStore
from advisor.report.console import show_plainly

CONFIGS = Path(__file__).parents[2] / "configs"
GUIDE, FULL = (str(CONFIGS / name) for name in ("guide.toml", "scenario-full.toml"))
DRAWN = re.compile("[\u2190-\u21ff\u2500-\u259f\u2800-\u28ff±×≤≥•·…]")
"""Arrows, boxes, blocks, braille and the signs that a legend explains."""
ILL = {
    "script": "<script>alert(1)</script>",
    "override": "model\u202egpj.exe",
    "escape": "model\x1b[31mred\x1b]0;title\x07[bold]markup[/bold]",
    "ten kilobytes": "m" * 10_000,
}
COMMANDS = {
    "advise": ("advise", "--scenario", GUIDE),
    "advise in full": ("advise", "--scenario", FULL),
    "what if": ("advise", "--scenario", GUIDE, "--what-if", "api.GPT-4.input_usd_per_mtok=3"),
    "along a key": (
        *("advise", "--scenario", GUIDE, "--sensitivity"),
        "usage.output_tokens_per_month",
    ),
    "explain": ("advise", "--scenario", GUIDE, "--explain"),
    "history": ("history",),
    "history show": ("history", "show", "bench-4"),
    "a run": ("history", "show", "whole"),
    "a skipped run": ("history", "show", "skipped"),
    "drift": ("history", "drift"),
    "compare": ("compare", "bench-1", "bench-4"),
    "ranking": ("compare", "--rank", "bench-1", "bench-4", "other"),
    "prices list": ("prices", "list", "--provider", "groq"),
    "prices show": ("prices", "show", "gpt-4o"),
    "currencies": ("prices", "currency"),
    "model": ("models", "show", "llama-3.1-8b"),
    "predict": ("models", "predict", "llama-3.1-8b:Q4_K_M", "--machine", "box.toml"),
    "usage": ("usage", "import", "lines.jsonl"),
    "fleet": ("fleet", "show"),
    "servers": ("servers",),
    "doctor": ("doctor",),
    "probe": ("probe", "--no-bandwidth"),
    "models": ("models",),
    "schema": ("schema",),
    "buy": (
        *("buy", "--scenario", GUIDE, "--model", "llama-3.1-8b:Q4_K_M"),
        *("--machine", "box.toml", "--machine", "bigger.toml"),
    ),
    "schedule": ("schedule", "list"),
    "search": ("prices", "search", "llama-3.1"),
    "export": ("export", "bench-4", "--output", "bundle.json", "--force"),
    "tag": ("history", "tag", "bench-4", "first"),
    "note": ("history", "annotate", "bench-4", "a note"),
    "prune": ("history", "prune", "--keep", "3", "--yes"),
}
NAMED = ("history", "history show", "a run", "drift", "compare", "ranking", "fleet")
"""Those that show the name of a model that was measured."""

BOX = """
name = "box"
kind = "cuda"
memory_gib = 24
bandwidth_gb_per_s = 1008
fp16_tflops = 71
price_usd = 2000
idle_power_w = 40
active_power_w = 350
"""


def usage_lines() -> Iterator[str]:
    """Forty days of use by one model, as an OpenAI-compatible server's answers tell it."""
    for index in range(40):
        at = datetime(2026, 9, 1, 9 + index % 8, tzinfo=UTC) + timedelta(days=index)
        yield (
            f'{{"created": {int(at.timestamp())}, "model": "gpt-4o", "usage": '
            f'{{"prompt_tokens": {900 + 40 * index}, "completion_tokens": 300}}}}\n'
        )


@pytest.fixture(autouse=True)
def small_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Path("box.toml").write_text(BOX, encoding="utf-8")
    Path("bigger.toml").write_text(BOX.replace('"box"', '"bigger"'), encoding="utf-8")
    Path("lines.jsonl").write_text("".join(usage_lines()), encoding="utf-8")
    yield
    show_plainly(False)


def keep_runs(folder: Path, model: str) -> None:
    """Runs of one model that gets slower, one of a whole `advisor`, one elsewhere, one skipped."""
    store = RunStore(folder)
    started = datetime(2026, 11, 1, 3, tzinfo=UTC)
    for index in range(5):
        at = (started + timedelta(days=index)).isoformat()
        run = made_up(f"bench-{index}", stage(50.0 - 5 * index), started_at=at)
        store.save(named(run, model))
    store.save(named(made_up("other", stage(70.0), machine="box-b"), model))
    advice = answer(read_tables(CONFIGS / "guide.toml"), origin="guide")
    store.save(named(made_up("whole", stage(50.0), advice=advice), model))
    store.save(skip("skipped", "other programs are busy", started_at=started.isoformat()))


def named(run: Run, model: str) -> Run:
    bench = msgspec.structs.replace(run.bench, model=Model(name=model, quantization="Q4_K_M"))
    return msgspec.structs.replace(run, bench=bench)


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
    def show(*arguments: str, model: str = "smollm2", runs: bool = True) -> str:
        if runs:
            keep_runs(tmp_path, model)
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        assert ended.value.code in (0, 3), printed.err
        return printed.out

    return show


@pytest.mark.parametrize("language", ["en", "zh-TW"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_line_is_wider_than_the_screen(
    command: str, language: str, shown: Callable[..., str]
) -> None:
    text = shown("--lang", language, *COMMANDS[command])
    assert text.strip()
    assert "\x1b" not in text
    assert [line for line in text.splitlines() if cell_len(line) > 80] == []


@pytest.mark.parametrize("language", ["en", "zh-TW"])
@pytest.mark.parametrize("command", COMMANDS)
def test_plainly_nothing_is_drawn(command: str, language: str, shown: Callable[..., str]) -> None:
    text = shown("--plain", "--lang", language, *COMMANDS[command])
    assert text.strip()
    assert [line for line in text.splitlines() if DRAWN.search(line)] == []
    assert [line for line in text.splitlines() if "  " in line.strip()] == []


@pytest.mark.parametrize(("ill", "plain"), [*((ill, False) for ill in ILL), ("escape", True)])
@pytest.mark.parametrize("command", NAMED)
def test_an_ill_name_is_inert_and_breaks_no_table(
    command: str, ill: str, plain: bool, shown: Callable[..., str]
) -> None:
    text = shown(*(["--plain"] if plain else []), *COMMANDS[command], model=ILL[ill])
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert [line for line in text.splitlines() if cell_len(line) > 80] == []
    assert len(text) < 12_000


def test_an_ill_api_breaks_no_advice(shown: Callable[..., str], tmp_path: Path) -> None:
    scenario = tmp_path / "ill.toml"
    for name in ILL.values():
        escaped = name[:200].encode("unicode_escape").decode().replace("\\x", "\\u00")
        scenario.write_text(
            Path(GUIDE).read_text(encoding="utf-8").replace("GPT-4", escaped), encoding="utf-8"
        )
        text = shown("advise", "--scenario", str(scenario))
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert [line for line in text.splitlines() if cell_len(line) > 80] == []


def test_without_colour_a_terminal_gets_no_escape_codes(
    monkeypatch: pytest.MonkeyPatch, shown: Callable[..., str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in shown(*COMMANDS["advise"])
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shown(*COMMANDS["advise"])


def test_the_environment_asks_for_plain_lines_too(
    monkeypatch: pytest.MonkeyPatch, shown: Callable[..., str]
) -> None:
    monkeypatch.setenv("ADVISOR_PLAIN", "1")
    assert not DRAWN.search(shown(*COMMANDS["history"]))


def helps() -> Iterator[tuple[str, ...]]:
    """The words of every command and of every group of them."""
    waiting: list[tuple[tuple[str, ...], click.Command]] = [((), advisor)]
    while waiting:
        words, command = waiting.pop()
        yield words
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                waiting.append(((*words, name), found))


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_no_help_is_wider_than_the_screen(language: str, shown: Callable[..., str]) -> None:
    paths = list(helps())
    assert ("models", "predict") in paths
    wide = {
        (words, line)
        for words in paths
        for line in shown("--lang", language, *words, "--help", runs=False).splitlines()
        if cell_len(line) > 80
    }
    assert wide == set()
