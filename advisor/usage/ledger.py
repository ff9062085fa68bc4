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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError
from advisor.usage.cell import BINS_PER_OCTAVE, Bin, Cell
from advisor.usage.counts import MOST_PER_REQUEST, Counts
from advisor.usage.merge import added, merged
from advisor.usage.moments import HOUR_S, UNDATED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_REQUESTS = 30_000_000
LONGEST_MODEL = 200

WIDTHS_S = (60, HOUR_S, 24 * HOUR_S)
"""Of the buckets that sources give; one cut short by now or by a query is of the next above."""

Dimensions = tuple[str | None, ...]
_Kind = tuple[str, int, tuple[bool, ...]]
"""A source, a width in seconds, and by what its totals are grouped."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is dated, in order of time; requests by length of input and of output; and the totals
    that nobody dates, by source and model. `covered` are the first and the last hour that a source
    tells of, be it that nothing was used."""

    cells: list[Cell]
    input_bins: list[Bin]
    output_bins: list[Bin]
    undated: dict[tuple[str, str], Counts]
    covered: tuple[int, int] | None


class Ledger:
    """Takes in records and totals; `settle` says what came of them."""

    def __init__(self) -> None:
        self._streams: dict[tuple[str, str], int] = {}
        self._columns = tuple(array("i") for _ in range(7))
        self._rows: dict[int, int] = {}
        self._file_begins = 0
        self._pending: list[tuple[str, Dimensions, str, int, int, Counts]] = []
        self._classes: dict[_Kind, dict[tuple[Any, ...], tuple[int, Counts]]] = {}
        self._spans: list[tuple[str, str, int, int, Counts]] = []
        self._undated: dict[tuple[str, str], Counts] = {}
        self._covered: tuple[int, int] | None = None
        self.kept: list[Cell] = []
        self._kept_bins: tuple[list[Bin], list[Bin]] = ([], [])
        self.duplicates = 0

    def begin_file(self) -> None:
        """What follows is of another file: lines that were seen before are the same requests."""
        self._file_begins = len(self._columns[0])

    def stream(self, source: str, model: str | None) -> int:
        """The number of a source's model, for `request`."""
        key = (source, (model or "unknown")[:LONGEST_MODEL])
        return self._streams.setdefault(key, len(self._streams))

    def request(self, identity: int, has_id: bool, hour: int, stream: int, counts: Counts) -> None:
        """One request. `identity` is the hash of its id, or without `has_id` of its line.

        Raises ValueError for more tokens than any request has.
        """
        if max(counts.input_tokens, counts.output_tokens) > MOST_PER_REQUEST:
            raise ValueError("a number of tokens is absurd")
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

    def cover(self, first_hour: int, last_hour: int) -> None:
        """A source tells of these hours, even where it tells of no use."""
        first, last = self._covered or (first_hour, last_hour)
        self._covered = (min(first, first_hour), max(last, last_hour))

    def keep(self, cells: list[Cell], bins: tuple[list[Bin], list[Bin]]) -> None:
        """What an earlier import found."""
        both = merged(cells, self.kept)
        self.duplicates += both.doubled
        self.kept = both.cells
        sides = [
            added([(new, both.new_share), (old, both.old_share)])
            for new, old in zip(bins, self._kept_bins, strict=True)
        ]
        self._kept_bins = (sides[0], sides[1])

    def total(self, source: str, model: str, counts: Counts) -> None:
        """What was used at a time that nobody tells."""
        self._undated[source, model] = counts

    def settle(self) -> Findings:
        """What everything comes to. For once, at the end: it counts the duplicates on the way."""
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
        both = merged(fresh, self.kept)
        self.duplicates += both.doubled
        bins = tuple(
            added([(new, both.new_share), (old, both.old_share)])
            for new, old in zip(self._bins(), self._kept_bins, strict=True)
        )
        cells = sorted(both.cells, key=lambda cell: (cell.start_hour, cell.source, cell.model))
        return Findings(cells, bins[0], bins[1], self._dateless(), self._covered)

    def _dateless(self) -> dict[tuple[str, str], Counts]:
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

    def _bins(self) -> tuple[list[Bin], list[Bin]]:
        import numpy as np

        _, stream, input_tokens, _, _, output_tokens, _ = self._arrays()
        there = stream >= 0
        input_tokens, output_tokens = input_tokens[there], output_tokens[there]
        found: list[list[Bin]] = [[], []]
        for into, length in zip(found, (input_tokens, output_tokens), strict=True):
            if not len(length):
                continue
            index = np.floor(np.log2(np.maximum(length, 1)) * BINS_PER_OCTAVE + 0.5)
            index = index.astype(np.int64)
            requests = np.bincount(index)
            inputs = np.bincount(index, weights=input_tokens)
            outputs = np.bincount(index, weights=output_tokens)
            for number in np.flatnonzero(requests).tolist():
                sums = (int(each[number]) for each in (requests, inputs, outputs))
                into.append(Bin(number, *sums))
        return found[0], found[1]
