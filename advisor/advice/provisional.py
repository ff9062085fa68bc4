"""What can be said before anything is measured: from bandwidth and price book, marked estimated."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from advisor.bench.session import Order, host_of
from advisor.economics.inputs import HOURS_PER_MONTH, SECONDS_PER_HOUR
from advisor.errors import AdvisorError
from advisor.machine.document import Gpu, Machine
from advisor.models.architecture import Architecture
from advisor.models.catalogue import find, recognize
from advisor.models.choose import CANDIDATES, QUANTIZATION, choose_synthetic
from advisor.models.memory import memory_need
from advisor.models.speed import SpeedEstimate, decode_speed
from advisor.models.traffic import decode_bytes
from advisor.prices.book import PriceBook

GPU_QUANTIZATION = "Q4_K_M"
GPU_MEMORY_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Provisional:
    """One device's likely speed with one model, and what an API asks for the same work.

    Rates are one stream's. `flat_out_usd_per_month` is what the cheapest current host of the same
    open model charges for the output of a month without a pause, None where nobody hosts it.
    """

    device: str
    model: str
    decode_tok_per_s: SpeedEstimate
    bandwidth_bytes_per_s: float
    host: str | None
    flat_out_tokens_per_month: float
    flat_out_usd_per_month: float | None


@dataclass(frozen=True, slots=True)
class _Pair:
    device: str
    bandwidth_bytes_per_s: float
    architecture: Architecture
    quantization: str
    speed: SpeedEstimate


def provisional(machine: Machine, order: Order) -> tuple[Provisional, ...]:
    """An estimate for the CPU and for the first GPU whose bandwidth is known."""
    pairs: list[_Pair] = []
    if order.is_of_an_unknown_machine:
        return ()
    machine = order.box or machine
    bandwidth = machine.memory.bandwidth_bytes_per_s
    chosen = _for_processor(machine, order)
    if bandwidth and chosen:
        speed = decode_speed(decode_bytes(chosen, QUANTIZATION), bandwidth, "cpu", "measured")
        pairs.append(_Pair("CPU", bandwidth, chosen, QUANTIZATION, speed))
    for gpu in machine.gpus[:1]:
        bandwidth, fitting = gpu.bandwidth_bytes_per_s, _largest_on(gpu)
        if gpu.vendor == "nvidia" and bandwidth and fitting:
            speed = decode_speed(decode_bytes(fitting, GPU_QUANTIZATION), bandwidth, "cuda")
            pairs.append(_Pair(gpu.name or "GPU", bandwidth, fitting, GPU_QUANTIZATION, speed))
    book = PriceBook.load()
    return tuple(_priced(pair, book) for pair in pairs)


def gpu_engine_command() -> str:
    """The one command that gets an engine for the GPU (ollama.com/download, seen 2026-11-24)."""
    if sys.platform == "win32":
        return "winget install Ollama.Ollama"
    if sys.platform == "darwin":
        return "brew install ollama"
    return "curl -fsSL https://ollama.com/install.sh | sh"


def _for_processor(machine: Machine, order: Order) -> Architecture | None:
    named = order.wish.synthetic or order.wish.model
    if order.wish.synthetic:
        return find(order.wish.synthetic.partition(":")[0])
    if named and (known := recognize(named)):
        return known
    host = host_of(machine, order)
    try:
        return choose_synthetic(
            host.memory_available_bytes, host.memory_bandwidth_bytes_per_s, host.disk_free_bytes
        ).architecture
    except AdvisorError:
        return None


def _largest_on(gpu: Gpu) -> Architecture | None:
    """The largest candidate that the card's memory holds with ease."""
    total_bytes = gpu.memory_total_bytes or 0
    fitting = [
        one
        for one in map(find, CANDIDATES)
        if memory_need(one, GPU_QUANTIZATION).total_bytes <= GPU_MEMORY_SHARE * total_bytes
    ]
    return fitting[-1] if fitting else None


def _priced(pair: _Pair, book: PriceBook) -> Provisional:
    model = pair.architecture
    hosts = book.hosts_of(model.name, *model.aliases)
    tokens = pair.speed.decode_tok_per_s_p50 * HOURS_PER_MONTH * SECONDS_PER_HOUR
    price = hosts[0].output_usd_per_mtok if hosts else None
    return Provisional(
        device=pair.device,
        model=f"{model.name}:{pair.quantization}",
        decode_tok_per_s=pair.speed,
        bandwidth_bytes_per_s=pair.bandwidth_bytes_per_s,
        host=hosts[0].name if hosts else None,
        flat_out_tokens_per_month=tokens,
        flat_out_usd_per_month=None if price is None else tokens / 1e6 * price,
    )
