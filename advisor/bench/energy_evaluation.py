"""What is written down of the power that was read, and why is the rest unknown?"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from advisor.bench.energy import stage_energy, token_costs_j
from advisor.bench.energy_document import Baselines, Energy, EnergyTrials
from advisor.bench.energy_trials import energy_trials
from advisor.bench.findings import NO_METER, Findings
from advisor.bench.operating import Cycles
from advisor.bench.stage import Measured
from advisor.documents import Unknown, Unknowns


@dataclass(frozen=True, slots=True)
class EnergyEvaluation:
    """Of the findings' meter; `sockets` is the machine's. Reasons go into `unknowns`."""

    findings: Findings
    unknowns: Unknowns
    sockets: int | None

    def baselines(self) -> Baselines | None:
        """The idle draws, each or the reason why it is not known."""
        findings = self.findings
        if findings.meter is None:
            return self.unknowns.settle("baselines", NO_METER)
        return Baselines(
            unloaded=self.unknowns.settle("baselines.unloaded", findings.unloaded),
            resident=self.unknowns.settle("baselines.resident", findings.idle),
        )

    def trials(self) -> EnergyTrials | None:
        """The trials, where they were asked for."""
        findings, meter = self.findings, self.findings.meter
        if meter is None or not findings.plan.energy.trials:
            reason = "energy trials (--energy full) were not asked for" if meter else "no meter"
            return self.unknowns.settle("energy_trials", Unknown(reason))
        idle_w = None if isinstance(findings.idle_w, Unknown) else findings.idle_w
        found = self.unknowns.settle(
            "energy_trials",
            energy_trials(
                findings.trials, meter, findings.sensor_log, idle_w=idle_w, sockets=self.sockets
            ),
        )
        if found is not None and found.drifting:
            findings.warnings.append(
                "the energy a token went on changing from trial to trial: the box was not yet warm"
            )
        return found

    def of_stage(self, path: str, measured: Measured) -> Energy | Unknown:
        findings = self.findings
        if findings.meter is None:
            return NO_METER
        if not measured.counted:
            return Unknown("no request came through")
        idle_w = self.unknowns.settle(f"{path}.energy.idle_w", findings.idle_w)
        return stage_energy(
            findings.meter, measured.span, measured.requests_in_span, idle_w, self.sockets
        )

    def with_token_costs(
        self,
        at: int,
        energy: Energy | None,
        mixes: tuple[Cycles, Cycles],
        trials: EnergyTrials | None,
    ) -> Energy | None:
        """A token's share by the trials where there are any, else by the two mixes."""
        meter = self.findings.meter
        if meter is None or energy is None:
            return energy
        costs = token_costs_j(meter, *mixes, energy.idle_w, self.sockets)
        if trials is not None:
            costs |= {name: cost.value for name, cost in trials.costs_j.items()}
        known = {}
        for name, cost in costs.items():
            path = f"stages[{at}].energy.{name}"
            del self.unknowns.reasons[path]
            known[name] = self.unknowns.settle(path, cost)
        return msgspec.structs.replace(energy, **known)
