"""A program that is killed loses nothing that it had measured: at every line, and at any time."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from killing import killed, lines_apart
from real_postgresql import PostgreSql
from test_exports import request, stage
from test_store import MACHINE, bench, run

from advisor.bench.document import Samples, StageSamples
from advisor.bench.plan import BenchRun
from advisor.errors import AdvisorError
from advisor.history import journal as journal_module
from advisor.history.journal import FOLDER
from advisor.history.store import RunStore, Wanted

STAGES = 3
Announce = Callable[[str], None]


def measurement(stages: int, run_id: str) -> BenchRun:
    """What a benchmark has after so many stages."""
    document = msgspec.structs.replace(
        bench(run_id),
        stages=tuple(stage(concurrency=number + 1) for number in range(stages)),
    )
    samples = tuple(
        StageSamples(
            concurrency=number + 1,
            output_tokens_asked=5,
            requests=tuple(request(10 * each) for each in range(20)),
        )
        for number in range(stages)
    )
    return BenchRun(document, Samples(id=run_id, stages=samples), interrupted=False)


def measure(store: RunStore, announce: Announce) -> None:
    """A run as the command does it: a journal, stages, the record."""
    store.open()
    announce("opened")
    journal = store.journal("bench", MACHINE)
    for number in range(1, STAGES + 1):
        journal.keep(measurement(number, f"so-far-{number}"))
        announce(f"stage{number}")
    done = measurement(STAGES, f"so-far-{STAGES}")
    record = msgspec.structs.replace(run(done.document.id), bench=done.document)
    store.finish(record, done.samples, journal)
    announce("kept")


def check(store: RunStore, announced: list[str]) -> str:
    """What is there after a kill is what had been announced, once; the state that was found."""
    runs = {each.id: each for each in store.history().runs}
    assert runs.pop("before").partial is False
    finished = max((int(line[5:]) for line in announced if line.startswith("stage")), default=0)
    assert len(runs) <= 1
    for headless in (store.place.folder / FOLDER).glob("*"):
        assert not runs
        os.utime(headless, (0, 0))
        RunStore(store.place.folder, url=store.place.url).open()
        assert not headless.exists()
    if not runs:
        assert finished == 0
        return "nothing"
    found = store.load(next(iter(runs)))
    assert found.bench is not None
    number = len(found.bench.stages)
    assert finished <= number <= STAGES
    expected = measurement(number, found.id)
    assert store.load_samples(found.id) == expected.samples
    assert found.bench.stages == expected.document.stages
    if found.partial:
        assert "kept" not in announced
        assert found.bench.partial
        assert "the program ended before the run did" in found.bench.warnings[-1]
        return f"partial with {number}"
    assert number == STAGES
    return "whole"


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a history that holds one run, and little room reserved for journals, since
    hundreds of them are copied."""
    monkeypatch.setattr(journal_module, "RESERVED_BYTES", 100_000)
    RunStore(tmp_path / "template").save(run("before"), {"x": [1]})
    return tmp_path / "template"


@pytest.mark.timeout(1200)
def test_a_run_killed_at_any_line_keeps_its_finished_stages(template: Path, tmp_path: Path) -> None:
    seen: dict[str, int] = {}
    for line in lines_apart(5):
        folder = tmp_path / f"killed{line}"
        shutil.copytree(template, folder)
        was_killed, announced = killed(
            lambda announce, folder=folder: measure(RunStore(folder), announce), at_line=line
        )
        said: list[str] = []
        state = check(RunStore(folder, say=said.append), announced)
        assert len(said) <= 1
        assert bool(said) >= state.startswith("partial")
        seen[state] = seen.get(state, 0) + 1
        check(RunStore(folder), announced)
        shutil.rmtree(folder, ignore_errors=True)
        if not was_killed:
            break
    assert set(seen) == {"nothing", "whole", *(f"partial with {n + 1}" for n in range(STAGES))}
    assert sum(seen.values()) > 36


@pytest.mark.timeout(1200)
def test_a_recovery_killed_at_any_line_is_done_by_the_next(template: Path, tmp_path: Path) -> None:
    def begin(announce: Announce) -> None:
        store = RunStore(template)
        journal = store.journal("bench", MACHINE)
        journal.keep(measurement(1, "so-far-1"))
        journal.keep(measurement(2, "so-far-2"))
        os.kill(os.getpid(), 9)

    assert killed(begin) == (True, [])
    assert list((template / FOLDER).glob("*.journal"))
    for line in lines_apart(5):
        folder = tmp_path / f"killed{line}"
        shutil.copytree(template, folder)
        was_killed, _ = killed(lambda _, folder=folder: RunStore(folder).open(), at_line=line)
        assert check(RunStore(folder), ["stage2"]) == "partial with 2"
        shutil.rmtree(folder, ignore_errors=True)
        if not was_killed:
            break
    assert line > 50


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_run_killed_at_any_time_keeps_its_finished_stages(
    where: str, template: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    draw = random.Random(7)
    for number in range(50 if where == "sqlite" else 30):
        folder, url = tmp_path / f"killed{number}", None
        if where == "sqlite":
            shutil.copytree(template, folder)
        else:
            url = request.getfixturevalue("postgresql").new_database()
            RunStore(folder, url=url).save(run("before"))
        _, announced = killed(
            lambda announce, folder=folder, url=url: measure(RunStore(folder, url=url), announce),
            after_s=draw.uniform(0.0, 0.12),
        )
        check(RunStore(folder, url=url), announced)
        shutil.rmtree(folder, ignore_errors=True)


def test_a_load_that_comes_in_between_is_in_its_place(template: Path) -> None:
    journal = RunStore(template).journal("bench", MACHINE)
    done = measurement(3, "so-far")
    one, two, three = done.samples.stages
    for loads in ((one,), (one, three), (one, two, three), (two, three)):
        journal.keep(BenchRun(done.document, Samples(id="so-far", stages=loads), interrupted=False))
    del journal
    assert RunStore(template).load_samples(RunStore(template).find()).stages == (two, three)


def test_a_run_that_was_cut_off_keeps_its_schedules_tag(template: Path) -> None:
    journal = RunStore(template).journal("bench", MACHINE, tags=("schedule:nightly",))
    journal.keep(measurement(1, "so-far"))
    del journal
    found = RunStore(template).history(Wanted(tag="schedule:nightly")).runs
    assert [(each.id, each.partial) for each in found] == [("so-far", True)]


def test_a_run_that_goes_on_is_left_alone(template: Path) -> None:
    store = RunStore(template)
    journal = store.journal("bench", MACHINE)
    journal.keep(measurement(1, "so-far-1"))
    assert [each.id for each in RunStore(template).history().runs] == ["before"]
    journal.keep(measurement(2, "so-far-2"))
    done = measurement(2, "so-far-2")
    store.finish(
        msgspec.structs.replace(run("so-far-2"), bench=done.document), done.samples, journal
    )
    assert [each.id for each in RunStore(template).history().runs] == ["so-far-2", "before"]


def test_a_database_that_is_away_gets_the_run_later(tmp_path: Path, postgresql: PostgreSql) -> None:
    url = postgresql.new_database()
    away = RunStore(tmp_path, url=url)
    RunStore(tmp_path, url=url).save(run("before"))
    name = url.rpartition("/")[2]
    postgresql.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    journal = away.journal("bench", MACHINE)
    done = measurement(STAGES, "late")
    journal.keep(done)
    record = msgspec.structs.replace(run("late"), bench=done.document)
    with pytest.raises(AdvisorError, match=r"not in the history yet.*It waits in .*\.journal"):
        away.finish(record, done.samples, journal)
    del journal, away
    own = RunStore(tmp_path)
    assert own.history().runs == ()
    postgresql.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert check(RunStore(tmp_path, url=url), [f"stage{STAGES}"]) == "whole"


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to mount a small disk")
def test_a_disk_that_fills_up_meanwhile_costs_no_finished_stage(tmp_path: Path) -> None:
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", tmp_path], check=False
    ).returncode:
        pytest.skip("this system mounts no tmpfs")
    try:
        store = RunStore(tmp_path)
        store.save(run("before"))
        journal = store.journal("bench", MACHINE)
        journal.keep(measurement(1, "so-far-1"))
        with pytest.raises(OSError, match="No space"), (tmp_path / "filler").open("wb") as filler:
            while True:
                filler.write(os.urandom(4096))
                filler.flush()
        journal.keep(measurement(2, "so-far-2"))
        journal.keep(measurement(3, "so-far-3"))
        done = measurement(3, "so-far-3")
        record = msgspec.structs.replace(run("so-far-3"), bench=done.document)
        with pytest.raises(AdvisorError, match=r"not in the history yet.*free some space"):
            store.finish(record, done.samples, journal)
        del journal
        (tmp_path / "filler").unlink()
        assert check(RunStore(tmp_path), ["stage3"]) == "whole"
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_journal_that_cannot_be_written_stops_no_measurement(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("in the way")
    said: list[str] = []
    store = RunStore(tmp_path, say=said.append)
    journal = store.journal("bench", MACHINE)
    journal.keep(measurement(1, "so-far-1"))
    journal.keep(measurement(2, "so-far-2"))
    assert len(said) == 1
    assert "no journal can be written" in said[0]
    store.finish(run("a1"), None, journal)
    assert store.load("a1") == run("a1")


@pytest.mark.parametrize("content", [b"", b"advisor.journal/1\n", b"\xff" * 90, b"\0" * 5000])
def test_a_journal_without_a_run_is_left_for_a_minute(template: Path, content: bytes) -> None:
    (template / FOLDER).mkdir()
    path = template / FOLDER / "x.journal"
    path.write_bytes(content)
    assert len(RunStore(template).history().runs) == 1
    assert path.read_bytes() == content
    os.utime(path, (0, 0))
    RunStore(template).open()
    assert not path.exists()


def test_a_journal_that_is_damaged_gives_what_came_before(template: Path) -> None:
    store = RunStore(template)
    journal = store.journal("bench", MACHINE)
    sizes = []
    for number in (1, 2):
        journal.keep(measurement(number, f"so-far-{number}"))
        path = next((template / FOLDER).iterdir())
        sizes.append(len(path.read_bytes().rstrip(b"\0")))
    del journal
    content = bytearray(path.read_bytes())
    content[(sizes[0] + sizes[1]) // 2] ^= 0xFF
    path.write_bytes(content)
    assert check(RunStore(template), ["stage1"]) == "partial with 1"
