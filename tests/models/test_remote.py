"""Headers read over HTTP: from a real server that counts what it sends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tiny_models import split_in_two, tiny

from advisor.errors import AdvisorError, InputError
from advisor.models import remote
from advisor.models.reading import read_model
from advisor.models.remote import file_url
from advisor.models.synthetic import write_synthetic
from tests.answering import served


@dataclass
class Hub:
    """Serves `content` at every path; what it does wrong is set by the test."""

    content: bytes
    url: str = ""
    kind: str = "application/octet-stream"
    ranges: bool = True
    status: int = 0
    lie_bytes: int = 0
    shift: int = 0
    sent_bytes: int = 0
    paths: list[str] = field(default_factory=list)
    others: dict[str, bytes] = field(default_factory=dict)
    """What it serves at some paths instead."""


@contextmanager
def _serving(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.paths.append(self.path)
            if self.path.startswith("/moved/"):
                self.send_response(302)
                self.send_header("Location", self.path.removeprefix("/moved"))
                self.end_headers()
                return
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            content = whole = hub.others.get(self.path.partition("?")[0], hub.content)
            if hub.ranges and asked and not hub.status:
                first, last = int(asked[1]), min(int(asked[2]), len(whole) - 1)
                content = whole[first : last + 1]
                self.send_response(206)
                told = f"{first + hub.shift}-{last + hub.shift}/{len(whole) + hub.lie_bytes}"
                self.send_header("Content-Range", f"bytes {told}")
            else:
                self.send_response(hub.status or 200)
            self.send_header("Content-Type", hub.kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content)
                hub.sent_bytes += len(content)
            except (BrokenPipeError, ConnectionResetError):
                pass

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with served(server) as url:
        hub.url = url
        yield hub


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hub") / "tiny.gguf"
    write_synthetic(tiny(layers=12, vocab=40_000), "Q8_0", path)
    return path


def test_only_the_beginning_is_fetched(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "FIRST_BYTES", 64 << 10)
    with _serving(Hub(written.read_bytes())) as hub:
        read = read_model(f"{hub.url}/org/tiny/resolve/main/tiny.gguf")
    assert read.tensors == read_model(str(written)).tensors
    assert 500_000 < hub.sent_bytes < len(hub.content) / 5
    assert len(hub.paths) < 12


def test_redirects_are_followed(written: Path) -> None:
    with _serving(Hub(written.read_bytes())) as hub:
        read = read_model(f"{hub.url}/moved/tiny.gguf")
    assert read.architecture.layers == 12


def test_a_split_file_is_read_whole_whatever_follows_its_name(tmp_path: Path) -> None:
    whole = write_synthetic(tiny(), "Q4_K_M", tmp_path / "whole.gguf")
    parts = {f"/{part.name}": part.read_bytes() for part in split_in_two(whole.path, tmp_path)}
    with _serving(Hub(b"", others=parts)) as hub:
        for path in parts:
            read = read_model(f"{hub.url}{path}?download=true")
            assert read.tensors == read_model(str(whole.path)).tensors


def test_a_config_is_fetched_whole() -> None:
    content = (
        b'{"model_type": "qwen3", "hidden_size": 1024, "num_hidden_layers": 28, "head_dim": 128,'
        b'"num_attention_heads": 16, "num_key_value_heads": 8, "intermediate_size": 3072,'
        b'"vocab_size": 151936, "tie_word_embeddings": true}'
    )
    with _serving(Hub(content)) as hub:
        read = read_model(f"{hub.url}/Qwen/Qwen3-0.6B/resolve/main/config.json")
        small = read_model(f"{hub.url}/Qwen/Qwen3-0.6B/resolve/main/config.json:Q2_K")
    assert read.architecture.name == small.architecture.name == "Qwen3-0.6B"
    assert read.parameters == small.parameters == 596_049_920
    assert (read.quantization, small.quantization) == ("Q4_K_M", "Q2_K")


def test_a_hubs_page_is_taken_for_its_file() -> None:
    page = "https://huggingface.co/a/b/blob/main/c.gguf"
    assert file_url(page) == "https://huggingface.co/a/b/resolve/main/c.gguf"
    assert file_url("https://example.com/blob/c.gguf") == "https://example.com/blob/c.gguf"


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"kind": "text/html; charset=utf-8"}, "is a web page: its server answers HTML"),
        ({"ranges": False}, "its server ignores ranges"),
        ({"shift": 7}, "its server ignores ranges"),
        ({"status": 404}, "its server answers 404"),
        ({"status": 401}, "its server answers 401.*Some models ask for an account"),
    ],
)
def test_other_servers_are_refused(written: Path, wrong: dict[str, object], complaint: str) -> None:
    with (
        _serving(Hub(written.read_bytes(), **wrong)) as hub,  # type: ignore[arg-type]
        pytest.raises(InputError, match=complaint),
    ):
        read_model(f"{hub.url}/tiny.gguf")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_fails_may_answer_later(written: Path, status: int) -> None:
    with (
        _serving(Hub(written.read_bytes(), status=status)) as hub,
        pytest.raises(AdvisorError, match=f"answers {status}. Try again later") as failed,
    ):
        read_model(f"{hub.url}/tiny.gguf")
    assert failed.value.exit_code == 1


def test_a_size_that_lies_is_found_out() -> None:
    header = b"GGUF\x03\x00\x00\x00" + b"\xff" * 16
    with (
        _serving(Hub(header, lie_bytes=10**12)) as hub,
        pytest.raises(AdvisorError, match="was cut off"),
    ):
        read_model(f"{hub.url}/lie.gguf")
    with (
        _serving(Hub(header)) as hub,
        pytest.raises(InputError, match="18,446,744,073,709,551,615 tensors"),
    ):
        read_model(f"{hub.url}/lie.gguf")


def test_a_size_that_is_no_number_is_refused() -> None:
    with (
        _serving(Hub(b"GGUF", lie_bytes=10**4000)) as hub,
        pytest.raises(InputError, match="its server ignores ranges"),
    ):
        read_model(f"{hub.url}/lie.gguf")


def test_a_header_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "FIRST_BYTES", 1 << 10)
    monkeypatch.setattr(remote, "MOST_BYTES", 16 << 10)
    key = (1).to_bytes(8, "little") + b"k" + (8).to_bytes(4, "little")
    text = (14 << 20).to_bytes(8, "little") + b"x" * (14 << 20)
    header = b"GGUF\x03\x00\x00\x00" + (1).to_bytes(8, "little") * 2 + key + text
    with (
        _serving(Hub(header)) as hub,
        pytest.raises(InputError, match=r"The header at .* does not end"),
    ):
        read_model(f"{hub.url}/long.gguf")
    assert hub.sent_bytes <= 16 << 10


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(AdvisorError, match="cannot be read"):
        read_model("http://127.0.0.1:9/tiny.gguf")
    with pytest.raises(AdvisorError, match="cannot be read"):
        read_model("http:///tiny.gguf")
