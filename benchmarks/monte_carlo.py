"""How long do a million scenarios of 60 months and five actions take, and are they right?

Timed is everything: drawing six uncertain inputs, the first stage, and all months of five actions
(three APIs, the box and a candidate for it, with overflow). The same scenarios are then followed by
the scalar economics, one by one, as far as `--checked` goes. Costs that must be followed month by
month (prices to come, blocks, resale by age, reserved GPUs; seven actions) are timed too, with a
tenth of the scenarios: as many as the advice has by default.

    python benchmarks/monte_carlo.py [--scenarios 1000000] [--repeats 7] [--json FILE]

The least of the repeats is what the machine can do, the median what it did under its load; both are
printed with the load and the processor time (seconds of one core, whoever else was running).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from advisor.economics.blocks import Blocks
from advisor.economics.break_even import balance_usd
from advisor.economics.candidates import Candidate
from advisor.economics.inputs import ApiPrice, Box, Case, Horizon, Maintenance, PriceChange, Usage
from advisor.economics.rented import RentalKind, Rented
from advisor.economics.simulation.distributions import Lognormal, Normal, Triangular, Uniform
from advisor.economics.simulation.engine import CHUNK, Simulated, simulate
from advisor.economics.simulation.plan import ApiPlan, Plan
from advisor.economics.simulation.sampling import Sampler

CASE = Case(
    Usage(30e6, 20e6, 0.2, 0.02),
    Box(2000, 0.3, 3000, 100, 350, 60),
    0.15,
    Maintenance(1, 50),
    Horizon(60, 0.08, 0.2),
)
PLAN = Plan(
    CASE,
    (
        ApiPlan("a", ApiPrice(3, 15, 0.3)),
        ApiPlan("b", ApiPrice(1, 2, 0.5)),
        ApiPlan("c", ApiPrice(2.5, 2.5, 2.5)),
    ),
    candidates=(Candidate("d", replace(CASE.box, price_usd=3000, decode_tok_per_s=140)),),
)
SAMPLER = Sampler(
    {
        "usage.input_tokens_per_month": Lognormal(30e6, 2),
        "usage.growth_per_month": Normal(0.02, 0.02, -1, 1),
        "box.decode_tok_per_s": Normal(100, 5, 0, 1e9),
        "box.resale_decline_per_year": Uniform(0.2, 0.5),
        "tariff.usd_per_kwh": Triangular(0.1, 0.15, 0.3),
        "horizon.api_decline_per_year": Uniform(0.0, 0.4),
    },
    seed=1,
)


EVERY_COST = replace(
    PLAN,
    case=replace(
        CASE,
        box=replace(CASE.box, resale_by_age=((36.0, 0.4), (60.0, 0.1)), setup_usd=400.0),
        blocks=Blocks((150.0,), (0.1, 0.3), 100.0),
        standing_usd_per_month=9.0,
    ),
    apis=(
        replace(
            PLAN.apis[0],
            price=replace(PLAN.apis[0].price, changes=(PriceChange(7.5, ApiPrice(2, 9, 0.2)),)),
        ),
        *PLAN.apis[1:],
    ),
    rented=(Rented("hours", 2.0), Rented("kept", 1.2, RentalKind.RESERVED)),
)
"""Costs that do not come to sums and are followed month by month."""


def timed(plan: Plan, scenarios: int, threads: int, repeats: int) -> dict[str, object]:
    """Wall and processor time of `repeats` simulations."""
    wall, processor = [], []
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        simulate(plan, SAMPLER, scenarios, threads=threads)
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    return {
        "scenarios": scenarios,
        "actions": plan.actions,
        "threads": threads,
        "wall_s": {"least": min(wall), "median": statistics.median(wall), "all": wall},
        "processor_s": {"least": min(processor), "median": statistics.median(processor)},
        "load_after": os.getloadavg()[0],
    }


def largest_error(found: Simulated, checked: int) -> float:
    """The largest difference from the scalar economics, as a part of the API's cost."""
    drawn = SAMPLER.draw(0, checked)
    worst = 0.0
    for i in range(checked):
        one = {key: float(values[i]) for key, values in drawn.items()}
        case = replace(
            CASE,
            usage=replace(
                CASE.usage,
                input_tokens_per_month=one["usage.input_tokens_per_month"],
                growth_per_month=one["usage.growth_per_month"],
            ),
            box=replace(
                CASE.box,
                decode_tok_per_s=one["box.decode_tok_per_s"],
                resale_decline_per_year=one["box.resale_decline_per_year"],
            ),
            usd_per_kwh=one["tariff.usd_per_kwh"],
            horizon=replace(CASE.horizon, api_decline_per_year=one["horizon.api_decline_per_year"]),
        )
        balance = balance_usd(case, PLAN.apis[0].price)
        if not isinstance(balance, list):
            raise TypeError(balance)
        api_usd, local_usd = found.costs_usd[0, i], found.costs_usd[3, i]
        worst = max(worst, abs(local_usd - api_usd - balance[-1]) / api_usd)
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scenarios", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--checked", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = [
        timed(plan, scenarios, int(n), args.repeats)
        for plan, scenarios in ((PLAN, args.scenarios), (EVERY_COST, args.scenarios // 10))
        for n in args.threads.split(",")
    ]
    found = simulate(PLAN, SAMPLER, args.checked)
    record = {
        "months": CASE.horizon.months,
        "chunk": CHUNK,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cores": os.cpu_count(),
        "largest_relative_error": largest_error(found, args.checked),
        "runs": rows,
    }
    for row in rows:
        wall, processor = row["wall_s"], row["processor_s"]
        print(
            f"{row['scenarios']:,} scenarios, {len(row['actions'])} actions, "
            f"{row['threads']} threads: least {wall['least']:.2f} s, median {wall['median']:.2f} s "
            f"(processor {processor['least']:.2f} s, load {row['load_after']:.1f})"
        )
    print(f"largest difference from the scalar economics: {record['largest_relative_error']:.1e}")
    if args.json:
        args.json.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
