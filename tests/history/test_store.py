"""What was kept comes back whole; what is damaged is named, never hidden and never a crash."""

from pathlib import Path

import msgspec
import pytest

from advisor.bench.document import Bench, Model, ServerFacts, Workload
from advisor.errors import AdvisorError, InputError
from advisor.history.record import Run
from advisor.history.store import RunStore
from advisor.machine.probe import probe

MACHINE = probe(measure_bandwidth=False)


def bench(run_id: str) -> Bench:
    return Bench(
        id=run_id,
        started_at="2026-01-01T00:00:00+00:00",
        duration_s=1.0,
        machine=MACHINE.id,
        measured_on="CPU",
        server=ServerFacts(kind="ollama", version=None, url="http://127.0.0.1:1"),
        model=Model(name="m"),
        workload=Workload(
            name="chat",
            input_tokens=1,
            output_tokens=1,
            scaled_from=None,
            seed=1,
            prompts="",
            tokens_per_word=None,
        ),
        partial=False,
        first_request=None,
        stages=(),
        operating_point=None,
        capacity=None,
        suspect=(),
        warnings=(),
        assumptions=(),
        definitions={},
        unknown={},
    )


def run(run_id: str, started_at: str = "2026-01-01T00:00:00+00:00", measured: bool = True) -> Run:
    return Run(
        id=run_id,
        started_at=started_at,
        kind="bench",
        advisor_version="0",
        partial=False,
        machine=MACHINE,
        bench=bench(run_id) if measured else None,
        advice=None,
    )


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


def test_a_run_comes_back_as_it_was(store: RunStore) -> None:
    kept = run("a1")
    store.save(kept, samples={"x": [1, 2]})
    assert store.load("a1") == kept


def test_the_newest_measured_run_is_the_default(store: RunStore) -> None:
    store.save(run("old", "2026-01-01T00:00:00+00:00"))
    store.save(run("new", "2026-02-01T00:00:00+00:00"))
    store.save(run("probe-only", "2026-03-01T00:00:00+00:00", measured=False))
    assert store.load(measured=True).id == "new"
    assert store.load().id == "probe-only"
    assert [each.id for each in store.history().runs] == ["probe-only", "new", "old"]


def test_a_beginning_of_an_id_is_enough_if_it_is_the_only_one(store: RunStore) -> None:
    store.save(run("2026-aa"))
    store.save(run("2026-bb"))
    assert store.load("2026-b").id == "2026-bb"
    with pytest.raises(InputError, match="begins 2 runs"):
        store.load("2026")
    with pytest.raises(InputError, match="2026-aa"):
        store.load("2026-aaa")


def test_nothing_measured_yet_says_what_to_do(store: RunStore) -> None:
    with pytest.raises(InputError, match="--scenario"):
        store.load()


@pytest.mark.parametrize("content", [b"", b"{", b'{"id": 1}', b"\xff\xfe", b"[]"])
def test_a_damaged_file_is_named_and_left_alone(store: RunStore, content: bytes) -> None:
    store.save(run("good"))
    damaged = store.path_of("bad")
    damaged.write_bytes(content)
    history = store.history()
    assert [each.id for each in history.runs] == ["good"]
    assert history.unreadable == (str(damaged),)
    assert damaged.read_bytes() == content


def test_a_run_of_another_version_is_refused_with_its_path(store: RunStore) -> None:
    store.save(run("a1"))
    path = store.path_of("a1")
    content = msgspec.json.decode(path.read_bytes())
    content["schema"] = "advisor.run/9"
    path.write_bytes(msgspec.json.encode(content))
    with pytest.raises(AdvisorError, match=r"a1\.json"):
        store.load("a1")


@pytest.mark.parametrize("run_id", ["../x", "a/b", ".hidden", "", "a\0b"])
def test_an_id_cannot_leave_the_folder(store: RunStore, run_id: str) -> None:
    with pytest.raises(InputError):
        store.path_of(run_id)


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(AdvisorError, match="ADVISOR_DATA_DIR"):
        RunStore(tmp_path).save(run("a1"))


def test_nothing_half_written_is_left(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    store.save(run("a1"))
    before = sorted(store.folder.iterdir())
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(AdvisorError, match="No space left"):
        store.save(run("a2"))
    assert sorted(store.folder.iterdir()) == before
