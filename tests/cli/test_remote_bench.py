"""Is a remote box measured by its URL: past a proxy, over TLS, with the probe made there?"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from certificates import Certificates, certificates
from fake_proxy import fake_proxy
from nghttpx import nghttpx

from advisor.bench import session
from advisor.cli.main import main
from advisor.documents import to_json
from advisor.history.store import RunStore
from advisor.machine import probe as probing
from advisor.machine.document import Machine

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from timed_server import timed_server

__all__ = ["certificates"]

QUICK = ("--concurrency", "1", "--max-time", "2s", "--input-tokens", "16", "--output-tokens", "16")
REMOTE_ID = "ab" * 16
SECRETS = ("proxy-password", "server-key-1234")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """This machine, probed without loss of time; records are kept in `tmp_path`."""
    here = probing.probe(measure_bandwidth=False)
    monkeypatch.setattr(probing, "probe", lambda **more: here)
    monkeypatch.setattr(session, "_disturbance", lambda **_: [])
    monkeypatch.setenv("ADVISOR_DATA_DIR", str(tmp_path / "data"))
    for name in ("HTTP_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return here


def measured(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    with pytest.raises(SystemExit) as ended:
        main(["-q", "bench", *QUICK, *arguments, "--json"])
    shown = capsys.readouterr()
    assert ended.value.code == 0, shown.err
    return json.loads(shown.out)


def test_the_record_is_of_the_box_and_tells_the_way(
    client: Machine,
    certificates: Certificates,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    box = msgspec.structs.replace(client, id=REMOTE_ID)
    probe_file = tmp_path / "box.json"
    probe_file.write_bytes(to_json(box))
    monkeypatch.setenv("ADVISOR_SERVER_KEY", SECRETS[1])
    with (
        timed_server("--ttft-ms", "10", "--itl-ms", "2") as behind,
        nghttpx(certificates, int(behind.rpartition(":")[2]), "h2") as url,
        fake_proxy() as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SECRETS[0]}@127.0.0.1:{proxy.port}")
        document = measured(
            capsys,
            *("--url", url.replace("localhost", "box.example")),
            *("--ca-file", str(certificates.authority), "--machine", str(probe_file)),
        )
    assert document["machine"] == REMOTE_ID
    assert document["server"]["http_version"] == "2"
    assert document["server"]["proxies"] == [f"127.0.0.1:{proxy.port}"]
    assert document["stages"][0]["errors"] == {}
    assert document["stages"][0]["energy"] is None
    assert any("proxy" in note for note in document["warnings"])
    kept = RunStore(tmp_path / "data").document("latest")
    assert json.loads(kept)["machine"]["id"] == REMOTE_ID
    assert not any(secret.encode() in kept for secret in SECRETS)


def test_a_server_is_met_once_before_it_is_measured(
    client: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with timed_server("--ttft-ms", "10", "--itl-ms", "2") as behind, fake_proxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        measured(capsys, "--url", behind.replace("127.0.0.1", "box.example"))
    asked = [head.split(" ", 2)[:2] for head in proxy.heads]
    first = next(index for index, (method, _) in enumerate(asked) if method == "POST")
    times = Counter(urlsplit(url).path for _, url in asked[:first])
    assert times.pop("/v1/models") == 2, "to tell what it is, and which models it has"
    assert set(times.values()) == {1}


def test_nothing_of_the_client_is_the_unknown_boxs(
    client: Machine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with timed_server("--ttft-ms", "10", "--itl-ms", "2") as behind, fake_proxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        document = measured(capsys, "--url", behind.replace("127.0.0.1", "box.example"))
        with pytest.raises(SystemExit):
            main(["history", "--json"])
    assert document["machine"] is None
    assert "--machine" in document["unknown"]["machine"]
    assert document["measured_on"] == "another machine (box.example), generic"
    assert document["stages"][0]["energy"] is None
    assert json.loads(capsys.readouterr().out)["runs"][0]["machine"] is None
