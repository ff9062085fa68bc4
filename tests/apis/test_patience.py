"""Is a pause read from whatever a provider says it in?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.bench.patience import LONGEST_S, asked_pause_s, rest_s


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "99999999"}, LONGEST_S),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s"}, 7.66),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "12ms"}, 0.012),
        ({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "6m0s"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "3"}, 3.0),
    ],
)
def test_pauses_as_providers_write_them(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_pause_s(headers) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    "written",
    [
        lambda soon: {"retry-after": format_datetime(soon, usegmt=True)},
        lambda soon: {
            "anthropic-ratelimit-requests-remaining": "0",
            "anthropic-ratelimit-requests-reset": soon.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        lambda soon: {
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": str(int(soon.timestamp() * 1000)),
        },
        lambda soon: {
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": str(int(soon.timestamp())),
        },
    ],
)
def test_times_of_day_become_seconds_from_now(
    written: Callable[[datetime], dict[str, str]],
) -> None:
    pause_s = asked_pause_s(written(datetime.now(UTC) + timedelta(hours=1)))
    assert pause_s is not None
    assert 3000 < pause_s <= 3601


def test_geminis_delay_is_in_the_body() -> None:
    body = b'{"error":{"code":429,"details":[{"@type":"x.RetryInfo","retryDelay": "34.5s"}]}}'
    assert asked_pause_s({}, body) == 34.5
    assert asked_pause_s({"retry-after": "2"}, body) == 2.0


def test_the_longest_of_several_limits_counts() -> None:
    limits = {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1m1s",
    }
    assert rest_s(limits) == 61.0


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "retry-after",
                "retry-after-ms",
                "x-ratelimit-remaining",
                "x-ratelimit-reset",
                "anthropic-ratelimit-tokens-remaining",
                "anthropic-ratelimit-tokens-reset",
            ]
        ),
        st.text(max_size=40),
    ),
    st.binary(max_size=200),
)
def test_whatever_is_said_the_pause_is_none_or_bounded(
    headers: dict[str, str], body: bytes
) -> None:
    pause_s = asked_pause_s(headers, body)
    assert pause_s is None or 0 <= pause_s <= LONGEST_S
