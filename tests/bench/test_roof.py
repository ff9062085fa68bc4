"""Is the roof that of the machine, and none where nothing is known?"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from test_session import BARE, with_gpu

from advisor.bench.roof import MATRIX_OPS_PER_CYCLE, VECTOR_OPS_PER_CYCLE, roof_of
from advisor.documents import Unknown
from advisor.machine.document import Machine
from advisor.servers.wire import ServedModel

LLAMA = ServedModel(
    name="llama-3.2-1b",
    parameters=1_235_814_400,
    quantization="Q8_0",
    digest=Unknown("untold"),
    size_bytes=1_300_000_000,
    context_tokens=4096,
    loaded=True,
    gpu_share=0.0,
)


def on_cpu(*features: str, mhz: float = 3000.0) -> Machine:
    cpu = msgspec.structs.replace(
        BARE.cpu,
        architecture="x86_64",
        physical_cores=8,
        features=features,
        frequency_max_mhz=mhz,
    )
    return msgspec.structs.replace(BARE, cpu=cpu, gpus=())


@pytest.mark.parametrize(
    ("features", "per_cycle"),
    [(("avx2",), VECTOR_OPS_PER_CYCLE), (("amx_int8", "avx2"), MATRIX_OPS_PER_CYCLE)],
)
def test_cores_clock_and_instructions_bound_the_prefill(
    features: tuple[str, ...], per_cycle: int
) -> None:
    roof = roof_of(LLAMA, on_cpu(*features))
    assert roof.ops_per_s == 8 * 3e9 * per_cycle
    assert roof.ops_per_token == pytest.approx(2 * 0.97e9, rel=0.02)
    assert roof.memory_bytes == BARE.memory.total_bytes


def test_of_an_unknown_model_only_the_memory_is_bounded() -> None:
    roof = roof_of(named(LLAMA, "nobody-knows-9b"), on_cpu("avx2"))
    assert roof.steps_per_s is None and roof.prefill_tok_per_s is None
    assert roof.model_bytes == LLAMA.size_bytes


def test_a_cards_operations_are_not_guessed() -> None:
    machine = with_gpu()
    roof = roof_of(named(LLAMA, LLAMA.name, gpu_share=1.0), machine)
    assert roof.ops_per_s is None
    card = machine.gpus[0].memory_total_bytes
    assert roof.memory_bytes == (None if card is None else machine.memory.total_bytes + card)


def named(model: ServedModel, name: str, gpu_share: float = 0.0) -> ServedModel:
    return replace(model, name=name, gpu_share=gpu_share)
