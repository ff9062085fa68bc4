"""Where is each tool installed? In an environment of its own, made once and then kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from platformdirs import user_cache_path

from peer_tools.tool import Tool

TOKENIZER = """
import json, sys
from pathlib import Path
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

folder, words = Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8").split()
bpe = Tokenizer(models.BPE())
bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
bpe.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=4096, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<end>"]
)
bpe.train_from_iterator([" ".join(["a word", *words])] * 3, trainer)
assert len(bpe.encode(" word word").ids) == 2, "the server's word is one token"
PreTrainedTokenizerFast(
    tokenizer_object=bpe, eos_token="<end>", pad_token="<end>"
).save_pretrained(folder)
(folder / "config.json").write_text(json.dumps({"model_type": "llama"}), encoding="utf-8")
"""
WORDS = Path(__file__).parents[2] / "advisor" / "bench" / "words.txt"


def cache() -> Path:
    return user_cache_path("local-or-api-benchmarks", appauthor=False)


def programs(tool: Tool) -> Path:
    """The folder of the tool's programs; installs it first if need be."""
    if tool.requirement is None:
        return Path(sys.executable).parent
    folder = cache() / f"{tool.name.split()[0]}-{tool.version}"
    done = folder / "installed"
    if not done.exists():
        _install(folder, tool.requirement)
        done.touch()
    return folder / "bin"


def tokenizer(programs_with_tokenizers: Path) -> Path:
    """A small tokenizer to whom the server's word is one token; made first if need be.

    The tools need one to make prompts and to count answers; nothing is downloaded for it.
    """
    folder = cache() / "tokenizer"
    if not (folder / "config.json").exists():
        python = programs_with_tokenizers / "python"
        subprocess.run([python, "-c", TOKENIZER, folder, WORDS], check=True)
    return folder


def _install(folder: Path, requirement: str) -> None:
    """With `uv` where it is, since it is much faster, else with pip."""
    print(f"installing {requirement} in {folder}", file=sys.stderr, flush=True)
    uv = shutil.which("uv")
    if uv:
        subprocess.run([uv, "venv", "-q", "--clear", "-p", sys.executable, folder], check=True)
        subprocess.run([uv, "pip", "install", "-q", "-p", folder, requirement], check=True)
    else:
        venv.create(folder, with_pip=True, clear=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "-q", requirement]
        subprocess.run(pip, check=True)
