"""How often does the drift detector cry wolf, and how soon does it find a step?

    python benchmarks/drift.py [--series 400] [-o benchmarks/results/drift.json]

Series of runs without a change (60 runs each) count its alarms a run; series with a step of 5 %
after 20 runs count how often it is found within five runs. Noise from run to run is normal, heavy
in the tails (Student's t with four degrees of freedom) or correlated with the run before (r = 0.3).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from advisor.history.drift.detector import changes

QUIET_RUNS, RUNS_BEFORE, RUNS_AFTER = 60, 20, 5
STEP = 0.95
NOISES = (0.01, 0.02, 0.03, 0.05)
SEED = 41

Shape = Callable[[np.random.Generator, int], np.ndarray]


def normal(random: np.random.Generator, runs: int) -> np.ndarray:
    return random.standard_normal(runs)


def heavy(random: np.random.Generator, runs: int) -> np.ndarray:
    """Student's t with four degrees of freedom, brought to a standard deviation of 1."""
    return random.standard_t(4, runs) / np.sqrt(2)


def correlated(random: np.random.Generator, runs: int) -> np.ndarray:
    values = random.standard_normal(runs)
    for at in range(1, runs):
        values[at] = 0.3 * values[at - 1] + np.sqrt(1 - 0.3**2) * values[at]
    return values


SHAPES: dict[str, Shape] = {"normal": normal, "heavy tails": heavy, "correlated": correlated}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--series", type=int, default=400)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    random = np.random.default_rng(SEED)
    rows = []
    print(f"{'noise':>6}  {'shape':<12} {'alarms in 100 runs':>19}  {'found within 5':>14}")
    for noise in NOISES:
        for name, shape in SHAPES.items():
            alarms = found = 0
            for _ in range(options.series):
                quiet = 100 * np.exp(noise * shape(random, QUIET_RUNS))
                alarms += len(changes(quiet.tolist()))
                stepped = 100 * np.exp(noise * shape(random, RUNS_BEFORE + RUNS_AFTER))
                stepped[RUNS_BEFORE:] *= STEP
                found += any(
                    each.seen_at >= RUNS_BEFORE and each.at >= RUNS_BEFORE - 2
                    for each in changes(stepped.tolist())
                )
            row = {
                "noise": noise,
                "shape": name,
                "alarms_per_100_runs": 100 * alarms / options.series / QUIET_RUNS,
                "found_within_5_runs": found / options.series,
            }
            rows.append(row)
            print(
                f"{noise:>6.0%}  {name:<12} {row['alarms_per_100_runs']:>19.2f}  "
                f"{row['found_within_5_runs']:>14.0%}"
            )
    if options.output is not None:
        document = {"series": options.series, "seed": SEED, "step": STEP, "rows": rows}
        options.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
