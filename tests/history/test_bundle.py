"""A bundle brings runs whole to another history; one that lies is refused before any is stored."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import resource
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from real_models import missing
from real_postgresql import PostgreSql
from test_store import bench, run, samples

from advisor.bench.document import Model, RequestSample, Samples, ServerFacts, StageSamples
from advisor.errors import AdvisorError, InputError
from advisor.history.compare.sides import side
from advisor.history.exchange import expanded, limits
from advisor.history.exchange.choose import chosen
from advisor.history.exchange.limits import BadBundleError
from advisor.history.exchange.read import bundle, read_bundle
from advisor.history.exchange.take_in import take_in
from advisor.history.exchange.write import outgoing, write_bundle
from advisor.history.store import RunStore, Wanted

Lines = list[bytes]


@pytest.fixture
def home(tmp_path: Path) -> RunStore:
    store = RunStore(tmp_path / "home")
    store.save(run("a1", "2026-01-01T00:00:00+00:00"), samples("a1"))
    store.save(run("a2", "2026-01-02T00:00:00+00:00"))
    store.tag("a1", "before")
    store.annotate("a1", "for a colleague")
    return store


@pytest.fixture
def away(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "away")


def written(store: RunStore, path: Path, *names: str, include: tuple[str, ...] = ()) -> Path:
    going = outgoing(store, chosen(store, names or ("a1", "a2")), include)
    write_bundle(store, going, path)
    return path


@pytest.fixture
def file(home: RunStore, tmp_path: Path) -> Path:
    return written(home, tmp_path / "runs.gz", include=("samples", "tags", "notes"))


def packed(lines: Lines, path: Path) -> Path:
    path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines)))
    return path


def lines_of(path: Path) -> Lines:
    return gzip.decompress(path.read_bytes()).split(b"\n")[:-1]


def forged(
    path: Path,
    target: Path,
    *,
    entry: Callable[[bytes], bytes] = lambda line: line,
    manifest: Callable[[dict[str, Any]], None] = lambda _: None,
    at: int = 1,
) -> Path:
    """The bundle with one of its lines changed and the digests made to fit again."""
    lines = lines_of(path)
    lines[at] = entry(lines[at])
    said = json.loads(lines[0])
    said["entries"][at - 1]["bytes"] = len(lines[at])
    said["entries"][at - 1]["sha256"] = hashlib.sha256(lines[at]).hexdigest()
    manifest(said)
    lines[0] = json.dumps(said, separators=(",", ":")).encode()
    return packed(lines, target)


def changed(**fields: Any) -> Callable[[bytes], bytes]:
    return lambda line: json.dumps(json.loads(line) | fields).encode()


def refused(path: Path, away: RunStore, match: str) -> None:
    with pytest.raises(BadBundleError, match=match):
        take_in(path, away)
    assert away.history().runs == ()


def test_runs_come_whole_with_what_was_asked_for(
    file: Path, home: RunStore, away: RunStore
) -> None:
    done = take_in(file, away)
    assert (done.new, done.known, done.refused) == (("a1", "a2"), (), {})
    assert done.signature == "unsigned"
    there = away.load("a1")
    assert there.reduced is not None
    assert msgspec.structs.replace(there.machine, id_basis="", unknown={}) == (
        msgspec.structs.replace(
            home.load("a1").machine, id_basis="", unknown={}, changes=None, os=there.machine.os
        )
    )
    assert away.load_samples("a1") == home.load_samples("a1")
    assert away.marks("a1")[0] == ("before",)
    assert away.marks("a1")[1] == ("for a colleague",)


def test_where_a_run_came_from_is_kept_beside_it(file: Path, away: RunStore) -> None:
    take_in(file, away)
    away.save(run("own"))
    of = {each.id: each.origin for each in away.history().runs}
    assert of["own"] is None
    assert of["a1"] is not None
    assert of["a1"].file_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert of["a1"].signer is None
    assert of["a1"].imported_at.startswith("20")


def test_only_own_runs_are_the_latest(file: Path, away: RunStore) -> None:
    away.save(run("own", "2020-01-01T00:00:00+00:00"))
    take_in(file, away)
    assert away.load("latest").id == "own"
    assert away.load(measured=True).id == "own"
    assert len(away.history(Wanted(own=True)).runs) == 1


def test_a_teams_database_takes_bundles_too(
    file: Path, tmp_path: Path, postgresql: PostgreSql
) -> None:
    team = RunStore(tmp_path / "team", url=postgresql.new_database())
    assert take_in(file, team).new == ("a1", "a2")
    assert take_in(file, team).known == ("a1", "a2")
    origin = team.origin("a1")
    assert origin is not None
    assert origin.tool == "advisor"
    assert team.marks("a1") == (("before",), ("for a colleague",))
    with pytest.raises(InputError, match="no measurement yet"):
        team.load(measured=True)
    assert team.delete([team.history().runs[0].id]) == 1, "the origin goes with its run"


def test_nothing_is_taken_twice(file: Path, home: RunStore, away: RunStore) -> None:
    take_in(file, away)
    before = away.history()
    again = take_in(file, away)
    assert (again.new, again.known) == ((), ("a1", "a2"))
    assert away.history() == before
    at_home = take_in(file, home)
    assert (at_home.new, at_home.known) == ((), ("a1", "a2"))
    assert home.history().runs[0].origin is None


def test_another_run_of_the_same_id_is_refused_by_name_and_the_rest_comes(
    file: Path, away: RunStore
) -> None:
    own = run("a1", "2030-01-01T00:00:00+00:00")
    away.save(own)
    done = take_in(file, away)
    assert done.new == ("a2",)
    assert done.refused == {"a1": "another run is kept as 'a1' already"}
    assert away.load("a1") == own
    assert away.marks("a1") == ((), ())


def test_what_is_not_asked_for_stays(home: RunStore, away: RunStore, tmp_path: Path) -> None:
    document = msgspec.structs.replace(
        bench("b1"),
        server=ServerFacts(kind="ollama", version="0.9.3", url="http://10.1.2.3:1"),
        model=Model(name="/home/eve/m.gguf"),
    )
    home.save(msgspec.structs.replace(run("b1"), bench=document, tags=("eves",)), samples("b1"))
    file = written(home, tmp_path / "b.gz", "b1")
    content = gzip.decompress(file.read_bytes())
    for secret in (b"10.1.2.3", b"eve", b"advisor.samples"):
        assert secret not in content
    take_in(file, away)
    with pytest.raises(AdvisorError, match="none were kept"):
        away.load_samples("b1")
    there = away.load("b1").bench
    assert there is not None
    assert (there.model.name, there.server.url, there.server.version) == ("m.gguf", "", "0.9.3")


def test_the_file_itself_tells_neither_its_name_nor_its_maker(file: Path) -> None:
    head = file.read_bytes()[:10]
    assert head[3] == 0, "gzip's flags: no name, no comment"
    assert head[4:8] == b"\0\0\0\0", "gzip's time"


def test_runs_are_named_by_id_tag_and_machine(home: RunStore) -> None:
    machine = home.load("a1").machine_id
    assert chosen(home, ["tag:before", "a1"]) == ["a1"]
    assert chosen(home, ["latest", f"machine:{machine}"]) == ["a2", "a1"]
    for name in ("tag:none", "machine:zz", "tag:", "x9"):
        with pytest.raises(InputError):
            chosen(home, [name])


def test_a_bundle_is_written_over_nothing_and_asks_for_known_things(
    home: RunStore, file: Path
) -> None:
    before = file.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        written(home, file)
    assert file.read_bytes() == before
    with pytest.raises(InputError, match="nothing that can be included"):
        outgoing(home, ["a1"], ["passwords"])


def test_whoever_only_looks_gets_the_runs(file: Path) -> None:
    assert [each.id for each in read_bundle(file)] == ["a1", "a2"]


def test_a_plain_file_of_the_same_lines_is_a_bundle_too(
    file: Path, away: RunStore, tmp_path: Path
) -> None:
    plain = tmp_path / "runs.jsonl"
    plain.write_bytes(gzip.decompress(file.read_bytes()))
    assert take_in(plain, away).new == ("a1", "a2")


@pytest.mark.parametrize("share", [0.0001, 0.1, 0.5, 0.9, 0.999])
def test_one_that_is_cut_off_is_refused(
    file: Path, away: RunStore, tmp_path: Path, share: float
) -> None:
    content = file.read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(content[: int(len(content) * share)])
    refused(cut, away, "cut off|no bundle|neither|no JSON")
    plain = gzip.decompress(content)
    cut.write_bytes(plain[: int(len(plain) * share)])
    refused(cut, away, "cut off|no bundle|neither|no JSON|is none")


def test_any_changed_byte_is_found(file: Path, away: RunStore, tmp_path: Path) -> None:
    plain = bytearray(gzip.decompress(file.read_bytes()))
    target = tmp_path / "changed"
    for at in range(0, len(plain), 97):
        plain[at] ^= 1
        target.write_bytes(plain)
        with pytest.raises(InputError):
            take_in(target, away)
        plain[at] ^= 1
    assert away.history().runs == ()
    packed_bytes = bytearray(file.read_bytes())
    for at in range(10, len(packed_bytes), 31):
        packed_bytes[at] ^= 1
        target.write_bytes(packed_bytes)
        with pytest.raises(InputError):
            take_in(target, away)
        packed_bytes[at] ^= 1
    assert away.history().runs == ()


def test_what_follows_the_end_is_refused(file: Path, away: RunStore, tmp_path: Path) -> None:
    longer = tmp_path / "longer"
    longer.write_bytes(file.read_bytes() + gzip.compress(b"more\n"))
    refused(longer, away, "goes on after its end")
    longer.write_bytes(file.read_bytes() + b"x")
    refused(longer, away, "goes on after its end")
    refused(packed([*lines_of(file), b"more"], longer), away, "what follows|more than it says")


def test_the_list_of_contents_must_fit(file: Path, away: RunStore, tmp_path: Path) -> None:
    target = tmp_path / "forged"

    def check(match: str, change: Callable[[dict[str, Any]], None]) -> None:
        refused(forged(file, target, manifest=change), away, match)

    check("has not the digest", lambda said: said["entries"][0].update(sha256="0" * 64))
    check("is there twice", lambda said: said["entries"].append(said["entries"][0]))
    check("is there twice", lambda said: said["entries"].insert(1, said["entries"][0]))
    check("not hold as many runs", lambda said: said.update(runs=7))
    check("an id that is none", lambda said: said["entries"][0].update(run="../../etc/passwd"))
    check("an id that is none", lambda said: said["entries"][0].update(run="x" * 90))
    check("negative", lambda said: said["entries"][0].update(bytes=-1))
    check("bytes", lambda said: said["entries"][0].update(bytes=10**10))
    check("is longer than|cut off", lambda said: said["entries"][0].update(bytes=9))
    check("does not follow", lambda said: said["entries"].insert(0, said["entries"].pop(1)))
    check("is none", lambda said: said.update(surprise=1))
    check("is none", lambda said: said["entries"][0].update(holds="program"))
    check("when it was made", lambda said: said.update(created_at="yesterday"))
    check("signature", lambda said: said.update(is_signed=True))
    check("entries|longer", lambda said: said.update(entries=said["entries"] * 60_000))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"id": "a9"}, "holds another run"),
        ({"id": "../a1"}, "holds another run"),
        ({"started_at": "yesterday"}, "when it began"),
        ({"started_at": "9999-01-01T00:00:00+00:00"}, "has not begun yet"),
        ({"schema": "advisor.run/9"}, "is no run"),
        ({"kind": "virus"}, "is no run"),
        ({"partial": 1}, "is no run"),
        ({"tags": ["x"] * 101}, "101 tags"),
        ({"tags": ["a\x1b]0;owned\x07"]}, r"control character U\+001B"),
        ({"tags": ["a\u202eb"]}, r"control character U\+202E"),
        ({"tags": ["\ud800"]}, r"control character U\+D800"),
        ({"advisor_version": "1" * 5_000}, "5,000 characters"),
        ({"machine": None}, "not tell the machine"),
        ({"extra": {"n": -1e300}}, "holds a number"),
        ({"extra": {"count": -3}}, "negative extra.count"),
        ({"extra": 2**60}, "holds a number"),
        ({"extra": "\x00"}, r"U\+0000"),
    ],
)
def test_a_record_must_be_possible(
    file: Path, away: RunStore, tmp_path: Path, change: dict[str, Any], match: str
) -> None:
    refused(forged(file, tmp_path / "forged", entry=changed(**change)), away, match)


@pytest.mark.parametrize(
    ("part", "match"),
    [
        (b'"x":NaN', "NaN"),
        (b'"x":Infinity', "Infinity"),
        (b'"x":-Infinity', "Infinity"),
        (b'"x":1e400', "holds a number"),
        (b'"x":-1e400', "holds a number"),
        (b'"x":' + b"9" * 5_000, "is no JSON"),
        (b'"id":"a1"', "names a key twice"),
        (b'"x":' + b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'"x":' + b'{"a":' * 40 + b"1" + b"}" * 40, "nested too deeply"),
        (b'"x":"\xff"', "is no JSON"),
        (b'"x":', "is no JSON"),
    ],
)
def test_json_that_is_none_or_a_trap_is_refused(
    file: Path, away: RunStore, tmp_path: Path, part: bytes, match: str
) -> None:
    trap = forged(file, tmp_path / "trap", entry=lambda line: line[:-1] + b"," + part + b"}")
    refused(trap, away, match)


def test_a_count_of_a_stage_cannot_be_negative_and_a_change_can(
    home: RunStore, away: RunStore, tmp_path: Path
) -> None:
    limits.checked_json(b'{"sustained":{"change":-0.1,"change_ci95":[-0.2,0.1]}}', "it")
    limits.checked_json(b'{"output_tok_per_s":{"value":460,"ci95":[-642,1562]}}', "it")
    limits.checked_json(b'{"advice":{"npv_usd":-400}}', "it")
    with pytest.raises(BadBundleError, match=r"negative stages\.requests"):
        limits.checked_json(b'{"stages":[{"requests":-1}]}', "it")


def request(**given: Any) -> RequestSample:
    facts = dict.fromkeys(RequestSample.__struct_fields__)
    facts |= {"counted": True, "sent_us": 0, "closed_us": 9, "first_event_tokens": 1}
    return RequestSample(**(facts | {"events_us": (1, 2)} | given))


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"output_tokens": -1}, "hold a number"),
        ({"events_us": (1, -2)}, "hold a number"),
        ({"closed_us": 2**60}, "hold a number"),
        ({"error": "\x1b[2J"}, "control character"),
    ],
)
def test_samples_must_be_possible(
    file: Path, away: RunStore, tmp_path: Path, given: dict[str, Any], match: str
) -> None:
    stage = StageSamples(concurrency=1, output_tokens_asked=5, requests=(request(**given),))
    content = msgspec.json.encode(Samples(id="a1", stages=(stage,)))
    refused(forged(file, tmp_path / "forged", entry=lambda _: content, at=2), away, match)


def test_samples_of_another_run_are_refused(file: Path, away: RunStore, tmp_path: Path) -> None:
    content = msgspec.json.encode(samples("a2"))
    refused(forged(file, tmp_path / "f", entry=lambda _: content, at=2), away, "of another run")
    refused(forged(file, tmp_path / "f", entry=lambda _: b"[]", at=2), away, "are none")


def test_notes_are_bounded(file: Path, away: RunStore, tmp_path: Path) -> None:
    for marks in (
        {"notes": ["x"] * 101},
        {"notes": ["x" * 2_001]},
        {"run": "a2"},
        {"tags": ["\r"]},
    ):
        refused(
            forged(file, tmp_path / "f", entry=changed(**marks), at=3),
            away,
            "no list|2,001|U.000D",
        )


def test_archives_are_no_bundles_and_nothing_is_unpacked(away: RunStore, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo("../../evil")
        member.size = 4
        tar.addfile(member, io.BytesIO(b"evil"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    refused(archive, away, "no JSON|neither")
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("../../evil", "evil")
    refused(archive, away, "no JSON|neither")
    assert not (tmp_path.parent / "evil").exists()
    assert not (tmp_path.parent.parent / "evil").exists()


def test_links_folders_and_pipes_are_no_files(file: Path, away: RunStore, tmp_path: Path) -> None:
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(file)
    refused(link, away, "is a link")
    os.mkfifo(pipe)
    refused(pipe, away, "is no file")
    with pytest.raises(InputError):
        take_in(tmp_path, away)
    with pytest.raises(InputError, match="No such file"):
        take_in(tmp_path / "none", away)


@pytest.fixture
def little_memory() -> Iterator[None]:
    """No more than 400 MiB on top of what is in use; what takes more fails the test."""
    import numpy  # noqa: F401

    if not Path("/proc/self/statm").exists():
        missing("Linux's /proc")

    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(
        resource.RLIMIT_AS, (pages * resource.getpagesize() + 400 * 2**20, before[1])
    )
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.usefixtures("little_memory")
def test_a_bomb_and_an_endless_line_are_stopped_early(
    file: Path, away: RunStore, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb"
    head = lines_of(file)[0] + b"\n"
    compress = zlib.compressobj(9, zlib.DEFLATED, 31)
    with bomb.open("wb") as out:
        out.write(compress.compress(head) + compress.flush(zlib.Z_FULL_FLUSH))
        block = compress.compress(b"0" * 2**24) + compress.flush(zlib.Z_FULL_FLUSH)
        out.write(block * 640)
    assert bomb.stat().st_size < 20 * 2**20, "10 GiB in less than 20 MiB"
    refused(bomb, away, "is longer than")
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as out:
        out.write(head)
        out.truncate(10 * 2**30)
    refused(sparse, away, "is longer than")
    with sparse.open("wb") as out:
        out.truncate(10 * 2**30)
    refused(sparse, away, "is larger than")


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("filler", [b"1", b'""', b'{"a":1234}'])
def test_a_record_full_of_nothing_takes_little_memory(
    file: Path, away: RunStore, tmp_path: Path, filler: bytes
) -> None:
    many = (limits.LARGEST_RUN - 10_000) // (len(filler) + 1)
    stuffed = b',"x":[' + b",".join([filler] * many) + b"]}"
    path = forged(file, tmp_path / "stuffed", entry=lambda line: line[:-1] + stuffed)
    assert take_in(path, away).new == ("a1", "a2")


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("filler", [b"[]", b"{}", b"0"])
def test_a_result_of_nothing_but_brackets_is_refused_unread(
    away: RunStore, tmp_path: Path, filler: bytes
) -> None:
    path = tmp_path / "brackets.json"
    path.write_bytes(b"[" + (filler + b",") * (10 * 2**20) + filler + b"]")
    refused(path, away, "too many parts")


@pytest.mark.usefixtures("little_memory")
def test_a_bomb_that_is_no_bundle_is_stopped_too(away: RunStore, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.json"
    with gzip.open(bomb, "wb") as out:
        out.write(b"[")
        for _ in range(128):
            out.write(b" " * 2**20)
    refused(bomb, away, "is larger than")


def test_no_more_is_expanded_than_a_bundle_may_hold(
    file: Path, away: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expanded, "LARGEST_EXPANDED", 1_000)
    refused(file, away, "expands to over 1,000")
    monkeypatch.undo()
    monkeypatch.setattr(expanded, "LARGEST_FILE", 100)
    refused(file, away, "is larger than 100")


def test_one_that_changes_while_it_is_read_stores_nothing_of_the_other(
    file: Path, home: RunStore, tmp_path: Path
) -> None:
    other = written(home, tmp_path / "other.gz", "a2")
    with bundle(file) as found:
        file.write_bytes(other.read_bytes())
        with pytest.raises(BadBundleError):
            list(found.runs())


def test_what_fails_in_the_middle_leaves_whole_runs_only(
    file: Path, away: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = RunStore._insert_once
    calls = 0

    def failing(*arguments: Any) -> bool:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise AdvisorError("cannot write")
        return real(*arguments)

    monkeypatch.setattr(RunStore, "_insert_once", failing)
    with pytest.raises(AdvisorError, match="cannot write"):
        take_in(file, away)
    monkeypatch.undo()
    assert [each.id for each in away.history().runs] == ["a1"]
    assert away.marks("a1") == (("before",), ("for a colleague",))
    assert away.origin("a1") is not None
    assert take_in(file, away).new == ("a2",)


def test_a_bundle_is_a_side_of_a_comparison_without_being_stored(
    file: Path, away: RunStore
) -> None:
    found = side(str(file), away)
    assert [each.id for each in found.runs] == ["a2", "a1"]
    assert away.history().runs == ()
    with pytest.raises(InputError, match="is a link"):
        (file.parent / "link").symlink_to(file)
        side(str(file.parent / "link"), away)
