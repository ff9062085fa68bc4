"""Is what `--start` names obtained, with real programs as a user has them installed?"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from real_installed import llama_server_program, ollama_program, vllm_program
from real_vllm import Installed
from tiny_models import tiny

from advisor.documents import Unknown
from advisor.errors import AdvisorError
from advisor.machine.page_cache import cached_share, drop_from_cache
from advisor.models.synthetic import write_synthetic
from advisor.servers import obtain
from advisor.servers.obtain import serving
from advisor.servers.wish import Host, User, Wish

__all__ = ["llama_server_program", "ollama_program", "vllm_program"]


def host(folder: Path) -> Host:
    return Host(
        physical_cores=2,
        memory_available_bytes=4 << 30,
        memory_bandwidth_bytes_per_s=None,
        disk_free_bytes=4 << 30,
        has_gpu=False,
        streams=2,
        context_tokens=512,
        cache_folder=folder / "cache",
        log_folder=folder / "log",
    )


def nobody(told: list[str]) -> User:
    """Is told, and answers no question."""
    return User(tell=told.append, agrees=lambda _: False)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return tmp_path


def install(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


def test_a_file_is_served_by_the_installed_llama_server(
    home: Path, llama_server_program: Path, smollm2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(llama_server_program, monkeypatch)
    wish = Wish(start="llama.cpp", model=str(smollm2))
    with serving(wish, host(home), nobody([])) as ready:
        assert (ready.server.kind, ready.embedded) == ("llama.cpp", False)
        assert ready.load_s is not None
        assert ready.file == smollm2
    (log,) = (home / ".local" / "state" / "local-or-api" / "log").glob("llama.cpp-*.log")
    assert "model loaded" in log.read_text(encoding="utf-8", errors="replace")


def test_without_its_program_the_embedded_engine_takes_its_place(home: Path, smollm2: Path) -> None:
    told: list[str] = []
    wish = Wish(start="llama.cpp", model=str(smollm2))
    with serving(wish, host(home), nobody(told)) as ready:
        assert ready.embedded
    assert any("embedded llama.cpp takes its place" in line for line in told)


def test_what_the_embedded_engine_measures_is_read_from_the_disk(
    home: Path, tmp_path: Path
) -> None:
    file = write_synthetic(tiny(), "Q4_0", tmp_path / "tiny.gguf").path
    just_written = cached_share([file])
    file.read_bytes()
    shares: list[float | Unknown] = []
    with serving(
        Wish(model=str(file)),
        host(home),
        nobody([]),
        before_load=lambda _: shares.append(cached_share([file])),
    ):
        pass
    if not {just_written, *shares} <= {0.0}:
        drop_from_cache([file])
        assert cached_share([file]) != 0.0, "it was in the disk cache, though it can be dropped"
        pytest.skip("this file system keeps its pages in memory, or does not tell")


def test_a_file_that_is_no_model_ends_in_its_servers_own_words(
    home: Path, llama_server_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(llama_server_program, monkeypatch)
    broken = home / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(64))
    with (
        pytest.raises(AdvisorError, match="could not be started: it ended after") as caught,
        serving(Wish(start="llama.cpp", model=str(broken)), host(home), nobody([])),
    ):
        pass
    log = Path(str(caught.value).rpartition("See ")[2].removesuffix("."))
    assert log.stat().st_size


def test_a_model_of_a_hub_is_not_downloaded_without_a_yes(
    home: Path, llama_server_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real server is told to stay offline (this old one does not know how, and ends)."""
    install(llama_server_program, monkeypatch)
    wish = Wish(start="llama.cpp", model="user/repo-GGUF:Q4_0")
    with (
        pytest.raises(AdvisorError, match=r"--offline.*--pull lets it download"),
        serving(wish, host(home), nobody([])),
    ):
        pass


def test_a_started_ollama_without_models_says_how_to_get_one(
    home: Path, ollama_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(ollama_program, monkeypatch)
    with (
        pytest.raises(AdvisorError, match=r"serves no model.*ollama pull"),
        serving(Wish(start="ollama"), host(home), nobody([])),
    ):
        pass


def ollamas() -> set[int]:
    """Those that run below this process, other tests' among them."""
    children = psutil.Process().children(recursive=True)
    return {child.pid for child in children if "ollama" in child.name()}


def test_on_a_box_with_a_gpu_an_installed_ollama_is_offered_and_ended_if_it_has_no_model(
    home: Path, ollama_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(ollama_program, monkeypatch)
    questions: list[str] = []
    told: list[str] = []
    person = User(tell=told.append, agrees=lambda text: not questions.append(text))
    with ExitStack() as stack:
        assert obtain._offered(Wish(), host(home), person, stack) is None
        assert questions == []
        before = ollamas()
        on_gpu = replace(host(home), has_gpu=True)
        assert obtain._offered(Wish(), on_gpu, person, stack) is None
        assert questions == [f"No model server runs. Start {ollama_program} for this measurement?"]
        assert told[-1] == "That Ollama has no model yet; `ollama pull MODEL` gets one."
        assert ollamas() <= before
        server = obtain._offered(Wish(model="smollm2"), on_gpu, person, stack)
        assert server is not None
        assert server.kind == "ollama"


@pytest.mark.timeout(900)
def test_an_installed_vllm_is_started_with_the_context_that_is_needed_and_ended(
    home: Path, vllm_program: Path, installed_vllm: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(vllm_program, monkeypatch)
    told: list[str] = []
    wish = Wish(start="vllm", model=str(installed_vllm.model))
    with serving(wish, host(home), nobody(told)) as ready:
        assert (ready.server.kind, ready.server.version) == ("vllm", "0.32.0")
        assert ready.model.context_tokens == 512
        assert ready.load_s is not None
        (engine,) = _engines_of(ready.server.endpoint.port)
    assert any(line.startswith("Starting vllm: ") for line in told)
    assert psutil.wait_procs([engine], timeout=20)[1] == []


def _engines_of(port: int) -> list[psutil.Process]:
    """The children of who listens there."""
    listening = [
        each.pid
        for each in psutil.net_connections("tcp")
        if each.laddr.port == port and each.status == psutil.CONN_LISTEN
    ]
    children = psutil.Process(listening[0]).children(recursive=True)
    return [child for child in children if "EngineCore" in " ".join(child.cmdline())]
