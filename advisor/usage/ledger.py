"""Which requests and totals were seen, each of them once?

A request is known by its id, or where it has none by its whole line: the same line in two files is
one request, twice in one file it is two. Of two records of one request the fuller stands, as
streaming clients write unfinished ones first. Totals of a span are known by their span and whom
they are of; where exports of one source overlap in another width or grouping, the finer stands.
Nothing of a request's text is kept, only counts and a 64-bit hash that names it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from advisor.errors import InputError
from advisor.usage.counts import Counts
from advisor.usage.moments import HOUR_S, UNDATED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_REQUESTS = 30_000_000
LONGEST_MODEL = 200
BINS_PER_OCTAVE = 8
"""Lengths are known to within half a bin: 4.5 %."""

WIDTHS_S = (60, HOUR_S, 24 * HOUR_S)
"""Of the buckets that sources give; one cut short by now or by a query is of the next above."""

Dimensions = tuple[str | None, ...]
_Kind = tuple[str, int, tuple[bool, ...]]
"""A source, a width in seconds, and by what its totals are grouped."""


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """What one model had of one source in `hours` from `start_hour` on (hours since 1970, UTC)."""

    source: str
    model: str
    start_hour: int
    hours: int
    input_tokens: int
    cached: int
    written: int
    output_tokens: int
    reasoning: int
    requests: int | None

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


class Bin(msgspec.Struct, frozen=True, array_like=True):
    """Requests with an input (or an output) of about 2^(index/8) tokens, and their tokens."""

    index: int
    requests: int
    input_tokens: int
    output_tokens: int


class Ledger:
    """Takes in records and totals; `cells` and the bins of lengths are what came of them."""

    def __init__(self) -> None:
        self._streams: dict[tuple[str, str], int] = {}
        self._columns = tuple(array("i") for _ in range(7))
        self._rows: dict[int, int] = {}
        self._file_begins = 0
        self._pending: list[tuple[str, Dimensions, str, int, int, Counts]] = []
        self._classes: dict[_Kind, dict[tuple[Any, ...], tuple[int, Counts]]] = {}
        self._spans: list[tuple[str, str, int, int, Counts]] = []
        self._undated: dict[tuple[str, str], Counts] = {}
        self.kept: list[Cell] = []
        self.kept_bins: tuple[list[Bin], list[Bin]] = ([], [])
        self.duplicates = 0

    def begin_file(self) -> None:
        """What follows is of another file: lines that were seen before are the same requests."""
        self._file_begins = len(self._columns[0])

    def stream(self, source: str, model: str | None) -> int:
        """The number of a source's model, for `request`."""
        key = (source, (model or "unknown")[:LONGEST_MODEL])
        return self._streams.setdefault(key, len(self._streams))

    def request(self, identity: int, has_id: bool, hour: int, stream: int, counts: Counts) -> None:
        """One request. `identity` is the hash of its id, or without `has_id` of its line."""
        row = self._rows.get(identity)
        if row is None:
            self._append(identity, hour, stream, counts)
        elif has_id:
            self.duplicates += 1
            if counts.tokens >= self._columns[2][row] + self._columns[5][row]:
                self._put(row, hour, stream, counts)
        elif row >= self._file_begins:
            self.request(hash((identity, 1)), False, hour, stream, counts)
        else:
            self.duplicates += 1
            self._put(row, hour, stream, Counts(0, 0, 0, 0, 0))
            self._columns[1][row] = -1
            self._append(identity, hour, stream, counts)

    def same(self, identity: int, other: int) -> None:
        """Lets a request be found by another identity too, unless that one is taken."""
        self._rows.setdefault(other, self._rows[identity])

    def knows(self, identity: int) -> bool:
        return identity in self._rows

    def _append(self, identity: int, hour: int, stream: int, counts: Counts) -> None:
        row = len(self._columns[0])
        if row >= MOST_REQUESTS:
            raise InputError(
                f"over {MOST_REQUESTS:,} requests",
                remedy="Import month by month with --out, each onto the same file.",
            )
        self._rows[identity] = row
        for column, value in zip(self._columns, (hour, stream, *counts[:5]), strict=True):
            column.append(value)

    def _put(self, row: int, hour: int, stream: int, counts: Counts) -> None:
        for column, value in zip(self._columns, (hour, stream, *counts[:5]), strict=True):
            column[row] = value

    def bucket(
        self,
        source: str,
        model: str | None,
        of: Dimensions,
        span_s: tuple[int, int],
        total: Counts,
    ) -> None:
        """The total of a span, `of` whom (key, project, ...) as far as the source says."""
        start_s, end_s = span_s
        if not start_s < end_s:
            raise ValueError("the span ends before it begins")
        name = (model or "unknown")[:LONGEST_MODEL]
        self._pending.append((source, (model, *of), name, start_s, end_s, total))

    def end_file(self) -> None:
        """Takes in the totals of one file or of all pages behind one address."""
        masks: dict[str, tuple[bool, ...]] = {}
        for source, of, *_ in self._pending:
            now = tuple(part is not None for part in of)
            mask = masks.get(source, now)
            masks[source] = tuple(map(any, zip(mask, now, strict=True)))
        for source, of, name, start_s, end_s, total in self._pending:
            width_s = next((w for w in WIDTHS_S if end_s - start_s <= w), end_s - start_s)
            known = self._classes.setdefault((source, width_s, masks[source]), {})
            key = (start_s, name, of)
            before = known.get(key)
            if before is not None:
                self.duplicates += 1
            if before is None or total.tokens >= before[1].tokens:
                known[key] = (end_s, total)
        self._pending.clear()

    def span(self, source: str, model: str, span_s: tuple[float, float], total: Counts) -> None:
        """What a counter gained between two looks, which lie where they lie."""
        start_s, end_s = span_s
        hours = max(1, round((end_s - start_s) / HOUR_S))
        self._spans.append((source, model, int(start_s // HOUR_S), hours, total))

    def total(self, source: str, model: str, counts: Counts) -> None:
        """What was used at a time that nobody tells."""
        self._undated[source, model] = counts

    def cells(self) -> list[Cell]:
        """All that is dated, by source, model and span, in order of time."""
        sums: dict[tuple[str, str, int, int], list[int | None]] = {}
        for source, model, start_hour, hours, counts in (
            *self._by_hour(),
            *self._finest(),
            *self._spans,
        ):
            into = sums.setdefault((source, model, start_hour, hours), [0] * 6)
            for place, value in enumerate(counts):
                old = into[place]
                into[place] = None if old is None or value is None else old + value
        fresh = [Cell(*key, *values) for key, values in sums.items()]  # type: ignore[arg-type]
        cells = self._fuller(fresh, self.kept)
        return sorted(cells, key=lambda cell: (cell.start_hour, cell.source, cell.model))

    def undated(self) -> dict[tuple[str, str], Counts]:
        """The totals of requests without a time, by source and model."""
        names = list(self._streams)
        return self._undated | {
            names[stream]: counts for stream, hour, counts in self._summed() if hour == UNDATED
        }

    def _by_hour(self) -> Iterator[tuple[str, str, int, int, Counts]]:
        names = list(self._streams)
        for stream, hour, counts in self._summed():
            if hour != UNDATED:
                yield *names[stream], hour, 1, counts

    def _summed(self) -> Iterator[tuple[int, int, Counts]]:
        import numpy as np

        hour, stream, *tokens = self._arrays()
        if not len(hour):
            return
        key = stream.astype(np.int64) << 32 | (hour.astype(np.int64) + 1)
        key = np.where(stream < 0, -1, key)
        keys, place, count = np.unique(key, return_inverse=True, return_counts=True)
        sums = [np.bincount(place, weights=column) for column in tokens]
        for number, each in enumerate(keys.tolist()):
            if each >= 0:
                sent, cached, written, back, reasoning = (int(each[number]) for each in sums)
                yield (
                    each >> 32,
                    (each & 0xFFFFFFFF) - 1,
                    Counts(sent, cached, written, back, reasoning, int(count[number])),
                )

    def _arrays(self) -> list[NDArray[np.int32]]:
        import numpy as np

        return [np.frombuffer(column, dtype=np.int32) for column in self._columns]

    def _finest(self) -> Iterator[tuple[str, str, int, int, Counts]]:
        covered: dict[str, dict[int, tuple[Any, ...]]] = {}
        for kind in sorted(self._classes, key=lambda kind: (kind[0], kind[1], -sum(kind[2]))):
            by_hour = covered.setdefault(kind[0], {})
            for (start_s, name, _), (end_s, counts) in self._classes[kind].items():
                first = start_s // HOUR_S
                hours = max(1, round((end_s - start_s) / HOUR_S))
                span = range(first, first + hours)
                if any(by_hour.get(hour, kind) != kind for hour in span):
                    self.duplicates += 1
                    continue
                by_hour.update(dict.fromkeys(span, kind))
                yield kind[0], name, first, hours, counts

    def _fuller(self, fresh: list[Cell], kept: list[Cell]) -> list[Cell]:
        """Of each day of a source's model the fuller of what was kept and what is new."""
        if not kept:
            return fresh
        sides: list[dict[tuple[str, str, int], list[Cell]]] = [{}, {}]
        for side, cells in zip(sides, (fresh, kept), strict=True):
            for cell in cells:
                key = (cell.source, cell.model, cell.start_hour // 24)
                side.setdefault(key, []).append(cell)
        new, old = sides
        both = new.keys() & old.keys()
        self.duplicates += len(both)
        chosen = {**old, **new}
        for key in both:
            if sum(cell.tokens for cell in old[key]) > sum(cell.tokens for cell in new[key]):
                chosen[key] = old[key]
        return [cell for cells in chosen.values() for cell in cells]

    def bins(self) -> tuple[list[Bin], list[Bin]]:
        """Requests by length of their input, and by length of their output."""
        import numpy as np

        _, stream, input_tokens, _, _, output_tokens, _ = self._arrays()
        there = stream >= 0
        input_tokens, output_tokens = input_tokens[there], output_tokens[there]
        found = []
        for length, kept in zip((input_tokens, output_tokens), self.kept_bins, strict=True):
            sums: dict[int, list[int]] = {each.index: list(_values(each)) for each in kept}
            if len(length):
                index = np.floor(np.log2(np.maximum(length, 1)) * BINS_PER_OCTAVE + 0.5)
                index = index.astype(np.int64)
                requests = np.bincount(index)
                inputs = np.bincount(index, weights=input_tokens)
                outputs = np.bincount(index, weights=output_tokens)
                for number in np.flatnonzero(requests).tolist():
                    more = (int(requests[number]), int(inputs[number]), int(outputs[number]))
                    before = sums.get(number, [0, 0, 0])
                    sums[number] = [a + b for a, b in zip(before, more, strict=True)]
            found.append([Bin(number, *sums[number]) for number in sorted(sums)])
        return found[0], found[1]


def _values(each: Bin) -> tuple[int, int, int]:
    return each.requests, each.input_tokens, each.output_tokens
