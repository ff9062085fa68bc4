"""What a measurement says it was measured on, and what the session asks of the machine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec
import pytest

from advisor.advice.provisional import provisional
from advisor.bench import session
from advisor.bench.session import Order, host_of
from advisor.bench.workload import fixed
from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.machine.document import Gpu, Machine
from advisor.machine.probe import probe
from advisor.servers.serving import Serving
from advisor.servers.wire import Endpoint, ServedModel
from advisor.servers.wish import Wish

BARE = msgspec.structs.replace(probe(measure_bandwidth=False), gpus=())
UNTOLD = Unknown("it does not tell")


def with_gpu() -> Machine:
    nothing = {field.name: None for field in msgspec.structs.fields(Gpu)}
    known = {
        "index": 0,
        "name": "NVIDIA GeForce RTX 4090",
        "vendor": "nvidia",
        "memory_unified": False,
        "bandwidth_basis": "bus width and clock",
    }
    return msgspec.structs.replace(BARE, gpus=(Gpu(**{**nothing, **known}),))


@dataclass
class Listed:
    """A server that knows where its model lies once it is loaded."""

    endpoint: Endpoint
    gpu_share: float | Unknown
    kind: str = "ollama"
    version: str = "1"

    def models(self) -> list[ServedModel]:
        return [model(self.gpu_share)]


def model(gpu_share: float | Unknown) -> ServedModel:
    return ServedModel("m", UNTOLD, UNTOLD, UNTOLD, UNTOLD, UNTOLD, True, gpu_share)


def serving(gpu_share: float | Unknown, host: str = "127.0.0.1", embedded: bool = False) -> Serving:
    server = Listed(Endpoint("http", host, 1), gpu_share)
    before = 0.0 if embedded else UNTOLD
    return Serving(server, model(before), served_as="m", embedded=embedded)


@pytest.mark.parametrize(
    ("ready", "machine", "said"),
    [
        (serving(UNTOLD), BARE, "CPU, ollama"),
        (serving(0.0), with_gpu(), "CPU, ollama"),
        (serving(1.0), with_gpu(), "NVIDIA GeForce RTX 4090, ollama"),
        (serving(0.42), with_gpu(), "NVIDIA GeForce RTX 4090 for 42% of the model, ollama"),
        (serving(0.0, embedded=True), with_gpu(), "CPU, embedded llama.cpp"),
        (serving(1.0, host="10.0.0.7"), with_gpu(), "another machine (10.0.0.7), ollama"),
    ],
)
def test_each_number_says_what_it_was_measured_on(
    ready: Serving, machine: Machine, said: str
) -> None:
    computer = Order().computer(ready.server.endpoint, machine)
    assert session._measured_on(ready, computer, after_load=True) == said


def test_a_box_that_was_probed_is_the_machine_even_behind_a_tunnel() -> None:
    order = Order(wish=Wish(url="http://127.0.0.1:1"), box=with_gpu())
    for host in ("127.0.0.1", "10.0.0.7"):
        ready = serving(1.0, host=host)
        computer = order.computer(ready.server.endpoint, BARE)
        assert computer is order.box
        said = session._measured_on(ready, computer, after_load=True)
        assert said == "NVIDIA GeForce RTX 4090, ollama"


def test_a_box_needs_the_url_that_it_stands_behind() -> None:
    with pytest.raises(InputError, match="--url"):
        Order(box=BARE)


@pytest.mark.parametrize(
    ("url", "box", "unknown"),
    [
        (None, None, False),
        ("http://127.0.0.1:1", None, False),
        ("http://10.0.0.7", None, True),
        ("http://10.0.0.7", BARE, False),
    ],
)
def test_nothing_is_foretold_of_an_unknown_machine(
    url: str | None, box: Machine | None, unknown: bool
) -> None:
    order = Order(wish=Wish(url=url), box=box)
    assert order.is_of_an_unknown_machine is unknown
    if unknown:
        assert provisional(with_gpu(), order) == ()


def test_a_server_that_does_not_tell_is_taken_for_the_gpus_and_said_so() -> None:
    said = session._measured_on(serving(UNTOLD), with_gpu(), after_load=True)
    assert said.startswith("NVIDIA GeForce RTX 4090 (taken for granted")


def test_the_context_holds_the_workload() -> None:
    order = Order(workload=fixed(8_000, 500), concurrencies=(1, 8))
    host = host_of(BARE, order)
    assert host.context_tokens >= 8_000 + 500
    assert host.streams == 8


def test_a_container_gets_its_own_share() -> None:
    environment = msgspec.structs.replace(
        BARE.environment, usable_cpus=1.0, usable_memory_bytes=2**30
    )
    host = host_of(msgspec.structs.replace(BARE, environment=environment), Order())
    assert host.physical_cores == 1
    assert host.memory_available_bytes <= 2**30


def test_an_asked_workload_is_not_shrunk() -> None:
    ready = replace(serving(0.0), server=Listed(Endpoint("http", "127.0.0.1", 1), 0.0, kind="vllm"))
    assert session._plan(Order(), ready).fit_to_time
    assert session._plan(Order(), ready).concurrencies == (1, 16)
    asked = session._plan(Order(wish=Wish(), workload=fixed(100, 128), fit_to_time=False), ready)
    assert not asked.fit_to_time
    assert asked.workload == fixed(100, 128)
