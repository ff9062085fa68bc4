"""What has to be known of a machine before it can be judged? Plain values, gathered elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.machine.document import Environment
from advisor.servers.document import Servers


@dataclass(frozen=True, slots=True)
class Card:
    """A card that answers, and what its driver tells of it now.

    `held_bytes` of its memory are held by `holders` (names of programs, where they can be told).
    `lanes` are those of its link now and at most. None: not told.
    """

    name: str
    driver: str | None = None
    vendor: str = "nvidia"
    memory_bytes: int | None = None
    held_bytes: int | None = None
    holders: tuple[str, ...] = ()
    held_back_by: tuple[str, ...] = ()
    lanes: tuple[int, int] | None = None
    uncorrected_errors: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graphics:
    """Cards that answer, and why others do not (`reason`).

    `makers` are those of all devices on the bus. `nvidia_answers` is whether NVIDIA's library
    started, `nvml_code` the error with which it did not, None where it is not installed.
    `device_group` may open the device files, None where everybody or nobody may. `power_refused`
    is why a card does not tell its draw.
    """

    cards: tuple[Card, ...] = ()
    makers: tuple[str, ...] = ()
    reason: str | None = None
    nvidia_answers: bool = False
    nvml_code: int | None = None
    device_group: str | None = None
    power_refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenMeter:
    """The meter that a measurement here would use; `refused` is why the one that the settings name
    cannot be, None where they name none or it answers."""

    name: str
    grade: str
    domain: str
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rapl:
    """The processor's energy counters: how many the system lists, and whether all can be read."""

    counters: int
    readable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder that is written to: `refusal` says why it cannot be; None where it can."""

    path: str
    refusal: str | None
    free_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Main memory, as far as this process may use it."""

    total_bytes: int
    available_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The kernel's clock source (None: not told) and how long one reading of the clock takes."""

    source: str | None
    available: tuple[str, ...]
    read_ns: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """One second of waiting: how late a sleeping thread woke, and who computed meanwhile.

    Shares are of all processors. `steal_percent` is what the host of a virtual machine took, None
    where the system does not count it. `busiest` are the programs that computed most.
    """

    wakes: int
    late_p50_ms: float
    late_p99_ms: float
    others_busy_percent: float
    steal_percent: float | None
    busiest: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocking:
    """Who decides how fast the processors run."""

    governor: str | None
    driver: str | None
    on_battery: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A machine at one moment.

    `system` is Linux, Darwin or Windows, `distributions` this Linux and those that it is like.
    `ports_refusal` says why no port can be opened; None where one can.
    """

    system: str
    architecture: str
    distributions: tuple[str, ...]
    environment: Environment
    logical_cores: int | None
    graphics: Graphics
    meter: ChosenMeter
    rapl: Rapl
    servers: Servers
    ports_refusal: str | None
    cache: Folder
    data: Folder
    disk_spins: bool | None
    memory: Memory
    clock: Clock
    quiet: Quiet
    clocking: Clocking
