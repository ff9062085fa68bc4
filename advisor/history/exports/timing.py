"""What do the times of one request amount to? All in microseconds, None where there is none.

Others count from the moment a request was sent, the document of an open loop from its plan: each
function that counts from somewhere is told, or says, from where.
"""

from __future__ import annotations

from advisor.bench.document import RequestSample


def start_us(request: RequestSample) -> int:
    """From when the document's latency counts: the plan in an open loop, else the sending."""
    return request.sent_us if request.planned_us is None else request.planned_us


def send_delay_us(request: RequestSample) -> int:
    """How long it waited to be sent."""
    return request.sent_us - start_us(request)


def first_token_us(request: RequestSample, since_us: int) -> int | None:
    """Until the first event with a token."""
    return request.events_us[0] - since_us if request.events_us else None


def last_token_us(request: RequestSample, since_us: int) -> int | None:
    """Until the last event with a token."""
    return sum(request.events_us) - since_us if request.events_us else None


def gaps_us(request: RequestSample) -> tuple[int, ...]:
    """Between each event with tokens and the next."""
    return request.events_us[1:]


def tpot_us(request: RequestSample) -> float | None:
    """The time of one token after those of the first event."""
    if request.output_tokens is None:
        return None
    later_tokens = request.output_tokens - request.first_event_tokens
    spent_us = sum(gaps_us(request))
    return spent_us / later_tokens if later_tokens > 0 and spent_us > 0 else None
