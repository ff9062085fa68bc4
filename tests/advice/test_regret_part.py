"""Does the document hold what the figures say, in names rather than row numbers?"""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from advisor.advice.regret_document import RegretPart
from advisor.advice.regret_part import Measurement, regret_part
from advisor.documents import Unknown, to_json
from advisor.economics.foresight import choices
from advisor.economics.information import readings
from advisor.economics.ski_rental import allowance
from advisor.economics.split import BestSplit, BoxCosts, best_split
from advisor.economics.tiers import Tiers
from advisor.economics.waiting import delayed_usd, wait
from advisor.economics.work import Work
from advisor.errors import InputError

MONTHS, DRAWS, PRICE = 36, 20_000, 2000.0
VOLUME, TARIFF = "usage.tokens_per_month", "tariff.usd_per_kwh"


def team() -> RegretPart:
    """A team whose bill is $75 a month, give or take a factor of two, and a $2,000 box."""
    rng = np.random.default_rng(42)
    volume = np.exp(0.7 * rng.standard_normal(DRAWS))
    tariff = 0.15 * np.exp(0.2 * rng.standard_normal(DRAWS))
    api = np.tile(75.0 * volume, (MONTHS, 1))
    local = np.tile(40 * tariff + 8 * volume * tariff, (MONTHS, 1))
    now = np.stack([api.sum(axis=0), PRICE + local.sum(axis=0)])
    until, whole = (
        np.stack([api[:end].sum(axis=0), local[:end].sum(axis=0)]) for end in (1, MONTHS)
    )
    bought = np.stack([np.zeros(DRAWS), np.full(DRAWS, PRICE)])
    later = delayed_usd(until, whole, bought, stays_at=0)
    log = readings(np.log(volume), 0.3, seed=1)
    seen = wait(1, now, later, choices(later, log))
    work = [Work("chat", 4e6, 20.0, 60.0), Work("reading", 8e6, 40.0, 1.0)]
    found = best_split([work] * MONTHS, BoxCosts(1500.0, 6.0, Tiers.flat(0.05)), [1.0] * MONTHS)
    assert isinstance(found, BestSplit)
    return regret_part(
        ["api:small", "local"],
        now,
        horizon_months=MONTHS,
        knowing={
            (TARIFF,): tariff,
            (VOLUME,): np.log(volume),
            (VOLUME, TARIFF): np.stack([np.log(volume), np.log(tariff)]),
        },
        measurements=[Measurement("a month of logs", (VOLUME,), log, 0.3, seen.delay_usd)],
        waiting={"wait 1 month": seen},
        ski_rental=allowance([75.0] * MONTHS, [7.2] * MONTHS, PRICE),
        best_split=found,
    )


def test_the_part_names_actions_keys_and_their_worth_in_falling_order() -> None:
    part = team()
    assert [each.action for each in part.actions] == ["api:small", "local", "wait 1 month"]
    least = min(part.actions, key=lambda each: each.expected_regret_usd)
    assert part.least_expected == (least.action,)
    assert part.actions[2].mean_cost_usd == pytest.approx(part.waiting[0].mean_cost_usd)
    assert [each.worth.usd for each in part.knowing] == sorted(
        (each.worth.usd for each in part.knowing), reverse=True
    )
    assert part.knowing[-1].keys == (TARIFF,)
    logs = part.measurements[0]
    assert 0 < logs.worth.usd <= part.knowing[0].worth.usd
    assert logs.net_usd == pytest.approx(logs.worth.usd - logs.cost_usd)
    assert part.waiting[0].net.usd == pytest.approx(
        part.waiting[0].information.usd - part.waiting[0].delay_usd
    )
    assert part.best_split is not None and part.best_split.uses == "hybrid"
    assert [each.local_share for each in part.best_split.by_class] == [1.0, 0.0]


def test_perfect_information_is_the_expected_regret_of_the_best_action_of_today() -> None:
    costs = [[1.0, 5.0, 2.0], [3.0, 1.0, 4.0]]
    part = regret_part(["a", "b"], costs, horizon_months=12, knowing={})
    least = min(each.expected_regret_usd for each in part.actions)
    assert part.perfect_information.usd == pytest.approx(least)


def test_equal_inputs_give_equal_bytes_and_the_document_reads_back() -> None:
    part = team()
    assert to_json(part) == to_json(team())
    assert msgspec.json.decode(to_json(part), type=RegretPart) == part


def test_what_is_unknown_has_its_reason() -> None:
    part = regret_part(
        ["a"],
        [[1.0]],
        horizon_months=12,
        knowing={},
        waiting=Unknown("owned"),
        measurements=Unknown("private"),
        best_split=Unknown("no rates"),
    )
    assert part.best_split is None and part.waiting == part.measurements == ()
    assert part.unknown == {
        "waiting": "owned",
        "measurements": "private",
        "best_split": "no rates",
    }
    assert part.perfect_information.usd == 0.0


def test_a_row_without_a_name_is_an_error() -> None:
    with pytest.raises(InputError):
        regret_part(["a"], [[1.0], [2.0]], horizon_months=12, knowing={})
