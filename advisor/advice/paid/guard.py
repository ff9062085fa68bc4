"""Can the spending limit be crossed? Asked before every request that costs money.

A request is begun only if what is spent, what the requests on their way can cost at worst and what
this one can cost at worst stay within the limit together. At worst means, at the highest price of
the model's tiers and hours:

- input: every byte that was sent counts as a token. No token of a text is shorter than a byte, and
  the bytes of HTTP and JSON around the prompt leave room for what a chat template adds.
- output: `TEXT_BYTES_PER_TOKEN` tokens for each that the request allows. The text is looked at
  while it streams; once it is longer in bytes than that many tokens, the stream is cut. So a
  provider that ignores the limit it was sent has hardly streamed more tokens than were reckoned
  with: those of the last read only.

What ended with a usage counts by it. Without one, or with one that the text refutes, the worst case
counts. What the provider refused with HTTP 4xx counts as free, and so does what was never written.
A bill beyond the worst case (hidden reasoning beyond the limit, say) and an answer that had to be
cut break the reckoning: they count in full, and nothing is sent any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import fsum

from advisor.advice.paid.rates import ApiRates
from advisor.bench.load import Prepared
from advisor.bench.observe import Observation
from advisor.bench.scripted import UNSENT
from advisor.servers.wire import Billing

TEXT_BYTES_PER_TOKEN = 8
SPARE_TEXT_BYTES = 64
RAW_PER_TEXT_BYTE = 200
"""An answer whose framing is longer than this for each byte of text allowed is cut as well."""
LONGEST_TOKEN_BYTES = 16
LEAST_TOKENS_PER_WORD = 0.75
"""A usage by which an average token were longer, or a prompt's words fewer tokens, is refuted."""


@dataclass(slots=True)
class Guard:
    """Keeps the spending on one API within `max_usd` (a `bench.gate.Gate`)."""

    rates: ApiRates
    max_usd: float
    broken: str | None = None
    bills: list[Billing] = field(default_factory=list)
    requests: int = 0
    refused: int = 0
    by_worst_case: int = 0
    cut: int = 0
    _spent_usd: list[float] = field(default_factory=list)
    _on_their_way_usd: dict[int, float] = field(default_factory=dict)

    @property
    def spent_usd(self) -> float:
        """All that has ended."""
        return fsum(self._spent_usd)

    @property
    def committed_usd(self) -> float:
        """All that has ended, and the worst case of what has not."""
        return fsum([*self._spent_usd, *self._on_their_way_usd.values()])

    def worst_usd(self, request: Prepared) -> float:
        """The most that one request can cost."""
        return self.rates.most_usd(len(request.data), most_text_bytes(request.output_tokens))

    def admits(self, request: Prepared) -> bool:
        """Whether the request may be sent; its worst case is then set aside."""
        worst_usd = self.worst_usd(request)
        everything = [*self._spent_usd, *self._on_their_way_usd.values(), worst_usd]
        if self.broken or fsum(everything) > self.max_usd:
            return False
        assert request.seed not in self._on_their_way_usd
        self._on_their_way_usd[request.seed] = worst_usd
        return True

    def settle(self, request: Prepared, seen: Observation) -> None:
        """Replaces the worst case by what the exchange cost."""
        reserved_usd = self._on_their_way_usd.pop(request.seed)
        error = seen.reading.error or ""
        if error in UNSENT:
            return
        self.requests += 1
        bill = seen.reading.billing
        if bill is None and error.startswith("http_4"):
            self.refused += 1
            return
        if error == "too_large":
            self._was_cut(request, seen)
        elif bill is None or _is_refuted(bill, request, seen):
            self.by_worst_case += 1
            self._spent_usd.append(reserved_usd)
        else:
            self._billed(bill, reserved_usd)

    def _billed(self, bill: Billing, reserved_usd: float) -> None:
        self.bills.append(bill)
        cost_usd = max(self.rates.cost_usd(bill), bill.cost_usd or 0.0)
        self._spent_usd.append(cost_usd)
        if cost_usd > reserved_usd:
            self.broken = (
                f"one answer was billed at ${cost_usd:.6f} ({bill.input_tokens} tokens in, "
                f"{bill.output_tokens} out), more than the ${reserved_usd:.6f} that its request "
                "allowed at the price known"
            )

    def _was_cut(self, request: Prepared, seen: Observation) -> None:
        """An answer that went on past its limit: every byte of its text counts as a token."""
        self.cut += 1
        self.by_worst_case += 1
        output_tokens = max(most_text_bytes(request.output_tokens), seen.reading.text_bytes)
        self._spent_usd.append(self.rates.most_usd(len(request.data), output_tokens))
        self.broken = (
            f"an answer of at most {request.output_tokens} tokens went on past "
            f"{seen.reading.text_bytes} bytes of text and was cut"
        )

    def release(self, request: Prepared) -> None:
        """Takes back what was set aside for a request that was never sent."""
        self._on_their_way_usd.pop(request.seed)

    def further_bytes(self, request: Prepared, received_bytes: int, text_bytes: int) -> int:
        """How many more bytes an answer may bring before its text is looked at again.

        As text is never longer than the bytes that carry it, it cannot pass its limit unseen.
        """
        most = most_text_bytes(request.output_tokens)
        return most - text_bytes if received_bytes < RAW_PER_TEXT_BYTE * most else 0


def most_text_bytes(output_tokens: int) -> int:
    """The length of text at which an answer of so many tokens is cut."""
    return TEXT_BYTES_PER_TOKEN * output_tokens + SPARE_TEXT_BYTES


def _is_refuted(bill: Billing, request: Prepared, seen: Observation) -> bool:
    """Whether the usage is too low for the text that went each way."""
    return (
        bill.output_tokens * LONGEST_TOKEN_BYTES < seen.reading.text_bytes
        or bill.input_tokens < request.words * LEAST_TOKENS_PER_WORD
    )
