"""What was kept comes back whole, from a file and from a team's database alike; what is damaged is
named, never hidden and never a crash."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from real_postgresql import PostgreSql

from advisor.bench.document import Bench, Model, Samples, ServerFacts, StageSamples, Workload
from advisor.errors import AdvisorError, InputError
from advisor.history.record import Run
from advisor.history.store import Kept, RunStore, UnreachableError, Wanted
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


Opened = Callable[[], RunStore]


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Opens the same history again and again, each time anew."""
    if request.param == "sqlite":
        return lambda: RunStore(tmp_path)
    url = request.getfixturevalue("postgresql").new_database()
    return lambda: RunStore(tmp_path, url=url)


@pytest.fixture
def store(opened: Opened) -> RunStore:
    return opened()


def samples(run_id: str) -> Samples:
    return Samples(
        id=run_id, stages=(StageSamples(concurrency=1, output_tokens_asked=5, requests=()),)
    )


def test_a_run_comes_back_as_it_was(opened: Opened) -> None:
    kept = run("a1")
    opened().save(kept, samples("a1"))
    assert opened().load("a1") == kept
    assert opened().load_samples("a1") == samples("a1")
    assert opened().document("a1") == msgspec.json.encode(kept)


def test_the_newest_measured_run_is_the_default(store: RunStore) -> None:
    store.save(run("old", "2026-01-01T00:00:00+00:00"))
    store.save(run("new", "2026-02-01T00:00:00+00:00"))
    store.save(run("probe-only", "2026-03-01T00:00:00+00:00", measured=False))
    assert store.load(measured=True).id == "new"
    assert store.load().id == "probe-only"
    assert [each.id for each in store.history().runs] == ["probe-only", "new", "old"]


def test_times_are_compared_as_moments_not_as_texts(store: RunStore) -> None:
    store.save(run("second", "2026-01-01T01:30:00+02:00"))
    store.save(run("third", "2026-01-01T00:00:00"))
    store.save(run("first", "2025-12-31T23:00:00.5Z"))
    assert [each.id for each in store.history().runs] == ["third", "second", "first"]


def test_a_beginning_of_an_id_is_enough_if_it_is_the_only_one(store: RunStore) -> None:
    store.save(run("2026-aa"))
    store.save(run("2026-bb"))
    store.save(run("2026-B"))
    assert store.load("2026-b").id == "2026-bb"
    with pytest.raises(InputError, match="begins 3 runs"):
        store.load("2026")
    with pytest.raises(InputError, match="2026-aa"):
        store.load("2026-aaa")
    with pytest.raises(InputError, match="there is no run"):
        store.load("")


def test_nothing_measured_yet_says_what_to_do(store: RunStore) -> None:
    with pytest.raises(InputError, match="--scenario"):
        store.load()


def test_a_record_is_written_once(store: RunStore) -> None:
    kept = Kept(run("a1"), msgspec.json.encode(run("a1")), b"[]")
    assert store.keep(kept) is True
    assert store.keep(kept) is False
    with pytest.raises(AdvisorError, match="another run is kept as 'a1'"):
        store.save(run("a1", "2027-01-01T00:00:00+00:00"))
    assert store.load("a1") == run("a1")


def test_a_record_of_another_version_is_listed_but_not_read(store: RunStore) -> None:
    content = json.loads(msgspec.json.encode(run("a1"))) | {"schema": "advisor.run/9"}
    document = json.dumps(content, indent=3).encode()
    store.keep(Kept(run("a1"), document))
    assert [each.id for each in store.history().runs] == ["a1"]
    with pytest.raises(AdvisorError, match="another version"):
        store.load("a1")
    assert store.document("a1") == document


@pytest.mark.parametrize(
    "name", ["x\0y", "n" * 20_000, "ü😀\u202e'; DROP TABLE runs; --", "", "%_*"]
)
def test_names_from_servers_cannot_keep_a_run_out(store: RunStore, name: str) -> None:
    document = msgspec.structs.replace(
        bench("a1"),
        model=Model(name=name, digest=name, parameters=2**70),
        server=ServerFacts(kind="ollama", version=name, url=name),
        workload=msgspec.structs.replace(bench("a1").workload, input_tokens=2**70),
    )
    kept = msgspec.structs.replace(run("a1"), bench=document, tags=(name,))
    store.save(kept)
    assert store.load("a1") == kept
    (listed,) = store.history().runs
    assert (listed.model or "").startswith(name[:1])


@pytest.mark.parametrize("run_id", ["../x", "a/b", ".hidden", "", "a\0b", "x" * 81])
def test_an_id_that_is_none_is_refused(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(InputError):
        RunStore(tmp_path).save(run(run_id))


def test_lists_hold_what_was_asked_for(store: RunStore) -> None:
    def varied(run_id: str, day: int, model: str, server: str, machine: str, **given) -> None:
        document = msgspec.structs.replace(
            bench(run_id),
            machine=machine,
            model=Model(name=model),
            server=ServerFacts(kind=server, version=None, url="http://127.0.0.1:1"),
        )
        kept = msgspec.structs.replace(
            run(run_id, f"2026-01-{day:02}T12:00:00+00:00"),
            bench=document,
            machine=msgspec.structs.replace(MACHINE, id=machine),
            **given,
        )
        store.save(kept)

    varied("a", 1, "llama-3.2-1b", "ollama", "aaa1")
    varied("b", 2, "Llama-3.2-3B", "vllm", "aaa2", kind="run")
    varied("c", 3, "qwen3", "vllm", "bbb1", tags=("x",))
    varied("d", 4, "llama", "llamacpp", "bbb1", tags=("x", "y"))
    assert store.history(Wanted(limit=1)).runs[0].machine == "bbb1"

    def ids(**given) -> str:
        return "".join(each.id for each in store.history(Wanted(**given)).runs)

    day_us = 86_400_000_000
    second_us = 1_767_355_200_000_000
    assert ids() == "dcba"
    assert (ids(limit=2), ids(limit=9)) == ("dc", "dcba")
    assert (ids(model="LLAMA-3"), ids(model="llama"), ids(model="zzz")) == ("ba", "d", "")
    assert (ids(machine="aaa"), ids(machine="bbb1"), ids(machine="c")) == ("ba", "dc", "")
    assert (ids(server="vllm"), ids(server="LLAMAC")) == ("cb", "d")
    assert (ids(kind="run"), ids(kind="bench")) == ("b", "dca")
    assert (ids(tag="x"), ids(tag="y"), ids(tag="z")) == ("dc", "d", "")
    assert ids(since_us=second_us) == "dcb"
    assert ids(until_us=second_us) == "ba"
    assert ids(since_us=second_us, until_us=second_us + day_us) == "cb"
    assert ids(tag="x", server="vllm", since_us=second_us, limit=5) == "c"


def test_marks_are_beside_the_record(opened: Opened) -> None:
    opened().save(run("a1"))
    assert opened().tag("a", "before the driver") == "a1"
    opened().tag("a1", "before the driver")
    opened().tag("a1", "x")
    opened().untag("a1", "x")
    opened().annotate("latest", "  power limit\n250 W ")
    opened().annotate("a1", "and back")
    (listed,) = opened().history().runs
    assert listed.tags == ("before the driver",)
    assert listed.notes == ("power limit 250 W", "and back")
    assert opened().marks("a1") == (listed.tags, listed.notes)
    assert opened().load("a1") == run("a1")
    with pytest.raises(InputError, match="has no tag 'x'"):
        opened().untag("a1", "x")
    for mark in (opened().tag, opened().annotate):
        with pytest.raises(InputError, match="characters"):
            mark("a1", " ")
        with pytest.raises(InputError, match="there is no run"):
            mark("b1", "x")


def save_many(open_again: Opened, name: str, number: int) -> None:
    store = open_again()
    for each in range(number):
        store.save(run(f"{name}-{each}"), samples(f"{name}-{each}"))


def test_two_writers_at_once_lose_nothing(opened: Opened) -> None:
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=save_many, args=(opened, name, 25)) for name in ("a", "b", "c")
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    kept = {each.id for each in opened().history().runs}
    assert kept == {f"{name}-{number}" for name in "abc" for number in range(25)}
    assert opened().load_samples("c-24").id == "c-24"


def test_reading_writes_nothing(tmp_path: Path) -> None:
    kept = RunStore(tmp_path)
    kept.save(run("a"))
    watcher = sqlite3.connect(tmp_path / "history.sqlite3")
    before = watcher.execute("PRAGMA data_version").fetchone()
    assert len(RunStore(tmp_path).history().runs) == 1
    assert watcher.execute("PRAGMA data_version").fetchone() == before
    watcher.close()


def test_damage_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    assert store.place.file is not None
    store.save(run("a1"), samples("a1"))
    store.save(run("a2"), samples("a2"))
    with sqlite3.connect(store.place.file) as connection:
        connection.execute("UPDATE documents SET content = replace(content, 'chat', 'chap')")
        connection.execute("UPDATE samples SET content = substr(content, 1, 9)")
        connection.execute("UPDATE documents SET content = ? WHERE run_id = 'a2'", ("{",))
    assert [each.id for each in store.history().runs] == ["a2", "a1"]
    for run_id in ("a1", "a2"):
        with pytest.raises(AdvisorError, match="damaged"):
            store.load(run_id)
        with pytest.raises(AdvisorError, match="damaged"):
            store.load_samples(run_id)


def test_a_file_that_is_no_history_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite3").write_bytes(b"not a database, by far" * 100)
    with pytest.raises(AdvisorError, match=r"not a database.*\.recover"):
        RunStore(tmp_path).history()


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(AdvisorError, match="ADVISOR_DATA_DIR"):
        RunStore(tmp_path / "data").save(run("a1"))


def test_others_cannot_read_the_history(tmp_path: Path) -> None:
    RunStore(tmp_path).save(run("a1"))
    for path in tmp_path.glob("history*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_environment_names_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgresql: PostgreSql
) -> None:
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path))
    assert RunStore().place.file == tmp_path / "history.sqlite3"
    monkeypatch.setenv("ADVISOR_STORE_URL", postgresql.new_database())
    RunStore().save(run("a1"))
    assert [each.id for each in RunStore().history().runs] == ["a1"]
    assert not (tmp_path / "history.sqlite3").exists()
    assert postgresql.password not in RunStore().place.name


@pytest.mark.parametrize("url", ["mysql://h/d", "postgresql:///d", "x", "postgresql://h:x/d"])
def test_a_url_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="PostgreSQL"):
        RunStore(url=url)


def test_a_database_that_does_not_answer_is_one_clear_error(
    tmp_path: Path, postgresql: PostgreSql
) -> None:
    with pytest.raises(UnreachableError, match="password authentication failed") as refused:
        RunStore(tmp_path, url=postgresql.url(password="secret-word")).history()
    assert "secret-word" not in str(refused.value)
    with pytest.raises(UnreachableError, match="Connection refused"):
        RunStore(tmp_path, url="postgresql://u:p@127.0.0.1:1/d").history()
    with pytest.raises(InputError, match="sslmode"):
        RunStore(tmp_path, url="postgresql://u:p@127.0.0.1:1/d?sslmode=maybe").history()


def test_a_connection_is_encrypted_and_the_server_checked(
    tmp_path: Path, postgresql: PostgreSql
) -> None:
    url = postgresql.new_database()
    for mode, encrypted in (("disable", False), ("require", True)):
        store = RunStore(tmp_path, url=f"{url}?sslmode={mode}")
        store.open()
        with store._database.reading() as connection:
            query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            assert connection.exec_driver_sql(query).scalar() is encrypted
    with pytest.raises(UnreachableError, match="self-signed certificate"):
        RunStore(tmp_path, url=f"{url}?sslmode=verify-full").open()


@pytest.mark.skipif(not Path("/bin/mount").exists() or os.getuid() != 0, reason="needs root")
def test_a_full_disk_costs_no_run(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], check=False
    )
    if mounted.returncode:
        pytest.skip("this system mounts no tmpfs")
    try:
        store = RunStore(tmp_path)
        store.save(run("first"), samples("first"))
        with pytest.raises(OSError, match="No space"), (tmp_path / "filler").open("wb") as filler:
            while True:
                filler.write(os.urandom(4096))
                filler.flush()
        kept = ["first"]
        with pytest.raises(AdvisorError, match="free some space"):
            for number in range(200):
                store.save(run(f"r{number}"), os.urandom(5000).hex())
                kept.append(f"r{number}")
        (tmp_path / "filler").unlink()
        found = RunStore(tmp_path)
        assert sorted(each.id for each in found.history().runs) == sorted(kept)
        assert found.load("first") == run("first")
        assert all(found.document(each) for each in kept)
        store.save(run("later"), samples("later"))
        assert RunStore(tmp_path).load("later") == run("later")
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_the_help_and_the_probe_do_not_wait_for_the_database() -> None:
    loaded = (
        "import sys; import advisor.cli.probe, advisor.cli.history, advisor.cli.bench; "
        "from advisor.history.place import default_folder; from advisor.cli.main import advisor; "
        "advisor.main(['history', '--help'], standalone_mode=False); "
        "sys.exit('sqlalchemy' in sys.modules or 'alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
