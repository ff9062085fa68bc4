"""What does a record say of the energy that a model takes?"""

from __future__ import annotations

import msgspec

from advisor.bench.interval import Interval, Rate


class IdlePower(msgspec.Struct, frozen=True, kw_only=True):
    """Mean draw with nothing asked of the box, and the least and most of the window's fifths."""

    power_w: float
    window_s: float
    low_w: float | None
    high_w: float | None


class Baselines(msgspec.Struct, frozen=True, kw_only=True):
    """The idle draw that the meter saw before the model was loaded, and with it in memory."""

    unloaded: IdlePower | None
    resident: IdlePower | None


class BoxPower(msgspec.Struct, frozen=True, kw_only=True):
    """The whole box's power, from the meter's reading by the stated assumptions."""

    idle_w: float | None
    active_w: float | None
    idle_band_w: Interval | None
    active_band_w: Interval | None
    grade: str
    assumptions: tuple[str, ...]


class Energy(msgspec.Struct, frozen=True, kw_only=True):
    """What was drawn in the steady window, by the named meter and what is inside its figure.

    Idle is with the model resident. `..._marginal` has the idle share taken off, `..._wall` is the
    whole box's share, by the same assumptions as `box`. Joules per input and output token come from
    two mixes and are null where there is only one.
    """

    meter: str
    grade: str
    domain: str
    idle_w: float | None
    active_w: float | None
    energy_j: float | None
    j_per_request: float | None
    j_per_input_token: float | None
    j_per_output_token: float | None
    j_per_input_token_marginal: float | None
    j_per_output_token_marginal: float | None
    j_per_input_token_wall: float | None = None
    j_per_output_token_wall: float | None = None
    box: BoxPower | None
    warning: str | None


class EnergyTrial(msgspec.Struct, frozen=True, kw_only=True):
    """One trial: both mixes, one after the other, each under steady load for `window_s`.

    `costs_j` has the token costs of `Energy` that this trial tells; `temperature_c` is the hottest
    chip's at its beginning and at its end.
    """

    window_s: Interval
    active_w: float | None
    costs_j: dict[str, float]
    temperature_c: Interval | None
    held_back_by: tuple[str, ...]


class EnergyTrials(msgspec.Struct, frozen=True, kw_only=True):
    """Trials of the same two mixes at `concurrency`, and each token cost's mean over them.

    The interval is Student's at 95 %, so that three trials give a wide one. `drifting`: the costs
    still rose or fell from trial to trial.
    """

    concurrency: int
    trials: tuple[EnergyTrial, ...]
    costs_j: dict[str, Rate]
    drifting: bool
