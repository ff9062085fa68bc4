"""From a wish to a measurement: the server is obtained, the best meter chosen, the load run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec

from advisor.bench.cold import ColdOrder, measure_cold
from advisor.bench.cold_document import ColdStart
from advisor.bench.document import Model
from advisor.bench.energy_protocol import BRIEF, EnergyProtocol
from advisor.bench.level import Arrivals
from advisor.bench.metering import Metering
from advisor.bench.plan import BenchPlan, BenchRun
from advisor.bench.progress import OnProgress
from advisor.bench.roof import roof_of
from advisor.bench.runner import run_bench
from advisor.bench.served_with import with_settings
from advisor.bench.slo import Slo
from advisor.bench.workload import DEFAULT, Workload
from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.machine.document import NOISY_PERCENT, Machine
from advisor.power.spec import MeterSpec
from advisor.servers.address import parse_url
from advisor.servers.concerns import Demand
from advisor.servers.obtain import serving
from advisor.servers.own_engine import EMBEDDED
from advisor.servers.serving import Serving
from advisor.servers.wire import Endpoint
from advisor.servers.wish import Host, User, Wish

HIGHER_CONCURRENCY = {"vllm": 16, "sglang": 16}
"""Servers that batch continuously; the others are asked for `FEW_STREAMS` at once."""
FEW_STREAMS = 4
ANOTHER = Unknown("the server runs on another machine, and no probe of it was named (--machine)")
SPARE_CONTEXT_TOKENS = 128
LEAST_CONTEXT_TOKENS = 2048
LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure and how long; None leaves the choice to the session.

    `fit_to_time` lets the workload shrink on a slow box. `max_time_s` bounds each
    stage, `power_w` is the whole box's draw as the user typed it, `meter` one that they named. With
    `rates_per_s` open loops are run, and closed ones only where `concurrencies` asks for them.
    `box` is the machine behind the wish's URL, where a probe of it is at hand. `second_mix` asks
    for the operating point too, which only closed loops have.
    Raises InputError for a box without a URL.
    """

    wish: Wish = field(default_factory=Wish)
    workload: Workload = DEFAULT
    fit_to_time: bool = True
    concurrencies: tuple[int, ...] | None = None
    max_time_s: float = 60.0
    precision: float = 0.05
    power_w: float | None = None
    meter: MeterSpec | None = None
    rates_per_s: tuple[float, ...] = ()
    arrivals: Arrivals = Arrivals.POISSON
    sweep: bool = False
    slo: Slo = ()
    contexts: tuple[int, ...] = ()
    sustained_s: float | None = None
    cold: ColdOrder | None = None
    energy: EnergyProtocol = BRIEF
    box: Machine | None = None
    replay: int = 0
    second_mix: bool = True

    def __post_init__(self) -> None:
        if self.box is not None and not self.wish.url:
            raise InputError(
                "--machine describes the machine behind --url", remedy="Give both or neither."
            )

    @property
    def is_of_an_unknown_machine(self) -> bool:
        """Whether another machine is measured, of which nothing is known. Raises InputError."""
        url = self.wish.url
        return self.box is None and bool(url) and not parse_url(url or "").is_here

    def computer(self, endpoint: Endpoint, this: Machine) -> Machine | None:
        """The machine that a model at the endpoint computes on; None for an unknown other one."""
        return self.box or (this if endpoint.is_here else None)

    @property
    def longest_tokens(self) -> int:
        """What the longest request of all and its answer take."""
        answer = self.workload.output_tokens.median
        return max(self.workload.most_tokens, max(self.contexts, default=0) + answer)


def measure(
    order: Order,
    machine: Machine,
    user: User,
    on_progress: OnProgress,
    on_stage: Callable[[BenchRun], None] = lambda _: None,
) -> BenchRun:
    """Obtains a server and measures it; see `run_bench` for the two callbacks.

    Raises InputError, AdvisorError or KeyboardInterrupt.
    """
    user.tell("Looking whether other programs are busy.")
    notes = _disturbance(elsewhere=order.box is not None or order.is_of_an_unknown_machine)
    metering = Metering(order.power_w, order.meter, order.energy, user)
    host = host_of(machine, order)
    before_load = metering.before_load if order.box is None else _as_it_is
    with (
        closing(metering),
        serving(order.wish, host, user, before_load=before_load) as obtained,
        obtained.server.as_found(obtained.served_as),
    ):
        ready, cold, unknown = obtained, None, {"cold_start": "it was not asked for (--cold)"}
        if order.cold is not None:
            cold, unknown, ready = measure_cold(order.cold, ready, order.wish, host, user)
        user.tell(f"Measuring {ready.model.name} on {ready.server.endpoint.url}.")
        computer = order.computer(ready.server.endpoint, machine)
        local = computer is machine
        plan = _plan(order, ready)
        told = partial(
            _with_notes,
            order=order,
            ready=ready,
            notes=notes,
            is_unknown=computer is None,
            cold=cold,
            unknown=unknown,
        )
        run = run_bench(
            plan,
            server=ready.server,
            machine_id=computer.id if computer else ANOTHER,
            measured_on=_measured_on(ready, computer),
            meter=metering.meter(local=local, gpu_share=ready.model.gpu_share),
            model=_model(ready),
            roof=roof_of(ready.model, computer) if computer else None,
            sockets=computer.cpu.sockets if computer else None,
            unloaded=metering.unloaded,
            here=local,
            on_progress=on_progress,
            on_stage=lambda so_far: on_stage(told(so_far)),
        )
        done = told(run)
        document = msgspec.structs.replace(
            done.document, measured_on=_measured_on(ready, computer, after_load=True)
        )
        document = with_settings(document, ready.server, ready.served_as, _demand(order, plan))
    return BenchRun(document, done.samples, done.interrupted, run.replayed)


def _with_notes(
    run: BenchRun,
    order: Order,
    ready: Serving,
    notes: list[str],
    *,
    is_unknown: bool,
    cold: ColdStart | None,
    unknown: dict[str, str],
) -> BenchRun:
    """The same measurement with what is known of its server's start and of the surroundings.

    `is_unknown`: it computes on another machine of which nothing is known.
    """
    notes = [*notes, *([ready.note] if ready.note else [])]
    if order.box is not None:
        notes.append(f"the facts of the machine are of a probe made there at {order.box.probed_at}")
    elif is_unknown:
        notes.append(
            "the server runs on another machine, of which nothing is known: the machine in "
            "this record is the client (--machine FILE names a probe made there)"
        )
    if proxy := ready.server.endpoint.route.proxy:
        notes.append(f"the proxy {proxy.place} stood between: its delay is in every latency")
    if ready.synthetic:
        notes.append("the weights are random: speed and memory are real, the text means nothing")
    first = run.document.first_request
    if first is not None and first.load_s is None:
        first = msgspec.structs.replace(first, load_s=ready.load_s)
    document = msgspec.structs.replace(
        run.document,
        first_request=first,
        cold_start=cold,
        unknown={**run.document.unknown, **unknown},
        warnings=(*run.document.warnings, *notes),
    )
    return BenchRun(document, run.samples, run.interrupted)


def _demand(order: Order, plan: BenchPlan) -> Demand:
    """The longest request of all, and the most of them at once."""
    answer = order.workload.output_tokens.median
    streams = max(plan.concurrencies, default=1)
    return Demand(order.longest_tokens - answer, answer, streams)


def _disturbance(*, elsewhere: bool) -> list[str]:
    """A warning if other programs keep the processors busy before anything is started."""
    import psutil

    busy_percent = psutil.cpu_percent(interval=LOOK_S)
    if busy_percent <= NOISY_PERCENT:
        return []
    what = f"other programs kept the processors {busy_percent:.0f} % busy just before: "
    if elsewhere:
        return [f"{what}what arrives from the server may have been noticed late"]
    return [f"{what}the numbers are lower than this box can do; close them and measure again"]


def models_folder() -> Path:
    """Where models are kept that this program makes itself."""
    from platformdirs import user_cache_path

    return user_cache_path("local-or-api", appauthor=False) / "models"


def host_of(machine: Machine, order: Order) -> Host:
    """What this machine offers a server that the session starts itself."""
    from platformdirs import user_log_path

    cpus = max(1, int(machine.environment.usable_cpus))
    return Host(
        physical_cores=min(machine.cpu.physical_cores or cpus, cpus),
        memory_available_bytes=min(
            machine.memory.available_bytes, machine.environment.usable_memory_bytes
        ),
        memory_bandwidth_bytes_per_s=machine.memory.bandwidth_bytes_per_s,
        disk_free_bytes=machine.disk.free_bytes or 0,
        has_gpu=bool(machine.gpus),
        streams=max(order.concurrencies or (FEW_STREAMS,)),
        context_tokens=max(
            LEAST_CONTEXT_TOKENS,
            int(order.longest_tokens * 1.1) + SPARE_CONTEXT_TOKENS,
        ),
        cache_folder=models_folder(),
        log_folder=user_log_path("local-or-api", appauthor=False),
    )


def _plan(order: Order, ready: Serving) -> BenchPlan:
    higher = HIGHER_CONCURRENCY.get(ready.server.kind, FEW_STREAMS)
    return BenchPlan(
        model=ready.served_as,
        workload=order.workload,
        concurrencies=order.concurrencies or (() if order.rates_per_s else (1, higher)),
        rates_per_s=order.rates_per_s,
        arrivals=order.arrivals,
        sweep=order.sweep,
        slo=order.slo,
        contexts=order.contexts,
        sustained_s=order.sustained_s,
        energy=order.energy,
        replay=order.replay,
        second_mix=order.second_mix and bool(order.concurrencies or not order.rates_per_s),
        max_time_s=order.max_time_s,
        precision=order.precision,
        fit_to_time=order.fit_to_time,
    )


def _model(ready: Serving) -> Model:
    told = ready.model
    facts = {
        "parameters": told.parameters,
        "quantization": told.quantization,
        "digest": told.digest,
        "size_bytes": told.size_bytes,
    }
    known = {key: value for key, value in facts.items() if not isinstance(value, Unknown)}
    return msgspec.convert(
        {"name": told.name, "synthetic": ready.synthetic is not None, **known}, Model
    )


def _measured_on(ready: Serving, computer: Machine | None, *, after_load: bool = False) -> str:
    """The device that computed, then the engine: "CPU, embedded llama.cpp"."""
    engine = EMBEDDED if ready.embedded else ready.server.kind
    if computer is None:
        return f"another machine ({ready.server.endpoint.host}), {engine}"
    share = _gpu_share(ready) if after_load else ready.model.gpu_share
    if share == 0.0 or not (computer.gpus or computer.os.system == "Darwin"):
        return f"CPU, {engine}"
    gpu = (computer.gpus[0].name or "GPU") if computer.gpus else "Metal GPU"
    if isinstance(share, Unknown):
        return f"{gpu} (taken for granted: {share.reason}), {engine}"
    return f"{gpu}, {engine}" if share == 1.0 else f"{gpu} for {share:.0%} of the model, {engine}"


def _as_it_is(_: float | Unknown) -> None:
    """Before a model is loaded on another machine, nothing can be read of it."""


def _gpu_share(ready: Serving) -> float | Unknown:
    """Where the model lies once it is loaded."""
    if ready.embedded:
        return ready.model.gpu_share
    return next(
        (model.gpu_share for model in ready.server.models() if model.name == ready.served_as),
        ready.model.gpu_share,
    )
