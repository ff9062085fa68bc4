"""Closed forms against each other, and against values worked out by hand."""

from __future__ import annotations

import pytest
from closed_forms import erlang_c, mg1_ps, mmc, mmc_wait_quantile_s

from advisor.documents import Unknown
from advisor.economics.queueing.formulas import Steady, load_dependent, mg1


def test_one_server_at_four_fifths_waits_four_services() -> None:
    found = mg1(0.8, 1.0, cv=1.0)
    assert isinstance(found, Steady)
    assert found.wait_mean_s == pytest.approx(4.0)
    assert found.sojourn_mean_s == pytest.approx(5.0)


def test_requests_all_alike_wait_half_as_long() -> None:
    alike, spread = mg1(0.8, 1.0, cv=0.0), mg1(0.8, 1.0, cv=1.0)
    assert isinstance(alike, Steady)
    assert isinstance(spread, Steady)
    assert alike.wait_mean_s == pytest.approx(spread.wait_mean_s / 2)


def test_erlang_c_of_two_servers_by_hand() -> None:
    # C = (a^2/2)/(1 - rho) / (1 + a + (a^2/2)/(1 - rho)) = 1/3 for a = 1, rho = 1/2
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)


def test_erlang_c_of_a_thousand_servers_does_not_overflow() -> None:
    found = erlang_c(1000, 950.0)
    assert isinstance(found, float)
    assert 0 < found < 0.2


def test_a_server_whose_speed_grows_with_its_guests_is_many_servers() -> None:
    many = mmc(3.2, 1.0, 4)
    one = load_dependent(3.2, [1.0, 2.0, 3.0, 4.0])
    assert isinstance(many, Steady)
    assert isinstance(one, Steady)
    assert one.wait_mean_s == pytest.approx(many.wait_mean_s)
    assert one.sojourn_mean_s == pytest.approx(many.sojourn_mean_s)
    assert one.waiting_share == pytest.approx(many.waiting_share)


def test_room_for_nobody_else_is_erlangs_loss() -> None:
    # Erlang B for a = 1 on 2 servers: (1/2)/(1 + 1 + 1/2) = 1/5
    found = load_dependent(1.0, [1.0, 2.0], room=2)
    assert isinstance(found, Steady)
    assert found.turned_away_share == pytest.approx(1 / 5)
    assert found.wait_mean_s == 0


def test_great_room_is_no_limit() -> None:
    endless, roomy = load_dependent(1.5, [1.0, 2.0]), load_dependent(1.5, [1.0, 2.0], room=400)
    assert isinstance(endless, Steady)
    assert isinstance(roomy, Steady)
    assert roomy.wait_mean_s == pytest.approx(endless.wait_mean_s)


def test_a_share_that_need_not_wait_has_a_quantile_of_zero() -> None:
    assert mmc_wait_quantile_s(0.5, 1.0, 4, 0.5) == 0.0


@pytest.mark.parametrize(
    "found",
    [
        mg1(1.0, 1.0, 1.0),
        mg1_ps(2.0, 1.0),
        mmc(4.0, 1.0, 4),
        erlang_c(2, 2.0),
        mmc_wait_quantile_s(4.0, 1.0, 4, 0.95),
        load_dependent(2.0, [1.0, 2.0]),
    ],
)
def test_more_than_can_be_done_has_no_steady_state(found: object) -> None:
    assert isinstance(found, Unknown)
    assert "without end" in found.reason
