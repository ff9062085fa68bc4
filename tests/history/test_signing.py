"""Who signed a bundle is said as OpenSSH says it; a wrong signature stores nothing."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from real_models import missing
from test_store import run

from advisor.errors import AdvisorError, InputError
from advisor.history.exchange import signing
from advisor.history.exchange.limits import BadBundleError
from advisor.history.exchange.manifest import NAMESPACE
from advisor.history.exchange.take_in import take_in
from advisor.history.exchange.write import outgoing, write_bundle
from advisor.history.store import RunStore


def new_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    if shutil.which("ssh-keygen") is None:
        missing("OpenSSH's ssh-keygen")
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "comment", "-f", str(path)],
        check=True,
    )
    return path


def listed(path: Path, **keys: Path) -> Path:
    """A list of signers: name -> key."""
    lines = []
    for name, key in keys.items():
        kind, public, _ = key.with_suffix(".pub").read_text().split()
        lines.append(f'{name}@example.org namespaces="{NAMESPACE}" {kind} {public}\n')
    path.write_text("".join(lines))
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return new_key(tmp_path / "id_ed25519")


@pytest.fixture
def away(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "away")


def signed(folder: Path, key: Path | None, name: str = "runs.gz") -> Path:
    store = RunStore(folder / "home")
    store.save(run("a1"))
    write_bundle(store, outgoing(store, ["a1"], ()), folder / name, key=key)
    return folder / name


def lines_of(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).split(b"\n")[:-1]


def packed(lines: list[bytes], path: Path) -> Path:
    path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines)))
    return path


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_known_signer_is_named(tmp_path: Path, away: RunStore, kind: str) -> None:
    key = new_key(tmp_path / "key", kind)
    other = new_key(tmp_path / "other")
    file = signed(tmp_path, key)
    done = take_in(file, away, listed(tmp_path / "signers", bob=other, ann=key))
    assert (done.signature, done.signer, done.new) == ("known signer", "ann@example.org", ("a1",))
    origin = away.origin("a1")
    assert origin is not None
    assert origin.signer == "ann@example.org"
    assert (origin.key or "").startswith("SHA256:")


def test_without_a_list_the_signature_is_checked_and_its_key_told(
    tmp_path: Path, key: Path, away: RunStore
) -> None:
    done = take_in(signed(tmp_path, key), away)
    printed = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(key)], check=True, capture_output=True, text=True
    ).stdout
    assert (done.signature, done.signer) == ("unknown signer", None)
    assert done.key is not None
    assert done.key in printed


def test_with_a_list_only_those_on_it_are_taken(tmp_path: Path, key: Path, away: RunStore) -> None:
    signers = listed(tmp_path / "signers", bob=new_key(tmp_path / "other"))
    with pytest.raises(BadBundleError, match="none of those in"):
        take_in(signed(tmp_path, key), away, signers)
    with pytest.raises(BadBundleError, match="is not signed"):
        take_in(signed(tmp_path, None, "unsigned.gz"), away, signers)
    with pytest.raises(InputError, match="no list of signers"):
        take_in(tmp_path / "runs.gz", away, tmp_path / "nowhere")
    result = tmp_path / "result.json"
    result.write_text("[]")
    with pytest.raises(BadBundleError, match="nobody signed it"):
        take_in(result, away, signers)
    assert away.history().runs == ()


def test_a_signature_is_of_this_list_of_contents_only(
    tmp_path: Path, key: Path, away: RunStore
) -> None:
    lines = lines_of(signed(tmp_path, key))
    other = lines[0].replace(b'"advisor_version":"', b'"advisor_version":"9')
    for forged in (
        [other, *lines[1:]],
        [lines[0], lines[1].replace(b"U1NIU0lH", b"U1NIU0lI"), *lines[2:]],
        [lines[0], json.dumps({"schema": "advisor.signature/1", "ssh": "x"}).encode(), *lines[2:]],
        [lines[0], *lines[2:]],
        [lines[0], lines[1], lines[2].replace(b'"a1"', b'"b1"')],
    ):
        with pytest.raises(BadBundleError):
            take_in(packed(forged, tmp_path / "forged"), away)
    assert away.history().runs == ()


def test_a_signature_made_for_something_else_does_not_count(
    tmp_path: Path, key: Path, away: RunStore
) -> None:
    lines = lines_of(signed(tmp_path, key))
    for_mail = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", "file"],
        input=lines[0],
        check=True,
        capture_output=True,
        text=False,
    ).stdout.decode()
    lines[1] = json.dumps({"schema": "advisor.signature/1", "ssh": for_mail}).encode()
    with pytest.raises(BadBundleError, match="signature is wrong"):
        take_in(packed(lines, tmp_path / "forged"), away)


def test_taking_the_signature_away_is_seen(tmp_path: Path, key: Path, away: RunStore) -> None:
    lines = lines_of(signed(tmp_path, key))
    bare = lines[0].replace(b'"is_signed":true', b'"is_signed":false')
    forged = packed([bare, *lines[2:]], tmp_path / "bare")
    with pytest.raises(BadBundleError, match="is not signed"):
        take_in(forged, away, listed(tmp_path / "signers", ann=key))
    assert take_in(forged, away).signature == "unsigned"


def test_a_key_that_is_none_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no key"):
        signed(tmp_path, tmp_path / "nowhere")
    (tmp_path / "text").write_text("no key")
    with pytest.raises(AdvisorError, match="did not sign"):
        signed(tmp_path, tmp_path / "text")
    assert [path.name for path in tmp_path.iterdir()] == ["home", "text"] or not (
        tmp_path / "runs.gz"
    ).exists()
    assert not list(tmp_path.glob(".*part"))


def test_without_ssh_keygen_a_signature_is_said_to_be_unchecked(
    tmp_path: Path, key: Path, away: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = signed(tmp_path, key)
    signers = listed(tmp_path / "signers", ann=key)
    monkeypatch.setattr(signing, "PROGRAM", "no-such-program")
    with pytest.raises(AdvisorError, match="need OpenSSH"):
        take_in(file, away, signers)
    assert take_in(file, away).signature == "not checked"
