"""Of which terms is a published row's time the sum, and which factors are in each?

The same formulas as `advisor.models.roofline` and `elsewhere`, taken apart for the regression, with
what is usual of each factor and how far it may stray.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from published_rows import Row

from advisor.models.device_rates import share_of_usual_power

ALL = "all"
ALONE = "cpu"
"""The backend that shares no factors with the others: what it runs on is no such chip."""

_ON_CHIPS_OF = {"mlx": ("metal",)}
"""A backend of few results deviates from the other one that runs on the same chips."""

WIRING = {"mlx"}
"""Backends that wire a model's memory anew for each prompt: wired_limit of mlx_lm's generate.py."""

Name = tuple[str, ...]
Powers = list[tuple[Name, float]]

USUAL = {
    "layer_s": 15e-6,
    "expert_layer_s": 20e-6,
    "bandwidth_share": 0.85,
    "flop_per_weight": 4.0,
    "extra_device_s": 200e-6,
    "two_dies_bandwidth": 0.85,
    "two_sockets_bandwidth": 0.5,
    "prompt_layer_s": 50e-6,
    "prompt_expert_layer_s": 100e-6,
    "matrix_share": 0.4,
    "work_per_op": 0.2,
    "attention_share": 0.3,
    "expert_padding": 16.0,
    "passes": 2.0,
    "wirings": 1.0,
}
"""What a factor shared by all is without results; 1 where it is not named."""

_DEVIATIONS = {
    "layer_s": (1.5, 0.5),
    "expert_layer_s": (0.7, 0.5),
    "bandwidth_share": (0.15, 0.1),
    "flop_per_weight": (0.5, 0.4),
    "quantization_work": (0.3, 0.2),
    "prompt_quantization_work": (0.4, 0.2),
    "generation_start": (0.3, 0.2),
    "generation_time": (0.12, 0.08),
    "extra_device_s": (0.7, 0.0),
    "two_dies_bandwidth": (0.3, 0.0),
    "two_sockets_bandwidth": (0.3, 0.0),
    "matrix_share": (0.5, 0.3),
    "work_per_op": (0.7, 0.3),
    "prompt_layer_s": (0.7, 0.5),
    "prompt_expert_layer_s": (1.0, 0.5),
    "attention_share": (0.7, 0.4),
    "expert_padding": (1.0, 0.5),
    "passes": (1.0, 0.5),
    "wirings": (2.0, 0.0),
    "generation_share": (0.5, 0.2),
    "power_exponent": (0.3, 0.0),
    "definition": (0.15, 0.0),
}
"""The standard deviations of a factor's logarithm: of the shared one, of each backend's own."""


@dataclass(frozen=True)
class Term:
    """A constant in seconds (over the factors' units) times powers of factors."""

    constant: float
    powers: Powers


def deviation(name: Name) -> float:
    """How far the logarithm of a factor usually strays."""
    shared, own = _DEVIATIONS[name[0]]
    return shared if name[1] in (ALL, ALONE) else own


def terms(row: Row) -> list[Term]:
    """The terms of a row's time."""
    found = _of_step(row) if row.step is not None else _of_prompt(row)
    return [one for one in found if one.constant > 0]


def definition(row: Row) -> str:
    """What else than the rate of today's llama.cpp the row may tell."""
    if row.prompt is not None:
        is_early = row.early and row.has_experts and row.backend == "cuda"
        return "early experts" if is_early else "llama.cpp"
    return "ollama" if row.engine == "ollama" and row.backend != "cpu" else "llama.cpp"


def _of_step(row: Row) -> list[Term]:
    step, rates, backend = row.step, row.rates, row.backend
    assert step is not None
    generation = row.device.generation or ""
    start = _factor("generation_start", backend, 1, generation)
    time = _factor("generation_time", backend, 1, generation)
    two_dies = _factor(joined(backend), backend, -1) if row.device.dies > 1 else []
    work: Powers = []
    if row.quantization_class != "plain":
        work = _factor("quantization_work", backend, 1, row.quantization_class)
    reading = step.read_bytes / rates.bandwidth_bytes_per_s
    unpacking = step.weights / rates.fp32_flop_per_s
    found = [
        Term(step.starts, start + _factor("layer_s", backend)),
        Term(step.expert_layers, start + _factor("expert_layer_s", backend)),
        Term(reading, time + _factor("bandwidth_share", backend, -1) + two_dies),
        Term(unpacking, time + _factor("flop_per_weight", backend) + work),
        Term(row.devices - 1, [(("extra_device_s", ALL), 1)]),
    ]
    return _defined(row, found)


def _of_prompt(row: Row) -> list[Term]:
    prompt, rates, backend = row.prompt, row.rates, row.backend
    assert prompt is not None
    clock: Powers = [(("power_exponent", ALL), -log(share_of_usual_power(row.device)))]
    share = clock + _factor("generation_share", backend, -1, row.device.generation or "")
    rate = rates.quantized_op_per_s if prompt.quantized else rates.fp16_flop_per_s
    work = clock + _factor("work_per_op", backend)
    if row.quantization_class != "plain":
        work += _factor("prompt_quantization_work", backend, 1, row.quantization_class)
    found = [Term(prompt.matrix_flop / rate, share + _factor("matrix_share", backend, -1))]
    if prompt.quantized:
        found.append(Term(prompt.matrix_flop / rates.fp32_flop_per_s, work))
    starts = prompt.batches * prompt.starts
    if prompt.tokens_per_expert is not None:
        padding = _factor("expert_padding", backend)
        found += [
            Term(one.constant / prompt.tokens_per_expert, one.powers + padding) for one in found
        ]
        found.append(Term(starts, _factor("prompt_expert_layer_s", backend)))
    attention = prompt.attention_flop / rates.fp16_flop_per_s
    reading = prompt.weight_bytes / rates.bandwidth_bytes_per_s
    carrying = prompt.carried_bytes / rates.bandwidth_bytes_per_s
    found += [
        Term(attention, clock + _factor("attention_share", backend, -1)),
        Term(starts, _factor("prompt_layer_s", backend)),
        Term(carrying, _factor("passes", backend)),
        Term(prompt.batches * reading, []),
    ]
    if backend in WIRING:
        found.append(Term(reading, [(("wirings", ALL), 1)]))
    return _defined(row, found)


def _defined(row: Row, some: list[Term]) -> list[Term]:
    if definition(row) == "llama.cpp":
        return some
    other: Powers = [(("definition", ALL, definition(row)), -1)]
    return [Term(one.constant, one.powers + other) for one in some]


def _factor(name: str, backend: str, power: float = 1, *key: str) -> Powers:
    some = [at for at in levels(backend) if at == ALL or _has_own(name, at)]
    return [((name, at, *key), power) for at in some]


def levels(backend: str) -> tuple[str, ...]:
    """Whose factors multiply: those of all, of the backend, of the other one for its chips."""
    if backend == ALONE:
        return (ALONE,)
    return (ALL, *_ON_CHIPS_OF.get(backend, ()), backend)


def joined(backend: str) -> str:
    """What is lost where dies are joined: two halves of a chip, or two sockets of a board."""
    return "two_sockets_bandwidth" if backend == ALONE else "two_dies_bandwidth"


def _has_own(name: str, backend: str) -> bool:
    return backend == ALONE or _DEVIATIONS[name][1] > 0
