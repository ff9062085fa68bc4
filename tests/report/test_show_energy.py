"""Is the energy told in the words of its record?"""

from __future__ import annotations

from advisor.bench.energy_document import EnergyTrial, EnergyTrials
from advisor.bench.interval import Rate
from advisor.report.energy import _trials

TRIAL = EnergyTrial(
    window_s=(30.0, 30.0), active_w=200.0, costs_j={}, temperature_c=None, held_back_by=()
)
TRIALS = EnergyTrials(
    concurrency=4,
    trials=(TRIAL, TRIAL, TRIAL),
    costs_j={
        "j_per_output_token": Rate(value=2.0, ci95=(1.5, 2.5)),
        "j_per_input_token": Rate(value=0.1, ci95=None),
        "j_per_output_token_marginal": Rate(value=1.0, ci95=None),
        "j_per_output_token_wall": Rate(value=4.0, ci95=None),
    },
    drifting=False,
)


def test_each_way_of_counting_has_a_line_of_its_own() -> None:
    assert _trials(TRIALS, "gpu") == [
        ("3 energy trials", "2 ±0.5 J an output token, 0.1 J an input token in all"),
        ("", "1 J an output token above idle"),
        ("", "4 J an output token at the wall, estimated"),
    ]


def test_a_meter_of_the_whole_box_has_no_wall_beside_it() -> None:
    assert [what.rsplit(" ", 2)[-1] for _, what in _trials(TRIALS, "box")] == ["all", "idle"]
