"""What has a measurement gathered so far?"""

from __future__ import annotations

from dataclasses import dataclass, field

from advisor.bench.document import FirstRequest
from advisor.bench.energy_document import IdlePower
from advisor.bench.energy_trials import Pair
from advisor.bench.plan import BenchPlan
from advisor.bench.prompts import Line
from advisor.bench.replay import Replay
from advisor.bench.sensor_log import SensorLog
from advisor.bench.stage import Measured
from advisor.bench.workload import DEFAULT
from advisor.bench.workload import Workload as Shape
from advisor.documents import Unknown
from advisor.power.meter import Meter
from advisor.servers.wire import Server

NO_METER = Unknown("no power meter")


@dataclass(slots=True)
class Findings:
    """All that a measurement has gathered, filled while it goes on. `lost` says why it ended."""

    plan: BenchPlan
    server: Server
    meter: Meter | None
    started_at: str
    here: bool = True
    duration_s: float = 0.0
    seed: int = 0
    workload: Shape = DEFAULT
    first_request: FirstRequest | None = None
    tokens_per_word: float | None = None
    idle: IdlePower | Unknown = NO_METER
    unloaded: IdlePower | Unknown = NO_METER
    main: list[Measured] = field(default_factory=list)
    second: Measured | None = None
    trials: list[Pair] = field(default_factory=list)
    contexts: list[Measured] = field(default_factory=list)
    sustained: Measured | None = None
    replay: tuple[tuple[Line, ...], Replay] | None = None
    sensor_log: SensorLog = field(default_factory=SensorLog)
    lost: str | None = None
    interrupted: bool = False
    warnings: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)

    @property
    def idle_w(self) -> float | Unknown:
        """With the model in memory and nothing asked of it."""
        return self.idle if isinstance(self.idle, Unknown) else self.idle.power_w

    @property
    def knows_work(self) -> bool:
        """Whether it is known which prompt tokens the server computed, and did not have cached."""
        return not self.workload.repeats_prefixes or any(
            seen.reading.cached_input_tokens is not None
            for load in self.main
            for seen in load.counted
        )
