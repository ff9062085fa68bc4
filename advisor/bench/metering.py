"""Which meter does a session use, and what does it see before the model is loaded?"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.bench.energy_document import IdlePower
from advisor.bench.energy_protocol import EnergyProtocol, idle_power
from advisor.bench.runner import LOADED_BEFORE
from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.power.choose import choose_meter
from advisor.power.meter import Grade, Meter
from advisor.power.spec import MeterSpec
from advisor.servers.wish import User

BLIND = Unknown("the meter is an estimate, which does not see whether a model is loaded")


@dataclass(slots=True)
class Metering:
    """What the user typed or named, else the best of this machine if the model runs on it.

    The meter is chosen once: before the model is loaded where that is still to come.
    """

    power_w: float | None
    named: MeterSpec | None
    protocol: EnergyProtocol
    user: User
    unloaded: IdlePower | Unknown = LOADED_BEFORE
    _chosen: tuple[Meter | None] | None = None

    def meter(self, *, local: bool, gpu_share: float | Unknown) -> Meter | None:
        """The meter for a model that lies on the cards to this share; None where none can see it.

        Raises InputError if a meter that was named cannot see it, or an estimate was asked for
        trials; AdvisorError if a meter that was named cannot be read.
        """
        if self._chosen is None:
            self._chosen = (self._choose(local=local, on_gpu=gpu_share != 0.0),)
        return self._chosen[0]

    def before_load(self, gpu_share: float | Unknown) -> None:
        """Reads the idle power of this machine while the model is not in memory yet."""
        meter = self.meter(local=True, gpu_share=gpu_share)
        if meter is None:
            return
        if meter.grade is Grade.ESTIMATED:
            self.unloaded = BLIND
            return
        self.user.tell(
            f"Reading the idle power before the model is loaded, {self.protocol.baseline_s:.0f} s."
        )
        meter.start()
        self.unloaded = idle_power(meter, self.protocol, lambda: False)

    def close(self) -> None:
        """Ends what was begun."""
        if self._chosen is not None and self._chosen[0] is not None:
            self._chosen[0].stop()

    def _choose(self, *, local: bool, on_gpu: bool) -> Meter | None:
        named = self.named
        if named is not None and named.is_local and not local:
            raise InputError(
                f"--meter {named.kind} reads this machine, but the model runs on another",
                remedy="Name a plug or a UPS that the other machine draws from, or leave --meter "
                "out.",
            )
        meter = None
        if self.power_w is not None or named is not None or local:
            meter = choose_meter(self.power_w, named=named, on_gpu=on_gpu)
        if self.protocol.trials and (meter is None or meter.grade is Grade.ESTIMATED):
            raise InputError(
                "--energy full needs a meter, and nothing here measures the power",
                why="an estimate gets no better by being repeated",
                remedy="`advisor doctor` says what would; --meter names a plug or a UPS.",
            )
        return meter
