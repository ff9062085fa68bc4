"""How does the embedded llama.cpp come to serve a file, or random weights made for it?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.machine.page_cache import drop_from_cache
from advisor.models.catalogue import find
from advisor.models.choose import Choice
from advisor.models.quantization import known_quantization
from advisor.models.synthetic import SyntheticModel, ensure_synthetic
from advisor.servers.embedded import EmbeddedEngine
from advisor.servers.serving import BeforeLoad, Serving
from advisor.servers.wire import ServedModel
from advisor.servers.wish import Host, User

EMBEDDED = "embedded llama.cpp"
DEFAULT_QUANTIZATION = "Q4_0"


def asked_for(synthetic: str) -> Choice:
    name, _, quantization = synthetic.partition(":")
    return Choice(find(name), known_quantization(quantization or DEFAULT_QUANTIZATION), "as asked")


def written(choice: Choice, host: Host, user: User) -> SyntheticModel:
    return ensure_synthetic(
        choice.architecture,
        choice.quantization,
        host.cache_folder,
        lambda done, total: user.tell(
            f"Writing {choice.name}, {total / 1e6:,.0f} MB of random weights: "
            f"{100 * done // total} %"
        ),
        memory_available_bytes=host.memory_available_bytes,
    )


@contextmanager
def synthetic_engine(
    choice: Choice, host: Host, user: User, before_load: BeforeLoad
) -> Iterator[Serving]:
    model = written(choice, host, user)
    with embedded_engine(model.path, model, host, user, before_load) as ready:
        yield ready


def must_exist(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"there is no file {path}", remedy="Give a GGUF file with --model.")


@contextmanager
def embedded_engine(
    path: Path, synthetic: SyntheticModel | None, host: Host, user: User, before_load: BeforeLoad
) -> Iterator[Serving]:
    must_exist(path)
    drop_from_cache([path])
    before_load(1.0 if sys.platform == "darwin" else 0.0)
    user.tell(f"Loading {path.name} into the {EMBEDDED}.")
    host.log_folder.mkdir(parents=True, exist_ok=True)
    engine = EmbeddedEngine(
        path,
        threads=host.physical_cores,
        slots=host.streams,
        context_tokens=host.context_tokens,
        log_path=host.log_folder / "embedded-engine.log",
    )
    with engine:
        about = engine.model
        name = about.name or engine.model_name
        if synthetic is not None:
            name = f"{synthetic.architecture.name}:{synthetic.quantization}"
        yield Serving(
            engine.server,
            ServedModel(
                name=name,
                parameters=about.parameters,
                quantization=about.quantization,
                digest=synthetic.digest if synthetic else Unknown("the file was not hashed"),
                size_bytes=about.size_bytes,
                context_tokens=host.context_tokens,
                loaded=True,
                gpu_share=1.0 if engine.settings.device == "metal" else 0.0,
            ),
            served_as=engine.model_name,
            embedded=True,
            synthetic=synthetic,
            note=f"{EMBEDDED} {engine.settings.note}",
            load_s=engine.load_s,
            process=engine,
            file=path,
        )
